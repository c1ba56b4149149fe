"""TLS, SCRAM and ACLs on real parts: who may, who may not, and a roll under the load of one who may.

A stack of its own, from nothing: KRaft with certificates among the nodes, and two listeners outside in each of the
three zones, one for certificates and one for passwords. The administrator is the hooks' own principal, from outside.
It begins with Kafka 3.9 and is upgraded to 4.3 under the load of a user, before the others are let in or kept out.
"""

import datetime
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest
from confluent_kafka import KafkaError, Message, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._acl import AclBinding, AclOperation, AclPermissionType
from confluent_kafka.admin._resource import ResourcePatternType, ResourceType
from confluent_kafka.admin._scram import (
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialAlteration,
    UserScramCredentialUpsertion,
)
from confluent_kafka.cimpl import NewTopic

from dev import cluster, toolchain
from dev.credentials import administrator, certified, scram, secret
from dev.proof import prove
from hooks.clients.authority import issue, load_authority
from tests.e2e.load import Load
from tests.e2e.platform import KAFKA, Platform

TOPIC = "orders"
ROLL = f"{TOPIC}-{secrets.token_hex(3)}"
SECONDS = 20
OLD = {"version": "3.9.2", "image": "localhost/kafka:3.9.2"}
NEW = {"version": "4.3.1", "image": "localhost/kafka:4.3.1", "metadataVersion": "4.3"}


@dataclass(kw_only=True)
class Secured:
    """The stack under test, with its users."""

    platform: Platform
    passwords: Mapping[str, str]

    @property
    def listeners(self) -> dict[str, str]:
        """Where clients begin, by listener."""
        return self.platform.stack.outputs()["listeners"]

    @property
    def authority(self) -> str:
        """The authority that clients trust."""
        return administrator(self.platform.stack)["ssl.ca.pem"]

    def user(self, name: str, password: str | None = None) -> Mapping[str, str]:
        """Return how a user connects."""
        return scram(name, self.passwords[name] if password is None else password, self.authority)

    def zones(self, listener: str) -> list[str]:
        """Return one bootstrap address for each zone."""
        return self.listeners[listener].split(",")


@pytest.fixture(scope="module")
def secured(
    request: pytest.FixtureRequest, local_cluster: cluster.Cluster, tools: toolchain.Toolchain
) -> Iterator[Secured]:
    """Bring the stack up, and make two users of whom one may write."""
    platform = Platform(name="local-secure", tools=tools.bin)
    platform.edit({KAFKA: OLD})
    platform.first_up = platform.up()
    made = Secured(platform=platform, passwords={name: secrets.token_urlsafe(16) for name in ("app", "stranger")})
    admin = AdminClient({"bootstrap.servers": made.listeners["EXTERNAL"], **administrator(platform.stack)})
    wanted: list[UserScramCredentialAlteration] = [
        UserScramCredentialUpsertion(name, ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096), password.encode())
        for name, password in made.passwords.items()
    ]
    for done in admin.alter_user_scram_credentials(wanted).values():
        done.result(60)
    for done in admin.create_acls([_allowed(ResourceType.TOPIC, TOPIC), _allowed(ResourceType.GROUP, TOPIC)]).values():
        done.result(60)
    yield made
    if not request.config.getoption("--keep"):
        platform.engine("destroy", "--yes", "--skip-preview")


def _allowed(kind: ResourceType, prefix: str) -> AclBinding:
    everything, allow = AclOperation.ALL, AclPermissionType.ALLOW
    return AclBinding(kind, prefix, ResourcePatternType.PREFIXED, "User:app", "*", everything, allow)


def written(bootstrap: str, credentials: Mapping[str, str], topic: str = TOPIC) -> bool:
    """Write one message and tell whether it was taken."""
    return _answer(bootstrap, credentials, topic) == "written"


def kept_out(bootstrap: str, credentials: Mapping[str, str], why: str) -> bool:
    """Tell whether a client that writes one message is refused in these words, and the message is not taken.

    Such a client tries again until its message is too old. The first answer is believed.
    """
    return why in _answer(bootstrap, credentials, TOPIC, why).lower()


def _answer(bootstrap: str, credentials: Mapping[str, str], topic: str, refusal: str = "") -> str:
    """Return what became of one message: `written`, the refusal that was waited for, or the delivery's error."""
    answers: list[str] = []

    def delivered(error: KafkaError | None, _message: Message) -> None:
        answers.append("written" if error is None else error.str())

    def failed(error: KafkaError) -> None:
        if refusal and refusal in error.str().lower():
            answers.append(error.str())

    producer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "message.timeout.ms": SECONDS * 1000,
            "log_level": 0,
            "error_cb": failed,
            **credentials,
        }
    )
    producer.produce(topic, b"hello", on_delivery=delivered)
    deadline = time.monotonic() + SECONDS + 10
    while not answers and time.monotonic() < deadline:
        producer.poll(0.2)
    producer.purge()
    producer.flush(0)
    return answers[0] if answers else "no answer"


def test_a_secure_cluster_comes_up_and_the_hooks_see_it(secured: Secured) -> None:
    proof = prove(secured.listeners["EXTERNAL"], credentials=administrator(secured.platform.stack))
    assert sorted(proof.brokers) == [0, 1000, 2000]
    uids = secured.platform.uids()
    again = secured.platform.engine("up", "--yes", "--skip-preview", "--expect-no-changes")
    assert again.status == 0, again.text
    assert secured.platform.uids() == uids
    assert "PRIVATE KEY" not in secured.platform.engine("stack", "export", "--show-secrets").text


def test_an_upgrade_under_the_load_of_a_user_loses_nothing_and_raises_the_feature_levels(secured: Secured) -> None:
    platform = secured.platform
    before = platform.uids()
    with Load(secured.listeners["CLIENTS"], ROLL, secured.user("app")) as load:
        platform.edit({KAFKA: NEW})
        preview = platform.preview()
        printed = platform.up()
    assert "image: image: localhost/kafka:3.9.2 -> localhost/kafka:4.3.1" in preview, preview
    assert "feature levels rise after the last restart, and there is no way back: metadata.version: 21 -> 30" in preview
    assert "feature levels rose: metadata.version: 21 -> 30" in printed, printed
    after = platform.uids()
    assert before.keys() == after.keys() and all(before[name] != after[name] for name in before)
    assert load.account.lost == set() and load.account.refused == [] and load.account.fatal == []
    assert platform.preview("--expect-no-changes")


def test_after_that_there_is_no_way_back_and_the_preview_says_so(secured: Secured) -> None:
    platform = secured.platform
    for edits, why in (
        ({**OLD, "metadataVersion": None}, "no node of it would start"),
        ({"metadataVersion": "4.0"}, "Kafka does not lower it"),
    ):
        uids = platform.uids()
        platform.edit({KAFKA: edits})
        refused = platform.engine("up", "--yes", "--skip-preview")
        assert refused.status != 0 and why in refused.text, refused.text
        assert platform.uids() == uids
        platform.edit({KAFKA: NEW})


def test_a_user_with_password_and_acl_writes_through_every_zone(secured: Secured) -> None:
    admin = AdminClient({"bootstrap.servers": secured.listeners["CLIENTS"], **secured.user("app")})
    admin.create_topics([NewTopic(TOPIC, num_partitions=3, replication_factor=3)])[TOPIC].result(60)
    for bootstrap in secured.zones("CLIENTS"):
        assert written(bootstrap, secured.user("app"))


def test_whoever_may_not_is_kept_out_in_every_zone(secured: Secured) -> None:
    for inside, outside in zip(secured.zones("CLIENTS"), secured.zones("EXTERNAL"), strict=True):
        assert kept_out(inside, secured.user("stranger"), "authorization failed")
        assert kept_out(inside, secured.user("app", "wrong"), "authentication")
        nobody = {"security.protocol": "SSL", "ssl.ca.pem": secured.authority}
        assert kept_out(outside, nobody, "certificate")
        assert kept_out(outside, expired(secured), "certificate")


def expired(secured: Secured) -> Mapping[str, str]:
    """Return an administrator's certificate by the right authority that ended yesterday."""
    held = secret(secured.platform.stack, "kafka-authority")
    authority = load_authority(held["tls.crt"].encode(), held["tls.key"].encode())
    began = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=3)
    made = issue(authority, "kafka-admin", (), (began, 2))
    return certified(made.certificate.decode(), made.key.decode(), made.authority.decode())


def test_a_renewed_certificate_restarts_every_node_and_the_preview_says_why(secured: Secured) -> None:
    platform = secured.platform
    certificate, uids = secret(platform.stack, "kafka-nodes-tls")["tls.crt"], platform.uids()
    platform.edit({"kafka-platform:kafka": {"tls": {"validityDays": 400, "renewBeforeDays": 380}}})
    assert "certificates changed" in platform.preview()
    platform.up()
    assert secret(platform.stack, "kafka-nodes-tls")["tls.crt"] != certificate
    assert not set(uids.values()) & set(platform.uids().values())
    for bootstrap in secured.zones("CLIENTS"):
        assert written(bootstrap, secured.user("app"))
    uids = platform.uids()
    platform.up()
    assert platform.uids() == uids
