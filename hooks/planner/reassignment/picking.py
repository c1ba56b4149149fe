"""Which replicas a broker gives: so many of them, together so many bytes.

Steps: sort by size; take an evenly spaced sample, over the whole range or, where the wanted bytes are out of its reach,
over its small or its large end (found by bisection); then exchange one picked replica at a time for one that was not,
the pair that brings the sum closest.

An even sample takes from each topic in proportion, so that what is given looks like what stays.
"""

import numpy as np

from hooks.planner.reassignment.field import Floats, Ints

_EXCHANGES = 6
_CLOSE = 1e-3


def pick(sizes: Floats, number: int, wanted: float) -> Ints:
    """Return positions of `number` sizes whose sum is close to `wanted`."""
    if number <= 0:
        return np.zeros(0, dtype=np.int64)
    if number >= len(sizes):
        return np.arange(len(sizes))
    order = np.argsort(sizes, kind="stable")
    ordered = sizes[order]
    chosen = _sample(ordered, number, wanted)
    return order[_exchange(ordered, chosen, wanted)]


def _sample(ordered: Floats, number: int, wanted: float) -> Ints:
    """Return evenly spaced positions in the smallest window of small or large sizes that reaches the sum."""
    total = len(ordered)
    whole = _spaced(0, total, number)
    small = float(ordered[whole].sum()) > wanted
    low, high = number, total
    while low < high:
        middle = (low + high) // 2
        window = _spaced(0, middle, number) if small else _spaced(total - middle, total, number)
        enough = float(ordered[window].sum()) >= wanted
        low, high = (low, middle) if enough == small else (middle + 1, high)
    return _spaced(0, low, number) if small else _spaced(total - low, total, number)


def _spaced(start: int, end: int, number: int) -> Ints:
    return start + ((np.arange(number) + 0.5) * ((end - start) / number)).astype(np.int64)


def _exchange(ordered: Floats, chosen: Ints, wanted: float) -> Ints:
    mask = np.zeros(len(ordered), dtype=np.bool_)
    mask[chosen] = True
    for _ in range(_EXCHANGES):
        missing = wanted - float(ordered[mask].sum())
        if abs(missing) <= _CLOSE * max(wanted, 1.0):
            break
        inside, outside = np.flatnonzero(mask), np.flatnonzero(~mask)
        ideal = ordered[inside] + missing
        after = np.clip(np.searchsorted(ordered[outside], ideal), 0, len(outside) - 1)
        before = np.maximum(after - 1, 0)
        nearer = np.abs(ordered[outside[before]] - ideal) < np.abs(ordered[outside[after]] - ideal)
        partner = np.where(nearer, before, after)
        miss = np.abs(ordered[outside[partner]] - ideal)
        best = int(np.argmin(miss))
        if miss[best] >= abs(missing):
            break
        mask[inside[best]], mask[outside[partner[best]]] = False, True
    return np.flatnonzero(mask)
