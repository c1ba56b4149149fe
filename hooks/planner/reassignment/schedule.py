"""Which reassignments to submit now: the moves of a plan, one adding replica per partition, as slots become free.

Steps, asked again after every observation:
1. A move is over when its partition has exactly its target's replicas; one whose replicas somebody else changed is left
   to the next plan.
2. A move of several replicas goes in stages of one adding replica each; a dead replica, then one of the same rack,
   gives way first, and the leader last.
3. Moves that bring a partition at or under its min ISR back come first. One at that edge that would not be brought
   back waits, and so does one without a leader to copy from or with a target that does not serve.
4. The rest goes by what is left on the busiest broker that it touches, largest first (longest processing time first).
5. A move is submitted when its target has room to receive, its leader has room to send, and the cluster's cap allows.

Guarantees: a stage never asks for more replicas than the larger of before and after, not even where metadata is behind;
no broker sends or receives more than its slots; a partition never has more than one adding replica, nor fewer replicas
than the smaller of its present and its wanted number. Room is given back when a move ends and not when a batch does, so
that the slowest partition holds up nobody (KIP-236 names that flaw of batches).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product

from hooks.planner.reassignment.model import PartitionMove, TopicPartition
from hooks.planner.snapshot import KafkaState, NodeId, ObservedPartition
from hooks.planner.text import ids

FULL = 100
"""Units of one slot: what a large partition takes; a tiny one takes a single unit."""


@dataclass(frozen=True, kw_only=True)
class Slots:
    """How many moves may be under way."""

    per_broker: int = 5
    """Large partitions that a broker may send, and that it may receive, at one time."""
    large_bytes: int = 64 << 20
    """From this size on a partition takes a whole slot; a smaller one takes its share."""
    cluster: int = 1000
    """Partitions of the whole cluster."""

    def units(self, size_bytes: int) -> int:
        """Return what one copy of a partition takes of a slot."""
        return max(1, min(FULL, size_bytes * FULL // self.large_bytes))


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How fast a movement may go."""

    slots: Slots = field(default_factory=Slots)
    bandwidth: int | None = None
    """Bytes per second that a broker may send, and may receive, ordinary replication included; None: no throttle."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One submission: the replicas to ask for now, in order."""

    move: PartitionMove
    replicas: tuple[NodeId, ...]
    adding: tuple[NodeId, ...]
    source: NodeId | None


@dataclass(frozen=True, kw_only=True)
class Next:
    """What to submit now, and why the rest that has room would not be safe."""

    stages: tuple[Stage, ...] = ()
    held: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Live:
    """The cluster as one look shows it."""

    kafka: KafkaState

    @cached_property
    def partitions(self) -> Mapping[TopicPartition, ObservedPartition]:
        """Every partition by topic and index."""
        return {(found.topic, found.index): found for found in self.kafka.partitions}

    @cached_property
    def serving(self) -> frozenset[NodeId]:
        """Brokers that are registered and not fenced."""
        return frozenset(broker.id for broker in self.kafka.brokers if not broker.fenced)

    @cached_property
    def racks(self) -> Mapping[NodeId, str | None]:
        """The rack of every registered broker."""
        return {broker.id: broker.rack for broker in self.kafka.brokers}

    @cached_property
    def moving(self) -> Mapping[TopicPartition, ObservedPartition]:
        """The partitions with a reassignment under way."""
        return {key: found for key, found in self.partitions.items() if found.adding or found.removing}

    @cached_property
    def short(self) -> frozenset[TopicPartition]:
        """Partitions with fewer serving replicas in sync than min ISR asks for."""
        return frozenset(
            key
            for key, found in self.partitions.items()
            if len(found.isr & self.serving) < min(found.min_isr, len(found.replicas - found.adding))
        )


def is_ours(move: PartitionMove | None, found: ObservedPartition) -> bool:
    """Return whether a reassignment under way is a stage of this move."""
    if move is None:
        return False
    return found.adding <= set(move.target) and not found.removing & set(move.target)


def is_over(move: PartitionMove, live: Live) -> bool:
    """Return whether nothing of the move is left to copy or to remove, or nothing of it applies any more."""
    found = live.partitions.get(move.key)
    if found is None:
        return True
    if found.adding or found.removing:
        return not is_ours(move, found)
    return found.replicas == frozenset(move.target) or not found.replicas <= {*move.current, *move.target}


def next_stages(moves: Sequence[PartitionMove], live: Live, slots: Slots) -> Next:
    """Return what to submit now. `moves` are those of a plan that are not over yet, the ones under way included."""
    sizes = {move.key: move.size_bytes for move in moves}
    waiting = [move for move in moves if move.key not in live.moving and move.key in live.partitions]
    room = _Room(slots)
    for key, found in live.moving.items():
        room.take(found, sizes.get(key, 0))
    held: list[str] = []
    chosen: list[Stage] = []
    for move in _in_order(waiting, live):
        why = _held(move, live)
        if why is not None:
            held.append(why)
            continue
        stage = _stage(move, live)
        if room.has(stage):
            room.grant(stage)
            chosen.append(stage)
    return Next(stages=tuple(chosen), held=tuple(held))


@dataclass
class _Room:
    """What is left of every broker's slots."""

    slots: Slots
    taken_in: dict[NodeId, int] = field(default_factory=lambda: defaultdict[NodeId, int](int))
    taken_out: dict[NodeId, int] = field(default_factory=lambda: defaultdict[NodeId, int](int))
    partitions: int = 0

    def take(self, found: ObservedPartition, size: int) -> None:
        """Count what is under way, whoever began it."""
        units = self.slots.units(size)
        self.partitions += 1
        for node in found.adding - found.isr:
            self.taken_in[node] += units
            if found.leader is not None:
                self.taken_out[found.leader] += units

    def has(self, stage: Stage) -> bool:
        """Return whether the stage fits; where nothing is under way, anything does."""
        if self.partitions >= self.slots.cluster:
            return False
        most = self.slots.per_broker * FULL
        units = self.slots.units(stage.move.size_bytes)
        receives = all(self.taken_in[node] + units <= most for node in stage.adding)
        sends = not stage.adding or stage.source is None or self.taken_out[stage.source] + units <= most
        return receives and sends

    def grant(self, stage: Stage) -> None:
        """Take the room that the stage needs."""
        units = self.slots.units(stage.move.size_bytes)
        self.partitions += 1
        for node in stage.adding:
            self.taken_in[node] += units
            if stage.source is not None:
                self.taken_out[stage.source] += units


def _in_order(moves: list[PartitionMove], live: Live) -> list[PartitionMove]:
    left: dict[NodeId, int] = defaultdict(int)
    for move in moves:
        missing = _missing(move, live)
        for node in missing:
            left[node] += move.size_bytes
        leader = live.partitions[move.key].leader
        if leader is not None:
            # Sending and receiving are two directions of one network card: counted apart by the sign of the id.
            left[NodeId(-1 - leader)] += move.size_bytes * len(missing)

    def rank(move: PartitionMove) -> tuple[bool, int, int, TopicPartition]:
        leader = live.partitions[move.key].leader
        touched = [left[node] for node in _missing(move, live)]
        touched += [left[NodeId(-1 - leader)]] if leader is not None and touched else []
        return not _heals(move, live), -max(touched, default=0), -move.size_bytes, move.key

    return sorted(moves, key=rank)


def _missing(move: PartitionMove, live: Live) -> list[NodeId]:
    replicas = live.partitions[move.key].replicas
    return [node for node in move.target if node not in replicas]


def _at_risk(found: ObservedPartition, live: Live) -> bool:
    in_sync = len(found.isr & live.serving)
    return in_sync < len(found.replicas) and in_sync <= found.min_isr


def _heals(move: PartitionMove, live: Live) -> bool:
    found = live.partitions[move.key]
    absent = found.replicas - (found.isr & live.serving)
    return _at_risk(found, live) and bool(absent - set(move.target)) and bool(_missing(move, live))


def _held(move: PartitionMove, live: Live) -> str | None:
    """Return why the move must not begin now, None when it may."""
    found = live.partitions[move.key]
    missing = _missing(move, live)
    if len(found.replicas) > max(len(move.current), len(move.target)):
        # A stage built on that would ask for all of them, and so raise the replication factor.
        return f"{move}: its metadata still shows the replicas of before and after its last stage together"
    if missing and (found.leader is None or found.leader not in live.serving):
        return f"{move}: no leader to copy from (ISR {ids(found.isr)})"
    dead = frozenset(missing) - live.serving
    if dead:
        return f"{move}: broker {ids(dead)} does not serve and cannot receive a replica"
    gone = found.isr & live.serving & frozenset(move.target)
    if not missing and not gone:
        return f"{move}: none of the replicas that stay is in sync (ISR {ids(found.isr)})"
    if _at_risk(found, live) and missing and not _heals(move, live):
        return f"{move}: at its min ISR {found.min_isr} with ISR {ids(found.isr)}, which this move would not mend"
    return None


def _stage(move: PartitionMove, live: Live) -> Stage:
    found = live.partitions[move.key]
    missing = _missing(move, live)
    if len(missing) <= 1:
        return Stage(move=move, replicas=move.target, adding=tuple(missing), source=found.leader)
    there = [node for node in dict.fromkeys((*move.current, *move.target)) if node in found.replicas]
    surplus = [node for node in there if node not in move.target]
    if not surplus or len(missing) > len(surplus):
        return Stage(move=move, replicas=(*there, missing[0]), adding=(missing[0],), source=found.leader)

    def cost(exchange: tuple[NodeId, NodeId]) -> tuple[bool, bool, bool]:
        node, instead = exchange
        lives = node in found.isr and node in live.serving
        return lives, node == found.leader, live.racks.get(node) != live.racks.get(instead)

    goes, adding = min(product(surplus, missing), key=cost)
    replicas = tuple(adding if node == goes else node for node in there)
    return Stage(move=move, replicas=replicas, adding=(adding,), source=found.leader)


def makespan_bound(moves: Iterable[PartitionMove], live: Live, bytes_per_second: float) -> float:
    """Return the seconds that no schedule can stay under when each broker sends and receives at this rate.

    The copy comes from the partition's leader, whichever replica is replaced.
    """
    received: dict[NodeId, int] = defaultdict(int)
    sent: dict[NodeId, int] = defaultdict(int)
    for move in moves:
        found = live.partitions.get(move.key)
        if found is None:
            continue
        missing = _missing(move, live)
        for node in missing:
            received[node] += move.size_bytes
        if found.leader is not None:
            sent[found.leader] += move.size_bytes * len(missing)
    return max((*received.values(), *sent.values()), default=0) / bytes_per_second
