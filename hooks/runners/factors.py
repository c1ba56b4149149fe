"""Another replication factor of topics, on a live cluster: planned over all brokers, and moved under the Lease."""

from hooks.interfaces import Refused
from hooks.planner.desired import Pace
from hooks.planner.factors import Refactoring, foreseen, purpose, wanted
from hooks.planner.reassignment.model import MovementPlan
from hooks.planner.reassignment.plan import plan_movement
from hooks.planner.reassignment.schedule import Limits
from hooks.planner.topics import TopicPlan
from hooks.runners.reassignment.movement import Moved, Movement
from hooks.runners.world import World


def forecast_factors(world: World, planned: TopicPlan, limits: Limits) -> tuple[Refactoring, ...]:
    """Return what would move. Raises NotYet when the brokers cannot be asked."""
    if not planned.factors:
        return ()
    return foreseen(world.reassignments.placement(), planned.factors, planned.floors, limits.bandwidth)


def refuse_what_cannot_be(found: tuple[Refactoring, ...]) -> None:
    """Raise Refused with every reason for which there is no plan."""
    refused = tuple(reason for each in found for reason in each.movement.refused)
    if refused:
        raise Refused((*refused, "nothing was touched; correct the topics in the stack file"))


def change_factors(world: World, planned: TopicPlan, pace: Pace, limits: Limits) -> tuple[Moved, ...]:
    """Move what is planned, and end what a killed run left under way. Raises Refused or Fatal."""
    moved: list[Moved] = []
    if world.journal.read() is not None:
        movement = Movement(world, pace, limits, "finishing a movement")
        moved.append(movement.run(lambda _: MovementPlan(goal="replication_factor")))
    for options in wanted(planned.factors, limits.bandwidth):
        movement = Movement(world, pace, limits, purpose(options))
        moved.append(movement.run(lambda placement, options=options: plan_movement(placement, options)))
    return tuple(moved)
