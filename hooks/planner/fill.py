"""After a growth, and only where the spec asks for it: data moves onto brokers that hold too little.

Who holds too little is what the movement's own planner says: a broker that its plan would bring from less than nine
tenths of what it is to hold. So plan and trigger know the same shares, by capacity and rack, and what was filled asks
for nothing more; a cluster that is a little uneven is left alone.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace

from hooks.planner.desired import DesiredCluster
from hooks.planner.growth import growth
from hooks.planner.reassignment.model import MovementPlan, Options, Placement, PlacementBroker
from hooks.planner.reassignment.plan import plan_movement
from hooks.planner.reassignment.rendering import movement_lines
from hooks.planner.shrink import leaving_ids
from hooks.planner.snapshot import NodeId, Snapshot
from hooks.planner.text import ids


@dataclass(frozen=True, kw_only=True)
class Filling:
    """What moves onto brokers that hold too little, and onto whom."""

    placement: Placement
    """Before it, as it will be then: new brokers are there, and those that leave are gone."""
    movement: MovementPlan
    options: Options

    @property
    def needy(self) -> frozenset[NodeId]:
        """The brokers that hold too little; none when nothing moves."""
        return needy(self.movement)


def filling(placement: Placement, desired: DesiredCluster) -> MovementPlan:
    """Return the plan that fills brokers; one without moves when nobody holds too little.

    Where the planner refuses, nothing moves either, and `blocked` says why: brokers that hold little do no harm.
    """
    if not _is_uneven(placement):
        return MovementPlan(goal="grow")
    planned = plan_movement(placement, _options(placement, desired))
    if needy(planned):
        return planned
    return MovementPlan(goal="grow", blocked=planned.refused)


def foreseen(placement: Placement, drain: MovementPlan | None, snapshot: Snapshot, desired: DesiredCluster) -> Filling:
    """Return what will move once those that leave have been drained and those to come are there, for a preview."""
    gone = leaving_ids(snapshot, desired)
    moved = placement.after(drain.moves) if drain is not None else placement
    stay = {broker.id: broker for broker in moved.brokers if broker.id not in gone}
    new = [broker for broker in arriving(stay, snapshot, desired) if broker.id not in stay]
    then = replace(moved, brokers=tuple(sorted((*stay.values(), *new), key=lambda broker: broker.id)))
    return Filling(placement=then, movement=filling(then, desired), options=_options(then, desired))


def needy(planned: MovementPlan) -> frozenset[NodeId]:
    """Return the brokers that a plan brings from less than nine tenths of what they are to hold."""
    after = {load.id: load.replicas for load in planned.after}
    return frozenset(load.id for load in planned.before if load.replicas * 10 < after[load.id] * 9)


def lines(found: Filling | None) -> tuple[str, ...]:
    """Return in words who gets what, and what it costs."""
    if found is None:
        return ()
    if not found.needy:
        return tuple(f"note: brokers that hold too little are not filled: {why}" for why in found.movement.blocked)
    said = movement_lines(found.placement, found.movement, found.options)
    return (
        f"broker {ids(found.needy)} will hold less than its share; once all are up, data moves there:",
        *(f"  {line}" for line in said),
    )


def _options(placement: Placement, desired: DesiredCluster) -> Options:
    frozen = desired.frozen & placement.topics
    return Options(goal="grow", throttle=desired.limits.bandwidth, frozen_topics=frozen)


def _is_uneven(placement: Placement) -> bool:
    """Tell whether anybody may hold too little: the planner, which says it exactly, takes a second to load.

    A broker's share is that of the cluster or that of its rack, whichever is more, in proportion to its capacity where
    all are known.
    """
    able = [broker for broker in placement.brokers if broker.alive and not broker.excluded]
    known = all(broker.capacity_bytes for broker in able)
    weights = {broker.id: (broker.capacity_bytes or 1) if known else 1 for broker in able}
    counts = Counter(node for partition in placement.partitions for node in partition.replicas if node in weights)
    groups: dict[str | None, list[NodeId]] = defaultdict(list)
    for broker in able:
        groups[broker.rack].append(broker.id)
    for nodes in (list(weights), *groups.values()):
        held, weight = sum(counts[node] for node in nodes), sum(weights[node] for node in nodes)
        if any(counts[node] * weight * 10 < held * weights[node] * 9 for node in nodes):
            return True
    return False


def arriving(
    present: Mapping[NodeId, PlacementBroker], snapshot: Snapshot, desired: DesiredCluster
) -> tuple[PlacementBroker, ...]:
    """Return the brokers that a growth will add, each like those that its pool has."""
    pools = {pool.workload: pool for pool in desired.pools}
    found: list[PlacementBroker] = []
    for grown in growth(snapshot, desired):
        alike = next((present[node] for node in pools[grown.workload].ids if node in present), None)
        if alike is not None:
            used = 0 if alike.used_bytes is not None else None
            found += [
                PlacementBroker(id=node, rack=alike.rack, capacity_bytes=alike.capacity_bytes, used_bytes=used)
                for node in grown.ids
            ]
    return tuple(found)
