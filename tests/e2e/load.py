"""A producer and a consumer that run while the platform is changed, and the account of every message.

The producer is idempotent and writes with acks=all and the client's default retries: what a user's application does.
The consumer reads everything, so that lost, doubled and refused messages can each be counted.
"""

import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

NOBODY: Mapping[str, str] = {}
RATE_PER_SECOND = 200
PARTITIONS = 9


@dataclass(kw_only=True)
class Account:
    """What became of the messages, by number."""

    acknowledged: set[int] = field(default_factory=set[int])
    refused: list[str] = field(default_factory=list[str])
    received: dict[int, set[tuple[int, int]]] = field(default_factory=dict[int, set[tuple[int, int]]])
    """Partition and offset of each place in the log that a message was read from."""
    fatal: list[str] = field(default_factory=list[str])

    @property
    def lost(self) -> set[int]:
        """Messages that were acknowledged and never read."""
        return self.acknowledged - set(self.received)

    @property
    def doubled(self) -> dict[int, set[tuple[int, int]]]:
        """Messages that are in the log more than once, with their places."""
        return {number: places for number, places in self.received.items() if len(places) > 1}


class Load:
    """Use as a context manager: the load runs inside the `with`; the account is complete after it."""

    def __init__(self, bootstrap: str, topic: str, credentials: Mapping[str, str] = NOBODY) -> None:
        """Take a bootstrap address, the topic to create with RF 3 and min ISR 2, and what the clients show."""
        self.account = Account()
        self.topic = topic
        self._bootstrap = bootstrap
        self._client = {"bootstrap.servers": bootstrap, **credentials}
        self._stop_writing = threading.Event()
        self._stop_reading = threading.Event()
        self._threads = [threading.Thread(target=self._write), threading.Thread(target=self._read)]

    def __enter__(self) -> Self:
        """Create the topic, start, and return once messages flow."""
        create_topic(self._bootstrap, self.topic, self._client)
        for thread in self._threads:
            thread.start()
        deadline = time.monotonic() + 60
        while not self.account.received and time.monotonic() < deadline:
            time.sleep(0.05)
        assert self.account.received, "no message came through before the change began"
        return self

    def __exit__(self, *_: object) -> None:
        """Stop writing, let the reader catch up with all that was acknowledged, stop."""
        self._stop_writing.set()
        self._threads[0].join()
        deadline = time.monotonic() + 60
        while self.account.lost and time.monotonic() < deadline:
            time.sleep(0.1)
        self._stop_reading.set()
        self._threads[1].join()

    def _write(self) -> None:
        producer = Producer({**self._client, "acks": "all", "enable.idempotence": True})
        number = 0

        def delivered(which: int, error: KafkaError | None) -> None:
            if error is None:
                self.account.acknowledged.add(which)
            else:
                self.account.refused.append(f"message {which}: {error.str()}")

        while not self._stop_writing.wait(1 / RATE_PER_SECOND):
            producer.produce(
                self.topic,
                str(number).encode(),
                partition=number % PARTITIONS,
                on_delivery=lambda error, _message, which=number: delivered(which, error),
            )
            producer.poll(0)
            number += 1
        if left := producer.flush(120):
            self.account.refused.append(f"{left} messages were never acknowledged")

    def _read(self) -> None:
        consumer = Consumer(
            {
                **self._client,
                "group.id": f"{self.topic}-load",
                "enable.auto.commit": False,
                "error_cb": lambda error: self.account.fatal.append(error.str()) if error.fatal() else None,
            }
        )
        consumer.assign([TopicPartition(self.topic, partition, 0) for partition in range(PARTITIONS)])
        while not self._stop_reading.is_set():
            for message in consumer.consume(num_messages=500, timeout=0.1):
                self._take(message)
        consumer.close()

    def _take(self, message: Message) -> None:
        error = message.error()
        value = message.value()
        if error is not None:
            self.account.fatal.append(error.str())
        elif value is not None:
            place = (message.partition() or 0, message.offset() or 0)
            self.account.received.setdefault(int(value), set()).add(place)


def create_topic(
    bootstrap: str, topic: str, client: Mapping[str, str] = NOBODY, *, brokers: list[int] | None = None
) -> None:
    """Create a topic with RF 3 and min ISR 2, every partition on these brokers where they are named."""
    admin = AdminClient({"bootstrap.servers": bootstrap, **client})
    placed: dict[str, Any] = {"replica_assignment": [brokers] * PARTITIONS} if brokers else {"replication_factor": 3}
    new = NewTopic(topic, num_partitions=PARTITIONS, config={"min.insync.replicas": "2"}, **placed)
    admin.create_topics([new], operation_timeout=60)[topic].result(60)


def read_all(bootstrap: str, topic: str) -> Counter[bytes]:
    """Read a topic from its beginning to its present end."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": f"{topic}-all", "enable.auto.commit": False})
    seen: Counter[bytes] = Counter()
    try:
        partitions = consumer.list_topics(topic, timeout=60).topics[topic].partitions
        ends = {p: consumer.get_watermark_offsets(TopicPartition(topic, p), timeout=60)[1] for p in partitions}
        consumer.assign([TopicPartition(topic, p, 0) for p in partitions])
        deadline = time.monotonic() + 60
        while sum(seen.values()) < sum(ends.values()) and time.monotonic() < deadline:
            for message in consumer.consume(num_messages=500, timeout=0.2):
                if (error := message.error()) is not None:
                    raise KafkaException(error)
                seen[message.value() or b""] += 1
    finally:
        consumer.close()
    return seen
