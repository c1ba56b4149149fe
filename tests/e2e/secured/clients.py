"""Clients of the stack with TLS, SCRAM and ACLs: how its users connect, and what becomes of what they write."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from confluent_kafka import Consumer, KafkaError, Message, Producer, TopicPartition

from dev.credentials import administrator, scram
from tests.e2e.platform import Platform

OLD = {"version": "3.9.2", "image": "localhost/kafka:3.9.2"}
"""What the stack begins with."""
TOPIC = "orders"
SECONDS = 20


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


def written(bootstrap: str, credentials: Mapping[str, Any], topic: str = TOPIC) -> bool:
    """Write one message and tell whether it was taken."""
    return _answer(bootstrap, credentials, topic) == "written"


def kept_out(bootstrap: str, credentials: Mapping[str, Any], why: str, topic: str = TOPIC) -> bool:
    """Tell whether a client that writes one message is refused in these words, and the message is not taken.

    Such a client tries again until its message is too old. The first answer is believed.
    """
    return why in _answer(bootstrap, credentials, topic, why).lower()


def reads_from(secured: Secured, topic: str, rack: str, broker: int) -> bool:
    """Tell whether a client of this rack comes to read from this broker, while messages come in."""
    last: dict[str, Any] = {}
    producer = Producer({"bootstrap.servers": secured.listeners["CLIENTS"], **secured.user("app")})
    consumer = Consumer(
        {
            "bootstrap.servers": secured.listeners["CLIENTS"],
            "group.id": f"{topic}-{rack}",
            "client.rack": rack,
            "statistics.interval.ms": 200,
            "stats_cb": lambda stats: last.update(json.loads(stats)),
            **secured.user("app"),
        }
    )
    consumer.assign([TopicPartition(topic, 0, 0)])
    asked, received, deadline = -1, 0, time.monotonic() + SECONDS
    while not (received and asked == broker) and time.monotonic() < deadline:
        producer.produce(topic, b"hello")
        producer.poll(0)
        received += sum(message.error() is None for message in consumer.consume(num_messages=100, timeout=0.2))
        asked = last.get("topics", {}).get(topic, {}).get("partitions", {}).get("0", {}).get("broker", -1)
    producer.flush(SECONDS)
    consumer.close()
    return bool(received) and asked == broker


def _answer(bootstrap: str, credentials: Mapping[str, Any], topic: str, refusal: str = "") -> str:
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
