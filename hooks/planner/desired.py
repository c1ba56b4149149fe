"""What the spec wants of the live cluster: the pools with their counts and content, and the pace.

Distinct from `snapshot` even where fields agree (house rule: observed and desired never share a type).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from contract import Component
from hooks.planner.features import FeatureWish
from hooks.planner.live_keys import KeyWish
from hooks.planner.reassignment.schedule import Limits
from hooks.planner.snapshot import NodeId
from hooks.planner.window import Window


@dataclass(frozen=True, kw_only=True)
class DesiredPool:
    """One rack's pool as the stack file wants it."""

    name: str
    """The pool's, and so the rack's, name."""
    workload: str
    """Name of its StatefulSet."""
    first_id: NodeId
    count: int
    revision: str
    causes: Mapping[str, str] = field(default_factory=dict[str, str])
    volume_bytes: int = 0
    """Wanted size of each data volume in bytes; 0 when not known here."""
    storage_class: str | None = None
    """Wanted StorageClass, empty for the cluster's default one; None when not known here."""
    volumes: int | None = None
    """Wanted data volumes of each node; None when not known here."""

    @property
    def ids(self) -> tuple[NodeId, ...]:
        """The node ids that this pool should have, ascending."""
        return tuple(NodeId(self.first_id + n) for n in range(self.count))


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How long the run waits, in seconds. Every wait is a setting (design decision 9)."""

    stable_window: float = 30.0
    """All gates must hold this long without a break before the next broker."""
    stable_samples: int = 3
    """At least so many looks in a row must find them open in that time, however long a look takes."""
    poll: float = 0.5
    """Time between two observations while waiting."""
    ready_timeout: float = 600.0
    """How long a started pod may take to become ready and in sync, from its last progress."""
    between_batches: float = 0.0
    """From the beginning of one batch to that of the next at least; what heals does not wait for it."""
    longest_run: float = 0.0
    """After which no further batch begins in this run and the rest is left to the next one; 0 for no limit."""
    window: Window | None = None
    """The hours of the day in which batches may begin, where not all of them; what heals does not wait for it."""
    broken_after: int = 2
    """Container restarts of a pod, counted from when this run first saw it, after which it counts as broken."""
    doubt: float = 15.0
    """How long a pod may show a problem without a break before it counts as broken.

    Longer than Kubernetes' first crash back-off (10 s), so that one crash at a start is forgiven.
    """


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What a restart may cost, where the safe answer would block every restart for good."""

    foreign_urps: Literal["wait", "tolerate"] = "wait"
    """Under-replicated partitions that no restart of ours caused: wait for them, or go by min ISR alone."""
    reassignments: Literal["wait", "block", "tolerate"] = "wait"
    """Reassignments that somebody else has started: wait for their end, refuse to begin, or go by min ISR alone."""
    single_replica: Literal["allow", "warn", "block"] = "warn"
    """Partitions with one replica go offline while their broker restarts: do it, say so before, or refuse."""
    no_spare_replica: Literal["allow", "warn", "block"] = "warn"
    """Partitions with no more replicas than min ISR refuse acks=all writes while one of their brokers restarts."""
    preferred_leaders: bool = False
    """Whether the preferred replicas lead again before the next batch, and not when Kafka gets to it."""


@dataclass(frozen=True, kw_only=True)
class Batching:
    """How many brokers may restart at a time. Members of a quorum restart one at a time, whatever this says."""

    by: Literal["one", "rack"] = "one"
    """One broker at a time, or the brokers of a rack together as far as every partition keeps its min ISR."""
    max_share: float = 0.4
    """Largest share of all brokers in one batch: a third, and some more where racks are uneven."""
    max_leader_share: float = 1.0
    """Largest share of all partitions whose leader moves at once; a broker that leads more goes alone."""


@dataclass(frozen=True, kw_only=True)
class Level:
    """When brokers are levelled, and how much may be copied for it."""

    threshold: float
    """How far a broker's bytes may be from its share, as a part of that, before anything moves."""
    budget: int | None = None
    """Most bytes that one run copies; None for no limit."""


@dataclass(frozen=True, kw_only=True)
class DesiredCluster:
    """One component of one Kafka cluster as the stack file wants it."""

    cluster: str
    component: Component
    mode: Literal["zookeeper", "kraft"]
    pools: tuple[DesiredPool, ...]
    pace: Pace = field(default_factory=Pace)
    policy: Policy = field(default_factory=Policy)
    limits: Limits = field(default_factory=Limits)
    """How fast replicas may move."""
    fill: bool = False
    """Whether data moves onto brokers that hold less than their share, as new ones do."""
    frozen: frozenset[str] = frozenset()
    """Topics whose replicas stay where they are; one that need not exist."""
    lost: frozenset[NodeId] = frozenset()
    """Brokers that are gone for good or for long: nobody waits for them, and their replicas are made anew elsewhere."""
    level: Level | None = None
    """When brokers are levelled; None for never."""
    batching: Batching = field(default_factory=Batching)
    keys: KeyWish | None = None
    """The keys that running brokers take over; None where that is not known, so that they are left as they are."""
    features: FeatureWish | None = None
    """The feature levels; None where the spec says nothing of them."""
    promised: frozenset[str] | None = None
    """All that a run may do (`hooks.planner.promise`); None where nobody insists."""
