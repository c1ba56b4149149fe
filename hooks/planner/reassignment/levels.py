"""How much each broker of a rack should hold: counts exactly, bytes within the band.

Counts: the fair share of the rack's total rounded down or up. A broker that is inside its bounds keeps its count where
that is possible at all, so the counts change by the least number of moves. Bytes: within the band around the cluster's
mean; around the rack's own mean where the rack as a whole lies outside, since nothing inside it could mend that.
"""

from dataclasses import dataclass

import numpy as np

from hooks.planner.reassignment.field import OFF_BOARD, Field, Floats, Ints
from hooks.planner.reassignment.flow import proportional

_INNER = 0.97
"""Part of the band that is aimed at, so that the last replica may miss a little."""


@dataclass(kw_only=True)
class Levels:
    """What the brokers of one rack (`members`, parallel arrays) should hold."""

    members: Ints
    fewest: Ints
    most: Ints
    goal: Ints
    """Count that each broker ends with."""
    low: Floats
    high: Floats


def water(filled: Floats, shares: Floats, amount: float) -> Floats:
    """Pour an amount onto what is filled, so that the lowest levels (filled over share) rise to one common level."""
    if not len(filled) or amount <= 0 or shares.sum() <= 0:
        return np.zeros(len(filled))
    low, high = 0.0, float((filled.sum() + amount) / shares[shares > 0].min())
    for _ in range(100):
        level = (low + high) / 2
        poured = np.maximum(level * shares - filled, 0).sum()
        low, high = (level, high) if poured < amount else (low, level)
    return np.maximum(high * shares - filled, 0)


def levels_for_all(field: Field, rack: int, pool: Ints) -> Levels:
    """Return the levels when every replica of the rack may move."""
    members = np.flatnonzero((field.rack == rack) & field.staying)
    shares, counts, loaded = field.shares()[members], field.counts[members], field.loaded[members]
    total = int(counts.sum()) + len(pool)
    fewest, most = count_bounds(field, total, members)
    low, high = byte_band(field, members, float(field.slot_size[pool].sum()), part=_INNER)
    goal = _nearest(counts, (fewest, most), total, loaded / np.maximum(shares, 1e-12))
    return Levels(members=members, fewest=fewest, most=most, goal=goal, low=low, high=high)


def levels_for_pool(field: Field, rack: int, pool: Ints) -> Levels:
    """Return the levels when only the pool is placed and everything else stays where it is.

    Of brokers that could have one replica more alike, the emptier has it.
    """
    members = np.flatnonzero((field.rack == rack) & field.staying)
    shares, counts = field.shares()[members], field.counts[members]
    total = int(counts.sum()) + len(pool)
    loaded, most = field.loaded[members], np.where(field.taking[members], total, counts)
    emptiest, goal = np.argsort(loaded / np.maximum(shares, 1e-12), kind="stable"), counts.copy()
    goal[emptiest] = proportional(total, shares[emptiest], counts[emptiest], most[emptiest])
    poured = loaded + water(loaded, np.where(field.taking[members], shares, 0), float(field.slot_size[pool].sum()))
    band = field.options.bands.bytes * _INNER
    return Levels(
        members=members,
        fewest=counts,
        most=np.maximum(goal, counts),
        goal=goal,
        low=poured * (1 - band),
        high=poured * (1 + band),
    )


def count_bounds(field: Field, total: float, members: Ints) -> tuple[Ints, Ints]:
    """Return the fewest and most replicas by broker; one that takes nothing new may keep what it has, or give."""
    shares, counts, taking = field.shares()[members], field.counts[members], field.taking[members]
    if not shares.sum():
        return counts, counts
    band, exact = field.options.bands.replicas, total * shares / shares.sum()
    fewest = np.floor(exact * (1 - band) + 1e-6).astype(np.int64)
    most = np.ceil(exact * (1 + band) - 1e-6).astype(np.int64)
    closed = ~taking
    if closed.any():
        most = np.where(closed, np.minimum(most, counts), most)
        open_total = max(total - int(most[closed].sum()), 0)
        exact = open_total * shares / max(float(shares[~closed].sum()), 1e-12)
        fewest = np.where(closed, 0, np.floor(exact * (1 - band) + 1e-6)).astype(np.int64)
        most = np.where(closed, most, np.ceil(exact * (1 + band) - 1e-6)).astype(np.int64)
    return fewest, most


def _nearest(counts: Ints, bounds: tuple[Ints, Ints], total: int, fullness: Floats) -> Ints:
    """Return counts within bounds that make the total with the fewest changes; the emptier gain, the fuller give."""
    fewest, most = bounds
    goal = np.clip(counts, fewest, most)
    for step, order in ((1, np.argsort(fullness, kind="stable")), (-1, np.argsort(-fullness, kind="stable"))):
        while (total - int(goal.sum())) * step > 0:
            left = (total - int(goal.sum())) * step
            room = (most - goal) if step > 0 else (goal - fewest)
            able = order[room[order] > 0][:left]
            if not len(able):
                break
            goal[able] += step
    return goal


def byte_band(field: Field, members: Ints, pool_bytes: float, *, part: float = 1.0) -> tuple[Floats, Floats]:
    """Return the least and most bytes by broker of one rack; `part` narrows the band to that part of it."""
    shares, band = field.shares(), field.options.bands.bytes
    off_board = float(field.slot_size[field.at.ravel() == OFF_BOARD].sum())
    mean = float(field.loaded[field.staying].sum()) + off_board
    own = float(field.loaded[members].sum()) + pool_bytes
    fair = mean * float(shares[members].sum())
    if not fair * (1 - band) <= own <= fair * (1 + band):
        mean *= own / fair if fair else 1.0
    middle = mean * shares[members]
    return middle * (1 - band * part), middle * (1 + band * part)
