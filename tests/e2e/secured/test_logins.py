"""SASL PLAIN and OAUTHBEARER on real parts: two listeners more, opened by one roll, and who gets in through them."""

import json
import secrets
import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from dev.credentials import administrator
from tests.e2e.platform import KAFKA
from tests.e2e.probes import kubectl
from tests.e2e.secured.clients import Secured, kept_out, written
from tests.e2e.secured.identity_provider import IdentityProvider, identity_provider

RUN = secrets.token_hex(3)
TOPIC, TILL, SHOP = f"tills-{RUN}", f"till-{RUN}", f"shop-{RUN}"
USERS, AUDIENCE = "kafka-platform:users", "kafka"


@pytest.fixture(scope="module")
def provider(secured: Secured, tmp_path_factory: pytest.TempPathFactory) -> Iterator[IdentityProvider]:
    """Run it until the tests here are over; nobody restarts a broker after them."""
    with identity_provider(tmp_path_factory.mktemp("login")) as made:
        yield made


@pytest.fixture(scope="module")
def password() -> str:
    """Make the password of the one who speaks PLAIN."""
    return secrets.token_urlsafe(16)


def test_two_more_listeners_open_in_one_roll(secured: Secured, provider: IdentityProvider, password: str) -> None:
    platform = secured.platform
    _keep(secured, "till-login", {"password": password})
    _keep(secured, "login-authority", {"ca.crt": provider.authority})
    admin = AdminClient({"bootstrap.servers": secured.listeners["EXTERNAL"], **administrator(platform.stack)})
    admin.create_topics([NewTopic(TOPIC, num_partitions=3, replication_factor=3)])[TOPIC].result(60)
    before = platform.uids()
    listeners: list[Any] = platform.stack.config[KAFKA]["listeners"]["external"]
    rules = [{"resource": "topic", "name": TOPIC, "operations": ["Write", "Describe"]}]
    platform.edit(
        {
            KAFKA: {
                "listeners": {"external": [*listeners, _listener("LEGACY", 0, "plain"), _tokens(provider)]},
                "pod": {"volumes": [{"name": "login", "secret": "login-authority", "mountPath": "/etc/login"}]},
            },
            USERS: [
                *platform.overrides.get(USERS, []),
                {"name": TILL, "plain": {"secret": "till-login"}, "acls": rules},
                {"name": SHOP, "acls": rules},
            ],
        }
    )
    preview = platform.preview()
    assert "3 pods will restart, one at a time" in preview, preview
    assert password not in preview
    assert password not in platform.up()
    after = platform.uids()
    assert {name for name in after if before.get(name) != after[name]} == set(platform.pods("broker"))
    assert platform.preview("--expect-no-changes")


def test_a_password_of_plain_opens_its_listener_in_every_zone_and_no_other_does(
    secured: Secured, password: str
) -> None:
    for bootstrap in secured.zones("LEGACY"):
        assert written(bootstrap, _plain(secured, password), TOPIC)
        assert kept_out(bootstrap, _plain(secured, f"{password}-"), "authentication", TOPIC)


def test_a_token_opens_its_listener_to_whom_it_names_when_it_was_made_for_kafka(
    secured: Secured, provider: IdentityProvider
) -> None:
    for bootstrap in secured.zones("TOKENS"):
        assert written(bootstrap, _bearer(secured, provider.token(SHOP, AUDIENCE)), TOPIC)
    bootstrap = secured.zones("TOKENS")[0]
    assert kept_out(bootstrap, _bearer(secured, provider.token(SHOP, "others")), "authentication", TOPIC)
    assert kept_out(bootstrap, _bearer(secured, provider.token("nobody", AUDIENCE)), "authorization failed", TOPIC)


def _keep(secured: Secured, name: str, content: Mapping[str, str]) -> None:
    """Put a Secret where the stack's pods find it."""
    made = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": content}
    platform = secured.platform
    kubectl(platform.tools, "-n", platform.namespace, "apply", "-f", "-", text=json.dumps(made))


def _listener(name: str, place: int, authentication: str) -> dict[str, Any]:
    ports = {rack: 32160 + 100 * number + 10 * place for number, rack in enumerate("abc")}
    return {
        "name": name,
        "port": 9096 + place,
        "tls": True,
        "authentication": authentication,
        "nodePorts": ports,
    }


def _tokens(provider: IdentityProvider) -> dict[str, Any]:
    oauth = {
        "jwksUrl": provider.keys,
        "issuer": provider.issuer,
        "audience": [AUDIENCE],
        "trustedCertificates": "/etc/login/ca.crt",
    }
    return {**_listener("TOKENS", 1, "oauthbearer"), "oauth": oauth}


def _plain(secured: Secured, password: str) -> Mapping[str, Any]:
    return {**secured.user(TILL, password), "sasl.mechanism": "PLAIN"}


def _bearer(secured: Secured, token: str) -> Mapping[str, Any]:
    return {
        "security.protocol": "SASL_SSL",
        "ssl.ca.pem": secured.authority,
        "sasl.mechanism": "OAUTHBEARER",
        "oauth_cb": lambda _config: (token, time.time() + 600),
    }
