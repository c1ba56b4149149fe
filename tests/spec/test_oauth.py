"""Claims about listeners for bearers of tokens: what brokers are told, whom they ask, what is refused."""

from typing import Any

import pytest

from components.args import cluster_args
from components.spec.parsing import parse_cluster
from components.spec.problems import SpecError
from stacks.settings import parse_settings
from tests.spec.clusters import changed, cluster, kraft_config, zookeeper_config
from tests.spec.test_access import MTLS, SCRAM, broker, properties, secured

URL = "https://idp.example.com/realms/kafka/certs"
OAUTH: dict[str, Any] = {"jwksUrl": URL, "issuer": "https://idp.example.com", "audience": ["kafka"]}
LISTENER: dict[str, Any] = {**SCRAM, "authentication": "oauthbearer", "oauth": OAUTH}


def tokens(config: dict[str, Any], **listener: Any) -> dict[str, Any]:
    """Return a stack with TLS and ACLs whose clients bear tokens."""
    return secured(config, listeners={"internal": MTLS, "external": [{**LISTENER, **listener}]})


@pytest.mark.parametrize("config", [kraft_config(), zookeeper_config()], ids=["kraft", "zookeeper"])
def test_brokers_check_issuer_audience_and_time_and_take_the_claim_for_the_user(config: dict[str, Any]) -> None:
    more = {"principalClaim": "client_id", "scopeClaim": "scp", "clockSkewSeconds": 5, "audience": ["kafka", "all"]}
    found = properties(tokens(config, oauth={**OAUTH, **more}))
    assert found["listener.security.protocol.map"].startswith("INTERNAL:SSL,EXTERNAL:SASL_SSL")
    prefix = "listener.name.external"
    assert found[f"{prefix}.sasl.enabled.mechanisms"] == "OAUTHBEARER"
    assert found[f"{prefix}.oauthbearer.sasl.jaas.config"].endswith("OAuthBearerLoginModule required;")
    handler = found[f"{prefix}.oauthbearer.sasl.server.callback.handler.class"]
    assert handler == "org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallbackHandler"
    assert {
        key.rpartition("oauthbearer.")[2]: value for key, value in found.items() if ".sasl.oauthbearer." in key
    } == {
        "jwks.endpoint.url": URL,
        "expected.issuer": "https://idp.example.com",
        "expected.audience": "kafka,all",
        "sub.claim.name": "client_id",
        "scope.claim.name": "scp",
        "clock.skew.seconds": "5",
    }


def test_the_authority_of_the_provider_is_a_file_of_the_pod() -> None:
    found = properties(tokens(kraft_config(), oauth={**OAUTH, "trustedCertificates": "/etc/idp/ca.crt"}))
    entry = found["listener.name.external.oauthbearer.sasl.jaas.config"]
    trusted = 'ssl.truststore.type="PEM" ssl.truststore.location="/etc/idp/ca.crt"'
    assert entry.endswith(f'required {trusted} unsecuredLoginStringClaim_sub="broker";')


def test_kafka_is_allowed_to_ask_this_address_and_no_other_and_nothing_changes_without() -> None:
    allowed = f"-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls={URL}"
    assert _options(tokens(kraft_config())) == [*_options(secured(kraft_config())), allowed]


def _options(config: dict[str, Any]) -> list[str]:
    template: Any = broker(config).template["spec"]
    return {one["name"]: one["value"] for one in template["containers"][0]["env"]}["KAFKA_OPTS"].split()


@pytest.mark.parametrize("version", ["3.7.2", "3.9.2"])
def test_the_components_read_what_the_stack_read(version: str) -> None:
    spec = cluster(changed(tokens(zookeeper_config()), "kafka/version", version))
    assert parse_cluster(cluster_args(spec)) == spec  # type: ignore[arg-type]


# Each line: what differs of the listener, the path below it, and what the text must say.
BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"oauth": None}, "oauth", "whose tokens they believe"),
    ({"authentication": "scram-sha-512"}, "oauth", "asks for no token"),
    ({"tls": False}, "authentication", "everybody on the way reads it"),
    ({"oauth": {**OAUTH, "jwksUrl": "http://idp.example.com/certs"}}, "oauth.jwksUrl", "by https"),
    ({"oauth": {**OAUTH, "jwksUrl": f"{URL},https://evil.example.com"}}, "oauth.jwksUrl", "without quotes"),
    ({"oauth": {**OAUTH, "jwksUrl": f'{URL}"'}}, "oauth.jwksUrl", "without quotes"),
    ({"oauth": {key: OAUTH[key] for key in ("jwksUrl", "issuer")}}, "oauth.audience", "any other service"),
    ({"oauth": {**OAUTH, "audience": ["a,b"]}}, "oauth.audience", "words without ','"),
    ({"oauth": {**OAUTH, "audience": "kafka"}}, "oauth.audience", "a list of strings"),
    ({"oauth": {key: OAUTH[key] for key in ("jwksUrl", "audience")}}, "oauth.issuer", "it is required"),
    ({"oauth": {key: OAUTH[key] for key in ("issuer", "audience")}}, "oauth.jwksUrl", "it is required"),
    ({"oauth": {**OAUTH, "principalClaim": "a b"}}, "oauth.principalClaim", "the name of a claim"),
    ({"oauth": {**OAUTH, "scopeClaim": '"'}}, "oauth.scopeClaim", "the name of a claim"),
    ({"oauth": {**OAUTH, "clockSkewSeconds": 601}}, "oauth.clockSkewSeconds", "0 to 600"),
    ({"oauth": {**OAUTH, "trustedCertificates": "ca.crt"}}, "oauth.trustedCertificates", "an absolute path"),
    ({"oauth": {**OAUTH, "trustedCertificates": '/a";x'}}, "oauth.trustedCertificates", "an absolute path"),
    ({"oauth": {**OAUTH, "jwks": URL}}, "oauth.jwks", "did you mean jwksUrl"),
]


@pytest.mark.parametrize(("listener", "path", "says"), BAD)
def test_what_would_believe_too_many_is_refused(listener: dict[str, Any], path: str, says: str) -> None:
    with pytest.raises(SpecError) as caught:
        parse_settings(tokens(kraft_config(), **listener))
    found = {problem.path: str(problem) for problem in caught.value.problems}
    assert says in found[f"kafka-platform:kafka.listeners.external[0].{path}"], found
