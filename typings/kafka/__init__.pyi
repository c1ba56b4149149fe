"""What hooks/clients uses of kafka-python 3.0.12, typed; its own types end where it matters here."""

from typing import NamedTuple

class TopicPartition(NamedTuple):
    topic: str
    partition: int
