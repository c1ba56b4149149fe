"""Where the spec asks for it, and after everything else: brokers that are far from their share are levelled."""

from hooks.interfaces import NotYet
from hooks.planner.desired import DesiredCluster
from hooks.planner.level import LevellingRun, levelling
from hooks.runners.reassignment.movement import Moved, Movement
from hooks.runners.world import World


def level_is_due(world: World, desired: DesiredCluster) -> bool:
    """Return whether anything would move; where that cannot be seen nothing does, and the next run looks again."""
    if desired.level is None:
        return False
    try:
        return levelling(world.reassignments.placement(), desired.level, desired).movement.changes
    except NotYet:
        return False


def level(world: World, desired: DesiredCluster) -> Moved | None:
    """Level the brokers; None when they are within the threshold."""
    if desired.level is None or not level_is_due(world, desired):
        return None
    movement = Movement(world, desired.pace, desired.limits, "levelling the brokers")
    return movement.run(LevellingRun(wanted=desired.level, desired=desired))
