"""After a growth, where the spec asks for it: data moves onto brokers that hold less than their share."""

from hooks.interfaces import NotYet
from hooks.planner.desired import DesiredCluster
from hooks.planner.fill import filling, needy
from hooks.planner.text import ids
from hooks.runners.reassignment.movement import Moved, Movement
from hooks.runners.world import World


def fill_is_due(world: World, desired: DesiredCluster) -> bool:
    """Return whether anybody holds too little; where that cannot be seen, the run looks again, and waits."""
    if not desired.fill:
        return False
    try:
        return filling(world.reassignments.placement(), desired).changes
    except NotYet:
        return True


def fill(world: World, desired: DesiredCluster) -> Moved | None:
    """Fill the brokers that hold too little; None when nobody does."""
    if not desired.fill:
        return None
    nodes = needy(filling(world.reassignments.placement(), desired))
    if not nodes:
        return None
    movement = Movement(world, desired.pace, desired.limits, f"filling broker {ids(nodes)}")
    return movement.run(lambda placement: filling(placement, desired))
