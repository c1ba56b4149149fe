"""Bringing bytes into the band by exchanging replicas between brokers of one rack.

The band makes the problem NP-hard (it contains PARTITION), so this is a local search after the exact counts.

Steps: take the broker that is furthest outside its band; with each of the most promising partners look for a pair of
replicas, one of each, whose difference in size brings it inside without pushing the partner out; of all such pairs take
the one that moves the fewest further bytes. A replica that moves anyway costs nothing to send elsewhere, and one that
would come home gains: nothing is ever moved twice. Where no single pair suffices, the one that gains most is taken.

Guarantees: counts stay within their bounds; no exchange pushes a broker out of its band or past its disk; each one
brings a broker closer to it; so it ends.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from hooks.planner.reassignment.field import Field, Flags, Floats, Ints
from hooks.planner.reassignment.levels import Levels

_PARTNERS = 8
_TRIES = 4
_STEPS_PER_BROKER = 40
_PRICE_OF_A_MOVE = 0.3
"""What one more move is worth, in replicas of mean size."""
_WORTH = 0.02
"""The least part of what is missing that a step has to bring."""
_NOTHING = -1
"""Instead of a replica that comes back: a plain move."""


@dataclass(frozen=True, kw_only=True)
class _Side:
    """The replicas of one broker that may move, sorted by size."""

    slots: Ints
    sizes: Floats
    homes: Ints


@dataclass(frozen=True, kw_only=True)
class _Wish:
    """From which broker to which, and by how many bytes an exchange should, and may, change them."""

    giver: int
    taker: int
    need: float
    limit: float


@dataclass(frozen=True, kw_only=True)
class _Pairs:
    """Pairs of replicas, parallel arrays: one given for one got back, and what that costs."""

    given: Ints
    got: Ints
    gain: Floats
    cost: Floats


class Exchange:
    """The search in one rack."""

    def __init__(self, field: Field, levels: Levels, movable: Flags) -> None:
        """Search among the slots that may move."""
        self._field = field
        self._levels = levels
        self._movable = movable
        self._sides: dict[int, _Side] = {}
        self._index = {int(broker): i for i, broker in enumerate(levels.members)}
        self._move_price = _PRICE_OF_A_MOVE * float(field.size.mean()) if len(field.size) else 0.0

    def run(self) -> None:
        """Exchange until every broker is inside its band or stuck outside it."""
        levels, steps = self._levels, np.zeros(len(self._levels.members), dtype=np.int64)
        taken, stuck = steps.copy(), np.zeros(len(steps), dtype=np.bool_)
        scale = np.maximum(levels.high, 1.0)
        while True:
            loaded = self._field.loaded[levels.members]
            outside = np.maximum(loaded - levels.high, levels.low - loaded) / scale
            outside[steps >= _STEPS_PER_BROKER] = 0
            worst = int(np.argmax(outside)) if len(outside) else 0
            if not len(outside) or outside[worst] <= 1e-9:
                return
            steps[worst] += 1
            if self._improve(worst, loaded):
                # What was stuck may find a partner now.
                steps[stuck] = taken[stuck]
                stuck[:] = False
            else:
                taken[worst], stuck[worst], steps[worst] = steps[worst], True, _STEPS_PER_BROKER

    def _improve(self, worst: int, loaded: Floats) -> bool:
        """Take the best exchange that brings this broker closer to its band."""
        best: tuple[float, float, int, int, _Wish] | None = None
        for wish in self._wishes(worst, loaded):
            for rank, given, got in self._ranked(wish):
                entry = (*rank, given, got, wish)
                if best is None or entry[:4] < best[:4]:
                    best = entry
        if best is None:
            return False
        self._apply(best[2], best[3], best[4])
        return True

    def _wishes(self, worst: int, loaded: Floats) -> Iterator[_Wish]:
        """Yield the exchanges to look for, the partner with the most to spare first."""
        levels = self._levels
        over = bool(loaded[worst] > levels.high[worst])
        need = float(loaded[worst] - levels.high[worst] if over else levels.low[worst] - loaded[worst])
        spare = levels.high - loaded if over else loaded - levels.low
        own = float(loaded[worst] - levels.low[worst] if over else levels.high[worst] - loaded[worst])
        for partner in np.argsort(-spare, kind="stable")[:_PARTNERS]:
            limit = min(float(spare[partner]), own)
            if partner == worst or limit <= 0:
                continue
            ends = (worst, int(partner)) if over else (int(partner), worst)
            giver, taker = (int(levels.members[end]) for end in ends)
            if self._field.taking[taker]:
                yield _Wish(giver=giver, taker=taker, need=min(need, limit), limit=limit)

    def _ranked(self, wish: _Wish) -> Iterator[tuple[tuple[float, float], int, int]]:
        """Yield a few legal pairs with their rank: what stays missing, then what it costs."""
        pairs = self._pairs(wish)
        missing = np.maximum(wish.need - pairs.gain, 0)
        useful = (pairs.gain > _WORTH * wish.need) & (pairs.gain <= wish.limit) & (pairs.gain > 0)
        if not useful.any():
            return
        missing = np.where(missing <= 1e-9 * wish.limit, 0, missing + 0.25 * np.maximum(pairs.cost, 0))
        candidates = np.flatnonzero(useful)
        order = candidates[np.lexsort((pairs.got[candidates], pairs.cost[candidates], missing[candidates]))]
        found = 0
        for at in order[: _TRIES * 4]:
            given, got = int(pairs.given[at]), int(pairs.got[at])
            if self._is_legal(given, got, wish):
                yield (float(missing[at]), float(pairs.cost[at])), given, got
                found += 1
                if found >= 1:
                    return

    def _pairs(self, wish: _Wish) -> _Pairs:
        """Pair each replica of the taker, and nothing, with those of the giver that suit it best, by what they cost."""
        giver, taker = self._side(wish.giver), self._side(wish.taker)
        got, got_sizes = taker.slots, taker.sizes
        got_cost = self._cost(taker, wish.taker, wish.giver)
        if self._may_shift(wish):
            got = np.concatenate([[_NOTHING], got])
            got_sizes, got_cost = np.concatenate([[0.0], got_sizes]), np.concatenate([[0.0], got_cost])
        given_cost = self._cost(giver, wish.giver, wish.taker)
        home = giver.homes == wish.giver
        found: list[tuple[Ints, Ints, Floats, Floats]] = []
        for chosen in (home, ~home):
            slots, sizes, costs = giver.slots[chosen], giver.sizes[chosen], given_cost[chosen]
            if not len(slots) or not len(got):
                continue
            enough = np.searchsorted(sizes, got_sizes + wish.need)
            most = np.searchsorted(sizes, got_sizes + wish.limit, side="right") - 1
            found += [
                (slots[place], got, sizes[place] - got_sizes, costs[place] + got_cost)
                for place in (np.minimum(enough, len(sizes) - 1), np.maximum(most, 0))
            ]
        if not found:
            empty = np.zeros(0)
            return _Pairs(given=empty.astype(np.int64), got=empty.astype(np.int64), gain=empty, cost=empty)
        given, back, gain, cost = (np.concatenate(column) for column in zip(*found, strict=True))
        return _Pairs(given=given, got=back, gain=gain, cost=cost)

    def _cost(self, side: _Side, now: int, then: int) -> Floats:
        """Return the further bytes, moves priced in, of sending each replica from one broker to the other."""
        price = side.sizes + self._move_price
        return np.where(side.homes == then, -price, np.where(side.homes == now, price, 0.0))

    def _side(self, broker: int) -> _Side:
        side = self._sides.get(broker)
        if side is None:
            slots = self._field.slots_on(broker)
            slots = slots[self._movable[slots]]
            slots = slots[np.argsort(self._field.slot_size[slots], kind="stable")]
            side = _Side(slots=slots, sizes=self._field.slot_size[slots], homes=self._field.home.ravel()[slots])
            self._sides[broker] = side
        return side

    def _may_shift(self, wish: _Wish) -> bool:
        levels, counts = self._levels, self._field.counts
        giver, taker = self._index[wish.giver], self._index[wish.taker]
        return bool(counts[wish.giver] > levels.fewest[giver] and counts[wish.taker] < levels.most[taker])

    def _is_legal(self, given: int, got: int, wish: _Wish) -> bool:
        """Tell whether both brokers can take what they would get."""
        field = self._field
        if got != _NOTHING and field.partition(given) == field.partition(got):
            return False
        return field.may_take(given, wish.taker) and (got == _NOTHING or field.may_take(got, wish.giver))

    def _apply(self, given: int, got: int, wish: _Wish) -> None:
        field = self._field
        field.lift(given)
        if got != _NOTHING:
            field.lift(got)
            field.put(got, wish.giver)
        field.put(given, wish.taker)
        self._sides.pop(wish.giver, None)
        self._sides.pop(wish.taker, None)
