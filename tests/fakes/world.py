"""The FakeCluster behind the hooks' interfaces, with a fault at the n-th call when a test wants one."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from contract import Component, data_volumes
from hooks.interfaces import Conflict, EngineLost, IdentityRecord, LeaseLost, NotYet, Refused
from hooks.planner.snapshot import KafkaState, NodeId, ObservedClaim, ObservedPod, ObservedServer, ObservedWorkload
from hooks.runners.world import World
from tests.fakes.access import FakeAccess, FakePasswords
from tests.fakes.connectors import FakeConnectors
from tests.fakes.features import FakeFeatures
from tests.fakes.keys import FakeKeys
from tests.fakes.moving import FakeJournal, FakeReassignments
from tests.fakes.schemas import FakeSchemas
from tests.fakes.topics import FakeTopics

if TYPE_CHECKING:
    from tests.fakes.cluster import FakeCluster

LEASE_SECONDS = 15.0


class Killed(BaseException):
    """The process is gone: nothing that it tries has an effect any more."""


@dataclass
class Faults:
    """Raises at the n-th call: before it has an effect, or after.

    With `for_good` every later call raises too, as after a kill -9; otherwise the process goes on, as after an error.
    """

    at: int | None = None
    error: Callable[[], BaseException] = Killed
    after: bool = False
    for_good: bool = False
    only: Callable[[str], bool] = lambda name: True
    calls: list[str] = field(default_factory=list)
    states: list[object] = field(default_factory=list)
    """What the cluster was like before each call, as `state` tells it."""
    state: Callable[[], object] = lambda: None
    fired: bool = False

    def around(self, name: str, call: Callable[..., Any], *args: Any) -> Any:
        if not self.only(name):
            return call(*args)
        if self.fired and self.for_good:
            raise self.error()
        self.calls.append(name)
        self.states.append(self.state())
        due = self.at is not None and len(self.calls) == self.at
        if due and not self.after:
            self.fired = True
            raise self.error()
        result = call(*args)
        if due:
            self.fired = True
            raise self.error()
        return result


@dataclass
class FakeLeaseObject:
    """The Lease in the cluster. While its holder lives, it is renewed; afterwards it expires."""

    holder: str | None = None
    renewed: float = 0.0
    holder_lives: bool = False
    rounding: float = 0.0
    """By how much the end of a hold is told wrongly."""

    def expires(self, now: float) -> float:
        return (now if self.holder_lives else self.renewed) + LEASE_SECONDS

    def held(self, now: float) -> bool:
        return self.holder is not None and now < self.expires(now)


class _Faulty:
    """Wraps one interface so that every call passes the faults."""

    def __init__(self, target: object, faults: Faults) -> None:
        self._target, self._faults = target, faults

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._target, name)
        return lambda *args: self._faults.around(name, method, *args)


@dataclass
class FakeAdmin:
    cluster: "FakeCluster"

    def observe(self) -> KafkaState:
        state = None if self.cluster.brokers_unreachable else self.cluster.kafka.state(self.cluster.observed_quorum)
        if state is None:
            raise NotYet("no broker answers on port 9092")
        return state


@dataclass
class FakeEnsemble:
    cluster: "FakeCluster"

    def servers(self) -> tuple[ObservedServer, ...]:
        return self.cluster.quorum.servers()


@dataclass
class FakePods:
    cluster: "FakeCluster"

    def _ask(self) -> None:
        if self.cluster.api_down:
            raise NotYet("the API server does not answer")

    def workloads(self, component: Component) -> tuple[ObservedWorkload, ...]:
        self._ask()
        kubernetes = self.cluster.kubernetes
        live = {name: w for name, w in kubernetes.workloads.items() if w.going_until is None}
        away = {name: w for name, w in kubernetes.records.items() if name not in live}
        found = [
            replace(workload.observed(), away=name in away, recorded=name in kubernetes.records)
            for name, workload in (live | away).items()
            if workload.component == component
        ]
        return tuple(sorted(found, key=lambda workload: workload.first_id))

    def pods(self, component: Component) -> tuple[ObservedPod, ...]:
        self._ask()
        found = [p for p in self.cluster.kubernetes.pods.values() if p.component == component]
        return tuple(self.cluster.kubernetes.observed(p) for p in sorted(found, key=lambda p: p.node_id))

    def delete(self, pod: ObservedPod) -> None:
        self._ask()
        live = self.cluster.kubernetes.pods.get(pod.name)
        if live is None:
            return
        if live.uid != pod.uid:
            raise Conflict(f"{pod.name} is not {pod.uid} any more")
        self.cluster.writes.append(f"delete {pod.name}")
        self.cluster.delete(live)

    def scale(self, workload: ObservedWorkload, replicas: int) -> None:
        self._ask()
        live = self.cluster.kubernetes.workloads.get(workload.name)
        if live is None or (live.replicas, live.first_id) != (workload.replicas, workload.first_id):
            raise Conflict(f"{workload.name} was changed")
        self.cluster.writes.append(f"scale {workload.name} {replicas}")
        live.replicas = replicas

    def disruptions(self, component: Component) -> int | None:
        self._ask()
        return self.cluster.kubernetes.budgets.get(component)

    def allow_disruptions(self, component: Component, pods: int) -> None:
        self._ask()
        if component in self.cluster.kubernetes.budgets:
            self.cluster.writes.append(f"budget {component} {pods}")
            self.cluster.kubernetes.budgets[component] = pods

    def explain(self, pod: ObservedPod) -> tuple[str, ...]:
        return (f"{pod.name}: {pod.problem or 'no problem reported'}", f"{pod.name}: last log line: ConfigException")

    def loading(self, pod: ObservedPod) -> str | None:
        live = self.cluster.kubernetes.pods.get(pod.name)
        return None if live is None else self.cluster.kubernetes.loading(live)

    def collect_configuration(self) -> tuple[str, ...]:
        self._ask()
        return ()


@dataclass
class FakeVolumes:
    cluster: "FakeCluster"
    fixed: str = "fixed"

    def claims(self, workload: ObservedWorkload) -> tuple[ObservedClaim, ...]:
        found = []
        for name, claim in self.cluster.kubernetes.claims.items():
            stem, _, node = name.rpartition("-")
            further = tuple(f"{volume}-{workload.name}" for volume in data_volumes(workload.volumes)[1:])
            if stem in (workload.name, *further):
                pending = claim.capacity < claim.requested
                found.append(
                    ObservedClaim(
                        name=name if stem in further else f"data-{name}",
                        node_id=NodeId(int(node)),
                        requested=claim.requested,
                        capacity=claim.capacity,
                        storage_class=self.cluster.storage_class,
                        mounted=workload.first_id <= int(node) < workload.first_id + workload.replicas,
                        state="FileSystemResizePending" if pending else "",
                    )
                )
        return tuple(sorted(found, key=lambda claim: (claim.node_id, claim.name)))

    def expandable(self, storage_class: str) -> bool:
        return storage_class != self.fixed

    def request(self, claim: ObservedClaim, size: int) -> None:
        claims = self.cluster.kubernetes.claims
        live = claims.get(claim.name) or claims[claim.name.removeprefix("data-")]
        assert size > live.requested, "a claim never asks for less"
        self.cluster.writes.append(f"request {claim.name} {size}")
        live.requested, live.asked = size, self.cluster.now

    def record(self, workload: ObservedWorkload, size: int) -> None:
        live = self.cluster.kubernetes.workloads[workload.name]
        if (live.replicas, live.first_id) != (workload.replicas, workload.first_id):
            raise Conflict(f"{workload.name} was changed")
        self.cluster.writes.append(f"record {workload.name} {size}")
        self.cluster.kubernetes.records[workload.name] = replace(live, volume_bytes=size)

    def take_away(self, workload: ObservedWorkload) -> None:
        live = self.cluster.kubernetes.workloads[workload.name]
        recorded = self.cluster.kubernetes.records[workload.name]
        if replace(recorded, volume_bytes=live.volume_bytes) != live:
            raise Conflict(f"{workload.name} was changed since it was recorded")
        self.cluster.writes.append(f"take away {workload.name}")
        live.going_until = self.cluster.now + 1.0

    def put_back(self, name: str) -> None:
        live = self.cluster.kubernetes.workloads.get(name)
        if live is not None and live.going_until is not None:
            raise NotYet(f"{name} is still going")
        if live is None:
            self.cluster.writes.append(f"put back {name}")
            self.cluster.kubernetes.workloads[name] = self.cluster.kubernetes.records[name]

    def forget(self, name: str) -> None:
        if self.cluster.kubernetes.records.pop(name, None) is not None:
            self.cluster.writes.append(f"forget {name}")


@dataclass
class FakeIdentity:
    cluster: "FakeCluster"

    def read(self) -> IdentityRecord | None:
        return self.cluster.identity

    def create(self, record: IdentityRecord) -> IdentityRecord:
        if self.cluster.identity is None:
            self._write("create", record)
        assert self.cluster.identity is not None
        return self.cluster.identity

    def mark_bootstrapped(self) -> None:
        assert self.cluster.identity is not None
        assert set(self.cluster.quorum.formatted) == set(self.cluster.quorum.members), (
            "marked before all were formatted"
        )
        self._write("bootstrapped", replace(self.cluster.identity, bootstrapped=True))

    def record_cluster_id(self, cluster_id: str) -> None:
        assert self.cluster.identity is not None
        if self.cluster.identity.cluster_id not in (None, cluster_id):
            raise Refused(("another cluster id is recorded",))
        self._write("cluster id", replace(self.cluster.identity, cluster_id=cluster_id))

    def record_live_keys(self, keys: tuple[str, ...]) -> None:
        assert self.cluster.identity is not None
        if self.cluster.identity.live_keys != keys:
            self._write(f"live keys {','.join(keys)}", replace(self.cluster.identity, live_keys=keys))

    def mark_going(self, going: bool) -> None:
        assert self.cluster.identity is not None
        self._write(f"going {going}", replace(self.cluster.identity, going=going))

    def _write(self, what: str, record: IdentityRecord) -> None:
        self.cluster.writes.append(f"identity {what}")
        self.cluster.identity = record


@dataclass
class FakeLease:
    cluster: "FakeCluster"
    holder: str

    def acquire(self) -> None:
        lease, now = self.cluster.lease, self.cluster.now
        if lease.held(now) and lease.holder != self.holder:
            raise LeaseLost(f"held by {lease.holder}", expires_in=max(0.0, lease.expires(now) - now + lease.rounding))
        self.cluster.writes.append("lease acquire")
        lease.holder, lease.renewed, lease.holder_lives = self.holder, now, True

    def check(self) -> None:
        if self.cluster.lease.holder != self.holder:
            raise LeaseLost(f"taken over by {self.cluster.lease.holder}")

    def release(self) -> None:
        if self.cluster.lease.holder == self.holder:
            self.cluster.writes.append("lease release")
            self.cluster.lease.holder, self.cluster.lease.holder_lives = None, False


@dataclass
class FakeClock:
    cluster: "FakeCluster"

    def now(self) -> float:
        return self.cluster.now

    def minute_of_day(self) -> int:
        return int(self.cluster.now // 60) % 1440

    def sleep(self, seconds: float) -> None:
        self.cluster.sleep(seconds)


@dataclass
class FakeProgress:
    cluster: "FakeCluster"
    lost: bool = False

    def status(self, message: str) -> None:
        self._say(f"… {message}")

    def info(self, message: str) -> None:
        self._say(message)

    def warn(self, message: str) -> None:
        self._say(f"warning: {message}")

    def _say(self, message: str) -> None:
        if self.lost:
            raise EngineLost("the engine is gone")
        self.cluster.said.append(message)


def bundle(cluster: "FakeCluster", holder: str, faults: Faults) -> World:
    """Return the interfaces over a cluster, each call of them counted by the faults."""
    wrap: Any = lambda target: _Faulty(target, faults)  # noqa: E731
    return World(
        admin=wrap(FakeAdmin(cluster)),
        reassignments=wrap(FakeReassignments(cluster)),
        journal=wrap(FakeJournal(cluster)),
        keys=wrap(FakeKeys(cluster)),
        features=wrap(FakeFeatures(cluster)),
        topics=wrap(FakeTopics(cluster)),
        connectors=wrap(FakeConnectors(cluster)),
        schemas=wrap(FakeSchemas(cluster)),
        access=wrap(FakeAccess(cluster)),
        passwords=wrap(FakePasswords(cluster)),
        ensemble=wrap(FakeEnsemble(cluster)),
        pods=wrap(FakePods(cluster)),
        volumes=wrap(FakeVolumes(cluster)),
        identity=wrap(FakeIdentity(cluster)),
        lease=wrap(FakeLease(cluster, holder)),
        clock=FakeClock(cluster),
        progress=wrap(FakeProgress(cluster)),
    )
