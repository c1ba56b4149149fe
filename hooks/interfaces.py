"""What the runners need of the world, as Protocols, and the errors by whose type they decide.

`clients` implement these over Kafka, ZooKeeper and Kubernetes; tests implement them over one FakeCluster.

Errors:
    HookError
    ├── NotYet       try again after `retry_after` seconds; nothing is wrong yet
    ├── Refused      the safe answer is no; nothing was touched (or nothing more will be)
    ├── Fatal        something broke; the run stops after the present step
    ├── Conflict     the object is not the one that was observed (UID or resource version); observe again
    ├── LeaseLost    another run holds the cluster's Lease
    └── EngineLost   the Pulumi engine is gone; stop after the present step
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from contract import Component
from hooks.planner.reassignment.model import PartitionMove, Placement, TopicPartition
from hooks.planner.reassignment.throttling import Setting, Settings
from hooks.planner.snapshot import KafkaState, NodeId, ObservedPod, ObservedServer, ObservedWorkload


class HookError(Exception):
    """Root of every error that a hook raises on purpose; the message is for the user."""


class NotYet(HookError):
    """The thing asked for is not there yet."""

    def __init__(self, message: str, *, retry_after: float = 1.0) -> None:
        """Say what is missing and after how many seconds asking again makes sense."""
        super().__init__(message)
        self.retry_after: float = retry_after


class Refused(HookError):
    """The change is unsafe or not possible; the reasons say why and what to do."""

    def __init__(self, reasons: Sequence[str]) -> None:
        """Keep the reasons one by one, in the order in which they were found."""
        super().__init__("\n".join(reasons))
        self.reasons: tuple[str, ...] = tuple(reasons)


class Fatal(HookError):
    """Something broke under way; the reasons say what was seen and what to do."""

    def __init__(self, reasons: Sequence[str]) -> None:
        """Keep the reasons one by one, in the order in which they were found."""
        super().__init__("\n".join(reasons))
        self.reasons: tuple[str, ...] = tuple(reasons)


class Conflict(HookError):
    """The live object is no longer the observed one."""


class LeaseLost(HookError):
    """Another run holds, or took over, the cluster's Lease."""

    def __init__(self, message: str, *, expires_in: float | None = None) -> None:
        """Say who holds it, and after how many seconds the hold ends unless its holder renews it."""
        super().__init__(message)
        self.expires_in: float | None = expires_in


class EngineLost(HookError):
    """The engine that asked for this run is gone."""


@dataclass(frozen=True, kw_only=True)
class IdentityRecord:
    """The retained identity object's content."""

    cluster_id: str | None
    """None in ZooKeeper mode until the ensemble has given one."""
    initial_controllers: str = ""
    bootstrapped: bool = False
    going: bool = False
    roll: str = ""
    """What somebody has written into its annotation (`contract.ANNOTATION_ROLL`): `pause`, `abort` or nothing."""
    live_keys: tuple[str, ...] = ()
    """The broker keys that the stack is answerable for on running brokers, sorted."""


class ClusterAdmin(Protocol):
    """Reads a Kafka cluster through its brokers."""

    def observe(self) -> KafkaState:
        """Return brokers, controller, partitions with effective min ISR, and the quorum in KRaft.

        Raises NotYet when no broker answers.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class MovementRecord:
    """What only the cluster's own memory tells the run after a kill: what is ours, and what to put back."""

    purpose: str
    """Why replicas move, in words for the user."""
    moves: tuple[PartitionMove, ...] = ()
    """Moves that may be under way on our account."""
    prior: Settings
    """What each setting that we change was before: throttles, cordons. None where nothing was set."""


class Reassignments(Protocol):
    """Moves replicas. Every method raises NotYet when no broker answers."""

    def placement(self) -> Placement:
        """Return brokers and partitions with sizes; of a partition that moves, the replicas that it is to have.

        A broker that holds replicas and does not serve is there too, not alive.
        """
        ...

    def sizes(self, partitions: Sequence[TopicPartition]) -> Mapping[tuple[TopicPartition, NodeId], int]:
        """Return the bytes of each replica of these partitions on the brokers that serve."""
        ...

    def alter(self, targets: Mapping[TopicPartition, tuple[NodeId, ...] | None]) -> Mapping[TopicPartition, str]:
        """Ask for these replicas, or cancel (None), and return why where that was not accepted.

        Asking again for what is under way, cancelling what is not, and a topic that is gone are all accepted.
        """
        ...

    def settings(self, wanted: Sequence[Setting]) -> Settings:
        """Return what is set on these brokers and topics themselves; what belongs to one that is away is left out."""
        ...

    def change(self, settings: Settings) -> Mapping[Setting, str]:
        """Set, or with None delete, and return why where that was not accepted. A topic that is gone is accepted."""
        ...

    def knows(self, broker: NodeId, key: str) -> bool:
        """Return whether this broker's version has such a setting."""
        ...

    def elect(self, partitions: Sequence[TopicPartition]) -> None:
        """Make the preferred replicas lead where they are in sync; a partition where that fails is left as it is."""
        ...

    def unregister(self, broker: NodeId) -> None:
        """Take a broker that has gone out of the cluster's metadata (KRaft). One that is not there is fine."""
        ...


class Journal(Protocol):
    """The one record of a movement, kept in the cluster. Every method raises NotYet when it cannot be reached."""

    def read(self) -> MovementRecord | None:
        """Return the record, or None when nothing is under way."""
        ...

    def write(self, record: MovementRecord) -> None:
        """Keep this record instead of the present one, if any."""
        ...

    def clear(self) -> None:
        """Forget it. Idempotent."""
        ...


class Ensemble(Protocol):
    """Reads a ZooKeeper ensemble, or a controller quorum when no broker can be asked."""

    def servers(self) -> tuple[ObservedServer, ...]:
        """Return every server with its mode; a server that does not answer has mode None. Never raises for that."""
        ...


class Pods(Protocol):
    """Reads and changes the Kubernetes side of one cluster.

    Every method raises NotYet when the API server cannot be asked: missing data is never an empty answer.
    """

    def workloads(self, component: Component) -> tuple[ObservedWorkload, ...]:
        """Return the StatefulSets of the component, sorted by first id; for one that is away, what its record says."""
        ...

    def pods(self, component: Component) -> tuple[ObservedPod, ...]:
        """Return the pods of the component, sorted by node id."""
        ...

    def delete(self, pod: ObservedPod) -> None:
        """Delete exactly this pod (UID as precondition), gracefully, in the background.

        Raises Conflict when the pod was replaced meanwhile; a pod already gone is fine.
        """
        ...

    def scale(self, workload: ObservedWorkload, replicas: int) -> None:
        """Set the StatefulSet's count. Raises Conflict when its count or ordinals changed since it was observed."""
        ...

    def disruptions(self, component: Component) -> int | None:
        """Return maxUnavailable of the component's PodDisruptionBudget, or None when there is no such object."""
        ...

    def allow_disruptions(self, component: Component, pods: int) -> None:
        """Set maxUnavailable of the component's PodDisruptionBudget; without such an object, do nothing."""
        ...

    def explain(self, pod: ObservedPod) -> tuple[str, ...]:
        """Return what the API server knows of a pod that does not start: image, state, last events, last log lines."""
        ...

    def loading(self, pod: ObservedPod) -> str | None:
        """Return what a starting broker last said of loading its logs; None when it does not, or cannot be asked."""
        ...

    def collect_configuration(self) -> tuple[str, ...]:
        """Delete the cluster's content-named ConfigMaps that no pod, template or controller revision names.

        Returns the names of what was deleted.
        """
        ...


class Identity(Protocol):
    """The retained identity object."""

    def read(self) -> IdentityRecord | None:
        """Return the record, or None when there is none."""
        ...

    def create(self, record: IdentityRecord) -> IdentityRecord:
        """Create the object; when it exists already, return what it says instead."""
        ...

    def mark_bootstrapped(self) -> None:
        """Record that the first quorum has formed. Idempotent."""
        ...

    def record_cluster_id(self, cluster_id: str) -> None:
        """Record the id that the ensemble gave (ZooKeeper mode). Raises Refused when another one is recorded."""
        ...

    def record_live_keys(self, keys: tuple[str, ...]) -> None:
        """Record the broker keys that the stack is answerable for. Idempotent."""
        ...

    def mark_going(self, going: bool) -> None:
        """Set or clear the mark that a destroy is under way. Idempotent."""
        ...


class Lease(Protocol):
    """The cluster's lock, renewed in the background while held."""

    def acquire(self) -> None:
        """Take the Lease, or raise LeaseLost naming the holder and when its hold expires."""
        ...

    def check(self) -> None:
        """Raise LeaseLost unless it is still ours, read from the API server now."""
        ...

    def release(self) -> None:
        """Give it back. Never raises."""
        ...


class Clock(Protocol):
    """Time, so that tests own it."""

    def now(self) -> float:
        """Return monotonic seconds."""
        ...

    def minute_of_day(self) -> int:
        """Return how many minutes of the day have passed, in UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class Progress(Protocol):
    """What the user sees while a run is under way."""

    def status(self, message: str) -> None:
        """Show a live line that the next one replaces. Raises EngineLost when the engine is gone."""
        ...

    def info(self, message: str) -> None:
        """Show a line that stays. Raises EngineLost when the engine is gone."""
        ...

    def warn(self, message: str) -> None:
        """Show a warning that stays. Raises EngineLost when the engine is gone."""
        ...
