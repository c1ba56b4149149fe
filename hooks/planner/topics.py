"""Topics: what the spec wants against what the cluster has, as changes with their reasons. Pure.

A topic that exists is adopted; one that the stack managed and no longer names is deleted, unless it is protected.
Guarantees: partitions are never taken away, replicas are never moved, a key of a topic's configuration that somebody
else set is never touched, and no topic is deleted that the stack did not manage.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from hooks.planner.text import count, some, some_lines

SHOWN = 50
"""How many lines of one kind a plan shows; the rest is counted, and stands in the inputs' own diff."""
MOST_TOPICS = 50
MOST_PARTITIONS = 500
"""How much one request asks for: a controller writes it in one piece, and takes no other in the meantime."""
#: Set and taken back by every reassignment of replicas: nobody's drift.
PASSING = frozenset({"leader.replication.throttled.replicas", "follower.replication.throttled.replicas"})


@dataclass(frozen=True, kw_only=True)
class DesiredTopic:
    """One topic as the stack file wants it, or as an earlier run recorded that it did."""

    name: str
    partitions: int
    replication_factor: int
    config: Mapping[str, str] = field(default_factory=dict[str, str])
    """Kafka's own keys that the stack owns on this topic; all others are left alone."""
    deletion_protection: bool = True


@dataclass(frozen=True, kw_only=True)
class ObservedTopic:
    """One live topic."""

    name: str
    topic_id: str
    """Told apart from a topic of the same name that is made after its deletion."""
    partitions: int
    factors: frozenset[int]
    """How many replicas its partitions have; of one that is being moved, how many it will have."""
    config: Mapping[str, str] = field(default_factory=dict[str, str])
    """What is set on the topic itself, by whomever."""
    leaderless: int = 0
    """Partitions without a leader now."""


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


@dataclass(frozen=True, kw_only=True)
class TopicPlan:
    """What a run would do now."""

    changes: tuple[TopicChange, ...] = ()
    """In the order of a run: create, grow, configure, delete."""
    adopted: tuple[str, ...] = ()
    """Topics that exist and were not managed by this stack before, and how they differ."""
    refused: tuple[str, ...] = ()
    """Why the run will refuse; nothing happens until they are gone."""
    notes: tuple[str, ...] = ()
    """What the user should know: what somebody else has set, and is left."""

    @property
    def deletes(self) -> bool:
        """Whether messages will be lost."""
        return any(isinstance(change, Delete) for change in self.changes)

    def lines(self) -> tuple[str, ...]:
        """Return the plan as text lines; none when there is nothing to do or to know."""
        said = [f"refused: {reason}" for reason in self.refused]
        said += some_lines([f"adopt {line}" for line in self.adopted], SHOWN)
        for kind in (Create, Grow, Configure, Delete):
            said += some_lines([str(change) for change in self.changes if type(change) is kind], SHOWN)
        return (*said, *some_lines([f"note: {note}" for note in self.notes], SHOWN))


def plan_topics(
    desired: Iterable[DesiredTopic], recorded: Iterable[DesiredTopic], observed: Mapping[str, ObservedTopic]
) -> TopicPlan:
    """Return the plan. `recorded` is what the stack managed after its last run: the one memory of who owns what."""
    wanted = {topic.name: topic for topic in desired}
    managed = {topic.name: topic for topic in recorded}
    pairs = [(wanted[name], observed[name]) for name in sorted(wanted) if name in observed]
    mine = {name: _owned(wanted[name], managed.get(name)) for name in wanted}
    return TopicPlan(
        changes=(
            *(_creation(wanted[name], again=name in managed) for name in sorted(wanted) if name not in observed),
            *(
                Grow(topic=want.name, before=live.partitions, after=want.partitions)
                for want, live in pairs
                if want.partitions > live.partitions
            ),
            *(change for want, live in pairs for change in _configured(want, live, mine[want.name])),
            *_deletions(wanted, managed, observed),
        ),
        adopted=tuple(_adoption(want, live) for want, live in pairs if want.name not in managed),
        refused=(*(reason for pair in pairs for reason in _impossible(*pair)), *_protected(wanted, managed, observed)),
        notes=tuple(note for want, live in pairs for note in _foreign(live, mine[want.name])),
    )


def assumed(recorded: Iterable[DesiredTopic]) -> dict[str, ObservedTopic]:
    """Return the live topics as the last run left them: what a plan rests on when the cluster cannot be seen."""
    return {
        topic.name: ObservedTopic(
            name=topic.name,
            topic_id="",
            partitions=topic.partitions,
            factors=frozenset({topic.replication_factor}),
            config=topic.config,
        )
        for topic in recorded
    }


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


def _owned(want: DesiredTopic, before: DesiredTopic | None) -> frozenset[str]:
    """Return the keys that are the stack's: those that it wants, and those that it wanted."""
    return frozenset(want.config) | frozenset(before.config if before else ())


def _creation(want: DesiredTopic, *, again: bool) -> Create:
    return Create(
        topic=want.name,
        partitions=want.partitions,
        replication_factor=want.replication_factor,
        config=want.config,
        again=again,
    )


def _configured(want: DesiredTopic, live: ObservedTopic, mine: frozenset[str]) -> Iterator[Configure]:
    keys = tuple(
        KeyChange(key=key, before=live.config.get(key), after=want.config.get(key))
        for key in sorted(mine)
        if live.config.get(key) != want.config.get(key)
    )
    if keys:
        yield Configure(topic=want.name, keys=keys)


def _deletions(
    wanted: Mapping[str, DesiredTopic], managed: Mapping[str, DesiredTopic], observed: Mapping[str, ObservedTopic]
) -> Iterator[Delete]:
    for name in sorted(managed.keys() - wanted.keys()):
        live = observed.get(name)
        if live is not None and not managed[name].deletion_protection:
            yield Delete(topic=name, topic_id=live.topic_id, partitions=live.partitions)


def _protected(
    wanted: Mapping[str, DesiredTopic], managed: Mapping[str, DesiredTopic], observed: Mapping[str, ObservedTopic]
) -> Iterator[str]:
    for name in sorted(managed.keys() - wanted.keys()):
        if name in observed and managed[name].deletion_protection:
            yield (
                f"topic {name} is not in the spec any more, and it is protected: it holds "
                + f"{count(observed[name].partitions, 'partition')} of messages. Put it back; to delete it, set its "
                + "deletionProtection to false, run `pulumi up`, and take it out then"
            )


def _adoption(want: DesiredTopic, live: ObservedTopic) -> str:
    unlike = [f"partitions {live.partitions} -> {want.partitions}"] if live.partitions != want.partitions else []
    unlike += [str(key) for change in _configured(want, live, frozenset(want.config)) for key in change.keys]
    same = f"{count(live.partitions, 'partition')}, replication factor {_factors(live)}"
    return f"{want.name}: it exists, with {same}; " + (", ".join(unlike) or "nothing to change")


def _impossible(want: DesiredTopic, live: ObservedTopic) -> Iterator[str]:
    if want.partitions < live.partitions:
        yield (
            f"topic {want.name} has {count(live.partitions, 'partition')}, the spec wants {want.partitions}; "
            + "partitions are never taken away, since their messages would go with them. "
            + f"Write {live.partitions}, or make a topic with another name and move its clients there"
        )
    if live.factors != frozenset({want.replication_factor}):
        yield (
            f"topic {want.name} has replication factor {_factors(live)}, the spec wants {want.replication_factor}; "
            + "another factor is a reassignment of replicas, which is not done here. "
            + f"Write {max(live.factors, default=want.replication_factor)}"
        )


def _foreign(live: ObservedTopic, mine: frozenset[str]) -> Iterator[str]:
    others = [f"{key}={live.config[key]}" for key in sorted(live.config.keys() - mine - PASSING)]
    if others:
        yield f"{live.name}: set by somebody else and left: {some(others)}; to own a key, name it in the topic's config"


def _factors(live: ObservedTopic) -> str:
    return " and ".join(str(factor) for factor in sorted(live.factors)) or "unknown"
