"""Filling brokers that hold less than their rack's share: what a growth leaves to do. Nothing else moves.

Steps, rack by rack: the fair share is the rack's replicas over its brokers, rounded down. While a broker has less, it
takes one replica from the broker of its rack that has the most: of the topic of which that one has the most more, then
of the size nearest to the mean. The replica keeps its place in the order, so that preferred leaders move along.

Guarantees: each replica stays in its rack, so that no spread gets worse; nobody gives below the share; no broker passes
the disk limit; filled brokers ask for nothing more, so that a second plan is empty.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from hooks.planner.reassignment.model import (
    Bounds,
    BrokerLoad,
    MovementPlan,
    Options,
    PartitionMove,
    PlacedPartition,
    Placement,
    PlacementBroker,
    TopicPartition,
)
from hooks.planner.snapshot import NodeId


def fill(placement: Placement, options: Options) -> MovementPlan:
    """Return the moves after which every broker that can has its rack's share."""
    racks: dict[str | None, list[PlacementBroker]] = defaultdict(list)
    for broker in placement.brokers:
        if broker.alive and not broker.excluded and broker.id not in options.excluded:
            racks[broker.rack].append(broker)
    filling = _Filling(placement, options)
    for rack in sorted(racks, key=str):
        filling.rack(racks[rack])
    moves = filling.moves()
    copies, size = sum(len(move.adding) for move in moves), sum(move.bytes_to_move for move in moves)
    return MovementPlan(
        goal="grow",
        moves=moves,
        before=loads(placement),
        after=loads(placement.after(moves)),
        bounds=Bounds(moves=copies, bytes=0, achieved_moves=copies, achieved_bytes=size),
    )


def shares(counts: Mapping[NodeId, int], racks: Mapping[NodeId, str | None]) -> dict[NodeId, int]:
    """Return the share of each broker: its rack's replicas over its rack's brokers, rounded down."""
    held: Counter[str | None] = Counter()
    for node, rack in racks.items():
        held[rack] += counts.get(node, 0)
    brokers = Counter(racks.values())
    return {node: held[rack] // brokers[rack] for node, rack in racks.items()}


def loads(placement: Placement) -> tuple[BrokerLoad, ...]:
    """Return what each broker holds."""
    replicas = Counter(node for partition in placement.partitions for node in partition.replicas)
    leaders = Counter(partition.replicas[0] for partition in placement.partitions if partition.replicas)
    size: Counter[NodeId] = Counter()
    for partition in placement.partitions:
        for node in partition.replicas:
            size[node] += partition.size_bytes
    return tuple(
        BrokerLoad(id=b.id, rack=b.rack, replicas=replicas[b.id], leaders=leaders[b.id], bytes=size[b.id])
        for b in placement.brokers
    )


@dataclass
class _Filling:
    """The placement as it becomes."""

    placement: Placement
    options: Options

    def __post_init__(self) -> None:
        """Count what is there."""
        self._at: dict[TopicPartition, PlacedPartition] = {p.key: p for p in self.placement.partitions}
        self._held: dict[NodeId, set[TopicPartition]] = defaultdict(set)
        for partition in self.placement.partitions:
            for node in partition.replicas:
                self._held[node].add(partition.key)
        self._incoming: Counter[NodeId] = Counter()

    def rack(self, brokers: Iterable[PlacementBroker]) -> None:
        """Fill the brokers of one rack."""
        ours = {broker.id: broker for broker in brokers}
        share = sum(len(self._held[node]) for node in ours) // len(ours)
        while True:
            needy = min(ours, key=lambda node: (len(self._held[node]), node))
            giver = max(ours, key=lambda node: (len(self._held[node]), -node))
            if len(self._held[needy]) >= share or len(self._held[giver]) <= share:
                return
            chosen = self._choose(giver, ours[needy])
            if chosen is None:
                del ours[needy]
                continue
            self._move(chosen, giver, needy)

    def moves(self) -> tuple[PartitionMove, ...]:
        """Return what has changed."""
        return tuple(
            PartitionMove(
                topic=before.topic,
                index=before.index,
                current=before.replicas,
                target=self._at[before.key].replicas,
                size_bytes=before.size_bytes,
            )
            for before in sorted(self.placement.partitions, key=lambda found: found.key)
            if self._at[before.key].replicas != before.replicas
        )

    def _choose(self, giver: NodeId, needy: PlacementBroker) -> PlacedPartition | None:
        ahead = Counter(topic for topic, _ in self._held[giver])
        ahead.subtract(topic for topic, _ in self._held[needy.id])
        sizes = [self._at[key].size_bytes for key in self._held[giver]]
        mean = sum(sizes) / len(sizes)
        able = [self._at[key] for key in self._held[giver] - self._held[needy.id] if key[0] not in self._frozen]
        able = [partition for partition in able if self._has_room(needy, partition)]
        return min(able, key=lambda p: (-ahead[p.topic], abs(p.size_bytes - mean), p.key), default=None)

    @property
    def _frozen(self) -> frozenset[str]:
        return self.options.frozen_topics

    def _has_room(self, broker: PlacementBroker, partition: PlacedPartition) -> bool:
        if broker.capacity_bytes is None or broker.used_bytes is None:
            return True
        used = broker.used_bytes + self._incoming[broker.id] + partition.size_bytes
        return used <= broker.capacity_bytes * self.options.disk_limit

    def _move(self, partition: PlacedPartition, giver: NodeId, needy: NodeId) -> None:
        replicas = tuple(needy if node == giver else node for node in partition.replicas)
        self._at[partition.key] = replace(partition, replicas=replicas)
        self._held[giver].discard(partition.key)
        self._held[needy].add(partition.key)
        self._incoming[needy] += partition.size_bytes
