"""Emptying brokers: the replicas that they hold, and no others, go to brokers that stay.

Steps, partition by partition, the largest first:
1. Each leaving replica is replaced at its place in the order, so that the preferred leader stays where it can.
2. Of the brokers that may take it: one in a rack that holds the fewest of the partition's replicas, then the one that
   is the least full in relation to its capacity, then the one with the fewest replicas, then the lowest id.

Guarantees: nothing moves that need not (the plan has the fewest bytes that any has); no broker passes the disk limit,
the present copies included; a partition never spreads over fewer racks than before. What cannot be is refused as a
whole, with every topic named.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from hooks.planner.reassignment.filling import loads
from hooks.planner.reassignment.model import (
    Bounds,
    MovementPlan,
    Options,
    PartitionMove,
    PlacedPartition,
    Placement,
    PlacementBroker,
)
from hooks.planner.snapshot import NodeId
from hooks.planner.text import count, ids, some


def evacuate(placement: Placement, options: Options) -> MovementPlan:
    """Return the moves that empty `options.drained`, or why that cannot be."""
    if not options.drained:
        return MovementPlan(goal="drain")
    staying = _Staying(placement, options)
    held = [partition for partition in placement.partitions if set(partition.replicas) & options.drained]
    refused = (*_too_few(held, staying, options), *_only_copies(held, placement, options))
    if refused:
        return MovementPlan(goal="drain", refused=refused)
    moves: list[PartitionMove] = []
    full: list[str] = []
    for partition in sorted(held, key=lambda found: (-found.size_bytes, found.key)):
        target = staying.place(partition, options.drained)
        if target is None:
            full.append(str(partition))
        else:
            moves.append(_move(partition, target))
    if full:
        return MovementPlan(goal="drain", refused=(_no_room(full, options),))
    moves.sort(key=lambda move: move.key)
    return _plan(placement, moves)


@dataclass
class _Staying:
    """The brokers that may take a replica, and how full they would be."""

    placement: Placement
    options: Options
    brokers: dict[NodeId, PlacementBroker] = field(init=False)
    racks: dict[NodeId, str | None] = field(init=False)
    replicas: Counter[NodeId] = field(init=False)
    incoming: dict[NodeId, int] = field(default_factory=lambda: defaultdict[NodeId, int](int))

    def __post_init__(self) -> None:
        """Find them."""
        away = self.options.drained | self.options.excluded
        self.brokers = {b.id: b for b in self.placement.brokers if b.alive and not b.excluded and b.id not in away}
        self.replicas = Counter(node for p in self.placement.partitions for node in p.replicas)
        self.racks = {b.id: b.rack for b in self.placement.brokers}
        self._bytes: Counter[NodeId] = Counter()
        for partition in self.placement.partitions:
            for node in partition.replicas:
                self._bytes[node] += partition.size_bytes

    def place(self, partition: PlacedPartition, leaving: frozenset[NodeId]) -> tuple[NodeId, ...] | None:
        """Return the replicas with every leaving one replaced, None where nobody has room."""
        target = list(partition.replicas)
        for place, node in enumerate(partition.replicas):
            if node not in leaving:
                continue
            chosen = self._choose(partition, target, place)
            if chosen is None:
                return None
            target[place] = chosen
            self.replicas[chosen] += 1
            self.incoming[chosen] += partition.size_bytes
        return tuple(target)

    def _choose(self, partition: PlacedPartition, target: Sequence[NodeId], place: int) -> NodeId | None:
        others = [node for index, node in enumerate(target) if index != place]
        racks = Counter(self.racks.get(node) for node in others if node not in self.options.drained)
        able = [node for node in sorted(self.brokers) if node not in target and self._has_room(node, partition)]

        def rank(node: NodeId) -> tuple[int, bool, float, int]:
            rack = self.racks.get(node)
            elsewhere = rack != self.racks.get(partition.replicas[place])
            return racks[rack], elsewhere, self._fullness(node), self.replicas[node]

        return min(able, key=rank, default=None)

    def _has_room(self, node: NodeId, partition: PlacedPartition) -> bool:
        broker = self.brokers[node]
        if broker.capacity_bytes is None or broker.used_bytes is None:
            return True
        used = broker.used_bytes + self.incoming[node] + partition.size_bytes
        return used <= broker.capacity_bytes * self.options.disk_limit

    def _fullness(self, node: NodeId) -> float:
        broker = self.brokers[node]
        return (self._bytes[node] + self.incoming[node]) / (broker.capacity_bytes or 1)


def _too_few(held: Iterable[PlacedPartition], staying: _Staying, options: Options) -> Iterable[str]:
    """Say which topics want more brokers, or more racks, than would be left."""
    racks = {broker.rack for broker in staying.brokers.values()} - {None}
    wide: dict[str, int] = {}
    spread: dict[str, int] = {}
    for partition in held:
        wanted = {staying.racks.get(node) for node in partition.replicas} - {None}
        if len(partition.replicas) > len(staying.brokers):
            wide[partition.topic] = len(partition.replicas)
        elif len(wanted) > len(racks):
            spread[partition.topic] = len(wanted)
    if wide:
        yield (
            f"without broker {ids(options.drained)} {count(len(staying.brokers), 'broker')} would be left for topics "
            + f"of more replicas: {_listed(wide)}. Keep more brokers, or lower the topics' replication factor first"
        )
    if spread:
        yield (
            f"without broker {ids(options.drained)} {count(len(racks), 'rack')} would be left for topics that are "
            + f"spread over more: {_listed(spread)}. Keep a broker in each rack, or lower their replication factor"
        )


def _only_copies(held: Iterable[PlacedPartition], placement: Placement, options: Options) -> Iterable[str]:
    alive = frozenset(broker.id for broker in placement.brokers if broker.alive)
    lost = [partition for partition in held if not partition.isr & alive]
    if lost:
        yield (
            f"broker {ids(options.drained - alive)} is away and has the only replica in sync of "
            + f"{some([str(partition) for partition in lost])}; bring it back first, nothing else has the data"
        )


def _no_room(full: Sequence[str], options: Options) -> str:
    return (
        f"{count(len(full), 'partition')} of broker {ids(options.drained)} would find no room: every broker that stays "
        + f"would be more than {options.disk_limit:.0%} full: {some(sorted(full))}. Grow the volumes, add brokers, or "
        + "delete data first"
    )


def _listed(topics: dict[str, int]) -> str:
    return some([f"{topic} ({number})" for topic, number in sorted(topics.items())])


def _move(partition: PlacedPartition, target: tuple[NodeId, ...]) -> PartitionMove:
    return PartitionMove(
        topic=partition.topic,
        index=partition.index,
        current=partition.replicas,
        target=target,
        size_bytes=partition.size_bytes,
    )


def _plan(placement: Placement, moves: list[PartitionMove]) -> MovementPlan:
    copies, size = sum(len(move.adding) for move in moves), sum(move.bytes_to_move for move in moves)
    return MovementPlan(
        goal="drain",
        moves=tuple(moves),
        before=loads(placement),
        after=loads(placement.after(moves)),
        bounds=Bounds(moves=copies, bytes=size, achieved_moves=copies, achieved_bytes=size),
    )
