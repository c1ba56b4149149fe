"""What carrying a plan out costs: disk on the way, bytes across racks, and time at a throttle.

The copy of a new replica comes from the partition's leader, and old replicas go only when the new ones have caught up.
So a broker sends, for each moving partition that it leads, the size for each new replica, and at the worst moment it
holds everything that it had and everything that it receives.
"""

from collections import Counter
from dataclasses import dataclass

from hooks.planner.reassignment.model import MovementPlan, Options, Placement
from hooks.planner.snapshot import NodeId


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """The cost of a plan."""

    partitions: int
    """Partitions whose data moves."""
    reorders: int
    """Partitions of which only the preferred leader changes."""
    replicas: int
    bytes: int
    cross_rack_bytes: int
    """Bytes that go from a leader in one rack to a new replica in another."""
    peak_extra: tuple[tuple[NodeId, int], ...]
    """By broker, the most bytes that it holds beyond today, the largest first."""
    busiest: tuple[NodeId, int] | None
    """The broker that sends or receives the most, and how much: no schedule is faster than this one broker."""
    seconds: float | None
    """The least time that takes at the throttle; None without a throttle."""


def forecast(placement: Placement, plan: MovementPlan, options: Options) -> Forecast:
    """Return what carrying the plan out costs at least."""
    racks = {broker.id: broker.rack for broker in placement.brokers}
    leaders = {partition.key: partition.leader for partition in placement.partitions}
    sent, received, crossing = Counter[NodeId](), Counter[NodeId](), 0
    for move in plan.moves:
        source = leaders[move.key]
        for node in move.adding:
            received[node] += move.size_bytes
            if source is not None:
                sent[source] += move.size_bytes
                crossing += move.size_bytes if racks.get(source) != racks.get(node) else 0
    loads = sorted(((max(sent[node], received[node]), -node) for node in {*sent, *received}), reverse=True)
    busiest = (NodeId(-loads[0][1]), loads[0][0]) if loads else None
    return Forecast(
        partitions=sum(bool(move.adding) for move in plan.moves),
        reorders=sum(move.reorder_only for move in plan.moves),
        replicas=sum(len(move.adding) for move in plan.moves),
        bytes=sum(move.bytes_to_move for move in plan.moves),
        cross_rack_bytes=crossing,
        peak_extra=tuple(sorted(received.items(), key=lambda item: (-item[1], item[0]))),
        busiest=busiest,
        seconds=busiest[1] / options.throttle if busiest and options.throttle else None,
    )
