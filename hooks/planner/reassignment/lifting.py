"""Which replicas have to move, whatever the balance: they are lifted off the board, to be placed anew.

drain               every replica on a drained broker
heal                every replica on a dead broker or in an offline log dir, and what a rack holds beyond its share;
                    where lost brokers are named, their replicas alone
replication_factor  new replicas start off the board; superfluous ones are dropped for good
"""

from collections.abc import Iterator

import numpy as np

from hooks.planner.reassignment.field import NO_SLOT, OFF_BOARD, Field, Flags, Ints, rack_bounds


def lift(field: Field, *, anew: bool = False) -> None:
    """Lift what the goal says must move; `anew` looks at what a first placing left: spread only."""
    if anew:
        if field.options.goal in ("heal", "replication_factor") and not field.options.lost:
            _lift_crowded(field)
        return
    if field.options.goal == "drain":
        _lift_from(field, np.isin(field.ids, sorted(field.options.drained)))
    elif field.options.lost:
        _lift_from(field, np.isin(field.ids, sorted(field.options.lost)))
    elif field.options.goal == "heal":
        _lift_from(field, ~_alive(field))
        _lift_offline(field)
        _lift_crowded(field)
    elif field.options.goal == "replication_factor":
        _change_factor(field)


def _alive(field: Field) -> Flags:
    return np.array([broker is not None and broker.alive for broker in field.brokers], dtype=np.bool_)


def _lift_from(field: Field, leaving: Flags) -> None:
    table = field.at
    chosen = (table >= 0) & leaving[np.maximum(table, 0)] & ~field.frozen[:, None]
    field.must |= chosen
    field.at[chosen] = OFF_BOARD
    field.recount()


def _lift_offline(field: Field) -> None:
    """Lift replicas whose log dir is offline: to its broker the partition is lost."""
    offline = {
        (broker.id, log_dir.path)
        for broker in field.placement.brokers
        for log_dir in broker.log_dirs
        if log_dir.offline
    }
    if not offline:
        return
    for row, partition in enumerate(field.placement.partitions):
        if field.frozen[row]:
            continue
        for column, node in enumerate(partition.replicas):
            if (node, partition.log_dirs.get(node, "")) in offline and field.at[row, column] >= 0:
                _lift_one(field, row * field.width + column)


def _lift_one(field: Field, slot: int) -> None:
    field.lift(slot)
    field.must.flat[slot] = True


def _lift_crowded(field: Field) -> None:
    """Lift what racks hold beyond the right spread, from the brokers with the most bytes, a leader last."""
    lowest, highest = rack_bounds(field)
    held = field.held[:, : len(field.racks)]
    closed = [not field.taking[field.rack == rack].any() for rack in range(len(field.racks))]
    lowest = np.where(closed, np.minimum(lowest, held), lowest)
    over = np.maximum(held - highest, 0).sum(axis=1)
    off = (field.at == OFF_BOARD).sum(axis=1)
    under = np.maximum(np.maximum(lowest - held, 0).sum(axis=1) - off, 0)
    concerned = ~field.frozen if field.options.goal == "heal" else ~field.frozen & _changed(field)
    for row in np.flatnonzero((np.maximum(over, under) > 0) & concerned):
        for _ in range(int(max(over[row], under[row]))):
            surplus = field.held[row, : len(field.racks)] - highest[row]
            crowded = int(np.argmax(surplus)) if surplus.max() > 0 else _fullest(field, int(row), lowest[row])
            slots = [slot for slot in _row_slots(field, int(row)) if field.rack[field.at.flat[slot]] == crowded]
            _lift_one(field, max(slots, key=lambda slot: _readiness(field, slot)))


def _changed(field: Field) -> Flags:
    return (field.at != field.home).any(axis=1)


def _fullest(field: Field, row: int, lowest: Ints) -> int:
    return int(np.argmax(field.held[row, : len(field.racks)] - lowest))


def _row_slots(field: Field, row: int) -> Iterator[int]:
    """Yield the partition's slots that are on the board."""
    for column in range(field.width):
        if field.at[row, column] >= 0:
            yield row * field.width + column


def _readiness(field: Field, slot: int) -> tuple[bool, float, int]:
    """Rank which replica goes first: not the preferred leader, then the one on the fullest broker."""
    broker = int(field.at.flat[slot])
    return slot % field.width != 0, float(field.loaded[broker]), broker


def _change_factor(field: Field) -> None:
    """Give each chosen partition the wanted number of replicas."""
    wanted = field.options.replication_factor
    assert wanted is not None
    if wanted > field.width:
        extra = np.full((len(field.size), wanted - field.width), NO_SLOT, dtype=np.int64)
        field.at, field.home = np.hstack([field.at, extra]), np.hstack([field.home, extra])
        field.must = np.hstack([field.must, np.zeros_like(extra, dtype=np.bool_)])
        field.slot_size = np.repeat(field.size, field.width)
    topics = field.options.topics
    for row, partition in enumerate(field.placement.partitions):
        if field.frozen[row] or (topics and partition.topic not in topics):
            continue
        has = len(partition.replicas)
        field.factor[row] = wanted
        field.at[row, has:wanted] = OFF_BOARD
        field.must[row, has:wanted] = True
        for _ in range(has - wanted):
            _drop(field, row)
    field.recount()
    _lift_crowded(field)


def _drop(field: Field, row: int) -> None:
    """Drop the replica that is missed least: dead or out of the ISR, crowding its rack, on the fullest broker."""
    isr = field.placement.partitions[row].isr
    in_rack = field.held[row]

    def rank(slot: int) -> tuple[bool, int, bool, float, int]:
        broker = int(field.at.flat[slot])
        behind = not field.staying[broker] or int(field.ids[broker]) not in isr
        return behind, int(in_rack[field.rack[broker]]), *_readiness(field, slot)

    slot = max(_row_slots(field, row), key=rank)
    field.lift(slot)
    field.at.flat[slot] = NO_SLOT
