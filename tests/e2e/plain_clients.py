"""Clients of a cluster on loopback: topics, records with their headers, groups, and what a user may do."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, KafkaError, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._acl import AclBinding, AclOperation, AclPermissionType
from confluent_kafka.admin._resource import ResourcePatternType, ResourceType
from confluent_kafka.admin._scram import ScramCredentialInfo, ScramMechanism, UserScramCredentialUpsertion
from confluent_kafka.cimpl import NewTopic

from stacks.users import AclSettings

PARTITIONS: Final = 3
#: Partition, key, value and headers.
Record = tuple[int, bytes, bytes, tuple[tuple[str, bytes], ...]]
_KINDS: Final = {
    "topic": ResourceType.TOPIC,
    "group": ResourceType.GROUP,
    "transactionalId": ResourceType.TRANSACTIONAL_ID,
}


def make(client: Mapping[str, Any], *topics: str) -> None:
    """Create topics."""
    wanted = [NewTopic(name, PARTITIONS, 1, config={"retention.ms": "7200000"}) for name in topics]
    admin = AdminClient(dict(client))
    for future in admin.create_topics(wanted).values():
        future.result(30)


def write(client: Mapping[str, Any], topic: str, numbers: range) -> list[Record]:
    """Write a record for each number, with a header that is no text, and return them."""
    records = [
        (number % PARTITIONS, b"k%d" % number, b"v%d" % number, (("h", bytes((255, number % 256))),))
        for number in numbers
    ]
    producer = Producer({**client, "acks": "all", "enable.idempotence": True})
    for partition, key, value, headers in records:
        producer.produce(topic, value, key, partition, headers=list(headers))
    assert producer.flush(30) == 0
    return records


def read(client: Mapping[str, Any], topic: str, partitions: int = PARTITIONS) -> list[Record]:
    """Return all committed records of a topic, none while it cannot be read."""
    consumer = Consumer({**client, "group.id": "reader", "enable.auto.commit": False, "enable.partition.eof": True})
    found: list[Record] = []
    try:
        for partition in range(partitions):
            consumer.assign([TopicPartition(topic, partition, 0)])
            while (message := consumer.poll(10)) is not None and message.error() is None:
                told: Any = message.headers() or ()
                headers = tuple((name, bytes(content)) for name, content in told)
                found.append((partition, bytes(message.key() or b""), bytes(message.value() or b""), headers))
            ended = message.error() if message is not None else None
            if ended is None or ended.code() != KafkaError._PARTITION_EOF:
                return []
    finally:
        consumer.close()
    return found


def by_partition(records: Sequence[Record]) -> list[list[Record]]:
    """Return the records of each partition in their order, each at the place where it first came."""
    return [[one for one in dict.fromkeys(records) if one[0] == number] for number in range(PARTITIONS)]


def commit(client: Mapping[str, Any], group: str, topic: str, offsets: Sequence[int]) -> None:
    """Have a group at these offsets, by partition."""
    places = [TopicPartition(topic, number, offset) for number, offset in enumerate(offsets)]
    admin = AdminClient(dict(client))
    admin.alter_consumer_group_offsets([ConsumerGroupTopicPartitions(group, places)])[group].result(30)


def committed(client: Mapping[str, Any], group: str) -> dict[tuple[str, int], int]:
    """Return where a group is."""
    admin = AdminClient(dict(client))
    told = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])[group].result(30)
    return {(one.topic, one.partition): one.offset for one in told.topic_partitions or ()}


def allow(client: Mapping[str, Any], user: str, rules: Iterable[AclSettings]) -> None:
    """Let a user do what the rules say."""
    admin, wanted = AdminClient(dict(client)), list[AclBinding]()
    for rule in rules:
        pattern = ResourcePatternType.PREFIXED if rule.pattern == "prefixed" else ResourcePatternType.LITERAL
        for operation in rule.operations:
            named = "".join(f"_{each}" if each.isupper() else each for each in operation).strip("_").upper()
            what = (_KINDS[rule.resource], rule.name, pattern, f"User:{user}", "*", AclOperation[named])
            wanted.append(AclBinding(*what, AclPermissionType.ALLOW))
    for future in admin.create_acls(wanted).values():
        future.result(30)


def give_password(client: Mapping[str, Any], user: str, password: str) -> None:
    """Let a user log in by SCRAM."""
    admin, how = AdminClient(dict(client)), ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
    asked = admin.alter_user_scram_credentials([UserScramCredentialUpsertion(user, how, password.encode())])
    asked[user].result(30)
