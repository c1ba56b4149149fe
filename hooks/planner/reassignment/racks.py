"""Into which rack each replica goes that is off the board, by an exact min-cost flow.

Steps: a row for each partition with replicas to place, a column for each rack; an arc may carry as many as the right
spread still allows there and as there are brokers that could take one, the ones that the spread asks for first. Racks
take units up to their fair share at no price, more at a rising one. Of two equal choices a replica stays in its rack.

Guarantees: no rack gets more of a partition than its share; as many replicas find a rack as possible at all; among
those, the racks' totals are as even as they can be; then the fewest change their rack.
"""

import numpy as np

from hooks.planner.reassignment.field import OFF_BOARD, Field, Ints, rack_bounds
from hooks.planner.reassignment.flow import Arcs, Takers, assign, proportional, rising

_RACK_STEP = 100
_LOWEST_FIRST = 10**6


def choose_racks(field: Field) -> dict[int, Ints]:
    """Return the slots to place by rack; a slot that fits nowhere is in none."""
    slots = np.flatnonzero((field.at.ravel() == OFF_BOARD) & np.repeat(~field.frozen, field.width))
    if not len(slots):
        return {}
    rows, inverse, supply = np.unique(slots // field.width, return_inverse=True, return_counts=True)
    arcs = _arcs(field, rows, _homes(field, slots, inverse, len(rows)))
    flows = assign(supply, arcs, _takers(field, len(slots)))
    return _hand_out(field, slots, (rows, arcs, flows))


def _homes(field: Field, slots: Ints, inverse: Ints, rows: int) -> Ints:
    """Return how many of each partition's slots came from each rack."""
    came = np.zeros((rows, len(field.racks) + 1), dtype=np.int64)
    homes = field.home.ravel()[slots]
    known = homes >= 0
    np.add.at(came, (inverse[known], field.rack[homes[known]]), 1)
    return came[:, : len(field.racks)]


def _arcs(field: Field, rows: Ints, came: Ints) -> Arcs:
    lowest, highest = rack_bounds(field)
    held = field.held[rows][:, : len(field.racks)]
    highest = np.minimum(highest[rows] - held, _available(field, rows))
    highest = np.maximum(highest, 0)
    least = np.clip(lowest[rows] - held, 0, highest)
    stay = np.minimum(came, highest)
    row, column = np.indices(highest.shape)
    pieces = ((least, -_LOWEST_FIRST), (np.maximum(stay - least, 0), 0), (highest - np.maximum(stay, least), 1))
    capacity = np.concatenate([piece.ravel() for piece, _ in pieces])
    used = capacity > 0
    return Arcs(
        rows=np.tile(row.ravel(), len(pieces))[used],
        columns=np.tile(column.ravel(), len(pieces))[used],
        capacity=capacity[used],
        cost=np.repeat(np.array([cost for _, cost in pieces], dtype=np.int64), row.size)[used],
    )


def _available(field: Field, rows: Ints) -> Ints:
    """Return by partition and rack how many brokers could take one more replica of it."""
    takers = np.zeros((len(rows), len(field.racks)), dtype=np.int64)
    size = field.size[rows]
    for rack in range(len(field.racks)):
        rooms = np.sort(field.room[(field.rack == rack) & field.taking])
        takers[:, rack] = len(rooms) - np.searchsorted(rooms, size)
    for table in (field.at, field.home):
        for column in range(field.width):
            broker = table[rows, column]
            closed = (broker >= 0) & field.taking[np.maximum(broker, 0)]
            closed &= size <= field.room[np.maximum(broker, 0)]
            # A home that has to be left cannot take it again; one that holds it is counted by the board's own pass.
            if table is field.home:
                closed &= (field.at[rows, column] != broker) & field.must[rows, column]
            takers[closed, field.rack[broker[closed]]] -= 1
    return np.maximum(takers, 0)


def _takers(field: Field, units: int) -> Takers:
    """Let each rack take up to its fair share of all replicas, then more at a price."""
    shares, racks = field.shares(), np.arange(len(field.racks))
    present = np.array([int(field.counts[field.rack == rack].sum()) for rack in racks], dtype=np.int64)
    of_rack = np.array([float(shares[field.rack == rack].sum()) for rack in racks])
    total = int(present.sum()) + units
    wanted = proportional(total, of_rack, np.zeros_like(present), np.full_like(present, total)) - present
    return rising(racks, np.zeros_like(wanted), np.maximum(wanted, 0), _RACK_STEP)


def _hand_out(field: Field, slots: Ints, solved: tuple[Ints, Arcs, Ints]) -> dict[int, Ints]:
    """Turn units on arcs into slots: a slot goes to the rack of its home where it can, the others in order."""
    rows, arcs, flows = solved
    given: dict[int, list[int]] = {}
    used = np.flatnonzero(flows)
    found = zip(rows[arcs.rows[used]].tolist(), arcs.columns[used].tolist(), flows[used].tolist(), strict=True)
    for row, rack, units in found:
        given.setdefault(row, []).extend([rack] * units)
    placed: dict[int, list[int]] = {}
    waiting: list[int] = []
    for slot in (int(number) for number in slots):
        racks, home = given.get(field.partition(slot), []), int(field.home.flat[slot])
        if home >= 0 and int(field.rack[home]) in racks:
            racks.remove(int(field.rack[home]))
            placed.setdefault(int(field.rack[home]), []).append(slot)
        else:
            waiting.append(slot)
    for slot in waiting:
        racks = given.get(field.partition(slot), [])
        if racks:
            placed.setdefault(racks.pop(0), []).append(slot)
    return {rack: np.array(sorted(chosen), dtype=np.int64) for rack, chosen in sorted(placed.items())}
