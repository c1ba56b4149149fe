"""Where the spec asks for it: brokers whose data is far from their share are brought back to it. Pure.

A cluster drifts: topics grow unevenly, and a placement that was even is not so for ever. Nothing moves while every
broker's bytes are within the threshold of its share; past it the movement's own planner evens out replicas, leaders and
bytes, as far as the bytes of one run go, those copies first that bring the most.
"""

from dataclasses import dataclass, replace

from hooks.planner.desired import DesiredCluster, Level
from hooks.planner.reassignment.model import Bands, MovementPlan, Options, Placement
from hooks.planner.reassignment.plan import plan_movement
from hooks.planner.reassignment.rendering import movement_lines, size_text


@dataclass(frozen=True, kw_only=True)
class Levelling:
    """What moves to level the brokers, for a preview."""

    placement: Placement
    movement: MovementPlan
    options: Options


def levelling(placement: Placement, wanted: Level, desired: DesiredCluster) -> Levelling:
    """Return the plan; one without moves while no broker is further from its share than the threshold.

    Where the planner refuses, nothing moves either, and `blocked` says why: uneven brokers do no harm.
    """
    options = Options(
        goal="level",
        bands=Bands(threshold=wanted.threshold),
        byte_budget=wanted.budget,
        throttle=desired.limits.bandwidth,
        frozen_topics=desired.frozen & placement.topics,
    )
    movement = MovementPlan(goal="level")
    if _is_out(placement, wanted.threshold):
        movement = plan_movement(placement, options)
        if movement.refused:
            movement = MovementPlan(goal="level", blocked=movement.refused)
    return Levelling(placement=placement, movement=movement, options=options)


def foreseen(placement: Placement, desired: DesiredCluster) -> Levelling | None:
    """Return what will move, for a preview; None where the spec does not ask for it."""
    if desired.level is None or desired.component != "broker":
        return None
    return levelling(placement, desired.level, desired)


def lines(found: Levelling | None) -> tuple[str, ...]:
    """Return in words how uneven the brokers are, and what levelling costs."""
    if found is None:
        return ()
    if not found.movement.changes:
        return tuple(f"note: the brokers are not levelled: {why}" for why in found.movement.blocked)
    budget = found.options.byte_budget
    limit = f", at most {size_text(budget)} in this run" if budget is not None else ""
    said = movement_lines(found.placement, found.movement, found.options)
    return (
        f"a broker's data is more than {found.options.bands.threshold:.0%} from its share; they are levelled{limit}:",
        *(f"  {line}" for line in said),
    )


@dataclass
class LevellingRun:
    """The planner of one run: it plans again what did not arrive, and never copies more than the run may."""

    wanted: Level
    desired: DesiredCluster
    asked: MovementPlan | None = None

    def __call__(self, placement: Placement) -> MovementPlan:
        """Return what is to be moved now."""
        if self.asked is not None:
            now = {partition.key: partition.replicas for partition in placement.partitions}
            open_moves = [move for move in self.asked.moves if now.get(move.key, move.target) != move.target]
            if not open_moves:
                return MovementPlan(goal="level")
            if self.wanted.budget is not None:
                spent = sum(move.bytes_to_move for move in self.asked.moves if move not in open_moves)
                self.wanted = replace(self.wanted, budget=max(self.wanted.budget - spent, 0))
        self.asked = levelling(placement, self.wanted, self.desired).movement
        return self.asked


def _is_out(placement: Placement, threshold: float) -> bool:
    """Tell whether anybody may be out of it: the planner, which says it exactly, takes a second to load."""
    able = [broker for broker in placement.brokers if broker.alive]
    known = all(broker.capacity_bytes for broker in able)
    weights = {broker.id: (broker.capacity_bytes or 1) if known else 1 for broker in able}
    held = dict.fromkeys(weights, 0)
    for partition in placement.partitions:
        for node in partition.replicas:
            if node in held:
                held[node] += partition.size_bytes
    total, weight = sum(held.values()), sum(weights.values())
    return any(
        abs(held[node] - total * weights[node] / weight) > threshold * total * weights[node] / weight for node in held
    )
