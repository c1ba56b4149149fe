"""Claims about listeners, certificates and authorization: what is written, what restarts, what is refused."""

from typing import Any

import pytest

from components.args import cluster_args
from components.spec.certificates import certificate_names, certificate_objects, certificate_wish
from components.spec.parsing import parse_cluster
from components.spec.problems import Problem, SpecError
from components.spec.properties import broker_configuration, controller_configuration
from components.spec.rendering import RenderedPool, render_pool
from components.spec.revision import issue_digest
from components.spec.topology import broker_pools, controller_pools
from contract import ANNOTATION_ADMIN_SECRET
from stacks.settings import parse_settings
from tests.spec.clusters import changed, cluster, kraft_config, zookeeper_config

MTLS = {"tls": True, "authentication": "mtls"}
SCRAM = {"name": "EXTERNAL", "tls": True, "authentication": "scram-sha-512"}
ACCESS: dict[str, Any] = {
    "listeners": {"internal": MTLS, "external": [SCRAM]},
    "tls": {"source": "generated"},
    "authorization": {"superUsers": ["User:root"]},
}


def secured(config: dict[str, Any], /, **changes: Any) -> dict[str, Any]:
    """Return a stack with TLS, SCRAM and ACLs, and these sections of it changed; None removes one."""
    sections = {key: value for key, value in {**ACCESS, **changes}.items() if value is not None}
    return changed(config, "kafka", {**config["kafka"], **sections})


KRAFT = secured(kraft_config())
ZOOKEEPER = secured(zookeeper_config())


def broker(config: dict[str, Any]) -> RenderedPool:
    spec = cluster(config)
    return render_pool(spec, spec.kafka, broker_pools(spec)[0])


def properties(config: dict[str, Any]) -> dict[str, str]:
    spec = cluster(config)
    return dict(broker_configuration(spec, broker_pools(spec)[0]).file)


def test_a_broker_asks_each_listener_for_what_the_spec_says_of_it() -> None:
    found = properties(KRAFT)
    assert found["listener.security.protocol.map"] == "INTERNAL:SSL,EXTERNAL:SASL_SSL,CONTROLLER:SSL"
    assert found["listener.name.internal.ssl.client.auth"] == "required"
    assert found["listener.name.external.ssl.client.auth"] == "none"
    assert found["listener.name.external.sasl.enabled.mechanisms"] == "SCRAM-SHA-512"
    assert found["listener.name.external.scram-sha-512.sasl.jaas.config"].endswith("ScramLoginModule required;")


def test_controllers_ask_for_what_the_internal_listener_asks_for() -> None:
    spec = cluster(KRAFT)
    found = controller_configuration(spec, controller_pools(spec)[0]).file
    assert found["listener.security.protocol.map"] == "CONTROLLER:SSL"
    assert found["listener.name.controller.ssl.client.auth"] == "required"
    assert found["authorizer.class.name"].endswith("StandardAuthorizer")


def test_keys_stand_in_mounted_files_and_nowhere_else() -> None:
    found = properties(KRAFT)
    assert found["ssl.keystore.key"] == "${platform:/etc/kafka-platform-tls:tls.key}"
    template: Any = broker(KRAFT).template["spec"]
    (volume,) = [one for one in template["volumes"] if one["name"] == "certificates"]
    assert volume["secret"] == {"secretName": "kafka-nodes-tls", "defaultMode": 0o440}
    assert not any("password" in key for key in found)


def test_the_users_own_config_providers_stay() -> None:
    assert properties(changed(KRAFT, "kafka/config/config.providers", "env"))["config.providers"] == "env,platform"


@pytest.mark.parametrize(("config", "suffix"), [(KRAFT, "StandardAuthorizer"), (ZOOKEEPER, "AclAuthorizer")])
def test_the_authorizer_of_the_mode_binds_all_but_nodes_hooks_and_named_super_users(
    config: dict[str, Any], suffix: str
) -> None:
    found = properties(config)
    assert found["authorizer.class.name"].endswith(suffix)
    assert found["super.users"] == "User:CN=kafka-nodes;User:CN=kafka-admin;User:root"
    assert found["allow.everyone.if.no.acl.found"] == "false"


def test_authorization_without_words_is_authorization() -> None:
    assert "authorizer.class.name" in properties(secured(kraft_config(), authorization={}))
    assert "authorizer.class.name" not in properties(secured(kraft_config(), authorization=None))


def test_one_certificate_serves_every_broker_and_controller_that_is_still_to_come() -> None:
    assert certificate_names(cluster(KRAFT)) == (
        "*.kafka-brokers.streams.svc.cluster.local",
        "*.kafka-controllers.streams.svc.cluster.local",
        "192.0.2.1",
        "192.0.2.2",
        "192.0.2.3",
        "kafka-bootstrap.streams",
        "kafka-bootstrap.streams.svc",
        "kafka-bootstrap.streams.svc.cluster.local",
    )


def test_the_preflight_spells_an_issue_as_the_pods_do() -> None:
    rendered = broker(secured(kraft_config(), tls={**ACCESS["tls"], "issue": "2"}))
    assert rendered.revision.causes["certificates"] == issue_digest("2")


def test_another_issue_restarts_for_the_certificates_and_for_nothing_else() -> None:
    first, second = (
        broker(KRAFT).revision,
        broker(secured(kraft_config(), tls={**ACCESS["tls"], "issue": "2"})).revision,
    )
    assert {cause for cause in first.causes if first.causes[cause] != second.causes[cause]} == {"certificates"}


def test_without_tls_there_is_no_such_cause_and_no_annotation() -> None:
    plain = broker(kraft_config())
    assert "certificates" not in plain.revision.causes
    assert plain.annotations == {}
    assert broker(KRAFT).annotations == {ANNOTATION_ADMIN_SECRET: "kafka-admin-tls"}


def test_tls_for_clients_alone_leaves_the_hooks_at_plain_text() -> None:
    config = secured(kraft_config(), listeners={"external": [SCRAM]}, authorization=None)
    assert broker(config).annotations == {}
    assert properties(config)["listener.security.protocol.map"].startswith("INTERNAL:PLAINTEXT,EXTERNAL:SASL_SSL")
    wish = certificate_wish(cluster(config))
    assert wish is not None and not wish["amongNodes"]


def test_cert_manager_is_asked_for_keys_that_kafka_reads_under_the_principals_names() -> None:
    issuer = {"name": "company", "kind": "ClusterIssuer"}
    objects = certificate_objects(cluster(secured(kraft_config(), tls={"source": "cert-manager", "issuer": issuer})))
    nodes: Any = objects["kafka-nodes-tls"]
    assert nodes["privateKey"]["encoding"] == "PKCS8"
    assert nodes["commonName"] == "kafka-nodes"
    assert nodes["ipAddresses"] == ["192.0.2.1", "192.0.2.2", "192.0.2.3"]
    assert nodes["issuerRef"] == {"name": "company", "kind": "ClusterIssuer", "group": "cert-manager.io"}
    admin: Any = objects["kafka-admin-tls"]
    assert "dnsNames" not in admin and "server auth" not in admin["usages"]


@pytest.mark.parametrize("config", [KRAFT, ZOOKEEPER])
def test_the_components_read_what_the_stack_read(config: dict[str, Any]) -> None:
    spec = parse_settings(config).cluster
    assert parse_cluster(cluster_args(spec)) == spec  # type: ignore[arg-type]


_OWN = {"source": "secrets", "nodesSecret": "nodes", "adminSecret": "admin"}
_EXTERNAL = "kafka.listeners.external[0]"
# Each line: the sections that differ, the path that the error names, and what its text must say.
BAD_INPUT: list[tuple[dict[str, Any], str, str]] = [
    ({"tls": None}, "kafka.tls", "the nodes need certificates"),
    ({"listeners": None, "authorization": None}, "kafka.tls", "no listener speaks TLS"),
    ({"tls": {"source": "vault"}}, "kafka.tls.source", "generated or secrets or cert-manager"),
    ({"tls": {"validityDays": 90}}, "kafka.tls.source", "it is required"),
    ({"tls": {"source": "secrets", "adminSecret": "a"}}, "kafka.tls.nodesSecret", "the certificates are yours"),
    ({"tls": {"source": "secrets", "nodesSecret": "a"}}, "kafka.tls.adminSecret", "the certificates are yours"),
    ({"tls": {**_OWN, "adminSecret": "nodes"}}, "kafka.tls.adminSecret", "could act as the hooks"),
    ({"tls": {**_OWN, "nodesSecret": "No Des"}}, "kafka.tls.nodesSecret", "names no Secret so"),
    ({"tls": {**_OWN, "issuer": {"name": "x"}}}, "kafka.tls.issuer", "nobody asks it"),
    ({"tls": {"source": "cert-manager"}}, "kafka.tls.issuer", "who signs"),
    ({"tls": {"source": "cert-manager", "issuer": {"kind": "Issuer"}}}, "kafka.tls.issuer.name", "it is required"),
    ({"tls": {**_OWN, "nodesSubject": "kafka"}}, "kafka.tls.nodesSubject", "RFC 2253"),
    ({"tls": {**_OWN, "adminSubject": "CN=a;b"}}, "kafka.tls.adminSubject", "RFC 2253"),
    ({"tls": {"source": "generated", "nodesSubject": "CN=a,O=b"}}, "kafka.tls.nodesSubject", "a common name"),
    ({"tls": {"source": "generated", "validityDays": 30}}, "kafka.tls.renewBeforeDays", "due as soon as it is made"),
    ({"tls": {"source": "generated", "validityDays": 0}}, "kafka.tls.validityDays", "1 to 3650"),
    ({"tls": {"source": "generated", "nodeSecret": "x"}}, "kafka.tls.nodeSecret", "did you mean nodesSecret"),
    ({"listeners": {"internal": {"authentication": "mtls"}}}, "kafka.listeners.internal.authentication", "plain text"),
    (
        {"listeners": {"internal": {"tls": True, "authentication": "scram-sha-512"}}},
        "kafka.listeners.internal.authentication",
        "none or mtls",
    ),
    (
        {"listeners": {"internal": MTLS, "external": [{"name": "EXTERNAL", "authentication": "mtls"}]}},
        f"{_EXTERNAL}.authentication",
        "plain text",
    ),
    (
        {"listeners": {"internal": MTLS, "external": [{**SCRAM, "authentication": "kerberos"}]}},
        f"{_EXTERNAL}.authentication",
        "none or mtls or scram-sha-512",
    ),
    ({"listeners": {"internal": MTLS, "external": [{**SCRAM, "name": "INTERNAL"}]}}, f"{_EXTERNAL}.name", "itself"),
    ({"listeners": {"internal": MTLS, "external": [{**SCRAM, "name": "SASL_SSL"}]}}, f"{_EXTERNAL}.name", "itself"),
    ({"listeners": {"internal": MTLS, "external": [{**SCRAM, "name": "out-side"}]}}, f"{_EXTERNAL}.name", "capital"),
    ({"listeners": {"internal": MTLS, "external": [{**SCRAM, "port": 9092}]}}, f"{_EXTERNAL}.port", "the internal"),
    ({"listeners": {"internal": MTLS, "external": [{**SCRAM, "port": 9093}]}}, f"{_EXTERNAL}.port", "controllers'"),
    ({"listeners": {"internal": MTLS, "external": [{**SCRAM, "port": 80}]}}, f"{_EXTERNAL}.port", "1024 to 65535"),
    ({"listeners": {"internal": MTLS, "external": [{"tls": True}]}}, f"{_EXTERNAL}.name", "it is required"),
    ({"listeners": {"intern": MTLS}}, "kafka.listeners.intern", "did you mean internal"),
    ({"listeners": {"internal": {"tls": "yes"}}}, "kafka.listeners.internal.tls", "true or false"),
    ({"listeners": {"internal": {"tls": True}}}, "kafka.authorization", "prove who they are"),
    ({"authorization": {"superUsers": ["alice"]}}, "kafka.authorization.superUsers[0]", "Kafka prints it"),
    ({"authorization": {"superUsers": ["User:*"]}}, "kafka.authorization.superUsers[0]", "without '*'"),
    ({"authorization": {"superUsers": "User:a"}}, "kafka.authorization.superUsers", "a list of strings"),
    ({"authorization": {"superUsers": [1]}}, "kafka.authorization.superUsers[0]", "this is a number"),
    ({"config": {"ssl.keystore.location": "/k"}}, "kafka.config.ssl.keystore.location", "use kafka.tls"),
    ({"config": {"super.users": "User:a"}}, "kafka.config.super.users", "use kafka.authorization"),
    (
        {"config": {"listener.name.external.ssl.client.auth": "none"}},
        "kafka.config.listener.name.external.ssl.client.auth",
        "use authentication in kafka.listeners",
    ),
]


@pytest.mark.parametrize(("sections", "path", "said"), BAD_INPUT)
def test_what_cannot_be_is_refused_with_its_path_the_reason_and_what_to_do(
    sections: dict[str, Any], path: str, said: str
) -> None:
    with pytest.raises(SpecError) as caught:
        parse_settings(secured(kraft_config(), **sections))
    found: dict[str, Problem] = {problem.path: problem for problem in caught.value.problems}
    assert f"kafka-platform:{path}" in found, list(found)
    assert said in str(found[f"kafka-platform:{path}"])


def test_a_listener_for_racks_that_nobody_reaches_is_refused() -> None:
    config = secured(kraft_config())
    for rack in config["kafka"]["racks"]:
        del rack["external"]
    with pytest.raises(SpecError, match="nothing would be opened"):
        parse_settings(config)
