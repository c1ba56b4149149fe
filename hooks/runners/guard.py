"""Guarding a deletion: no StatefulSet goes while its brokers hold data that the others need.

A guard resource is deleted before its StatefulSet. Steps: observe, refuse or take the Lease for the one write, judge
again, scale to zero, wait until the pods have stopped gracefully. Guarantee: unless the identity object is marked as
going (design decision 4), nothing that holds a replica, and no part of a quorum with brokers on it, is scaled down.
"""

from contract import Component
from hooks.interfaces import Conflict, Fatal, NotYet, Refused
from hooks.planner.deletion import may_go
from hooks.planner.desired import Pace
from hooks.planner.snapshot import ObservedPod, ObservedWorkload
from hooks.planner.verdict import Go
from hooks.runners import holding
from hooks.runners.observe import observe
from hooks.runners.start import stops_for_good
from hooks.runners.volumes import put_back
from hooks.runners.world import World

_LEASE_PATIENCE = 60.0
"""Guards of several racks go at the same time and share one Lease, each for one write."""
_TRIES = 5


def release(world: World, workload: str, component: Component, pace: Pace | None = None) -> None:
    """Let a StatefulSet be deleted: scale it to zero and wait for its pods to stop, or raise Refused.

    A StatefulSet that is gone, or empty already, is released without a write.
    """
    with stops_for_good():
        _release(world, workload, component, pace or Pace())


def _release(world: World, workload: str, component: Component, pace: Pace) -> None:
    if any(found.away for found in world.pods.workloads(component)):
        with holding.lease(world, patience=_LEASE_PATIENCE):
            _ = put_back(world, component, pace)
    for _ in range(_TRIES):
        found = _find(world, workload, component)
        if found is None:
            return
        if found.replicas == 0:
            break
        _check(world, found, component)
        try:
            with holding.lease(world, patience=_LEASE_PATIENCE):
                # Once more: while the Lease was another run's, replicas may have moved onto these brokers.
                _check(world, found, component)
                world.lease.check()
                world.pods.scale(found, 0)
        except Conflict:
            continue
        break
    else:
        raise Fatal((f"StatefulSet {workload} was changed by someone else {_TRIES} times; run it again",))
    _await_gone(world, workload, component, pace)
    # A record that a killed run left must not bring back what is deleted on purpose.
    world.volumes.forget(workload)


def _find(world: World, workload: str, component: Component) -> ObservedWorkload | None:
    return next((found for found in world.pods.workloads(component) if found.name == workload), None)


def _check(world: World, workload: ObservedWorkload, component: Component) -> None:
    recorded = world.identity.read()
    if recorded is not None and recorded.going:
        return
    brokers = world.pods.workloads("broker")
    snapshot = observe(world, component)
    verdict = may_go(workload, snapshot, brokers)
    if not isinstance(verdict, Go):
        raise Refused(verdict.reasons)


def _await_gone(world: World, workload: str, component: Component, pace: Pace) -> None:
    started = world.clock.now()
    fewest: int | None = None
    progressed = started
    left: tuple[ObservedPod, ...] = ()
    while world.clock.now() - progressed <= pace.ready_timeout:
        try:
            left = tuple(pod for pod in world.pods.pods(component) if pod.workload == workload)
        except NotYet:
            world.clock.sleep(pace.poll)
            continue
        if not left:
            return
        if fewest is None or len(left) < fewest:
            fewest, progressed = len(left), world.clock.now()
        names = ", ".join(pod.name for pod in left)
        world.progress.status(f"{workload}: stopping gracefully, {world.clock.now() - started:.0f} s: {names}")
        world.clock.sleep(pace.poll)
    raise Fatal(
        (
            *(f"{pod.name} has not stopped: it is {'terminating' if pod.terminating else 'running'}" for pod in left),
            f"no pod of {workload} went for {pace.ready_timeout:.0f} s; see to its node, then run the same command",
        )
    )
