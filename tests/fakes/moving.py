"""The FakeCluster's reassignments and its movement record, behind the hooks' interfaces."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hooks.interfaces import MovementRecord, NotYet
from hooks.planner.reassignment.model import PlacedPartition, Placement, PlacementBroker, TopicPartition
from hooks.planner.reassignment.throttling import Setting, Settings
from hooks.planner.snapshot import NodeId

if TYPE_CHECKING:
    from tests.fakes.cluster import FakeCluster
    from tests.fakes.kafka import FakePartition

MOST_PER_CALL = 1000
CAPACITY = 1 << 30


@dataclass
class FakeReassignments:
    cluster: "FakeCluster"

    def placement(self) -> Placement:
        self._ask()
        kafka = self.cluster.kafka
        used = {
            node: sum(p.size for p in kafka.partitions if node in p.replicas and node not in p.adding)
            for node in kafka.brokers
        }
        return Placement(
            brokers=tuple(
                PlacementBroker(
                    id=node,
                    rack=broker.rack,
                    capacity_bytes=CAPACITY if kafka.usable(node) else None,
                    used_bytes=used[node] if kafka.usable(node) else None,
                    alive=kafka.usable(node),
                    excluded=("broker", str(node), "cordoned.log.dirs") in kafka.moves.settings,
                )
                for node, broker in sorted(kafka.brokers.items())
            ),
            partitions=tuple(_placed(p) for p in sorted(kafka.partitions, key=lambda p: (p.topic, p.index))),
        )

    def sizes(self, partitions: Sequence[TopicPartition]) -> Mapping[tuple[TopicPartition, NodeId], int]:
        self._ask()
        found = [p for p in self.cluster.kafka.partitions if (p.topic, p.index) in set(partitions)]
        return {
            ((p.topic, p.index), node): p.copied.get(node, 0) if node in p.adding else p.size
            for p in found
            for node in p.replicas
            if self.cluster.kafka.usable(node)
        }

    def alter(self, targets: Mapping[TopicPartition, tuple[NodeId, ...] | None]) -> Mapping[TopicPartition, str]:
        self._ask()
        assert len(targets) <= MOST_PER_CALL
        refused: dict[TopicPartition, str] = {}
        for (topic, index), target in targets.items():
            partition = self.cluster.kafka.moves.find(topic, index)
            if partition is None:
                continue
            self.cluster.writes.append(f"alter {partition} {target}")
            if target is None:
                self.cluster.kafka.moves.cancel(partition)
                continue
            why = self.cluster.kafka.moves.alter(partition, target)
            if why is not None:
                refused[topic, index] = why
        return refused

    def settings(self, wanted: Sequence[Setting]) -> Settings:
        self._ask()
        live = self.cluster.kafka.moves.settings
        return {s: live.get((s.kind, s.name, s.key)) for s in wanted if self._is_there(s)}

    def change(self, settings: Settings) -> Mapping[Setting, str]:
        self._ask()
        failed: dict[Setting, str] = {}
        for setting, value in settings.items():
            if not self._is_there(setting):
                if setting.kind == "broker":
                    failed[setting] = "the broker does not answer"
                continue
            key = (setting.kind, setting.name, setting.key)
            self.cluster.writes.append(f"set {key} {value}")
            if value is None:
                self.cluster.kafka.moves.settings.pop(key, None)
            else:
                self.cluster.kafka.moves.settings[key] = value
        return failed

    def knows(self, broker: NodeId, key: str) -> bool:
        self._ask()
        return self.cluster.kafka.usable(broker) and key in self.cluster.kafka.moves.known

    def elect(self, partitions: Sequence[TopicPartition]) -> None:
        self._ask()
        for topic, index in partitions:
            partition = self.cluster.kafka.moves.find(topic, index)
            if partition is not None:
                self.cluster.kafka.moves.lead(partition)

    def unregister(self, broker: NodeId) -> None:
        self._ask()
        held = [str(p) for p in self.cluster.kafka.partitions if broker in p.replicas]
        found = self.cluster.kafka.brokers.get(broker)
        if found is None:
            return
        assert not held, f"broker {broker} was unregistered with {held}"
        assert not found.alive, f"broker {broker} was unregistered alive"
        self.cluster.writes.append(f"unregister {broker}")
        del self.cluster.kafka.brokers[broker]

    def _ask(self) -> None:
        brokers = self.cluster.kafka.brokers
        if self.cluster.brokers_unreachable or not any(self.cluster.kafka.usable(node) for node in brokers):
            raise NotYet("no broker answers on port 9092")

    def _is_there(self, setting: Setting) -> bool:
        if setting.kind == "broker":
            return self.cluster.kafka.usable(NodeId(int(setting.name)))
        return any(p.topic == setting.name for p in self.cluster.kafka.partitions)


def _placed(partition: "FakePartition") -> PlacedPartition:
    return PlacedPartition(
        topic=partition.topic,
        index=partition.index,
        replicas=tuple(node for node in partition.replicas if node not in partition.removing),
        size_bytes=partition.size,
        min_isr=partition.min_isr,
        leader=partition.leader,
        isr=frozenset(partition.isr),
    )


@dataclass
class FakeJournal:
    cluster: "FakeCluster"

    def read(self) -> MovementRecord | None:
        self._ask()
        return self.cluster.record

    def write(self, record: MovementRecord) -> None:
        self._ask()
        self.cluster.writes.append("record written")
        self.cluster.record = record

    def clear(self) -> None:
        self._ask()
        self.cluster.writes.append("record cleared")
        self.cluster.record = None

    def _ask(self) -> None:
        if self.cluster.api_down:
            raise NotYet("the API server does not answer")
