"""What no plan can stay under, for any planner: the fewest replicas and bytes that have to be copied.

Mandatory: every replica that the goal lifts off its broker, with its bytes, and every new one. For an evening-out also,
rack by rack where each rack holds a fixed number of each partition, over all brokers otherwise:

moves  a broker under its fewest replicas has to receive the difference, one over its most has to give it; one under its
       band of bytes has to receive at least one replica, one over it has to give one; every copy has one sender and one
       receiver, so the larger of both sums is a bound
bytes  likewise with the distances from the band

Source: rebalancing by counts and bytes as a transport problem; both sums are its dual solutions.
"""

import numpy as np

from hooks.planner.reassignment.crossing import fair_totals
from hooks.planner.reassignment.field import OFF_BOARD, Field, Floats, Ints, rack_bounds
from hooks.planner.reassignment.levels import byte_band, count_bounds
from hooks.planner.reassignment.model import Bounds


def lower_bounds(field: Field, *, levelling: bool) -> Bounds:
    """Return the bounds; call it when what must move is lifted and nothing is placed yet."""
    lifted = field.slot_size[field.at.ravel() == OFF_BOARD]
    moves, size = len(lifted), float(lifted.sum())
    if levelling:
        totals = np.array([int(field.counts[field.rack == rack].sum()) for rack in range(len(field.racks))])
        moves = max(moves, _moves(field, fair_totals(field, totals)))
        size = max(size, _bytes(field, fair_totals(field, totals)))
    return Bounds(moves=moves, bytes=int(size))


def _moves(field: Field, fair: Ints) -> int:
    """Return the larger of what all brokers together have to receive and have to give."""
    received = given = 0
    for rack in range(len(field.racks)):
        members = np.flatnonzero((field.rack == rack) & field.staying)
        fewest, most = count_bounds(field, float(fair[rack]), members)
        low, high = fair_band(field, members, fair)
        counts, loaded = field.counts[members], field.loaded[members]
        receive = np.maximum(np.maximum(fewest - counts, 0), loaded < low - 1)
        give = np.maximum(np.maximum(counts - most, 0), loaded > high + 1)
        # Who receives beyond its most has to give, who gives below its fewest has to receive.
        given += int(np.maximum(give, counts + receive - most).sum())
        received += int(np.maximum(receive, fewest - counts + give).sum())
    return max(received, given)


def _bytes(field: Field, fair: Ints) -> float:
    received = given = 0.0
    for rack in range(len(field.racks)):
        members = np.flatnonzero((field.rack == rack) & field.staying)
        low, high = fair_band(field, members, fair)
        received += float(np.maximum(low - field.loaded[members], 0)[field.taking[members]].sum())
        given += float(np.maximum(field.loaded[members] - high, 0).sum())
    return max(received, given)


def fair_band(field: Field, members: Ints, fair: Ints) -> tuple[Floats, Floats]:
    """Return the band of bytes; an endless one where nobody can say what a rack's bytes will be."""
    lowest, highest = rack_bounds(field)
    held = field.held[:, : len(field.racks)]
    right = (held >= lowest).all() and (held <= highest).all()
    if right and ((lowest.sum(axis=1) == field.factor).all() or (highest.sum(axis=1) == field.factor).all()):
        return byte_band(field, members, 0.0)
    shares, total = field.shares(), float(field.loaded[field.staying].sum())
    of_rack = np.array([float(shares[field.rack == rack].sum()) for rack in range(len(field.racks))])
    if np.abs(fair - fair.sum() * of_rack).max(initial=0.0) >= 1:
        return np.zeros(len(members)), np.full(len(members), np.inf)
    middle, band = total * shares[members], field.options.bands.bytes
    return middle * (1 - band), middle * (1 + band)
