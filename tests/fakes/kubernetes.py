"""The Kubernetes half of the FakeCluster: StatefulSets with OnDelete, pods with UIDs, nodes that fail."""

from collections.abc import Callable
from dataclasses import dataclass, field

from contract import Component, data_volumes
from hooks.planner.snapshot import NodeId, ObservedPod, ObservedWorkload, Revision


@dataclass
class Behaviour:
    """What pods of one revision do."""

    start: float = 2.0
    stop: float = 1.0
    crashes: bool = False
    unpullable: bool = False
    unschedulable: bool = False
    hangs: bool = False
    """The process runs and never becomes ready."""
    loads: float = 0.0
    """How long a broker loads its logs after its start, a step of which its log tells every ten seconds."""
    freeze: tuple[float, float] | None = None
    """The broker is fenced so many seconds after its start, for so many seconds."""
    never_in_sync: bool = False


@dataclass
class FakePod:
    """One pod."""

    name: str
    uid: str
    node_id: NodeId
    component: Component
    workload: str
    zone: str
    revision: Revision
    started: float
    """When the present container started."""
    running: bool = False
    """The process is up: its socket is open."""
    terminating_until: float | None = None
    problem: str | None = None
    restarts: int = 0
    back_off_until: float | None = None
    node_lost: bool = False
    order: str = ""
    """The annotation about its restart."""


@dataclass
class FakeClaim:
    """The claim of one pod's volume."""

    requested: int
    capacity: int
    asked: float = 0.0
    """When it was last asked for more."""


@dataclass
class FakeWorkload:
    """One StatefulSet."""

    name: str
    component: Component
    pool: str
    first_id: NodeId
    replicas: int
    revision: Revision
    volume_bytes: int = 1 << 30
    volumes: int = 1
    rack: str = ""
    """Where the pool shares a rack with others: that rack's name."""
    going_until: float | None = None
    """It was deleted, and its pods are being set free."""

    @property
    def ids(self) -> list[NodeId]:
        return [NodeId(node) for node in range(self.first_id, self.first_id + self.replicas)]

    def observed(self) -> ObservedWorkload:
        return ObservedWorkload(
            name=self.name,
            component=self.component,
            pool=self.pool,
            first_id=self.first_id,
            replicas=self.replicas,
            revision=self.revision,
            volume_bytes=self.volume_bytes,
            volumes=self.volumes,
        )


@dataclass
class Processes:
    """What happens inside a pod when its process starts and ends; the cluster connects it to Kafka or the quorum."""

    may_start: Callable[[FakePod], bool]
    started: Callable[[FakePod], None]
    is_ready: Callable[[FakePod], bool]
    stopping: Callable[[FakePod], None]
    stopped: Callable[[FakePod], None]
    killed: Callable[[FakePod], None]


@dataclass
class FakeKubernetes:
    """StatefulSets, pods and zones."""

    processes: Processes
    behaviours: dict[str, Behaviour] = field(default_factory=dict)
    workloads: dict[str, FakeWorkload] = field(default_factory=dict)
    pods: dict[str, FakePod] = field(default_factory=dict)
    budgets: dict[Component, int] = field(default_factory=dict)
    claims: dict[str, FakeClaim] = field(default_factory=dict)
    """By pod, and of its further volumes by `data-1-POD` and so on."""
    records: dict[str, FakeWorkload] = field(default_factory=dict)
    """StatefulSets as they are to come back."""
    resize: float | None = 2.0
    """Seconds that a volume takes to grow; None for one that never does."""
    zones_down: set[str] = field(default_factory=set)
    now: float = 0.0
    _uids: int = 0

    def behaviour(self, pod: FakePod) -> Behaviour:
        return self.behaviours.get(pod.revision.digest, Behaviour())

    # The control plane

    def tick(self, now: float) -> None:
        """Let time pass: the StatefulSet controller, the kubelets and the containers."""
        self.now = now
        for workload in list(self.workloads.values()):
            if workload.going_until is None:
                self._reconcile(workload)
            elif now >= workload.going_until:
                del self.workloads[workload.name]
        for claim in self.claims.values():
            if self.resize is not None and now >= claim.asked + self.resize:
                claim.capacity = max(claim.capacity, claim.requested)
        for pod in list(self.pods.values()):
            self._tick_pod(pod)

    def _reconcile(self, workload: FakeWorkload) -> None:
        wanted = {f"{workload.name}-{node}": node for node in workload.ids}
        if wanted.keys() == {pod.name for pod in self.pods.values() if pod.workload == workload.name}:
            return
        for pod in [pod for pod in self.pods.values() if pod.workload == workload.name and pod.name not in wanted]:
            self.terminate(pod)
        for name, node in wanted.items():
            if name not in self.pods:
                # OnDelete: a new pod always comes from the present template.
                self._uids += 1
                for claim in (name, *(f"{volume}-{name}" for volume in data_volumes(workload.volumes)[1:])):
                    self.claims.setdefault(claim, FakeClaim(workload.volume_bytes, workload.volume_bytes))
                self.pods[name] = FakePod(
                    name,
                    f"uid-{self._uids}",
                    node,
                    workload.component,
                    workload.name,
                    workload.rack or workload.pool,
                    workload.revision,
                    self.now,
                )

    def terminate(self, pod: FakePod) -> None:
        """Begin the graceful end of a pod."""
        if pod.terminating_until is not None:
            return
        if pod.running:
            self.processes.stopping(pod)
        pod.terminating_until = self.now + (self.behaviour(pod).stop if pod.running else 0.0)

    def zone_down(self, zone: str) -> None:
        """Every node of the zone dies: the processes at once, the pods stay as objects that are not ready."""
        self.zones_down.add(zone)
        for pod in self.pods.values():
            if pod.zone == zone:
                if pod.running:
                    pod.running = False
                    self.processes.killed(pod)
                pod.node_lost = True

    def zone_up(self, zone: str) -> None:
        """The nodes return: containers start again at their pods' own revision."""
        self.zones_down.discard(zone)
        for pod in self.pods.values():
            if pod.zone == zone and pod.node_lost:
                pod.node_lost = False
                pod.started, pod.restarts = self.now, pod.restarts + 1

    def crash(self, pod: FakePod) -> None:
        """One container dies and is started again by its kubelet, at its own revision."""
        if pod.running:
            pod.running = False
            self.processes.killed(pod)
        pod.restarts += 1
        pod.started = self.now

    # The kubelet

    def _tick_pod(self, pod: FakePod) -> None:
        if pod.zone in self.zones_down:
            return
        if pod.terminating_until is not None:
            if self.now >= pod.terminating_until:
                if pod.running:
                    self.processes.stopped(pod)
                del self.pods[pod.name]
            return
        if not pod.running:
            self._tick_container(pod, self.behaviour(pod))

    def _tick_container(self, pod: FakePod, behaviour: Behaviour) -> None:
        if behaviour.unschedulable:
            pod.problem = "Unschedulable: 0/3 nodes are available: 1 node(s) had volume node affinity conflict"
        elif behaviour.unpullable:
            pod.problem = 'ImagePullBackOff: Back-off pulling image "registry.example/kafka:9"'
        elif pod.back_off_until is not None:
            if self.now >= pod.back_off_until:
                pod.back_off_until, pod.problem, pod.started = None, None, self.now
                pod.restarts += 1
        elif not behaviour.hangs and self.now - pod.started >= behaviour.start + behaviour.loads:
            self._open(pod, behaviour)

    def _open(self, pod: FakePod, behaviour: Behaviour) -> None:
        if behaviour.crashes:
            if pod.restarts == 0:
                pod.restarts, pod.started = 1, self.now
                return
            pod.back_off_until = self.now + 10.0 * 2 ** min(pod.restarts - 1, 5)
            pod.problem = "CrashLoopBackOff: exit code 1: ConfigException: Missing required configuration"
        elif self.processes.may_start(pod):
            pod.running = True
            self.processes.started(pod)

    # What the API server answers

    def loading(self, pod: FakePod) -> str | None:
        """Return the last line of its log; a broker that hangs has come to a step that does not end."""
        behaviour = self.behaviour(pod)
        if pod.running or not behaviour.loads:
            return None
        step = 0 if behaviour.hangs else int((self.now - pod.started) // 10)
        return f"Recovering unflushed segment {step}"

    def observed(self, pod: FakePod) -> ObservedPod:
        terminating = pod.terminating_until is not None
        return ObservedPod(
            name=pod.name,
            uid=pod.uid,
            node_id=pod.node_id,
            component=pod.component,
            workload=pod.workload,
            revision=pod.revision,
            ready=pod.running and not terminating and not pod.node_lost and self.processes.is_ready(pod),
            terminating=terminating,
            problem=pod.problem,
            restarts=pod.restarts,
            node_lost=pod.node_lost,
            order=pod.order,
        )
