"""Min-cost flow, exact and integral, by OR-tools: who takes which unit at the least cost.

All uses here have one form: rows with a supply, columns that take units at rising prices, arcs between them. A row may
also leave units unplaced, at a price above every other, so that there is always a solution and it says what is missing.
"""

from dataclasses import dataclass

import numpy as np
from ortools.graph.python import min_cost_flow

from hooks.planner.reassignment.field import Floats, Ints

UNPLACED = 10**9


@dataclass(frozen=True, kw_only=True)
class Arcs:
    """Parallel arrays: arc i leads from rows[i] to columns[i]."""

    rows: Ints
    columns: Ints
    capacity: Ints
    cost: Ints


@dataclass(frozen=True, kw_only=True)
class Takers:
    """What the columns take: parallel arrays, several entries for one column make its rising price."""

    columns: Ints
    capacity: Ints
    price: Ints


def assign(supply: Ints, arcs: Arcs, takers: Takers) -> Ints:
    """Return the flow on each arc, of least total cost; unplaced units are on none."""
    rows, columns = len(supply), int(max(takers.columns.max(initial=0), arcs.columns.max(initial=0))) + 1
    sink = rows + columns
    problem = min_cost_flow.SimpleMinCostFlow()
    problem.add_arcs_with_capacity_and_unit_cost(arcs.rows, rows + arcs.columns, arcs.capacity, arcs.cost)
    problem.add_arcs_with_capacity_and_unit_cost(
        rows + takers.columns, np.full(len(takers.columns), sink), takers.capacity, takers.price
    )
    problem.add_arcs_with_capacity_and_unit_cost(
        np.arange(rows), np.full(rows, sink), supply, np.full(rows, UNPLACED, dtype=np.int64)
    )
    problem.set_nodes_supplies(
        np.arange(sink + 1), np.concatenate([supply, np.zeros(columns, dtype=np.int64), [-int(supply.sum())]])
    )
    status = problem.solve()
    assert status == problem.OPTIMAL, f"a flow that always has a solution was not solved: {status}"
    return np.asarray(problem.flows(np.arange(len(arcs.rows))), dtype=np.int64)


def rising(columns: Ints, lowest: Ints, highest: Ints, step: int) -> Takers:
    """Return takers that want their lowest first, then take up to their highest, then more at ever higher prices.

    `step` is the price of one unit outside [lowest, highest]; it must exceed every sum of costs that may be traded for.
    """
    lowest, highest = np.maximum(lowest, 0), np.maximum(highest, 0)
    extra = np.full(len(columns), 1, dtype=np.int64)
    pieces = [(np.minimum(lowest, highest), -step), (np.maximum(highest - lowest, 0), 0)]
    pieces += [(extra * 4**power, step * (power + 1)) for power in range(12)]
    return Takers(
        columns=np.tile(columns, len(pieces)),
        capacity=np.concatenate([capacity for capacity, _ in pieces]),
        price=np.repeat(np.array([price for _, price in pieces], dtype=np.int64), len(columns)),
    )


def proportional(total: int, shares: Floats, lowest: Ints, highest: Ints) -> Ints:
    """Split a total by shares within bounds, each part the share rounded down or up where the bounds allow.

    Steps: raise a common level until the clipped shares make the total; round down; hand the rest to those whose
    remainder is largest, the first ones on a tie.
    """
    total = int(min(max(total, int(lowest.sum())), int(highest.sum())))
    low, high = 0.0, 1.0
    while np.clip(shares * high, lowest, highest).sum() < total and high < 2.0**60:
        high *= 2
    for _ in range(80):
        level = (low + high) / 2
        low, high = (level, high) if np.clip(shares * level, lowest, highest).sum() < total else (low, level)
    exact = np.clip(shares * high, lowest, highest)
    parts = np.floor(exact + 1e-6).astype(np.int64)
    order = np.argsort(-(exact - parts), kind="stable")
    for index in order:
        if parts.sum() >= total:
            break
        parts[index] += int(parts[index] < highest[index])
    return parts
