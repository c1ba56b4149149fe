"""Small situations for the planner's tests: three racks, one broker each, unless a test says otherwise."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Literal, TypedDict, Unpack

from contract import Component, workload_name
from hooks.planner.desired import DesiredCluster, DesiredPool, Policy
from hooks.planner.situation import Situation
from hooks.planner.snapshot import (
    KafkaState,
    NodeId,
    ObservedBroker,
    ObservedPartition,
    ObservedPod,
    ObservedQuorum,
    ObservedServer,
    ObservedVoter,
    ObservedWorkload,
    Revision,
    Snapshot,
)

Mode = Literal["zookeeper", "kraft"]
OLD = Revision(digest="old", causes={"config": "1", "image": "1"})
NEW = Revision(digest="new", causes={"config": "2", "image": "1"})
FIRST: dict[Component, tuple[int, ...]] = {
    "broker": (0, 1000, 2000),
    "zookeeper": (1, 11, 21),
    "controller": (9000, 9100, 9200),
}


def ids(*nodes: int) -> frozenset[NodeId]:
    return frozenset(NodeId(node) for node in nodes)


def partition(
    replicas: Iterable[int] = (0, 1000, 2000),
    isr: Iterable[int] | None = None,
    min_isr: int = 2,
    *,
    topic: str = "t",
    index: int = 0,
    adding: Iterable[int] = (),
    removing: Iterable[int] = (),
) -> ObservedPartition:
    """A partition in full ISR, unless said otherwise, led by its lowest in-sync replica."""
    replicas = ids(*replicas)
    in_sync = replicas if isr is None else ids(*isr)
    return ObservedPartition(
        topic=topic,
        index=index,
        leader=min(in_sync, default=None),
        replicas=replicas,
        isr=in_sync,
        min_isr=min_isr,
        adding=ids(*adding),
        removing=ids(*removing),
    )


class PodState(TypedDict, total=False):
    """What a test may say of a pod."""

    ready: bool
    terminating: bool
    problem: str | None
    restarts: int
    node_lost: bool
    ailing_beside: str | None


def pod(node: int, revision: Revision = OLD, component: Component = "broker", **state: Unpack[PodState]) -> ObservedPod:
    """A ready pod of the old revision, unless said otherwise."""
    rack = "abc"[[first <= node for first in FIRST[component]].count(True) - 1]
    workload = workload_name("kafka", component, rack)
    values: PodState = {"ready": True, **state}
    return ObservedPod(
        name=f"{workload}-{node}",
        uid=f"uid-{node}",
        node_id=NodeId(node),
        component=component,
        workload=workload,
        revision=revision,
        **values,
    )


def workloads(
    component: Component = "broker", revision: Revision = NEW, count: int = 1
) -> tuple[ObservedWorkload, ...]:
    return tuple(
        ObservedWorkload(
            name=workload_name("kafka", component, rack),
            component=component,
            pool=rack,
            first_id=NodeId(first),
            replicas=count,
            revision=revision,
            volume_bytes=1000,
        )
        for rack, first in zip("abc", FIRST[component], strict=True)
    )


def desired(component: Component = "broker", count: int = 1, mode: Mode = "zookeeper", policy: Policy | None = None):
    """The new revision everywhere."""
    return DesiredCluster(
        cluster="kafka",
        component=component,
        mode=mode,
        policy=policy or Policy(),
        pools=tuple(
            DesiredPool(
                name=rack,
                workload=workload_name("kafka", component, rack),
                first_id=NodeId(first),
                count=count,
                revision=NEW.digest,
                causes=NEW.causes,
            )
            for rack, first in zip("abc", FIRST[component], strict=True)
        ),
    )


def kafka(
    *partitions: ObservedPartition,
    brokers: Iterable[int] = (0, 1000, 2000),
    fenced: Iterable[int] = (),
    controller: int | None = 0,
    quorum: ObservedQuorum | None = None,
) -> KafkaState:
    return KafkaState(
        cluster_id="c",
        controller=None if controller is None else NodeId(controller),
        brokers=tuple(ObservedBroker(id=NodeId(b), rack=None, fenced=b in set(fenced)) for b in brokers),
        partitions=partitions,
        quorum=quorum,
    )


def quorum(leader: int | None = 9000, lags: dict[int, int | None] | None = None) -> ObservedQuorum:
    lags = {9000: 0, 9100: 0, 9200: 0} if lags is None else lags
    return ObservedQuorum(
        leader=None if leader is None else NodeId(leader),
        voters=tuple(
            ObservedVoter(id=NodeId(node), directory_id="d", log_end_offset=1, lag_ms=lag) for node, lag in lags.items()
        ),
    )


def servers(**modes: str | None) -> tuple[ObservedServer, ...]:
    """ZooKeeper servers by `_<id>=mode`."""
    return tuple(ObservedServer(id=NodeId(int(name[1:])), mode=mode) for name, mode in modes.items())


def situation(
    *pods: ObservedPod,
    state: KafkaState | None = None,
    wanted: DesiredCluster | None = None,
    ensemble: tuple[ObservedServer, ...] = (),
    broken: Iterable[str] = (),
    proving: Iterable[NodeId] = (),
) -> Situation:
    """A situation whose templates are applied and whose pods are three ready ones of the old revision."""
    wanted = wanted or desired()
    component = wanted.component
    return Situation(
        snapshot=Snapshot(
            workloads=workloads(component),
            pods=pods or tuple(pod(node, component=component) for node in FIRST[component]),
            kafka=state,
            ensemble=ensemble,
        ),
        desired=wanted,
        broken=frozenset(broken),
        proving=frozenset(proving),
    )


def seeing(found: Situation, **changes: Any) -> Situation:
    """The same situation with other fields of its snapshot."""
    return replace(found, snapshot=replace(found.snapshot, **changes))
