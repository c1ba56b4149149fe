"""One round of moves: fed as slots become free, watched until every one is over, cancelled where its target died.

Guarantees: the Lease is checked before every submission; nothing new begins while a partition is under its min ISR
that was not when the round began; a move is cancelled only where one of the former replicas serves in sync, so that
no cancel leaves a partition without a leader; the round ends, or says why it cannot.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from hooks.interfaces import Fatal, NotYet
from hooks.planner.desired import Pace
from hooks.planner.reassignment.model import PartitionMove, TopicPartition
from hooks.planner.reassignment.schedule import Live, Next, Slots, is_ours, is_over, next_stages
from hooks.planner.snapshot import NodeId, ObservedPartition
from hooks.planner.text import count, ids, some, some_lines
from hooks.runners.reassignment.tally import Sizes, Tally
from hooks.runners.world import World

PER_CALL = 1000
"""Partitions of one call: a controller takes no more than 10,000 records at once."""
_REFUSALS = 3
_PATIENCE_FOR_TARGET = 4
"""A target that is away for this part of the patience is given up: its pod restarts sooner, or not at all."""


@dataclass
class _Watch:
    """What the round remembers between two looks."""

    short: frozenset[TopicPartition] | None = None
    since: float = 0.0
    stalled: float = 0.0
    state: object = None
    away: dict[NodeId, float] = field(default_factory=dict[NodeId, float])
    refused: dict[TopicPartition, list[str]] = field(default_factory=dict[TopicPartition, list[str]])


class Flight:
    """The moves of one round."""

    def __init__(self, world: World, pace: Pace, slots: Slots, tally: Tally) -> None:
        """Begin with none."""
        self._world: World = world
        self._pace: Pace = pace
        self._slots: Slots = slots
        self._tally: Tally = tally
        self._moves: list[PartitionMove] = []
        self._watch: _Watch = _Watch()
        self._grace: float = pace.ready_timeout / _PATIENCE_FOR_TARGET

    def land(self, moves: Sequence[PartitionMove], *, throttled: bool = False) -> bool:
        """Carry the moves out as far as they go; those whose target died are left to the next plan.

        Return early, and True, when under a throttle nothing was copied for long. Raises Fatal when nothing helps.
        """
        now = self._world.clock.now()
        self._moves = list(moves)
        self._watch = _Watch(since=now, stalled=now)
        self._tally.expect(moves)
        self._reorder()
        while True:
            live = self._look()
            if live is None:
                self._world.clock.sleep(self._pace.poll)
                continue
            moved = self._count_off(live)
            if not self._moves:
                return False
            moved |= self._give_up_dead_targets(live)
            step = self._feed(live)
            self._judge(live, step)
            if throttled and self._stalls(live):
                self._tally.note((), self._moves)
                return True
            self._world.progress.status(self._tally.words(self._world.clock.now()))
            self._world.clock.sleep(self._tally.pause(moved=moved or bool(step.stages)))

    def _reorder(self) -> None:
        """Ask for the moves that only change the order: they are over at once."""
        reorders = [move for move in self._moves if move.reorder_only]
        for start in range(0, len(reorders), PER_CALL):
            batch = reorders[start : start + PER_CALL]
            self._world.lease.check()
            self._world.reassignments.alter({move.key: move.target for move in batch})

    def _look(self) -> Live | None:
        try:
            return Live(kafka=self._world.admin.observe())
        except NotYet as missing:
            if self._world.clock.now() - self._watch.since >= self._pace.ready_timeout:
                raise Fatal((f"could not observe the cluster: {missing}", "nothing more was moved")) from missing
            self._world.progress.status(f"cannot observe, retrying: {missing}")
            return None

    def _count_off(self, live: Live) -> bool:
        over = [move for move in self._moves if is_over(move, live)]
        if over:
            done = {move.key for move in over}
            self._moves = [move for move in self._moves if move.key not in done]
            self._tally.note(over)
        return bool(over)

    def _give_up_dead_targets(self, live: Live) -> bool:
        now = self._world.clock.now()
        targets = {node for move in self._moves for node in move.adding}
        away = targets - live.serving
        self._watch.away = {node: self._watch.away.get(node, now) for node in away}
        dead = frozenset(node for node, since in self._watch.away.items() if now - since >= self._grace)
        lost = [move for move in self._moves if dead & set(move.adding)]
        gone = [move for move in lost if move.key not in live.moving]
        gone += self._cancelled([move for move in lost if move.key in live.moving], live, dead)
        if gone:
            self._world.progress.warn(
                f"broker {ids(dead)} is away; {count(len(gone), 'partition')} will move elsewhere or later: "
                + some([str(move) for move in gone])
            )
            keys = {move.key for move in gone}
            self._moves = [move for move in self._moves if move.key not in keys]
            self._tally.note((), gone)
        return bool(gone)

    def _cancelled(self, moves: list[PartitionMove], live: Live, dead: frozenset[NodeId]) -> list[PartitionMove]:
        waits_for_dead = [move for move in moves if live.moving[move.key].adding & dead - live.moving[move.key].isr]
        done = set(cancel(self._world, waits_for_dead, live))
        return [move for move in moves if move.key in done]

    def _feed(self, live: Live) -> Next:
        worse = self._worse(live)
        if worse:
            return Next(held=tuple(f"{live.partitions[key]}: under its min ISR now" for key in worse))
        step = next_stages(self._moves, live, self._slots)
        for start in range(0, len(step.stages), PER_CALL):
            batch = step.stages[start : start + PER_CALL]
            self._world.lease.check()
            try:
                answers = self._world.reassignments.alter({stage.move.key: stage.replicas for stage in batch})
            except NotYet:
                # Whether it went through, the next look tells.
                break
            self._note_refusals(answers)
        return step

    def _note_refusals(self, answers: Mapping[TopicPartition, str]) -> None:
        for key, why in sorted(answers.items()):
            refusals = self._watch.refused.setdefault(key, [])
            refusals.append(why)
            if len(refusals) >= _REFUSALS:
                raise Fatal((f"{key[0]}-{key[1]}: Kafka refuses its move: {why}", "nothing more was moved"))

    def _worse(self, live: Live) -> list[TopicPartition]:
        """Return the partitions that fell under their min ISR since the round began."""
        if self._watch.short is None:
            self._watch.short = live.short
        self._watch.short &= live.short
        return sorted(live.short - self._watch.short)

    def _judge(self, live: Live, step: Next) -> None:
        """Note progress, and give up when there was none for as long as patience lasts."""
        now = self._world.clock.now()
        copied = self._tally.copied(self._moves, live, self._sizes(live))
        state = (len(self._moves), sum(len(live.partitions[m.key].isr) for m in self._moves), copied, step.stages)
        if state != self._watch.state:
            self._watch.state, self._watch.since = state, now
            self._watch.stalled = now
        if now - self._watch.since < self._pace.ready_timeout:
            return
        waiting = [_under_way(live.moving[move.key]) for move in self._moves if move.key in live.moving]
        raise Fatal(
            (
                *some_lines(step.held),
                *some_lines(waiting),
                f"nothing has moved for {self._pace.ready_timeout:.0f} s; what was under way is cancelled where that "
                + "is safe, what has arrived stays; run again when it is mended",
            )
        )

    def _stalls(self, live: Live) -> bool:
        """Return whether copies are under way and none has grown for a good part of the patience."""
        if not any(move.key in live.moving for move in self._moves):
            return False
        return self._world.clock.now() - self._watch.stalled >= self._grace

    def _sizes(self, live: Live) -> Sizes:
        keys = [move.key for move in self._moves if move.key in live.moving]
        try:
            return self._world.reassignments.sizes(keys) if keys else {}
        except NotYet:
            return {}


def cancel(world: World, moves: Iterable[PartitionMove], live: Live) -> list[TopicPartition]:
    """Cancel what is under way of these moves, where a former replica serves in sync; return what was cancelled."""
    ours = [move for move in moves if move.key in live.moving and is_ours(move, live.moving[move.key])]
    safe = [move.key for move in ours if _may_cancel(live.moving[move.key], live)]
    refused: set[TopicPartition] = set()
    for start in range(0, len(safe), PER_CALL):
        world.lease.check()
        refused |= world.reassignments.alter(dict.fromkeys(safe[start : start + PER_CALL])).keys()
    return [key for key in safe if key not in refused]


def _may_cancel(found: ObservedPartition, live: Live) -> bool:
    """Return whether the partition keeps a leader, and its min ISR where it has that now, without what was added."""
    staying = (found.replicas - found.adding) & found.isr & live.serving
    enough = len(staying) >= found.min_isr or len(found.isr & live.serving) < found.min_isr
    return bool(staying) and enough


def _under_way(found: ObservedPartition) -> str:
    return (
        f"{found}: adding {ids(found.adding)}, removing {ids(found.removing)}, ISR {ids(found.isr)}, "
        + f"leader {'none' if found.leader is None else found.leader}"
    )
