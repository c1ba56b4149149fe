"""Broker keys that running brokers take over: what was seen of them, what is wanted, and what a run would do. Values.

A broker's value comes from the first of these that is set: its own override, the override of all brokers, its file,
Kafka's default. Files are written by Pulumi and read at a start, so a broker that has not restarted since is behind.
`key_steps` decides.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hooks.planner.snapshot import NodeId
from hooks.planner.text import ids, some_lines

_WHOLE: Final = frozenset({"short", "int", "long"})
_LIVE: Final = "live, nothing restarts for it"


@dataclass(frozen=True, kw_only=True)
class KeyWish:
    """What the spec says of the keys that can change without a restart."""

    live: Mapping[str, str]
    """Value by key."""
    file: frozenset[str] = frozenset()
    """Keys that the spec sets by the brokers' files alone."""


@dataclass(frozen=True, kw_only=True)
class ObservedKey:
    """One key on one running broker."""

    value: str | None
    """What the broker uses now; None where nothing is set, and for what is secret."""
    own: str | None = None
    """The override of this broker alone."""
    shared: str | None = None
    """The override of all brokers."""
    file: str | None = None
    """What the broker's file said at its start."""
    default: str | None = None
    kind: str = "string"
    """Kafka's type, in lower case."""

    @property
    def beneath(self) -> str | None:
        """What holds without any override."""
        return self.default if self.file is None else self.file

    def same(self, one: str | None, other: str | None) -> bool:
        """Return whether two texts are one value to Kafka."""
        return _meaning(self.kind, one) == _meaning(self.kind, other)


Observed = Mapping[NodeId, Mapping[str, ObservedKey]]
"""Keys by broker: those that were asked for, and those that have an override."""


@dataclass(frozen=True, kw_only=True)
class KeyRequest:
    """One override to set, or with None to take away."""

    key: str
    value: str | None
    node: NodeId | None = None
    """The broker whose own override it is; None for that of all brokers."""


@dataclass(frozen=True, kw_only=True)
class KeyChange:
    """One key that will have another value, on these brokers."""

    key: str
    before: tuple[str | None, ...]
    after: str | None
    nodes: tuple[NodeId, ...]

    def __str__(self) -> str:
        """Return the line of a plan."""
        before = " or ".join(_word(value) for value in self.before)
        return f"{self.key}: {before} -> {_word(self.after)} on broker {ids(self.nodes)}, {_LIVE}"


@dataclass(frozen=True, kw_only=True)
class KeyPlan:
    """What a run would do now."""

    changes: tuple[KeyChange, ...] = ()
    requests: tuple[KeyRequest, ...] = ()
    """What to ask for next; more may follow when these have had their effect."""
    hidden: tuple[str, ...] = ()
    """Overrides that hide what the spec says, and will go."""
    recorded: tuple[str, ...] = ()
    """The keys that the stack was answerable for before."""
    managed: tuple[str, ...] = ()
    """Those and the spec's: recorded before any of them is changed."""
    kept: tuple[str, ...] = ()
    """Those of them that it still will be answerable for when all has its effect."""
    refused: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    unseen: tuple[NodeId, ...] = ()
    """Brokers that could not be asked."""

    @property
    def settled(self) -> bool:
        """Whether every broker agrees with the spec, and nothing is left to ask for."""
        return not (self.changes or self.requests or self.refused)

    @property
    def due(self) -> bool:
        """Whether a run has anything to do, to refuse, or to record."""
        return not self.settled or self.kept != self.recorded

    def lines(self) -> tuple[str, ...]:
        """Return the plan as text lines; none when there is nothing to do or to know."""
        said = [f"refused: {reason}" for reason in self.refused]
        said += [str(change) for change in self.changes]
        said += some_lines(self.hidden)
        return (*said, *(f"note: {note}" for note in some_lines(self.notes)))


def by_inputs(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    """Return what changes as far as the inputs alone tell."""
    return tuple(
        f"{key}: {before.get(key, 'the default')} -> {after.get(key, 'the default')}, {_LIVE}"
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key)
    )


def _meaning(kind: str, value: str | None) -> object:
    """Return what Kafka makes of a text of this type."""
    if value is None:
        return None
    text = value.strip()
    try:
        if kind in _WHOLE:
            return int(text)
        if kind == "double":
            return float(text)
    except ValueError:
        return text
    if kind == "boolean":
        return text.lower()
    return tuple(word.strip() for word in text.split(",") if word.strip()) if kind == "list" else text


def _word(value: str | None) -> str:
    return "nothing" if value is None else value or "empty"
