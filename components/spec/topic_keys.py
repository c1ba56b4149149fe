"""Kafka's own keys of a topic, line by line: type, default, what is valid, and the broker keys behind the default.

The table beside this module was written by Kafka itself (`python -m dev keys`), as that of the brokers' keys was; here
it is read and asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from components.spec.keys import Key, rows_of
from components.spec.versions import KAFKA_LINES

TABLE: Final = "topic-keys.tsv"


@dataclass(frozen=True, kw_only=True)
class TopicKey(Key):
    """A key of one topic."""

    follows: tuple[str, ...]
    """The broker keys that say what holds for a topic without it, the one that is asked first before the others."""


@cache
def topic_keys(line: str) -> Mapping[str, TopicKey]:
    """Return the keys of a topic that a line of Kafka knows. It refuses every other."""
    return {row[0]: _topic_key(row) for row in rows_of(TABLE, line)}


@cache
def lines_with_topic_key(name: str) -> tuple[str, ...]:
    """Return the lines that know a key of a topic, the oldest first."""
    return tuple(line for line in KAFKA_LINES if name in topic_keys(line))


def followed_by(broker_key: str, line: str) -> TopicKey | None:
    """Return the key of a topic that a broker key is the default of, be it in another unit."""
    return next((key for key in topic_keys(line).values() if broker_key in key.follows), None)


def _topic_key(row: tuple[str, ...]) -> TopicKey:
    name, kind, default, valid, importance, followed = row
    follows = tuple(followed.split("|")) if followed else ()
    return TopicKey(name=name, type=kind, default=default, valid=valid, importance=importance, follows=follows)
