"""Growing volumes under running pods, and putting a StatefulSet back that a killed run took away.

    ask every claim for more ─> (the broken are healed) ─> await the file systems
        ─> record ─> take the StatefulSet away ─> put it back ─> forget

Its pods run on all the while: they lose their owner and get it back by their names and labels. Guarantees:
- Before the StatefulSet goes, the one that replaces it is written into the cluster; until it is back, every view of the
  cluster shows that record in its place, so that no count, id or size is judged without it.
- Whoever is killed in between, the next run (and the preflight of the next `up`, before Pulumi writes anything) puts it
  back first.
- The one that comes back differs from the one that went in the size of its claims, and in nothing else.
"""

from contract import Component
from hooks.interfaces import Conflict, Fatal, NotYet, Pods, Refused
from hooks.planner.desired import DesiredCluster, Pace
from hooks.planner.snapshot import ObservedWorkload
from hooks.planner.volumes import VolumeGrowth, forbidden_growth, still_growing, stuck, volume_growth
from hooks.runners.world import World
from hooks.storage import Volumes

_ATTEMPTS = 5


def settle(world: World, desired: DesiredCluster) -> None:
    """Put back what is away and ask the claims for more, under the Lease; nothing is awaited.

    Raises Refused when a volume cannot grow, before any claim is touched.
    """
    _ = put_back(world, desired.component, desired.pace)
    problems = growth_problems(world.pods, world.volumes, desired)
    if problems:
        raise Refused(problems)
    _request(world, desired)


def put_back(world: World, component: Component, pace: Pace | None = None) -> tuple[str, ...]:
    """Put back every StatefulSet of the component that is away, and forget the records that a stopped run left.

    The caller holds the Lease. Returns the StatefulSets that were away.
    """
    recorded = tuple(workload for workload in world.pods.workloads(component) if workload.recorded)
    for workload in recorded:
        if workload.away:
            world.progress.info(f"StatefulSet {workload.name} is away since a run was stopped: putting it back")
        _put_back(world, workload.name, pace or Pace())
    return tuple(workload.name for workload in recorded if workload.away)


def grow_volumes(world: World, desired: DesiredCluster) -> tuple[str, ...]:
    """Await the growth that `settle` asked for, then give the StatefulSets its size; the caller holds the Lease.

    Pods that came since then have volumes of the old size: their claims are asked here. Returns what grew, in words.
    """
    found = _request(world, desired)
    for growth, workload in found:
        world.progress.info(f"{growth}, and nobody restarts")
        _await(world, growth, workload, desired.pace)
        _replace(world, growth, desired)
    return tuple(str(growth) for growth, _ in found)


def _request(world: World, desired: DesiredCluster) -> tuple[tuple[VolumeGrowth, ObservedWorkload], ...]:
    """Have every claim that is too small ask for its size; return what is growing."""
    found = _growing(world.pods, desired)
    for growth, workload in found:
        for claim in world.volumes.claims(workload):
            if claim.requested < growth.wanted:
                world.lease.check()
                world.volumes.request(claim, growth.wanted)
    return found


def growth_problems(pods: Pods, volumes: Volumes, desired: DesiredCluster) -> tuple[str, ...]:
    """Return everything that forbids the growth of volumes; empty also when none is to grow."""
    problems: list[str] = []
    for growth, workload in _growing(pods, desired):
        claims = volumes.claims(workload)
        expandable = {name: volumes.expandable(name) for name in sorted({claim.storage_class for claim in claims})}
        problems += forbidden_growth(growth, claims, expandable)
    return tuple(problems)


def _growing(pods: Pods, desired: DesiredCluster) -> tuple[tuple[VolumeGrowth, ObservedWorkload], ...]:
    workloads = pods.workloads(desired.component)
    live = {workload.name: workload for workload in workloads}
    return tuple((growth, live[growth.workload]) for growth in volume_growth(workloads, desired))


def _await(world: World, growth: VolumeGrowth, workload: ObservedWorkload, pace: Pace) -> None:
    """Wait until every mounted volume has its size; patience counts from the last news of any claim."""
    moved, said = world.clock.now(), ()
    while waiting := still_growing(growth, world.volumes.claims(workload)):
        now = world.clock.now()
        if waiting != said:
            moved, said = now, waiting
        if now - moved > pace.ready_timeout:
            raise Fatal(stuck(growth, waiting, now - moved))
        world.progress.status(f"{growth}: {len(waiting)} to go: {waiting[0]}")
        world.clock.sleep(pace.poll)


def _replace(world: World, growth: VolumeGrowth, desired: DesiredCluster) -> None:
    """Record, take away, put back. What changed in between is recorded anew; nothing is taken away unrecorded."""
    for _ in range(_ATTEMPTS):
        live = next(found for found in world.pods.workloads(desired.component) if found.name == growth.workload)
        try:
            world.lease.check()
            world.volumes.record(live, growth.wanted)
            world.lease.check()
            world.volumes.take_away(live)
        except Conflict:
            world.clock.sleep(desired.pace.poll)
            continue
        return _put_back(world, live.name, desired.pace)
    raise Fatal((f"StatefulSet {growth.workload} was changed by someone else {_ATTEMPTS} times; run it again",))


def _put_back(world: World, name: str, pace: Pace) -> None:
    """Put the recorded StatefulSet back as soon as the old one is gone, and forget the record."""
    began = world.clock.now()
    while True:
        try:
            world.lease.check()
            world.volumes.put_back(name)
            return world.volumes.forget(name)
        except NotYet as going:
            if world.clock.now() - began > pace.ready_timeout:
                raise Fatal(
                    (
                        f"StatefulSet {name} could not be put back: {going}",
                        "its pods run on; run again, and it is put back from its record in the cluster",
                    )
                ) from going
            world.clock.sleep(pace.poll)
