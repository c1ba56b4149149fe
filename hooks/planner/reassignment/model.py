"""Where replicas are and where they should go: the values that planner, executor, preview and command line share.

A `Placement` is what was observed, an `Options` what is wanted, a `MovementPlan` what to do about it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from hooks.planner.snapshot import NodeId

Goal = Literal["grow", "drain", "heal", "level", "replication_factor", "log_dirs"]
"""What a plan is for.

grow                fill brokers that hold too little; nothing moves between brokers that are full enough
drain               empty the drained brokers; nothing else moves
heal                replace replicas on dead brokers and offline log dirs, repair broken rack spread; nothing else moves
level               even out counts, bytes and leaders over all brokers
replication_factor  add or remove replicas of the topics until they have the factor
log_dirs            even out or empty log dirs inside each broker; nothing moves between brokers
"""

TopicPartition = tuple[str, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class LogDir:
    """One log directory of a broker."""

    path: str
    capacity_bytes: int | None = None
    used_bytes: int | None = None
    offline: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class PlacementBroker:
    """One broker that holds or may hold replicas."""

    id: NodeId
    rack: str | None
    capacity_bytes: int | None = None
    """Size of its volumes together; where it is known of every broker, a broker's share is in proportion to it."""
    used_bytes: int | None = None
    """What is used of it, other files included; None counts the replicas alone."""
    alive: bool = True
    excluded: bool = False
    """It takes nothing new: cordoned, or about to go. What it holds may stay."""
    log_dirs: tuple[LogDir, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class PlacedPartition:
    """One partition with its replicas, in Kafka's order: the first is the preferred leader."""

    topic: str
    index: int
    replicas: tuple[NodeId, ...]
    size_bytes: int
    """Size of one replica: the largest, when they differ."""
    rate: float = 0.0
    """Bytes per second written to it."""
    min_isr: int = 1
    leader: NodeId | None
    isr: frozenset[NodeId]
    log_dirs: Mapping[NodeId, str] = field(default_factory=dict[NodeId, str])
    """Path of the log dir that holds the replica, by broker, as far as it is known."""

    @property
    def key(self) -> TopicPartition:
        """Return topic and index."""
        return self.topic, self.index

    def __str__(self) -> str:
        """Return the name in Kafka's own notation, topic-partition."""
        return f"{self.topic}-{self.index}"


@dataclass(frozen=True, kw_only=True, slots=True)
class PartitionMove:
    """One partition's change: the replicas now and the replicas wanted, both in order."""

    topic: str
    index: int
    current: tuple[NodeId, ...]
    target: tuple[NodeId, ...]
    size_bytes: int
    log_dirs: Mapping[NodeId, str] = field(default_factory=dict[NodeId, str])
    """Log dir that an added replica should go to, by broker; a broker that is not named chooses itself."""

    @property
    def key(self) -> TopicPartition:
        """Return topic and index."""
        return self.topic, self.index

    @property
    def adding(self) -> tuple[NodeId, ...]:
        """Return the brokers that receive a replica, in the target's order."""
        return tuple(node for node in self.target if node not in self.current)

    @property
    def removing(self) -> tuple[NodeId, ...]:
        """Return the brokers that lose their replica, in the present order."""
        return tuple(node for node in self.current if node not in self.target)

    @property
    def reorder_only(self) -> bool:
        """Tell whether the same brokers keep it, so that no data moves and only the preferred leader changes."""
        return not self.adding and not self.removing

    @property
    def bytes_to_move(self) -> int:
        """Return the bytes that have to be copied."""
        return self.size_bytes * len(self.adding)

    def __str__(self) -> str:
        """Return the name in Kafka's own notation, topic-partition."""
        return f"{self.topic}-{self.index}"


@dataclass(frozen=True, kw_only=True, slots=True)
class LogDirMove:
    """One replica's change of log dir inside its broker."""

    topic: str
    index: int
    broker: NodeId
    source: str
    target: str
    size_bytes: int


@dataclass(frozen=True, kw_only=True)
class Placement:
    """All brokers and all partitions, sorted by id and by topic and index."""

    brokers: tuple[PlacementBroker, ...]
    partitions: tuple[PlacedPartition, ...]

    @property
    def topics(self) -> frozenset[str]:
        """Return the topics that exist."""
        return frozenset(partition.topic for partition in self.partitions)

    @property
    def without_source(self) -> tuple[PlacedPartition, ...]:
        """Return the partitions of which no in-sync replica is on a live broker: nothing can be copied from anybody."""
        alive = {broker.id for broker in self.brokers if broker.alive}
        return tuple(partition for partition in self.partitions if not alive.intersection(partition.isr))

    def after(self, moves: Sequence[PartitionMove]) -> "Placement":
        """Return the placement once these moves are done and the preferred replicas lead."""
        targets = {move.key: move for move in moves}
        return replace(self, partitions=tuple(_arrived(p, targets.get(p.key)) for p in self.partitions))


def _arrived(partition: PlacedPartition, move: PartitionMove | None) -> PlacedPartition:
    if move is None:
        return partition
    dirs = {**partition.log_dirs, **move.log_dirs}
    return replace(
        partition,
        replicas=move.target,
        leader=move.target[0],
        isr=frozenset(move.target),
        log_dirs={node: path for node, path in dirs.items() if node in move.target},
    )


@dataclass(frozen=True, kw_only=True)
class Bands:
    """How far from its fair share a broker may be."""

    bytes: float = 0.02
    """Share of the mean by which bytes may differ: 0.02 allows 0.98 to 1.02 of it."""
    replicas: float = 0.0
    """Share by which replica counts may differ; 0 allows the fair share rounded down or up."""
    leaders: float = 0.0
    """Share by which leader counts may differ; 0 allows the fair share rounded down or up."""
    threshold: float = 0.0
    """For `level`: leave a broker alone whose bytes differ from its share by less than this."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """What is wanted of a plan."""

    goal: Goal
    drained: frozenset[NodeId] = frozenset()
    """Brokers to empty."""
    lost: frozenset[NodeId] = frozenset()
    """For `heal`: replace the replicas on these dead brokers and nothing else. Empty: on every dead broker and offline
    log dir, and broken rack spread is repaired. Partitions without a live in-sync replica are left as they are then."""
    drained_log_dirs: frozenset[tuple[NodeId, str]] = frozenset()
    """Log dirs to empty, by broker and path (`log_dirs`)."""
    bands: Bands = field(default_factory=Bands)
    topics: frozenset[str] = frozenset()
    """Topics that the plan is about (`replication_factor`); empty: all of them."""
    frozen_topics: frozenset[str] = frozenset()
    """Topics that may not be touched, order included."""
    excluded: frozenset[NodeId] = frozenset()
    """Brokers that take nothing new, beside those that are `excluded` in the placement."""
    replication_factor: int | None = None
    relax_racks: bool = False
    """Whether replicas of a rack that is gone, dead or drained may go to the racks that are left, although these then
    hold more of a partition than they would with all racks. By default they wait, and a drain of a whole rack that
    takes the spread away is refused."""
    throttle: int | None = None
    """Bytes per second that a broker may send, and may receive, for moves: for the estimate of the time."""
    disk_limit: float = 0.85
    """Share of a broker's capacity that may be used, at the worst moment included."""
    byte_budget: int | None = None
    """For `level`: most bytes to move; the moves that help the most per byte are kept."""


@dataclass(frozen=True, kw_only=True)
class BrokerLoad:
    """What one broker holds."""

    id: NodeId
    rack: str | None
    replicas: int
    leaders: int
    """Partitions that it leads or, after a plan, is preferred to lead."""
    bytes: int


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """What no plan for this goal can stay under, and what this plan does."""

    moves: int
    """Fewest replicas that have to be copied."""
    bytes: int
    """Fewest bytes that have to be copied."""
    achieved_moves: int = 0
    achieved_bytes: int = 0

    @property
    def moves_ratio(self) -> float:
        """Return achieved over bound; 1 is the proven least."""
        return _ratio(self.achieved_moves, self.moves)

    @property
    def bytes_ratio(self) -> float:
        """Return achieved over bound; 1 is the proven least."""
        return _ratio(self.achieved_bytes, self.bytes)


def _ratio(achieved: int, bound: int) -> float:
    if achieved == bound:
        return 1.0
    return achieved / bound if bound else float("inf")


@dataclass(frozen=True, kw_only=True)
class MovementPlan:
    """What to move, what it does to each broker, how close to the least it is, and what stood in the way."""

    goal: Goal
    moves: tuple[PartitionMove, ...] = ()
    """Sorted by topic and index; reorders included."""
    log_dir_moves: tuple[LogDirMove, ...] = ()
    before: tuple[BrokerLoad, ...] = ()
    after: tuple[BrokerLoad, ...] = ()
    bounds: Bounds = Bounds(moves=0, bytes=0)
    blocked: tuple[str, ...] = ()
    """Why the result is not better: what the goal asks and this cluster cannot have."""
    refused: tuple[str, ...] = ()
    """Why there is no plan; then there are no moves."""

    @property
    def changes(self) -> bool:
        """Tell whether the plan does anything."""
        return bool(self.moves or self.log_dir_moves)
