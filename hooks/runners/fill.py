"""After a growth, where the spec asks for it: data moves onto brokers that hold less than their share."""

from hooks.planner.desired import DesiredCluster
from hooks.planner.fill import filling, needy
from hooks.planner.text import ids
from hooks.runners.observe import observe
from hooks.runners.reassignment.movement import Moved, Movement
from hooks.runners.world import World


def fill(world: World, desired: DesiredCluster) -> Moved | None:
    """Fill the brokers that hold too little; None when nobody does."""
    nodes = needy(observe(world, desired.component), desired)
    if not nodes:
        return None
    movement = Movement(world, desired.pace, desired.limits, f"filling broker {ids(nodes)}")
    return movement.run(lambda placement: filling(placement, desired))
