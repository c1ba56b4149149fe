"""One FakeCluster for all runner tests: Kubernetes, Kafka and the quorum under one virtual clock.

A test builds one, changes its spec with `apply`, runs a runner over `cluster.world()` and looks at what happened:
`deletions`, `writes`, `harm`, `said`. Time passes only in `Clock.sleep`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from contract import Component, pod_name, workload_name
from hooks.interfaces import IdentityRecord, MovementRecord
from hooks.planner.desired import Batching, DesiredCluster, DesiredPool, Pace, Policy
from hooks.planner.snapshot import NodeId, ObservedQuorum, Revision
from tests.fakes.access import AccessRecords
from tests.fakes.connectors import ConnectorRecords
from tests.fakes.features import FeatureRecords
from tests.fakes.kafka import FakeKafka
from tests.fakes.keys import KeyRecords
from tests.fakes.kubernetes import Behaviour, FakeKubernetes, FakePod, FakeWorkload, Processes
from tests.fakes.quorum import FakeQuorum
from tests.fakes.schemas import SchemaRecords
from tests.fakes.topics import TopicRecords
from tests.fakes.world import FakeLeaseObject, Faults, bundle

Mode = Literal["zookeeper", "kraft"]
TICK = 0.25
NAME = "kafka"
PACE = Pace(stable_window=2.0, poll=0.5, ready_timeout=120.0)


@dataclass(frozen=True)
class Deletion:
    """One pod deletion that a runner asked for and got."""

    at: float
    pod: str
    was_ready: bool
    revision: str


def revision(config: str = "1", image: str = "3.9") -> Revision:
    """Return the revision of one content."""
    return Revision(digest=f"c{config}-i{image}", causes={"config": config, "image": image})


class FakeCluster:
    """A cluster with one pool per rack."""

    def __init__(
        self,
        *,
        mode: Mode = "zookeeper",
        racks: dict[str, int] | None = None,
        partitions: int = 6,
        started: bool = True,
        spread: bool = False,
    ) -> None:
        self.mode: Mode = mode
        self.now = 0.0
        self.kafka = FakeKafka(mode)
        self.quorum_component: Component = "zookeeper" if mode == "zookeeper" else "controller"
        members = (1, 11, 21) if mode == "zookeeper" else (9000, 9100, 9200)
        self.quorum = FakeQuorum(mode, tuple(NodeId(member) for member in members))
        self.kubernetes = FakeKubernetes(
            Processes(self._may_start, self._started, self._is_ready, self._stopping, self._stopped, self._killed)
        )
        self.identity: IdentityRecord | None = IdentityRecord(
            cluster_id="fake-cluster" if mode == "kraft" or started else None
        )
        self.lease = FakeLeaseObject()
        self.record: MovementRecord | None = None
        self.keys = KeyRecords()
        self.features = FeatureRecords()
        self.topics = TopicRecords()
        self.connectors = ConnectorRecords()
        self.schemas = SchemaRecords()
        self.access = AccessRecords()
        self.deletions: list[Deletion] = []
        self.writes: list[str] = []
        self.harm: list[str] = []
        self.in_batches = False
        self.lost: set[NodeId] = set()
        """Brokers whose machine is gone: once they hold nothing, nobody is harmed by a restart beside them."""
        """Whether what is deleted at one moment may be one batch; set by a wish that says so."""
        self.said: list[str] = []
        self.api_down = False
        self.storage_class = "fast"
        self.brokers_unreachable = False
        self._components: dict[Component, list[str]] = {}
        self._frozen: dict[str, float] = {}
        self._events: list[tuple[float, Callable[[], object]]] = []
        for number, member in enumerate(members):
            self._add(self.quorum_component, "abc"[number], member, 1)
        for number, (rack, count) in enumerate((racks or {"a": 1, "b": 1, "c": 1}).items()):
            self._add("broker", rack, number * 1000, count)
        if started:
            self.sleep(20.0)
            self.identity = replace(self.identity, bootstrapped=mode == "kraft")
            self._add_topics(partitions, spread)

    # Building and changing

    def _add(self, component: Component, pool: str, first: int, count: int) -> None:
        name = workload_name(NAME, component, pool)
        self.add_pool(FakeWorkload(name, component, pool, NodeId(first), count, revision()))

    def add_pool(self, workload: FakeWorkload) -> None:
        """Create a StatefulSet, as Pulumi does for a pool that is new."""
        self.kubernetes.workloads[workload.name] = workload
        self._components.setdefault(workload.component, []).append(workload.name)
        self.kubernetes.budgets.setdefault(workload.component, 1)

    def _add_topics(self, partitions: int, spread: bool) -> None:
        """Create a topic whose replicas lie on neighbours, or with `spread` on one broker of each rack."""
        ids = self.broker_ids
        chosen = [[ids[(n + k) % len(ids)] for k in range(min(3, len(ids)))] for n in range(partitions)]
        if spread:
            racks = [self.kubernetes.workloads[name].ids for name in self._components["broker"]]
            chosen = [[rack[(n + n // 3 * k) % len(rack)] for k, rack in enumerate(racks)] for n in range(partitions)]
            # The first replica is the preferred leader: each rack leads a third.
            chosen = [replicas[n % 3 :] + replicas[: n % 3] for n, replicas in enumerate(chosen)]
        self.kafka.add_topic("orders", chosen, min_isr=min(2, len(ids)))

    @property
    def broker_ids(self) -> list[NodeId]:
        names = self._components["broker"]
        return sorted(node for name in names for node in self.kubernetes.workloads[name].ids)

    def desired(
        self,
        component: Component = "broker",
        *,
        pace: Pace = PACE,
        policy: Policy | None = None,
        batching: Batching | None = None,
    ) -> DesiredCluster:
        """Return the spec that fits the live templates and counts: what Pulumi has just applied."""
        self.in_batches = batching is not None and batching.by == "rack"
        pools = []
        for name in self._components[component]:
            live = self.kubernetes.workloads[name]
            pools.append(
                DesiredPool(
                    name=live.pool,
                    workload=name,
                    first_id=live.first_id,
                    count=live.replicas,
                    revision=live.revision.digest,
                    causes=live.revision.causes,
                )
            )
        return DesiredCluster(
            cluster=NAME,
            component=component,
            mode=self.mode,
            pools=tuple(pools),
            pace=pace,
            policy=policy or Policy(),
            batching=batching or Batching(),
        )

    def apply(
        self, component: Component = "broker", behaviour: Behaviour | None = None, **content: str
    ) -> DesiredCluster:
        """Write a changed template as Pulumi would, and return the spec to run."""
        new = revision(**content)
        if behaviour is not None:
            self.kubernetes.behaviours[new.digest] = behaviour
        for name in self._components[component]:
            live = self.kubernetes.workloads[name]
            live.revision = new
        return self.desired(component)

    def wanting(self, desired: DesiredCluster, **counts: int) -> DesiredCluster:
        """Return the spec with other counts, by pool."""
        pools = tuple(replace(pool, count=counts.get(pool.name, pool.count)) for pool in desired.pools)
        return replace(desired, pools=pools)

    def pod(self, node: int) -> FakePod:
        return next(pod for pod in self.kubernetes.pods.values() if pod.node_id == node)

    def at(self, delay: float, action: Callable[[], object]) -> None:
        """Do something when so many seconds have passed."""
        self._events.append((self.now + delay, action))

    def world(self, holder: str = "me", faults: Faults | None = None):
        """Return the interfaces over this cluster."""
        return bundle(self, holder, faults or Faults())

    # Time

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        end = self.now + seconds
        while self.now < end - 1e-9:
            self.now = min(end, self.now + TICK)
            self._tick()

    def _tick(self) -> None:
        due = [event for event in self._events if event[0] <= self.now]
        self._events = [event for event in self._events if event[0] > self.now]
        for _, action in due:
            action()
        self.quorum.bootstrapped = bool(self.identity and self.identity.bootstrapped and self.mode == "kraft")
        self.kubernetes.tick(self.now)
        self.quorum.tick(self.now)
        self._freeze()
        self.kafka.tick(self.now, self.observed_quorum, self.quorum.serves)

    def _freeze(self) -> None:
        for pod in self.kubernetes.pods.values():
            window = self.kubernetes.behaviour(pod).freeze
            if pod.component == "broker" and pod.running and window is not None:
                since = self.now - self._frozen.setdefault(pod.uid, self.now)
                self.kafka.freeze(pod.node_id, window[0] <= since < window[0] + window[1], self.now)

    @property
    def observed_quorum(self) -> ObservedQuorum | None:
        return self.quorum.observed(self.now) if self.mode == "kraft" else None

    # Processes in pods

    def _may_start(self, pod: FakePod) -> bool:
        return pod.component != "broker" or self.quorum.serves

    def _started(self, pod: FakePod) -> None:
        if pod.component != "broker":
            self.quorum.start(pod.node_id, self.now)
            return
        self.kafka.start(pod.node_id, pod.zone, self.now)
        self.keys.start(pod.node_id)
        if self.kubernetes.behaviour(pod).never_in_sync:
            for partition in self.kafka.partitions:
                partition.stuck.add(pod.node_id)

    def _is_ready(self, pod: FakePod) -> bool:
        # ZooKeeper's readiness asks for a mode; the others' only for an open socket.
        return pod.component != "zookeeper" or self.quorum.mode_of(pod.node_id) is not None

    def _stopping(self, pod: FakePod) -> None:
        if pod.component == "broker":
            self.kafka.shut_down(pod.node_id)

    def _stopped(self, pod: FakePod) -> None:
        if pod.component == "broker":
            self.kafka.stop(pod.node_id)
        else:
            self.quorum.stop(pod.node_id)

    def _killed(self, pod: FakePod) -> None:
        if pod.component == "broker":
            self.kafka.kill(pod.node_id, self.now)
        else:
            self.quorum.stop(pod.node_id)

    # What a runner's deletion does

    def delete(self, pod: FakePod) -> None:
        """Delete a pod as asked, and note when that takes what was still needed."""
        observed = self.kubernetes.observed(pod)
        self.deletions.append(Deletion(self.now, pod.name, observed.ready, pod.revision.digest))
        if observed.ready:
            self._note_harm(pod)
        self.kubernetes.terminate(pod)

    def _note_harm(self, pod: FakePod) -> None:
        peers = [other for other in self.kubernetes.pods.values() if other.component == pod.component]
        together = {deletion.pod for deletion in self.deletions if self.in_batches and deletion.at == self.now}
        for other in peers:
            empty = other.node_id in self.lost and not any(other.node_id in p.replicas for p in self.kafka.partitions)
            if other.name not in together and not empty and not self.kubernetes.observed(other).ready:
                self.harm.append(f"{self.now:.2f} {pod.name} deleted while {other.name} was not ready")
        if pod.component != "broker":
            return
        for partition in self.kafka.partitions:
            left = {node for node in partition.isr if node != pod.node_id and self.kafka.brokers[node].alive}
            if pod.node_id in partition.isr and len(partition.replicas) > partition.min_isr > len(left):
                self.harm.append(f"{self.now:.2f} {pod.name} deleted with {partition} at ISR {sorted(partition.isr)}")

    @property
    def restarted(self) -> list[int]:
        """The node ids that runners deleted, in order."""
        return [int(deletion.pod.rsplit("-", 1)[1]) for deletion in self.deletions]

    def revisions(self, component: Component = "broker") -> dict[int, str]:
        pods = self.kubernetes.pods.values()
        return {
            int(p.node_id): p.revision.digest for p in sorted(pods, key=lambda p: p.node_id) if p.component == component
        }


def names(*nodes: tuple[str, int]) -> list[str]:
    """Return pod names from rack and id."""
    return [pod_name(workload_name(NAME, "broker", rack), node) for rack, node in nodes]
