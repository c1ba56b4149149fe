"""What was observed: the live cluster as plain values. Every decision is a function of these and of `desired`.

Nothing here is inferred from a former run; what the cluster does not say is not known.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NewType

from contract import Component

NodeId = NewType("NodeId", int)
"""Broker id, controller id or ZooKeeper server id; always equal to the pod's ordinal."""


@dataclass(frozen=True, kw_only=True)
class Revision:
    """The content of a pod that needs a restart when it changes (design decision 5)."""

    digest: str
    """One digest of all causes."""
    causes: Mapping[str, str] = field(default_factory=dict[str, str])
    """Digest by cause (`contract.CAUSES`)."""


@dataclass(frozen=True, kw_only=True)
class ObservedPod:
    """One live pod of a pool."""

    name: str
    uid: str
    node_id: NodeId
    component: Component
    workload: str
    revision: Revision
    ready: bool
    """The Ready condition is true and the pod is not being deleted."""
    terminating: bool = False
    problem: str | None = None
    """Why the pod cannot start, if it cannot: `CrashLoopBackOff: …`, `ImagePullBackOff: …`, `Unschedulable: …`."""
    restarts: int = 0
    """How often the main container was restarted in this pod."""
    node_lost: bool = False
    """The pod's node no longer answers: the Ready condition is false although its containers were last seen ready.

    Deleting such a pod would hang until the node is back, so nobody does.
    """
    ailing_beside: str | None = None
    """The container that keeps the pod from being ready although its main one is, with the reason: a sidecar that
    crashes. Its Kafka may well serve, so only the open gates let it be restarted."""
    order: str = ""
    """What somebody has written into its annotation (`contract.ANNOTATION_ROLL`): `restart`, `skip` or nothing."""
    zookeeper_acl: str = ""
    """From which stage of the access to ZooKeeper the pod is as it is (`contract.ANNOTATION_ZOOKEEPER_ACL`)."""
    zookeeper_tls: str = ""
    """The stage of ZooKeeper's TLS that the pod says it has or needs (`contract.ANNOTATION_ZOOKEEPER_TLS`)."""

    @property
    def unschedulable(self) -> bool:
        """No node takes it now; one may soon (an autoscaler, a volume set free): that takes time, and is no fault."""
        return self.problem is not None and self.problem.partition(":")[0] == "Unschedulable"


@dataclass(frozen=True, kw_only=True)
class ObservedWorkload:
    """One live StatefulSet: a pool's shape, not its pods."""

    name: str
    component: Component
    pool: str
    first_id: NodeId
    """`spec.ordinals.start`."""
    replicas: int
    """`spec.replicas`: the count that the hook owns."""
    revision: Revision
    """The pod template's revision: what a pod deleted now would come back as."""
    volume_bytes: int
    """Requested size of each data volume in the claim templates, in bytes."""
    storage_class: str = ""
    """StorageClass that the claim template names; empty where it names none, so that the default one is taken."""
    volumes: int = 1
    """Data volumes of each node, which are alike: its claim templates."""
    template_seen: bool = True
    """The StatefulSet controller has seen the present template (`status.observedGeneration` has caught up).

    Until then a pod deleted now might still come back from the former one.
    """
    away: bool = False
    """Only its record is there: a run that replaced it, to grow its volumes, was stopped before it was back."""
    recorded: bool = False
    """There is a record of how it comes back: it is being replaced, or a run that did so was stopped."""


@dataclass(frozen=True, kw_only=True)
class ObservedClaim:
    """The claim of one data volume of a node."""

    name: str
    node_id: NodeId
    requested: int
    """Bytes that the claim asks for."""
    capacity: int
    """Bytes that the volume has, file system included; 0 while it is not bound."""
    storage_class: str
    mounted: bool
    """Its node is one of the pool's present ones, so that a kubelet can enlarge the file system."""
    state: str = ""
    """What the claim's conditions say of a change of its size."""


@dataclass(frozen=True, kw_only=True)
class ObservedBroker:
    """One registered broker, as the cluster's metadata shows it."""

    id: NodeId
    rack: str | None
    fenced: bool = False


@dataclass(frozen=True, kw_only=True)
class ObservedPartition:
    """One partition with the replica sets that decide whether a broker may go."""

    topic: str
    index: int
    leader: NodeId | None
    replicas: frozenset[NodeId]
    isr: frozenset[NodeId]
    min_isr: int
    """Effective min.insync.replicas of the topic."""
    adding: frozenset[NodeId] = frozenset()
    removing: frozenset[NodeId] = frozenset()

    def __str__(self) -> str:
        """Return the name in Kafka's own notation, topic-partition."""
        return f"{self.topic}-{self.index}"


@dataclass(frozen=True, kw_only=True)
class ObservedVoter:
    """One voter of the KRaft quorum."""

    id: NodeId
    directory_id: str
    log_end_offset: int
    lag_ms: int | None
    """Milliseconds behind the leader's last caught-up time; None when the leader does not know."""


@dataclass(frozen=True, kw_only=True)
class ObservedQuorum:
    """The KRaft metadata quorum."""

    leader: NodeId | None
    voters: tuple[ObservedVoter, ...]


@dataclass(frozen=True, kw_only=True)
class ObservedServer:
    """One ZooKeeper server, as it answers `srvr`."""

    id: NodeId
    mode: str | None
    """`leader`, `follower`, `standalone`, or None when it does not serve."""


@dataclass(frozen=True, kw_only=True)
class KafkaState:
    """What the brokers say of the cluster in one observation."""

    cluster_id: str
    controller: NodeId | None
    """The active controller: a broker id in ZooKeeper mode, the quorum leader in KRaft."""
    brokers: tuple[ObservedBroker, ...]
    partitions: tuple[ObservedPartition, ...]
    quorum: ObservedQuorum | None = None
    """KRaft only."""


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """Everything that a decision may look at."""

    workloads: tuple[ObservedWorkload, ...]
    pods: tuple[ObservedPod, ...]
    kafka: KafkaState | None
    """None when no broker answered."""
    ensemble: tuple[ObservedServer, ...] = ()
    """ZooKeeper mode only."""
    disruptions: int | None = None
    """maxUnavailable of the component's PodDisruptionBudget; 0 at rest is the trace of an interrupted run."""
    unseen: str | None = None
    """Why a part could not be observed, in words for the user; None when all was seen."""
