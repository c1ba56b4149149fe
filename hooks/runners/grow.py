"""Growing: counts go up, and the new nodes are awaited like restarted ones."""

from hooks.interfaces import Conflict, Fatal
from hooks.planner.desired import DesiredCluster
from hooks.planner.growth import growth
from hooks.planner.snapshot import NodeId, Snapshot
from hooks.runners.observe import observe
from hooks.runners.world import World

_ATTEMPTS = 5


def grow(world: World, desired: DesiredCluster, snapshot: Snapshot) -> tuple[NodeId, ...]:
    """Raise every count that is below the desired one and return the new ids, without waiting for them.

    All racks grow at once: new nodes hold nothing yet. A pool without its StatefulSet is left to the steps that follow,
    which refuse to go on without it.
    """
    added: list[NodeId] = []
    for _ in range(_ATTEMPTS):
        live = {workload.name: workload for workload in snapshot.workloads}
        missing = [pool for pool in growth(snapshot, desired) if pool.exists]
        try:
            for pool in missing:
                world.progress.info(f"pool {pool.pool}: growing from {pool.present} to {pool.wanted}")
                world.lease.check()
                world.pods.scale(live[pool.workload], pool.wanted)
                added += pool.ids
        except Conflict:
            snapshot = observe(world, desired.component)
            continue
        return tuple(added)
    raise Fatal((f"the StatefulSets were changed by someone else {_ATTEMPTS} times; run it again",))
