"""Which broker of a rack takes which replica of the pool: so many each, bytes as even as they go.

Steps: largest first; each goes to the broker that wants the most bytes for each replica that it still lacks. A broker
that holds the partition already, or whose disk is too full, is passed over for the next one; where every broker that
still lacks replicas is passed over, one that lacks none takes it.

Guarantees: no broker holds a partition twice; no disk passes its limit; a replica that no broker can take stays off the
board. Largest-first packing is within 4/3 of the best largest load (Graham 1969); the exchange comes after it.
"""

import heapq

import numpy as np

from hooks.planner.reassignment.field import Field, Floats, Ints
from hooks.planner.reassignment.levels import Levels, water


def pack(field: Field, levels: Levels, pool: Ints) -> Ints:
    """Place the pool and return what no broker could take."""
    members = levels.members
    lacking = np.maximum(levels.goal - field.counts[members], 0)
    wanted = _wanted(field, levels, lacking, float(field.slot_size[pool].sum()))
    order = pool[np.lexsort((pool, -field.slot_size[pool]))]
    queue = [(-_hunger(wanted[i], int(lacking[i])), int(i)) for i in range(len(members)) if lacking[i] > 0]
    heapq.heapify(queue)
    left: list[int] = []
    for slot in order:
        passed: list[tuple[float, int]] = []
        found = -1
        while queue and found < 0:
            hunger, index = heapq.heappop(queue)
            if field.may_take(int(slot), int(members[index])):
                found = index
            else:
                passed.append((hunger, index))
        for entry in passed:
            heapq.heappush(queue, entry)
        if found < 0:
            found = _anybody(field, levels, int(slot))
            if found < 0:
                left.append(int(slot))
                continue
            field.put(int(slot), int(members[found]))
            continue
        field.put(int(slot), int(members[found]))
        lacking[found] -= 1
        wanted[found] -= field.slot_size[slot]
        if lacking[found] > 0:
            heapq.heappush(queue, (-_hunger(wanted[found], int(lacking[found])), found))
    return np.array(sorted(left), dtype=np.int64)


def _wanted(field: Field, levels: Levels, lacking: Ints, amount: float) -> Floats:
    """Return the bytes that each broker should receive: first those that lack replicas, up to one common level."""
    shares = np.where(lacking > 0, field.shares()[levels.members], 0.0)
    return water(field.loaded[levels.members], shares, amount)


def _hunger(wanted: float, lacking: int) -> float:
    return wanted / lacking


def _anybody(field: Field, levels: Levels, slot: int) -> int:
    """Return the emptiest broker that can take a replica beyond its count, or -1."""
    able = [i for i in range(len(levels.members)) if field.may_take(slot, int(levels.members[i]))]
    return min(able, key=lambda i: (field.counts[levels.members[i]] - levels.most[i], int(i)), default=-1)
