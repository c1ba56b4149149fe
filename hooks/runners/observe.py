"""Observing: one snapshot of one component, from Kubernetes, the brokers and the ensemble."""

from typing import Final

from contract import Component
from hooks.interfaces import NotYet
from hooks.planner.desired import DesiredCluster
from hooks.planner.reassignment.model import Placement
from hooks.planner.shrink import leaving
from hooks.planner.snapshot import KafkaState, ObservedServer, Snapshot
from hooks.runners.world import World

_FRESH: Final = 1.0
"""Seconds for which the ISR may have aged while the ensemble was asked; silent servers cost more than that."""


def observe(world: World, component: Component) -> Snapshot:
    """Observe the component once.

    Raises NotYet when Kubernetes cannot be asked. Brokers that do not answer are no error: `kafka` is None then and
    `unseen` says why. The ensemble is asked where the brokers do not know it: ZooKeeper always, controllers only
    while no broker answers.
    """
    workloads = world.pods.workloads(component)
    disruptions = world.pods.disruptions(component)
    # What decides comes last: each of these may have waited for the API server.
    pods = world.pods.pods(component)
    kafka: KafkaState | None = None
    unseen: str | None = None
    if component != "zookeeper":
        kafka, unseen = _kafka(world)
    servers: tuple[ObservedServer, ...] = ()
    if kafka is None or kafka.quorum is None:
        began = world.clock.now()
        servers = () if component == "broker" and kafka is None else world.ensemble.servers()
        if kafka is not None and world.clock.now() - began > _FRESH:
            kafka, unseen = _kafka(world)
    return Snapshot(
        workloads=workloads, pods=pods, kafka=kafka, ensemble=servers, disruptions=disruptions, unseen=unseen
    )


def _kafka(world: World) -> tuple[KafkaState | None, str | None]:
    """Return what the brokers tell, or why they do not."""
    try:
        return world.admin.observe(), None
    except NotYet as missing:
        return None, str(missing)


def holdings(world: World, snapshot: Snapshot, desired: DesiredCluster) -> Placement | None:
    """Return who holds what, where replicas are to move; None where none is.

    Raises NotYet where brokers leave. What is only to be made anew, filled or levelled is not waited for: that comes
    later, and looks again.
    """
    if leaving(snapshot, desired):
        return world.reassignments.placement()
    moves = desired.fill or desired.lost or desired.level is not None
    if not moves or desired.component != "broker" or snapshot.kafka is None:
        return None
    try:
        return world.reassignments.placement()
    except NotYet:
        return None


def broken_off(world: World) -> tuple[str, ...]:
    """Return what a run or a destroy that was broken off left behind, which no snapshot shows. Raises NotYet."""
    said: list[str] = []
    if world.journal.read() is not None:
        said.append(
            "a movement of replicas was broken off: it is taken up or cancelled, and its throttles are put back"
        )
    recorded = world.identity.read()
    if recorded is not None and recorded.going:
        said.append("a destroy was broken off: the mark that lets every broker be deleted is cleared")
    return tuple(said)


def glance(world: World, component: Component) -> Snapshot:
    """Observe for a preview: what cannot be seen is said in `unseen`, nothing is raised for it."""
    try:
        return observe(world, component)
    except NotYet as missing:
        return Snapshot(workloads=(), pods=(), kafka=None, unseen=str(missing))
