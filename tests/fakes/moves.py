"""Reassignments inside the FakeKafka (KIP-455): replicas are added, copied from the leader, and only then removed.

Copies take time, and less of the bandwidth where a throttle lists them (KIP-73). What nobody may ask for is asserted:
a cancel that leaves no replica in sync.
"""

from typing import TYPE_CHECKING

from hooks.planner.reassignment.throttling import FOLLOWER_RATE, FOLLOWER_REPLICAS
from hooks.planner.snapshot import NodeId

if TYPE_CHECKING:
    from tests.fakes.kafka import FakeKafka, FakePartition


class FakeMoves:
    """What moves, and the dynamic settings that bound it."""

    def __init__(self, kafka: "FakeKafka") -> None:
        self.kafka = kafka
        self.bandwidth = 4 << 20
        """Bytes per second that a broker receives."""
        self.settings: dict[tuple[str, str, str], str] = {}
        self.known = {"cordoned.log.dirs"}
        """Settings that the brokers' version has, of those that not every version has."""
        self.throttled: set[str] = set()
        """Partitions that were copied under a throttle."""
        self.widest = 0
        """Most replicas that were being added to one partition at one time."""
        self._begun: set[str] = set()
        self._then = 0.0

    def find(self, topic: str, index: int) -> "FakePartition | None":
        return next((p for p in self.kafka.partitions if (p.topic, p.index) == (topic, index)), None)

    def alter(self, partition: "FakePartition", target: tuple[NodeId, ...]) -> str | None:
        """Begin, or replace, a reassignment; return why not."""
        unknown = set(target) - self.kafka.brokers.keys()
        if unknown or len(set(target)) != len(target) or not target:
            return "InvalidReplicaAssignmentError"
        original = [node for node in partition.replicas if node not in partition.adding]
        dropped = partition.adding - set(target)
        partition.isr -= dropped
        for node in dropped:
            partition.copied.pop(node, None)
        partition.adding = frozenset(target) - set(original)
        partition.removing = frozenset(original) - set(target)
        partition.replicas = (*target, *(node for node in original if node not in target))
        self._begun.add(str(partition))
        self.widest = max(self.widest, len(partition.adding))
        self._settle(partition)
        return None

    def cancel(self, partition: "FakePartition") -> None:
        """Go back to the original replicas."""
        if not partition.adding and not partition.removing:
            return
        original = tuple(node for node in partition.replicas if node not in partition.adding)
        staying = {node for node in partition.isr if node in original and self.kafka.usable(node)}
        assert staying, f"{partition}: cancelled with no former replica alive and in sync (ISR {partition.isr})"
        self._become(partition, original)

    def copy(self, now: float) -> None:
        """Copy for the time that has passed; what a broker receives is shared among its new replicas."""
        seconds, self._then = now - self._then, now
        for node in sorted(self.kafka.brokers):
            if not self.kafka.usable(node):
                continue
            coming = [p for p in self.kafka.partitions if node in p.adding and self._has_source(p)]
            coming = [p for p in coming if p.copied.get(node, 0) < p.size]
            for partition in coming:
                rate = self.bandwidth / len(coming)
                limit = self.settings.get(("broker", str(node), FOLLOWER_RATE))
                if limit is not None and self._is_listed(partition, node):
                    rate = min(rate, int(limit) / len(coming))
                    self.throttled.add(str(partition))
                partition.copied[node] = min(partition.size, partition.copied.get(node, 0) + int(rate * seconds))

    def complete(self) -> None:
        """Drop what is to be removed where every replica of the target is in sync."""
        for partition in self.kafka.partitions:
            if str(partition) in self._begun:
                self._settle(partition)

    def lead(self, partition: "FakePartition") -> None:
        """Let the preferred replica lead, if it is in sync."""
        first = partition.replicas[0]
        if first in partition.isr and self.kafka.usable(first):
            partition.leader = first

    @property
    def under_way(self) -> list[str]:
        return [str(p) for p in self.kafka.partitions if p.adding or p.removing]

    @property
    def throttles(self) -> dict[tuple[str, str, str], str]:
        return {key: value for key, value in self.settings.items() if "throttled" in key[2]}

    def _settle(self, partition: "FakePartition") -> None:
        target = tuple(node for node in partition.replicas if node not in partition.removing)
        if set(target) <= partition.isr:
            self._become(partition, target)

    def _become(self, partition: "FakePartition", replicas: tuple[NodeId, ...]) -> None:
        partition.replicas = replicas
        partition.adding = partition.removing = frozenset()
        partition.isr &= set(replicas)
        partition.copied.clear()
        self._begun.discard(str(partition))
        if partition.leader not in partition.isr:
            able = [node for node in replicas if node in partition.isr and self.kafka.usable(node)]
            partition.leader = able[0] if able else None

    def _has_source(self, partition: "FakePartition") -> bool:
        return partition.leader is not None and self.kafka.usable(partition.leader)

    def _is_listed(self, partition: "FakePartition", node: NodeId) -> bool:
        listed = self.settings.get(("topic", partition.topic, FOLLOWER_REPLICAS), "")
        return listed == "*" or f"{partition.index}:{node}" in listed.split(",")
