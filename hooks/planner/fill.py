"""After a growth: which brokers hold too little, and what would move onto them. Only where the spec asks for it."""

from collections import Counter
from dataclasses import replace

from hooks.planner.desired import DesiredCluster
from hooks.planner.growth import growth
from hooks.planner.reassignment.filling import fill, shares
from hooks.planner.reassignment.model import MovementPlan, Options, Placement, PlacementBroker
from hooks.planner.shrink import leaving_ids
from hooks.planner.snapshot import NodeId, Snapshot
from hooks.planner.text import count, ids, volume


def needy(snapshot: Snapshot, desired: DesiredCluster) -> frozenset[NodeId]:
    """Return the brokers that have less than nine tenths of their rack's share, those to come included."""
    if not desired.fill or desired.component != "broker" or snapshot.kafka is None:
        return frozenset()
    racks: dict[NodeId, str | None] = {b.id: b.rack for b in snapshot.kafka.brokers if not b.fenced}
    racks |= _to_come(snapshot, desired)
    for node in leaving_ids(snapshot, desired):
        racks.pop(node, None)
    counts = Counter(node for found in snapshot.kafka.partitions for node in found.replicas - found.removing)
    return frozenset(node for node, share in shares(counts, racks).items() if counts[node] * 10 < share * 9)


def filling(placement: Placement, desired: DesiredCluster) -> MovementPlan:
    """Return the plan that fills them."""
    return fill(placement, Options(goal="grow", throttle=desired.limits.bandwidth))


def expected(placement: Placement, snapshot: Snapshot, desired: DesiredCluster) -> Placement:
    """Return the placement with the brokers that a growth will add, for a preview."""
    known = {broker.id for broker in placement.brokers}
    new = [PlacementBroker(id=n, rack=r) for n, r in _to_come(snapshot, desired).items() if n not in known]
    return replace(placement, brokers=tuple(sorted((*placement.brokers, *new), key=lambda broker: broker.id)))


def lines(nodes: frozenset[NodeId], planned: MovementPlan | None) -> tuple[str, ...]:
    """Return in words who gets what."""
    if not nodes:
        return ()
    said = f"broker {ids(nodes)} will hold less than its share; once all are up, data moves there"
    if planned is None:
        return (said,)
    size = sum(move.bytes_to_move for move in planned.moves)
    return (f"{said}: {count(len(planned.moves), 'partition')}, {volume(size)} to copy",)


def _to_come(snapshot: Snapshot, desired: DesiredCluster) -> dict[NodeId, str | None]:
    """Return the brokers that a growth will add, with the rack of those that their pool has."""
    registered = {b.id: b.rack for b in snapshot.kafka.brokers} if snapshot.kafka else {}
    pools = {pool.workload: pool for pool in desired.pools}
    found: dict[NodeId, str | None] = {}
    for grown in growth(snapshot, desired):
        racks = [registered[node] for node in pools[grown.workload].ids if node in registered]
        found |= {node: racks[0] for node in grown.ids if racks}
    return found
