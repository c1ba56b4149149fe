"""A placement as arrays, and the working state of a plan: which slot is on which broker now.

A slot is one replica of one partition: row and column of a table whose rows are partitions. `home` is the broker that
held it at first, `at` the broker that holds it in the plan so far; OFF_BOARD while it still has to be placed. Brokers
and racks are indices; a replica on a broker that nobody knows is on a broker without a rack that is not alive.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from hooks.planner.reassignment.model import Options, Placement, PlacementBroker, TopicPartition
from hooks.planner.reassignment.spread import Spread, even_spread, rack_of

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]

OFF_BOARD = -1
NO_SLOT = -2


@dataclass(kw_only=True)
class Field:
    """The arrays of one plan. Brokers by `ids`, racks by `racks`, partitions by the placement's order."""

    options: Options
    placement: Placement
    brokers: tuple[PlacementBroker | None, ...]
    """By index; None for a broker that only replicas name."""
    ids: Ints
    racks: tuple[str, ...]
    rack: Ints
    """Rack index by broker; len(racks) for an unknown broker."""
    staying: Flags
    taking: Flags
    size: Floats
    """By partition."""
    frozen: Flags
    home: Ints
    at: Ints
    must: Flags
    """Slots that may not go back to their home."""
    factor: Ints
    """Replicas that each partition should have."""
    room: Floats
    """Bytes that each broker may still receive before it passes the disk limit."""
    held: Ints = field(init=False)
    """Replicas on the board, by partition and rack."""
    loaded: Floats = field(init=False)
    """Bytes on the board, by broker."""
    counts: Ints = field(init=False)
    """Replicas on the board, by broker."""
    slot_size: Floats = field(init=False)

    def __post_init__(self) -> None:
        """Count what is on the board."""
        self.slot_size = np.repeat(self.size, self.width)
        self.recount()

    @property
    def width(self) -> int:
        """Return the columns of the table: the largest replication factor."""
        return int(self.at.shape[1])

    def recount(self) -> None:
        """Derive counts, bytes and rack occupancy from `at`."""
        flat = self.at.ravel()
        on = flat >= 0
        self.counts = np.bincount(flat[on], minlength=len(self.ids)).astype(np.int64)
        loaded = np.bincount(flat[on], weights=self.slot_size[on], minlength=len(self.ids))
        self.loaded = loaded.astype(np.float64)
        self.held = np.zeros((len(self.size), len(self.racks) + 1), dtype=np.int64)
        for column in range(self.width):
            rows = np.flatnonzero(self.at[:, column] >= 0)
            self.held[rows, self.rack[self.at[rows, column]]] += 1

    def partition(self, slot: int) -> int:
        """Return the slot's partition."""
        return slot // self.width

    def holds(self, partition: int, broker: int) -> bool:
        """Tell whether the broker holds the partition in the plan so far."""
        return broker in self.at[partition]

    def lift(self, slot: int) -> None:
        """Take a slot off the board."""
        broker = int(self.at.flat[slot])
        if broker >= 0:
            self.counts[broker] -= 1
            self.loaded[broker] -= self.slot_size[slot]
            self.held[self.partition(slot), self.rack[broker]] -= 1
            if broker != self.home.flat[slot]:
                self.room[broker] += self.slot_size[slot]
        self.at.flat[slot] = OFF_BOARD

    def put(self, slot: int, broker: int) -> None:
        """Put a slot that is off the board onto a broker."""
        self.at.flat[slot] = broker
        self.counts[broker] += 1
        self.loaded[broker] += self.slot_size[slot]
        self.held[self.partition(slot), self.rack[broker]] += 1
        if broker != self.home.flat[slot]:
            self.room[broker] -= self.slot_size[slot]

    def restore(self, slots: Ints) -> None:
        """Put slots that are off the board back where they were.

        Where another replica of the partition has come there meanwhile, its former place is free: they trade places.
        """
        for slot in slots:
            row, broker = self.partition(int(slot)), int(self.home.flat[int(slot)])
            while self.holds(row, broker):
                broker = int(self.home[row, int(np.flatnonzero(self.at[row] == broker)[0])])
            self.put(int(slot), broker)

    def may_take(self, slot: int, broker: int) -> bool:
        """Tell whether this broker can take the slot: racks aside, which the caller has settled."""
        home = int(self.home.flat[slot])
        if home == broker:
            return not self.must.flat[slot] and not self.holds(self.partition(slot), broker)
        fits = self.slot_size[slot] <= self.room[broker]
        return bool(self.taking[broker]) and bool(fits) and not self.holds(self.partition(slot), broker)

    def slots_on(self, broker: int) -> Ints:
        """Return the slots that a broker holds in the plan so far, in order."""
        return np.flatnonzero(self.at.ravel() == broker)

    def movable(self) -> Flags:
        """Return by slot whether levelling may touch it."""
        return np.repeat(~self.frozen, self.width) & (self.at.ravel() != NO_SLOT)

    def shares(self) -> Floats:
        """Return each broker's share of everything: by capacity where all are known, else equal; 0 when it leaves."""
        weights = np.zeros(len(self.ids))
        known = [broker.capacity_bytes or 0 if broker else 0 for broker in self.brokers]
        chosen = np.flatnonzero(self.staying)
        weights[chosen] = np.asarray(known, dtype=np.float64)[chosen] if all(known[i] for i in chosen) else 1.0
        total = weights.sum()
        return weights / total if total else weights


def make_field(placement: Placement, options: Options) -> Field:
    """Lay a placement out as arrays."""
    ids, brokers = _brokers(placement)
    racks = tuple(sorted({rack_of(broker.rack) for broker in placement.brokers}))
    rack = np.array([racks.index(rack_of(b.rack)) if b else len(racks) for b in brokers], dtype=np.int64)
    at = _table(placement, ids)
    staying = np.array([b is not None and b.alive and b.id not in options.drained for b in brokers], dtype=np.bool_)
    closed = [b is None or b.excluded or b.id in options.excluded for b in brokers]
    return Field(
        options=options,
        placement=placement,
        brokers=brokers,
        ids=ids,
        racks=racks,
        rack=rack,
        staying=staying,
        taking=staying & ~np.array(closed, dtype=np.bool_),
        size=np.fromiter((p.size_bytes for p in placement.partitions), np.float64, len(placement.partitions)),
        frozen=_frozen(placement, options),
        home=at.copy(),
        at=at,
        must=np.zeros(at.shape, dtype=np.bool_),
        factor=np.fromiter((len(p.replicas) for p in placement.partitions), np.int64, len(placement.partitions)),
        room=_room(placement, options, brokers),
    )


def _brokers(placement: Placement) -> tuple[Ints, tuple[PlacementBroker | None, ...]]:
    named = {int(broker.id): broker for broker in placement.brokers}
    strays = {int(node) for p in placement.partitions for node in p.replicas} - set(named)
    ids = sorted(strays | set(named))
    return np.array(ids, dtype=np.int64), tuple(named.get(node) for node in ids)


def _table(placement: Placement, ids: Ints) -> Ints:
    """Return broker indices, a row for each partition, filled up with NO_SLOT."""
    lengths = np.fromiter((len(p.replicas) for p in placement.partitions), np.int64, len(placement.partitions))
    width = max(int(lengths.max(initial=1)), 1)
    flat = np.fromiter(chain.from_iterable(p.replicas for p in placement.partitions), np.int64, int(lengths.sum()))
    table = np.full((len(lengths), width), NO_SLOT, dtype=np.int64)
    table[np.arange(width) < lengths[:, None]] = np.searchsorted(ids, flat)
    return table


def _frozen(placement: Placement, options: Options) -> Flags:
    """Return by partition whether it may not be touched; what has no source to copy from stays where lost ones heal."""
    stuck = {partition.key for partition in placement.without_source} if options.lost else set[TopicPartition]()
    frozen = (p.topic in options.frozen_topics or p.key in stuck for p in placement.partitions)
    return np.fromiter(frozen, np.bool_, len(placement.partitions))


def _room(placement: Placement, options: Options, brokers: Sequence[PlacementBroker | None]) -> Floats:
    """Return what each broker may receive while it still holds everything that it holds now."""
    held: dict[int, int] = {}
    if any(broker and broker.capacity_bytes is not None for broker in brokers):
        for partition in placement.partitions:
            for node in partition.replicas:
                held[node] = held.get(node, 0) + partition.size_bytes
    room = np.full(len(brokers), np.inf)
    for index, broker in enumerate(brokers):
        if broker and broker.capacity_bytes is not None:
            used = max(broker.used_bytes or 0, held.get(broker.id, 0))
            room[index] = max(0.0, options.disk_limit * broker.capacity_bytes - used)
    return room


def spreads_of(field: Field) -> dict[int, Spread]:
    """Return the right spread for each replication factor in use.

    A rack of which some broker stays counts with those that stay. A rack that is gone as a whole keeps its place, so
    that nothing crowds into the others, unless the options relax that.
    """
    brokers: dict[str, int] = {}
    # A dead broker that nobody heals keeps its replicas, and they count where they are.
    keeping = field.staying if field.options.goal == "heal" else ~np.isin(field.ids, sorted(field.options.drained))
    for index, name in enumerate(field.racks):
        inside = field.rack == index
        remaining = int((inside & keeping).sum())
        brokers[name] = remaining or (0 if field.options.relax_racks else int(inside.sum()))
    return {int(factor): even_spread(int(factor), brokers) for factor in np.unique(field.factor)}


def rack_bounds(field: Field) -> tuple[Ints, Ints]:
    """Return the least and the most replicas of each partition in each rack."""
    lowest = np.zeros((len(field.size), len(field.racks)), dtype=np.int64)
    highest = np.zeros_like(lowest)
    for factor, spread in spreads_of(field).items():
        rows = field.factor == factor
        lowest[rows] = [spread.lowest[name] for name in field.racks]
        highest[rows] = [spread.highest[name] for name in field.racks]
    return lowest, highest
