"""Replicas that change their rack so that every rack can be level: only where the racks' totals do not allow it yet.

With as many replicas as racks each rack holds one copy of everything, and nothing can change its rack. With fewer (or
more) replicas a rack that has more than its brokers' share gives to one that has less, from its fullest brokers,
replicas whose partition may have one more there and one less here.
"""

import numpy as np

from hooks.planner.reassignment.field import Field, Flags, Ints, rack_bounds
from hooks.planner.reassignment.flow import proportional
from hooks.planner.reassignment.levels import count_bounds
from hooks.planner.reassignment.picking import pick


def cross(field: Field, pool: dict[int, Ints]) -> dict[int, Ints]:
    """Lift what has to change its rack and add it to the racks' pools."""
    lowest, highest = rack_bounds(field)
    racks = np.arange(len(field.racks))
    totals = np.array([int(field.counts[field.rack == rack].sum()) + len(pool.get(int(rack), ())) for rack in racks])
    wanted = _wanted(field, totals)
    occupied = field.held[:, : len(racks)].copy()
    for rack, slots in pool.items():
        np.add.at(occupied, (slots // field.width, np.full(len(slots), rack)), 1)
    movable = field.movable()
    added: dict[int, list[Ints]] = {rack: [slots] for rack, slots in pool.items()}
    for source in racks[totals > wanted]:
        for target in racks[totals < wanted]:
            number = int(min(totals[source] - wanted[source], wanted[target] - totals[target]))
            chosen = _choose(field, (int(source), int(target), number), (occupied, lowest, highest), movable)
            added.setdefault(int(target), []).append(chosen)
            totals[source] -= len(chosen)
            totals[target] += len(chosen)
    return {rack: np.sort(np.concatenate(parts)) for rack, parts in sorted(added.items())}


def fair_totals(field: Field, totals: Ints) -> Ints:
    """Return the replicas that each rack should hold: its brokers' share, as far as the partitions' spread allows."""
    lowest, highest = rack_bounds(field)
    least, most = lowest.sum(axis=0), highest.sum(axis=0)
    shares = field.shares()
    of_rack = np.array([float(shares[field.rack == rack].sum()) for rack in range(len(field.racks))])
    return proportional(
        int(totals.sum()), of_rack, np.minimum(least, totals), np.maximum(most, totals * (of_rack == 0))
    )


def _wanted(field: Field, totals: Ints) -> Ints:
    """Return the racks' totals: left alone inside what their brokers' shares allow, else brought to the nearest."""
    fair = fair_totals(field, totals)
    fewest, largest = fair.copy(), fair.copy()
    for rack in range(len(field.racks)):
        members = np.flatnonzero((field.rack == rack) & field.staying)
        bounds = count_bounds(field, float(fair[rack]), members)
        fewest[rack] = min(int(fair[rack]), int(bounds[0].sum()))
        largest[rack] = max(int(fair[rack]), int(bounds[1].sum()))
    wanted = np.clip(totals, fewest, largest)
    missing = int(totals.sum() - wanted.sum())
    for rack in np.argsort((wanted - fair) * np.sign(missing), kind="stable"):
        step = int(np.clip(missing, fewest[rack] - wanted[rack], largest[rack] - wanted[rack]))
        wanted[rack] += step
        missing -= step
    return wanted


def _choose(field: Field, way: tuple[int, int, int], spread: tuple[Ints, Ints, Ints], movable: Flags) -> Ints:
    """Lift replicas of one rack for another, broker by broker, and return them."""
    source, target, number = way
    occupied, lowest, highest = spread
    members = np.flatnonzero((field.rack == source) & (field.counts > 0))
    shares = np.maximum(field.shares()[members], 1e-12)
    after = int(field.counts[members].sum()) - number
    remain = proportional(after, shares, np.zeros_like(members), field.counts[members])
    chosen: list[Ints] = []
    carried = 0
    for broker, quota in zip(members, field.counts[members] - remain, strict=True):
        slots = field.slots_on(int(broker))
        rows = slots // field.width
        able = movable[slots] & (occupied[rows, target] < highest[rows, target])
        able &= (occupied[rows, source] > lowest[rows, source]) & (
            field.slot_size[slots] <= _largest_room(field, target)
        )
        slots = slots[able]
        wanted = int(quota) + carried
        taken = slots[
            pick(field.slot_size[slots], wanted, float(field.slot_size[slots].mean() * wanted if len(slots) else 0))
        ]
        carried = wanted - len(taken)
        occupied[taken // field.width, target] += 1
        occupied[taken // field.width, source] -= 1
        for slot in taken:
            field.lift(int(slot))
        chosen.append(taken)
    return np.concatenate(chosen) if chosen else np.zeros(0, dtype=np.int64)


def _largest_room(field: Field, rack: int) -> float:
    return float(field.room[(field.rack == rack) & field.taking].max(initial=0.0))
