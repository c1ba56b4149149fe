"""Topics: what the spec wants against what the cluster has, as changes with their reasons. Pure.

A topic that exists is adopted; one that the stack managed and no longer names is deleted, unless it is protected.
Guarantees: partitions are never taken away, a key of a topic's configuration that somebody else set is never touched,
and no topic is deleted that the stack did not manage.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from hooks.planner.factors import FactorChange
from hooks.planner.text import count, some, some_lines
from hooks.planner.topic_changes import Configure, Create, Delete, Grow, KeyChange, TopicChange

SHOWN = 50
"""How many lines of one kind a plan shows; the rest is counted, and stands in the inputs' own diff."""
_FLOOR = "min.insync.replicas"
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
class TopicPlan:
    """What a run would do now."""

    changes: tuple[TopicChange, ...] = ()
    """In the order of a run: create, grow, configure, delete."""
    factors: tuple[FactorChange, ...] = ()
    """Topics whose replicas become more or fewer, by a movement over all brokers."""
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

    @property
    def floors(self) -> dict[str, int]:
        """Return the min.insync.replicas that topics get before their replicas move: those that they hold already."""
        least = {change.topic: min(change.before, default=0) for change in self.factors}
        configured = (change for change in self.changes if isinstance(change, Configure) and change.topic in least)
        given = ((change.topic, key.after or "") for change in configured for key in change.keys if key.key == _FLOOR)
        return {topic: int(floor) for topic, floor in given if floor.isdecimal() and int(floor) <= least[topic]}

    @property
    def before_factors(self) -> tuple[TopicChange, ...]:
        """What comes before replicas move: all but deletions, and but a floor that only the new factor can hold."""
        later = {change.topic for change in self.factors} - self.floors.keys()
        return tuple(
            change
            for change in self.changes
            if not isinstance(change, Delete)
            and not (isinstance(change, Configure) and change.topic in later and change.changes(_FLOOR))
        )

    def lines(self) -> tuple[str, ...]:
        """Return the plan as text lines; none when there is nothing to do or to know."""
        said = [f"refused: {reason}" for reason in self.refused]
        said += some_lines([f"adopt {line}" for line in self.adopted], SHOWN)
        for kind in (Create, Grow, Configure, Delete):
            said += some_lines([str(change) for change in self.changes if type(change) is kind], SHOWN)
        said += some_lines([str(change) for change in self.factors], SHOWN)
        return (*said, *some_lines([f"note: {note}" for note in self.notes], SHOWN))


def plan_topics(
    desired: Iterable[DesiredTopic],
    recorded: Iterable[DesiredTopic],
    observed: Mapping[str, ObservedTopic],
    internal: Mapping[str, int] | None = None,
) -> TopicPlan:
    """Return the plan. `recorded` is what the stack managed after its last run: the one memory of who owns what.

    `internal` are the factors of topics that Kafka makes and keeps itself: nothing else of them is touched, and one
    that is not there is left for Kafka to make.
    """
    wanted = {topic.name: topic for topic in desired}
    managed = {topic.name: topic for topic in recorded}
    pairs = [(wanted[name], observed[name]) for name in sorted(wanted) if name in observed]
    mine = {name: _owned(wanted[name], managed.get(name)) for name in wanted}
    factors = {**(internal or {}), **{topic.name: topic.replication_factor for topic in wanted.values()}}
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
        factors=tuple(
            FactorChange(topic=name, before=tuple(sorted(observed[name].factors)), after=factor)
            for name, factor in sorted(factors.items())
            if name in observed and observed[name].factors != frozenset({factor})
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
    if live.factors != frozenset({want.replication_factor}):
        unlike += [f"replication factor {_factors(live)} -> {want.replication_factor}"]
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


def _foreign(live: ObservedTopic, mine: frozenset[str]) -> Iterator[str]:
    others = [f"{key}={live.config[key]}" for key in sorted(live.config.keys() - mine - PASSING)]
    if others:
        yield f"{live.name}: set by somebody else and left: {some(others)}; to own a key, name it in the topic's config"


def _factors(live: ObservedTopic) -> str:
    return " and ".join(str(factor) for factor in sorted(live.factors)) or "unknown"
