"""Placing the pool in a rack and, where the goal asks for it, levelling the rack: counts exactly, then bytes.

Steps: fix what each broker should hold (levels.py); each broker over its count gives the right number of replicas of
the right size together (picking.py); they join the pool; the pool is packed onto those that lack replicas (packing.py);
what is left outside the band is exchanged (exchange.py).
"""

import numpy as np

from hooks.planner.reassignment.exchange import Exchange
from hooks.planner.reassignment.field import Field, Flags, Floats, Ints
from hooks.planner.reassignment.levels import Levels, levels_for_all, levels_for_pool
from hooks.planner.reassignment.packing import pack
from hooks.planner.reassignment.picking import pick


def place(field: Field, rack: int, pool: Ints) -> Ints:
    """Place the pool in its rack, moving nothing else; return what no broker could take."""
    levels = levels_for_pool(field, rack, pool)
    left = pack(field, levels, pool)
    mine = np.zeros(field.at.size, dtype=np.bool_)
    mine[np.setdiff1d(pool, left)] = True
    Exchange(field, levels, mine).run()
    return left


def level(field: Field, rack: int, pool: Ints) -> Ints:
    """Place the pool and level the whole rack; return what no broker could take."""
    levels = levels_for_all(field, rack, pool)
    movable = field.movable()
    given = _give(field, levels, movable, float(field.slot_size[pool].sum()))
    left = pack(field, levels, np.sort(np.concatenate([pool, given])))
    back = left[np.isin(left, given)]
    field.restore(back)
    Exchange(field, levels, movable).run()
    return np.setdiff1d(left, back)


def _give(field: Field, levels: Levels, movable: Flags, pool_bytes: float) -> Ints:
    """Lift from each broker over its goal the replicas that it gives, and return them."""
    members = levels.members
    surplus = np.maximum(field.counts[members] - levels.goal, 0)
    sides = {int(i): _movable_on(field, int(members[i]), movable) for i in np.flatnonzero(surplus)}
    amounts = _amounts(field, levels, sides, pool_bytes)
    given: list[Ints] = []
    for i, slots in sides.items():
        number = min(int(surplus[i]), len(slots))
        given.append(slots[pick(field.slot_size[slots], number, amounts[i])])
    chosen = np.concatenate(given) if given else np.zeros(0, dtype=np.int64)
    for slot in chosen:
        field.lift(int(slot))
    return chosen


def _movable_on(field: Field, broker: int, movable: Flags) -> Ints:
    slots = field.slots_on(broker)
    return slots[movable[slots]]


def _amounts(field: Field, levels: Levels, sides: dict[int, Ints], pool_bytes: float) -> dict[int, float]:
    """Return the bytes that each giver should give: what all that need bytes need, taken from the fullest first.

    Each gives at least what brings it inside its band, and no more than leaves it inside.
    """
    members = levels.members
    givers = np.array(sorted(sides), dtype=np.int64)
    loaded, surplus = field.loaded[members], np.maximum(field.counts[members] - levels.goal, 0)
    least = np.array([_end_sum(field, sides[int(i)], int(surplus[i]), smallest=True) for i in givers])
    most = np.array([_end_sum(field, sides[int(i)], int(surplus[i]), smallest=False) for i in givers])
    floor = np.clip(loaded[givers] - levels.high[givers], least, most)
    ceiling = np.clip(loaded[givers] - levels.low[givers], floor, most)
    takers = np.setdiff1d(np.arange(len(members)), givers)
    need = float(np.maximum(levels.low[takers] - loaded[takers], 0).sum()) - pool_bytes
    need += float(np.maximum(levels.low[givers] - (loaded[givers] - least), 0).sum())
    shares = field.shares()[members][givers]
    return dict(zip(givers.tolist(), _skim(loaded[givers], shares, (floor, ceiling), need).tolist(), strict=True))


def _end_sum(field: Field, slots: Ints, number: int, *, smallest: bool) -> float:
    sizes = np.sort(field.slot_size[slots])
    return float((sizes[:number] if smallest else sizes[max(0, len(sizes) - number) :]).sum())


def _skim(loaded: Floats, shares: Floats, bounds: tuple[Floats, Floats], amount: float) -> Floats:
    """Skim an amount off, down to one common level, each within its bounds."""
    floor, ceiling = bounds
    if not len(loaded):
        return loaded
    low, high = 0.0, float((loaded / np.maximum(shares, 1e-12)).max())
    for _ in range(100):
        level_now = (low + high) / 2
        skimmed = float(np.clip(loaded - level_now * shares, floor, ceiling).sum())
        low, high = (level_now, high) if skimmed > amount else (low, level_now)
    return np.clip(loaded - high * shares, floor, ceiling)
