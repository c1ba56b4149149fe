"""What is asked of a controller for topics: the requests of a plan, each with the line that a preview shows."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from hooks.planner.text import count

MOST_TOPICS = 50
MOST_PARTITIONS = 500
"""How much one request asks for: a controller writes it in one piece, and takes no other in the meantime."""


@dataclass(frozen=True, kw_only=True)
class Create:
    """A topic that is not there."""

    topic: str
    partitions: int
    replication_factor: int
    config: Mapping[str, str]
    again: bool = False
    """The stack managed it before, and somebody else deleted it."""

    def __str__(self) -> str:
        """Return the line of a plan."""
        keys = "".join(f", {key}={value}" for key, value in sorted(self.config.items()))
        gone = " (it was deleted by somebody else, with its messages: it comes back empty)" if self.again else ""
        return (
            f"create {self.topic}: {count(self.partitions, 'partition')}, replication factor "
            + f"{self.replication_factor}{keys}{gone}"
        )


@dataclass(frozen=True, kw_only=True)
class Grow:
    """More partitions."""

    topic: str
    before: int
    after: int

    def __str__(self) -> str:
        """Return the line of a plan."""
        moved = "from now on, messages of a key can go to another partition than before"
        return f"grow {self.topic}: partitions {self.before} -> {self.after} ({moved})"


@dataclass(frozen=True, kw_only=True)
class KeyChange:
    """One key of a topic's configuration; None is the cluster's default."""

    key: str
    before: str | None
    after: str | None

    def __str__(self) -> str:
        """Return old and new value."""
        before, after = ("the default" if value is None else value for value in (self.before, self.after))
        return f"{self.key} {before} -> {after}"


@dataclass(frozen=True, kw_only=True)
class Configure:
    """Keys to set, and keys of ours to give back."""

    topic: str
    keys: tuple[KeyChange, ...]

    def changes(self, key: str) -> bool:
        """Say whether this key is among them."""
        return any(change.key == key for change in self.keys)

    def __str__(self) -> str:
        """Return the line of a plan."""
        return f"configure {self.topic}: {', '.join(map(str, self.keys))}"


@dataclass(frozen=True, kw_only=True)
class Delete:
    """A topic that the stack managed, does not name any more, and does not protect."""

    topic: str
    topic_id: str
    partitions: int

    def __str__(self) -> str:
        """Return the line of a plan."""
        return f"delete {self.topic}: {count(self.partitions, 'partition')} with all messages"


TopicChange = Create | Grow | Configure | Delete


def in_batches(changes: Iterable[TopicChange]) -> Iterator[tuple[TopicChange, ...]]:
    """Yield the changes in their order, as many of one kind together as one request should ask for."""
    batch: list[TopicChange] = []
    size = 0
    for change in changes:
        weight = _weight(change)
        other = bool(batch) and type(batch[-1]) is not type(change)
        if batch and (other or len(batch) == MOST_TOPICS or size + weight > MOST_PARTITIONS):
            yield tuple(batch)
            batch, size = [], 0
        batch.append(change)
        size += weight
    if batch:
        yield tuple(batch)


def _weight(change: TopicChange) -> int:
    if isinstance(change, Create):
        return change.partitions
    return change.after - change.before if isinstance(change, Grow) else 1
