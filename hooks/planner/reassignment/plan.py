"""The one way into the planner. numpy and OR-tools are loaded here, when a plan is wanted, and not before."""

from hooks.planner.reassignment.model import MovementPlan, Options, Placement


def plan_movement(placement: Placement, options: Options) -> MovementPlan:
    """Return what to move for a goal, or why nothing can be; the same placement and options give the same plan."""
    from hooks.planner.reassignment.planner import make_plan  # noqa: PLC0415

    return make_plan(placement, options)
