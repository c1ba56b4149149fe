"""The topics of the FakeCluster, as a controller decides over them: each request whole, each topic with its own answer.

It obeys Kafka: no second topic of a name, none whose name differs in dots and underscores only, no more replicas than
brokers that serve, no fewer partitions, no unknown key; leaders are elected after a topic is made.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hooks.administration import Rejection
from hooks.interfaces import NotYet
from hooks.planner.snapshot import NodeId
from hooks.planner.topic_changes import Configure, Create, Delete, Grow, TopicChange
from hooks.planner.topics import ObservedTopic
from tests.fakes.kafka import FakePartition

if TYPE_CHECKING:
    from tests.fakes.cluster import FakeCluster

KEYS = frozenset({"retention.ms", "cleanup.policy", "min.insync.replicas", "max.message.bytes"})


@dataclass
class TopicRecords:
    """What the cluster's metadata says of topics beside their partitions."""

    ids: dict[str, str] = field(default_factory=dict)
    configs: dict[str, dict[str, str]] = field(default_factory=dict)
    hidden_until: dict[str, float] = field(default_factory=dict)
    """When a broker that is asked will know of a new topic."""
    lag: float = 0.0
    """How long new metadata takes to the broker that is asked."""
    lost: set[str] = field(default_factory=set)
    """Requests for these topics are lost on the way, until they are taken out of here."""
    made: int = 0


@dataclass
class FakeTopics:
    cluster: "FakeCluster"

    @property
    def records(self) -> TopicRecords:
        return self.cluster.topics

    def observe(self, names: Collection[str]) -> Mapping[str, ObservedTopic]:
        self._ask()
        shown = [n for n in sorted(names) if self._partitions(n) and not self._hidden(n)]
        return {name: self._observed(name) for name in shown}

    def check(self, changes: Sequence[TopicChange]) -> tuple[Rejection, ...]:
        self._ask()
        assert len({type(change) for change in changes}) == 1
        if isinstance(changes[0], Delete):
            return ()
        return tuple(r for r in (self._refusal(change) for change in changes) if r is not None)

    def apply(self, changes: Sequence[TopicChange]) -> tuple[Rejection, ...]:
        self._ask()
        assert len({type(change) for change in changes}) == 1
        if self.cluster.kafka.controller is None:
            return tuple(Rejection(name=change.topic, why="NotController", soon=True) for change in changes)
        refused: list[Rejection] = []
        for change in changes:
            refusal = self._refusal(change)
            if refusal is None:
                self.cluster.writes.append(f"topic {change}")
                self._do(change)
            else:
                refused.append(refusal)
        return tuple(refused)

    def _ask(self) -> None:
        if self.cluster.brokers_unreachable or self.cluster.kafka.state(None) is None:
            raise NotYet("no broker answers on port 9092")

    def _hidden(self, name: str) -> bool:
        return self.cluster.now < self.records.hidden_until.get(name, 0.0)

    def _partitions(self, name: str) -> list[FakePartition]:
        return [partition for partition in self.cluster.kafka.partitions if partition.topic == name]

    def _observed(self, name: str) -> ObservedTopic:
        parts = self._partitions(name)
        return ObservedTopic(
            name=name,
            topic_id=self.records.ids.setdefault(name, f"id-of-{name}"),
            partitions=len(parts),
            factors=frozenset(len(set(part.replicas) - part.removing) for part in parts),
            config=dict(self.records.configs.get(name, {})),
            leaderless=sum(part.leader is None for part in parts),
        )

    def _refusal(self, change: TopicChange) -> Rejection | None:
        name, there = change.topic, self._partitions(change.topic)
        if name in self.records.lost:
            return Rejection(name=name, why="RequestTimedOut", soon=True)
        if isinstance(change, Create):
            return self._creation(change)
        if isinstance(change, Delete):
            return None
        if not there:
            return Rejection(name=name, why="UnknownTopicOrPartition", soon=True)
        return self._growth(change, there) if isinstance(change, Grow) else self._keys(name, change)

    def _growth(self, change: Grow, there: list[FakePartition]) -> Rejection | None:
        if any(part.adding or part.removing for part in there):
            return Rejection(name=change.topic, why="ReassignmentInProgress", soon=True)
        fewer = change.after <= len(there)
        return Rejection(name=change.topic, why="InvalidPartitions: it has as many") if fewer else None

    def _keys(self, name: str, change: Configure) -> Rejection | None:
        return self._key(name, [key.key for key in change.keys])

    def _creation(self, change: Create) -> Rejection | None:
        name = change.topic
        if self._partitions(name):
            return Rejection(name=name, why="TopicAlreadyExists", soon=True)
        flat = {part.topic.replace(".", "_") for part in self.cluster.kafka.partitions}
        if name.replace(".", "_") in flat:
            return Rejection(name=name, why="InvalidTopic: it collides with another one")
        if change.replication_factor > len(self._usable()):
            return Rejection(name=name, why="InvalidReplicationFactor: too few brokers")
        return self._key(name, list(change.config))

    def _key(self, name: str, keys: list[str]) -> Rejection | None:
        unknown = sorted(set(keys) - KEYS)
        return Rejection(name=name, why=f"InvalidConfiguration: unknown {unknown[0]}") if unknown else None

    def _usable(self) -> list[NodeId]:
        return sorted(b.id for b in self.cluster.kafka.brokers.values() if b.alive and not b.fenced and not b.stopping)

    def _do(self, change: TopicChange) -> None:
        records, name = self.records, change.topic
        if isinstance(change, Create):
            records.made += 1
            records.ids[name] = f"id-{records.made}"
            records.configs[name] = dict(change.config)
            records.hidden_until[name] = self.cluster.now + records.lag
            self._add(name, range(change.partitions), change.replication_factor)
        elif isinstance(change, Grow):
            there = self._partitions(name)
            self._add(name, range(len(there), change.after), len(there[0].replicas))
        elif isinstance(change, Configure):
            own = records.configs.setdefault(name, {})
            for key in change.keys:
                own.pop(key.key, None)
                own |= {} if key.after is None else {key.key: key.after}
                if key.key == "min.insync.replicas":
                    for partition in self._partitions(name):
                        partition.min_isr = int(key.after or 1)
        elif records.ids.get(name) == change.topic_id:
            self.cluster.kafka.partitions[:] = [p for p in self.cluster.kafka.partitions if p.topic != name]
            records.configs.pop(name, None)

    def _add(self, name: str, numbers: range, factor: int) -> None:
        ids = self._usable()
        for n in numbers:
            replicas = tuple(ids[(n + k) % len(ids)] for k in range(factor))
            self.cluster.kafka.partitions.append(
                FakePartition(name, n, replicas, min(2, factor), set(replicas), leader=None)
            )
