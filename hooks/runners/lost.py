"""Where the spec calls brokers lost: their replicas are made anew on live brokers, once all others are up."""

from hooks.interfaces import NotYet
from hooks.planner.desired import DesiredCluster
from hooks.planner.lost import restoring
from hooks.planner.reassignment.model import MovementPlan, Placement
from hooks.planner.shrink import leaving_ids
from hooks.planner.text import ids
from hooks.runners.observe import observe
from hooks.runners.reassignment.movement import Moved, Movement
from hooks.runners.world import World


def restore_is_due(world: World, desired: DesiredCluster) -> bool:
    """Return whether replicas can be made anew; where that cannot be seen, the run looks again, and waits."""
    if not desired.lost:
        return False
    try:
        found = restoring(world.reassignments.placement(), desired)
    except NotYet:
        return True
    return found is not None and found.movement.changes


def restore(world: World, desired: DesiredCluster) -> Moved | None:
    """Make the replicas of lost brokers anew; None when there is nothing that could be."""
    if not desired.lost:
        return None
    leaving = leaving_ids(observe(world, desired.component), desired)
    found = restoring(world.reassignments.placement(), desired, leaving)
    for why in found.left if found is not None else ():
        world.progress.warn(why)
    if found is None or not found.movement.changes:
        return None

    def planner(placement: Placement) -> MovementPlan:
        now = restoring(placement, desired, leaving)
        return MovementPlan(goal="heal") if now is None else now.movement

    purpose = f"making the replicas of lost broker {ids(found.options.lost)} anew"
    return Movement(world, desired.pace, desired.limits, purpose).run(planner)
