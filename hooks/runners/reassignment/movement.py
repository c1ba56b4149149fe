"""A movement: plan, carry out, look again, until the plan has nothing left; then throttles off and leaders elected.

Steps:
1. Refuse reassignments that nobody recorded here: they are somebody else's, and are neither touched nor cancelled.
2. Adopt what an interrupted run of ours left under way, and plan the rest against the cluster as it is.
3. Record the round's moves and every setting's former value in the cluster; set the throttle.
4. Carry the round out (`flight`), then plan again: topics made meanwhile and targets that died are in the next round.
5. Elect the preferred leaders of what moved; put every setting back; forget the record.

Guarantees: however the run ends, settings are put back and what is under way is cancelled where that is safe; where
not even that is possible (a kill, no broker answers), the record stays and the next run does it. Rounds are bounded.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TypeVar

from hooks.interfaces import Fatal, HookError, LeaseLost, NotYet, Refused
from hooks.planner.desired import Pace
from hooks.planner.reassignment.model import MovementPlan, PartitionMove, Placement, TopicPartition
from hooks.planner.reassignment.schedule import Limits, Live, is_ours, makespan_bound
from hooks.planner.reassignment.throttling import Settings, first_round, lists, raised, rates
from hooks.planner.text import count, some_lines, volume
from hooks.runners.reassignment.flight import Flight, cancel
from hooks.runners.reassignment.ledger import Ledger
from hooks.runners.reassignment.tally import Tally
from hooks.runners.world import World

T = TypeVar("T")
Planner = Callable[[Placement], MovementPlan]
Step = Callable[[Ledger], None]
Last = Callable[[Ledger], bool]

_ROUNDS = 10
_ELECTIONS = 250
"""Partitions of one call: an election is short, and all at once would be felt by every client."""
_RAISES = 3
"""How often a throttle under which nothing arrives is doubled before something else must be the reason."""
_SAMPLE = 5.0
"""Seconds over which write rates are measured before a throttle is set."""


@dataclass(frozen=True, kw_only=True)
class Moved:
    """What a movement did."""

    purpose: str
    partitions: int = 0
    bytes: int = 0
    seconds: float = 0.0

    def line(self) -> str:
        """Return it for the user."""
        return f"{self.purpose}: {count(self.partitions, 'partition')}, {volume(self.bytes)} in {self.seconds:.1f} s"


class Movement:
    """One movement over one cluster, under the Lease."""

    def __init__(self, world: World, pace: Pace, limits: Limits, purpose: str) -> None:
        """Find what an earlier run left."""
        self._world: World = world
        self._pace: Pace = pace
        self._limits: Limits = limits
        self._purpose: str = purpose
        self._ledger: Ledger = Ledger(world)
        self._tally: Tally = Tally(purpose, world.clock.now())
        self._rates: Settings = {}
        self._raised: int = 0
        self._moved: dict[TopicPartition, PartitionMove] = {}

    @property
    def ledger(self) -> Ledger:
        """The record of this movement."""
        return self._ledger

    def run(self, planner: Planner, *, before: Step | None = None, after: Last | None = None) -> Moved:
        """Move what the planner says until it says nothing more.

        `before` may change further settings, by the record; `after` is what the movement is for: it returns False when
        there is something to move again, and settings are put back only when it has been done.
        Raises Refused for foreign reassignments and for what the planner refuses, Fatal when it cannot be done.
        """
        began = self._world.clock.now()
        try:
            self._carry_out(planner, before, after)
            self._end()
        except LeaseLost:
            # The throttles and what is under way are the other run's by now: it finds the record.
            raise
        except BaseException:
            with suppress(HookError):
                self.abandon()
            raise
        return Moved(
            purpose=self._purpose,
            partitions=self._tally.partitions,
            bytes=self._tally.bytes,
            seconds=self._world.clock.now() - began,
        )

    def abandon(self) -> None:
        """Cancel what is under way where that is safe, and put the settings back."""
        if not self._ledger.is_open:
            return
        live = Live(kafka=self._world.admin.observe())
        ours = self._under_way(live)
        cancelled = set(cancel(self._world, ours, live))
        _ = self._ledger.settle([move for move in ours if move.key not in cancelled])

    def _carry_out(self, planner: Planner, before: Step | None, after: Last | None) -> None:
        self._refuse_foreign(Live(kafka=self._patiently(self._world.admin.observe)))
        if before is not None:
            self._patiently(lambda: self._ledger.begin(self._purpose, self._ledger.moves))
            self._patiently(lambda: before(self._ledger))
        for _ in range(_ROUNDS):
            self._rounds(planner)
            self._elect()
            if after is None or self._patiently(lambda: after(self._ledger)):
                return
        raise self._endless()

    def _rounds(self, planner: Planner) -> None:
        for _ in range(_ROUNDS):
            live = Live(kafka=self._patiently(self._world.admin.observe))
            self._refuse_foreign(live)
            adopted = self._under_way(live)
            placement = self._patiently(self._settled)
            planned = planner(placement)
            if planned.refused:
                raise Refused(planned.refused)
            keys = {move.key for move in adopted}
            moves = first_round((*adopted, *(move for move in planned.moves if move.key not in keys)))
            if not moves:
                return
            self._round(moves, placement, live)
        raise self._endless()

    def _settled(self) -> Placement:
        """Return the placement, once what was moved is told by its own replicas and not yet by old and new together.

        Metadata that is a moment behind shows both sets of a move that is over; a plan would take them for a larger
        replication factor.
        """
        placement = self._world.reassignments.placement()
        moves = {move.key: move for move in (*self._ledger.moves, *self._moved.values())}
        for found in placement.partitions:
            move = moves.get(found.key)
            if move is not None and len(found.replicas) > max(len(move.current), len(move.target)):
                raise NotYet(f"{found}: its metadata still shows {len(found.replicas)} replicas")
        return placement

    def _endless(self) -> Fatal:
        return Fatal(
            (
                f"{self._purpose}: after {_ROUNDS} rounds there is still something to move; "
                + "is somebody creating topics, or moving replicas back?",
                "what has arrived stays; run again",
            )
        )

    def _round(self, moves: tuple[PartitionMove, ...], placement: Placement, live: Live) -> None:
        self._announce(moves, live)
        self._patiently(lambda: self._ledger.begin(self._purpose, moves))
        self._throttle(moves, placement)
        self._moved |= {move.key: move for move in moves}
        flight = Flight(self._world, self._pace, self._limits.slots, self._tally)
        may_raise = bool(self._rates) and self._raised < _RAISES
        if flight.land(moves, throttled=may_raise):
            self._raised += 1
            self._rates = raised(self._rates)
            self._world.progress.warn(
                "nothing is copied at this throttle, perhaps for what is written meanwhile; doubled"
            )
            self._patiently(lambda: self._ledger.apply(self._rates))

    def _announce(self, moves: tuple[PartitionMove, ...], live: Live) -> None:
        size = sum(move.bytes_to_move for move in moves)
        bound = ""
        if self._limits.bandwidth and size:
            seconds = makespan_bound(moves, live, self._limits.bandwidth)
            bound = f"; at {volume(self._limits.bandwidth)}/s for each broker at least {seconds:.0f} s"
        self._world.progress.info(
            f"{self._purpose}: moving {count(len(moves), 'partition')}, {volume(size)} to copy{bound}"
        )

    def _throttle(self, moves: tuple[PartitionMove, ...], placement: Placement) -> None:
        """Set the rates once, and the lists for each round."""
        if self._limits.bandwidth is None or not any(move.adding for move in moves):
            return
        wanted = rates(moves, self._measured(placement), self._limits.bandwidth)
        self._rates = {**wanted, **self._rates}
        settings = {**self._rates, **lists(moves)}
        self._patiently(lambda: self._ledger.apply(settings))

    def _measured(self, placement: Placement) -> Placement:
        """Return the placement with write rates, measured once: how fast the partitions grow."""
        if self._rates or any(partition.rate for partition in placement.partitions):
            return placement
        began = self._world.clock.now()
        before = {partition.key: partition.size_bytes for partition in placement.partitions}
        self._world.progress.status(f"{self._purpose}: measuring how much is written, {_SAMPLE:.0f} s")
        self._world.clock.sleep(_SAMPLE)
        after = self._patiently(self._world.reassignments.placement)
        seconds = max(self._world.clock.now() - began, 1e-3)
        return replace(
            after,
            partitions=tuple(
                replace(found, rate=max(0, found.size_bytes - before.get(found.key, found.size_bytes)) / seconds)
                for found in after.partitions
            ),
        )

    def _refuse_foreign(self, live: Live) -> None:
        ours = {move.key: move for move in self._ledger.moves}
        foreign = [str(found) for key, found in live.moving.items() if not is_ours(ours.get(key), found)]
        if foreign:
            raise Refused(
                (
                    f"{count(len(foreign), 'reassignment')} under way that this cluster's record does not know:",
                    *some_lines(sorted(foreign)),
                    "somebody else moves replicas; wait for its end, or cancel it with its own tool, then run again",
                )
            )

    def _under_way(self, live: Live) -> list[PartitionMove]:
        return [move for move in self._ledger.moves if move.key in live.moving and is_ours(move, live.moving[move.key])]

    def _elect(self) -> None:
        """Let the preferred replicas lead what moved, chunk by chunk."""
        if not self._moved:
            return
        live = Live(kafka=self._patiently(self._world.admin.observe))
        due = [key for key, move in sorted(self._moved.items()) if _prefers_another(move, live)]
        for start in range(0, len(due), _ELECTIONS):
            self._world.lease.check()
            chunk = due[start : start + _ELECTIONS]
            self._patiently(lambda chunk=chunk: self._world.reassignments.elect(chunk))

    def _end(self) -> None:
        for line in self._patiently(self._ledger.settle):
            self._world.progress.warn(f"{line}; the next run tries again")

    def _patiently(self, call: Callable[[], T]) -> T:
        """Ask until there is an answer, or patience ends."""
        deadline = self._world.clock.now() + self._pace.ready_timeout
        while True:
            try:
                return call()
            except NotYet as missing:
                if self._world.clock.now() >= deadline:
                    raise Fatal((f"{missing}", "nothing more was moved; run again")) from missing
                self._world.clock.sleep(missing.retry_after)


def _prefers_another(move: PartitionMove, live: Live) -> bool:
    found = live.partitions.get(move.key)
    preferred = move.target[0]
    return found is not None and found.leader != preferred and preferred in found.isr & live.serving
