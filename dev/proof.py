"""Prove that a Kafka cluster serves: write to every partition with acks=all and read every message back.

A client like any other: it knows a bootstrap address, nothing of Kubernetes.
"""

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from dev import DevError

TOPIC = "kafka-platform-proof"
PARTITIONS = 12
MESSAGES_PER_PARTITION = 10
DEADLINE_SECONDS = 60.0
#: The client's own log tells of every retry; what counts here is told by the proof.
QUIET = {"log_level": 0}
NOBODY: Mapping[str, str] = {}
Client = Mapping[str, str | int]
"""Settings of the client."""


class ProofError(DevError):
    """The cluster did not do what it should; the message says which step failed and why."""


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What was shown."""

    topic: str
    brokers: Sequence[int]
    partitions: int
    messages: int
    replication_factor: int
    min_isr: int
    first_message_seconds: float
    """From the start of the proof to the first acknowledged message."""
    seconds: float


def prove(
    bootstrap: str, *, replication_factor: int = 3, min_isr: int = 2, credentials: Mapping[str, str] = NOBODY
) -> Proof:
    """Create the topic if need be, write to each partition with acks=all, read each message back.

    Args:
        bootstrap: `host:port,…` of the external listeners.
        replication_factor: replicas of each partition when the topic is created here.
        min_isr: min.insync.replicas of the topic when it is created here.
        credentials: what the client shows, in the client's own words; nothing where anybody may connect.

    Raises:
        ProofError: a step failed or ran out of time; nothing is retried beyond the client's own defaults.
    """
    start = time.monotonic()
    client: Client = {"bootstrap.servers": bootstrap, **credentials, **QUIET}
    brokers = _create_topic(client, replication_factor, min_isr)
    partitions = _partitions(client)
    sent, first = _produce(client, partitions, start)
    _read_back(client, sent)
    return Proof(
        topic=TOPIC,
        brokers=brokers,
        partitions=len(partitions),
        messages=len(sent),
        replication_factor=replication_factor,
        min_isr=min_isr,
        first_message_seconds=first,
        seconds=time.monotonic() - start,
    )


def _create_topic(client: Client, replication_factor: int, min_isr: int) -> list[int]:
    admin = AdminClient(dict(client))
    try:
        brokers = sorted(admin.list_topics(timeout=DEADLINE_SECONDS).brokers)
    except KafkaException as error:
        raise ProofError(f"no broker answered at {client['bootstrap.servers']}: {error}") from error
    topic = NewTopic(
        TOPIC,
        num_partitions=PARTITIONS,
        replication_factor=replication_factor,
        config={"min.insync.replicas": str(min_isr)},
    )
    try:
        admin.create_topics([topic], operation_timeout=DEADLINE_SECONDS)[TOPIC].result(DEADLINE_SECONDS)
    except KafkaException as error:
        if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
            raise ProofError(f"topic {TOPIC} could not be created: {error}") from error
    return brokers


def _partitions(client: Client) -> list[int]:
    """Wait until every partition of the topic has a leader, and return the partitions."""
    admin = AdminClient(dict(client))
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        known = admin.list_topics(TOPIC, timeout=DEADLINE_SECONDS).topics[TOPIC].partitions
        if known and all(partition.leader >= 0 for partition in known.values()):
            return sorted(known)
        time.sleep(0.1)
    raise ProofError(f"topic {TOPIC} has partitions without a leader after {DEADLINE_SECONDS:.0f} s")


def _produce(client: Client, partitions: Sequence[int], start: float) -> tuple[dict[bytes, tuple[int, int]], float]:
    """Return partition and offset by message, and the seconds to the first acknowledgement."""
    run = uuid.uuid4().hex
    acknowledged: dict[bytes, tuple[int, int]] = {}
    failures: list[str] = []
    times: list[float] = []

    def delivered(error: KafkaError | None, message: Message) -> None:
        times.append(time.monotonic() - start)
        if error is not None:
            failures.append(f"{message.topic()}-{message.partition()}: {error.str()}")
        else:
            acknowledged[_value(message)] = (_number(message.partition), _number(message.offset))

    producer = Producer(
        {
            **client,
            "acks": "all",
            "enable.idempotence": True,
            "delivery.timeout.ms": int(DEADLINE_SECONDS * 1000),
            "linger.ms": 0,
        }
    )
    for number in range(MESSAGES_PER_PARTITION):
        for partition in partitions:
            producer.produce(TOPIC, f"{run}-{partition}-{number}".encode(), partition=partition, on_delivery=delivered)
    left = producer.flush(DEADLINE_SECONDS)
    if left or failures:
        raise ProofError(f"{left} messages unacknowledged, {len(failures)} refused: {'; '.join(failures[:3])}")
    return acknowledged, times[0]


def _read_back(client: Client, sent: dict[bytes, tuple[int, int]]) -> None:
    """Read from the first offset written on; every message must come back from where it was acknowledged."""
    missing = dict(sent)
    first: dict[int, int] = {}
    for partition, offset in sent.values():
        first[partition] = min(offset, first.get(partition, offset))
    consumer = Consumer(
        {
            **client,
            "group.id": f"{TOPIC}-{uuid.uuid4().hex}",
            "enable.auto.commit": False,
        }
    )
    try:
        consumer.assign([TopicPartition(TOPIC, partition, offset) for partition, offset in first.items()])
        deadline = time.monotonic() + DEADLINE_SECONDS
        while missing and time.monotonic() < deadline:
            for message in consumer.consume(num_messages=500, timeout=0.2):
                _check(message, missing)
    finally:
        consumer.close()
    if missing:
        raise ProofError(
            f"{len(missing)} of {len(sent)} acknowledged messages did not come back, e.g. {min(missing)!r}"
        )


def _check(message: Message, missing: dict[bytes, tuple[int, int]]) -> None:
    error = message.error()
    if error is not None:
        raise ProofError(f"reading {TOPIC} failed: {error.str()}")
    place = missing.pop(_value(message), None)
    here = (_number(message.partition), _number(message.offset))
    if place is not None and place != here:
        raise ProofError(f"a message acknowledged at partition, offset {place} came back from {here}")


def _value(message: Message) -> bytes:
    value = message.value()
    if value is None:
        raise ProofError(f"an empty message in {TOPIC}: somebody else writes to the proof's topic")
    return value if isinstance(value, bytes) else str(value).encode()


def _number(read: Callable[[], int | None]) -> int:
    number = read()
    if number is None:
        raise ProofError(f"a message of {TOPIC} without partition or offset")
    return number
