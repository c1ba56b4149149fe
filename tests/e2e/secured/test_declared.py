"""Topics, users, rules and quotas of a stack file on real parts: made, adopted, changed live, and protected.

On the stack with TLS, SCRAM and ACLs. What was done is told by the brokers: described to an administrator, or by whom
they let in, whom they slow down and whom they keep out.
"""

import secrets
import time
from dataclasses import dataclass
from typing import Any

import pytest
from confluent_kafka import Producer, ThrottleEvent
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._acl import AclBindingFilter, AclOperation, AclPermissionType
from confluent_kafka.admin._config import ConfigResource, ConfigSource
from confluent_kafka.admin._resource import ResourcePatternType, ResourceType
from confluent_kafka.admin._scram import ScramCredentialInfo, ScramMechanism, UserScramCredentialUpsertion
from confluent_kafka.cimpl import NewTopic

from contract import user_secret
from dev.credentials import administrator, secret
from tests.e2e.secured.clients import Secured, kept_out, written

TOPICS, USERS, QUOTAS = "kafka-platform:topics", "kafka-platform:users", "kafka-platform:quotas"
#: A stack that was kept holds those of an older run.
RUN = secrets.token_hex(3)
ORDERS, FOUND, SCRATCH = f"declared-orders-{RUN}", f"declared-found-{RUN}", f"declared-scratch-{RUN}"
WRITER, KNOWN = f"writer-{RUN}", f"known-{RUN}"
SLOW = "slow-client"
HOUR = 3_600_000


def topic(name: str, partitions: int, **others: Any) -> dict[str, Any]:
    """Return a topic of the stack file."""
    return {"name": name, "partitions": partitions, **others}


def writer(*names: str, rotation: int = 1) -> dict[str, Any]:
    """Return the user that may write to these topics."""
    operations = ["Write", "Describe"]
    acls = [{"resource": "topic", "name": name, "operations": operations} for name in names]
    return {"name": WRITER, "scram": {"rotation": rotation}, "acls": acls}


@dataclass(kw_only=True)
class Declared:
    """The stack, and the administrator who sees what became of what was declared."""

    stack: Secured
    admin: AdminClient

    def password(self) -> str:
        """Return the generated password that is in force."""
        platform = self.stack.platform
        return secret(platform.stack, user_secret(platform.cluster, WRITER))["password"]

    def partitions(self) -> dict[str, int]:
        """Return the topics of this run with the number of their partitions."""
        found = self.admin.list_topics(timeout=30).topics
        return {name: len(each.partitions) for name, each in found.items() if name.endswith(RUN)}

    def factors(self, name: str) -> set[int]:
        """Return how many replicas the partitions of a topic have."""
        found = self.admin.list_topics(name, timeout=30).topics[name]
        return {len(partition.replicas) for partition in found.partitions.values()}

    def keys(self, name: str) -> dict[str, str | None]:
        """Return what is set on a topic itself."""
        asked = self.admin.describe_configs([ConfigResource(ResourceType.TOPIC, name)], request_timeout=30)
        (entries,) = (answer.result(30) for answer in asked.values())
        own = ConfigSource.DYNAMIC_TOPIC_CONFIG.value
        return {key: entry.value for key, entry in entries.items() if entry.source == own}

    def rules(self) -> set[tuple[str, AclOperation]]:
        """Return what the writer may do, and where."""
        anything = AclBindingFilter(
            ResourceType.ANY,
            None,  # pyright: ignore[reportArgumentType] - any name; it is taken, whatever the annotation says
            ResourcePatternType.ANY,
            f"User:{WRITER}",
            None,  # pyright: ignore[reportArgumentType]
            AclOperation.ANY,
            AclPermissionType.ALLOW,
        )
        return {(rule.name, rule.operation) for rule in self.admin.describe_acls(anything).result(30)}


@pytest.fixture(scope="module")
def declared(secured: Secured) -> Declared:
    """Make a topic and a user by hand, before any is declared."""
    admin = AdminClient({"bootstrap.servers": secured.listeners["EXTERNAL"], **administrator(secured.platform.stack)})
    own = {"retention.ms": str(HOUR), "segment.ms": str(HOUR)}
    admin.create_topics([NewTopic(FOUND, num_partitions=3, replication_factor=3, config=own)])[FOUND].result(60)
    password, info = secrets.token_urlsafe(16).encode(), ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
    for done in admin.alter_user_scram_credentials([UserScramCredentialUpsertion(KNOWN, info, password)]).values():
        done.result(60)
    return Declared(stack=secured, admin=admin)


def test_what_is_declared_is_made_and_what_exists_is_adopted_with_its_difference(declared: Declared) -> None:
    platform = declared.stack.platform
    uids = platform.uids()
    platform.edit(
        {
            TOPICS: [
                topic(ORDERS, 3, config={"retention.ms": HOUR, "max.message.bytes": 200_000}),
                topic(FOUND, 6, config={"retention.ms": 2 * HOUR}),
                topic(SCRATCH, 1, deletionProtection=False),
            ],
            USERS: [writer(ORDERS, SCRATCH), {"name": KNOWN, "scram": {}}],
            QUOTAS: [{"user": WRITER, "clientId": SLOW, "producerByteRate": 1024}],
        }
    )
    preview = platform.preview()
    unlike = f"partitions 3 -> 6, retention.ms {HOUR} -> {2 * HOUR}"
    for line in (
        f"create {ORDERS}: 3 partitions, replication factor 3, max.message.bytes=200000, retention.ms={HOUR}",
        f"adopt {FOUND}: it exists, with 3 partitions, replication factor 3; {unlike}",
        f"{FOUND}: set by somebody else and left: segment.ms={HOUR}",
        f"user {WRITER}: set the SCRAM-SHA-512 password (it is new)",
        f"user {KNOWN}: set the SCRAM-SHA-512 password (it exists, with a password that nobody can read;",
        f"User:{WRITER}: + allow Write on topic {ORDERS}",
        f"quota of user {WRITER}, client id {SLOW}: producer_byte_rate none -> 1024",
    ):
        assert line in preview, preview
    platform.up()
    assert declared.partitions() == {ORDERS: 3, FOUND: 6, SCRATCH: 1}
    assert declared.keys(ORDERS) == {"retention.ms": str(HOUR), "max.message.bytes": "200000"}
    assert declared.keys(FOUND) == {"retention.ms": str(2 * HOUR), "segment.ms": str(HOUR)}
    assert platform.uids() == uids


def test_a_declared_user_gets_in_where_its_rules_let_it(declared: Declared) -> None:
    rights = (AclOperation.WRITE, AclOperation.DESCRIBE)
    assert declared.rules() == {(name, right) for name in (ORDERS, SCRATCH) for right in rights}
    credentials, bootstrap = declared.stack.user(WRITER, declared.password()), declared.stack.listeners["CLIENTS"]
    assert written(bootstrap, credentials, ORDERS)
    assert kept_out(bootstrap, credentials, "authorization failed", FOUND)


def test_the_brokers_slow_down_whom_a_quota_limits(declared: Declared) -> None:
    throttled: list[ThrottleEvent] = []
    producer = Producer(
        {
            "bootstrap.servers": declared.stack.listeners["CLIENTS"],
            "client.id": SLOW,
            "throttle_cb": throttled.append,
            "log_level": 0,
            **declared.stack.user(WRITER, declared.password()),
        }
    )
    deadline = time.monotonic() + 30
    while not throttled and time.monotonic() < deadline:
        producer.produce(SCRATCH, secrets.token_bytes(60_000))
        producer.poll(1)
    producer.purge()
    producer.flush(0)
    assert throttled and throttled[0].throttle_time > 0


def test_changes_reach_the_running_cluster(declared: Declared) -> None:
    platform, bootstrap, before = declared.stack.platform, declared.stack.listeners["CLIENTS"], declared.password()
    uids = platform.uids()
    platform.edit(
        {
            TOPICS: [topic(ORDERS, 5, config={"max.message.bytes": 300_000}), topic(FOUND, 6)],
            USERS: [writer(ORDERS, rotation=2), {"name": KNOWN, "scram": {}}],
            QUOTAS: None,
        }
    )
    platform.up()
    assert declared.partitions() == {ORDERS: 5, FOUND: 6}
    assert declared.keys(ORDERS) == {"max.message.bytes": "300000"}
    assert declared.keys(FOUND) == {"segment.ms": str(HOUR)}
    assert {name for name, _ in declared.rules()} == {ORDERS}
    assert declared.password() != before
    assert written(bootstrap, declared.stack.user(WRITER, declared.password()), ORDERS)
    assert kept_out(bootstrap, declared.stack.user(WRITER, before), "authentication", ORDERS)
    assert platform.uids() == uids


def test_another_replication_factor_moves_replicas_and_restarts_nobody(declared: Declared) -> None:
    platform = declared.stack.platform
    uids, orders = platform.uids(), platform.overrides[TOPICS][0]
    for before, factor in ((3, 2), (2, 3)):
        found = topic(FOUND, 6, replicationFactor=factor, config={"min.insync.replicas": 1})
        platform.edit({TOPICS: [orders, found]})
        preview = platform.preview()
        assert f"replicate {FOUND}: replication factor {before} -> {factor}" in preview, preview
        printed = platform.up()
        assert f"replication factor {factor} of {FOUND}: 6 partitions" in printed, printed
        assert declared.factors(FOUND) == {factor}
    assert declared.factors(ORDERS) == {3}
    assert platform.uids() == uids
    assert platform.preview("--expect-no-changes")


def test_what_would_lose_messages_or_lock_out_clients_is_refused_with_the_way_out(declared: Declared) -> None:
    platform = declared.stack.platform
    asked, users = platform.overrides[TOPICS], platform.overrides[USERS]
    platform.edit({TOPICS: [topic(ORDERS, 2, config={"max.message.bytes": 300_000})], USERS: users[:1]})
    said = (
        f"topic {ORDERS} has 5 partitions, the spec wants 2; partitions are never taken away",
        f"topic {FOUND} is not in the spec any more, and it is protected: it holds 6 partitions of messages.",
        f"user {KNOWN} is not in the spec any more, and it is protected: its clients would be locked out. Put it back",
    )
    preview = platform.preview()
    assert [line for line in said if f"refused: {line}" not in preview] == [], preview
    assert "to delete it, set its deletionProtection to false, run `pulumi up`, and take it out then" in preview
    refused = platform.engine("up", "--yes", "--skip-preview")
    assert refused.status != 0 and "were left as they are" in refused.text, refused.text
    assert declared.partitions() == {ORDERS: 5, FOUND: 6}
    platform.edit({TOPICS: asked, USERS: users})
    assert platform.preview("--expect-no-changes")
