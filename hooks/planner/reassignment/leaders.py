"""Which replica should lead each partition, once it is settled who holds what: an exact min-cost flow, no data moves.

Steps: a row for each partition whose order may change, an arc to each broker that holds it, free to the preferred
leader of now, at the price of one change to the others. Brokers take as many leaders as their fair share, rounded down
or up, less those of partitions that stay as they are; more at a rising price.

Guarantees: the leaders are as even as the replica sets allow; among all such choices the fewest leaders change. A
replica that is not in the ISR now leads only when there is no other way (its data still has to come).
"""

import numpy as np

from hooks.planner.reassignment.field import Field, Flags, Ints
from hooks.planner.reassignment.flow import Arcs, Takers, assign, rising

_LEADER_STEP = 1000
_CHANGE = 4
_NEW_REPLICA = 5


def leading_columns(field: Field, free: Flags) -> Ints:
    """Return by partition the column of its preferred leader; only `free` partitions may change theirs."""
    first = _first_columns(field)
    rows = np.flatnonzero(free)
    if not len(rows):
        return first
    held = field.at[rows] >= 0
    row, column = np.nonzero(held)
    brokers = field.at[rows][row, column]
    stays = field.home[rows][row, column] == brokers
    cost = np.where(stays, np.where(column == 0, 0, _CHANGE), _NEW_REPLICA)
    arcs = Arcs(rows=row, columns=brokers, capacity=np.ones(len(row), dtype=np.int64), cost=cost.astype(np.int64))
    flows = assign(np.ones(len(rows), dtype=np.int64), arcs, _takers(field, first, free))
    chosen = flows > 0
    first[rows[row[chosen]]] = column[chosen]
    return first


def _first_columns(field: Field) -> Ints:
    """Return the first column that holds a replica, one that was there before if there is one."""
    kept = (field.at >= 0) & (field.at == field.home)
    held = field.at >= 0
    return np.asarray(np.where(kept.any(axis=1), kept.argmax(axis=1), held.argmax(axis=1)), dtype=np.int64)


def _takers(field: Field, first: Ints, free: Flags) -> Takers:
    """Let each staying broker lead its fair share of all partitions, less those that it leads anyway."""
    fixed = np.flatnonzero(~free & (field.at.max(axis=1) >= 0))
    leads = np.bincount(field.at[fixed, first[fixed]], minlength=len(field.ids)).astype(np.int64)
    exact = fair_leaders(field)
    band = field.options.bands.leaders
    lowest = np.floor(exact * (1 - band) + 1e-6).astype(np.int64) - leads
    highest = np.ceil(exact * (1 + band) - 1e-6).astype(np.int64) - leads
    return rising(np.arange(len(field.ids)), lowest, highest, _LEADER_STEP)


def fair_leaders(field: Field) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return the leaders that each broker should have: in proportion to its replicas' fair part in its rack.

    A rack that cannot hold its share of the replicas cannot lead its share of the partitions either.
    """
    total = float((field.at.max(axis=1) >= 0).sum())
    shares = field.shares() * (field.counts > 0)
    exact = np.minimum(total * shares / max(float(shares.sum()), 1e-12), field.counts)
    for _ in range(len(field.racks) + 4):
        missing, able = total - float(exact.sum()), (exact < field.counts) & (shares > 0)
        if missing <= 1e-9 or not able.any():
            break
        exact[able] += missing * shares[able] / float(shares[able].sum())
        exact = np.minimum(exact, field.counts)
    return exact
