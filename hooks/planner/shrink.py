"""Which brokers leave, and what has to move before they may. A StatefulSet gives up its highest ordinals."""

from dataclasses import dataclass, replace

from hooks.planner.desired import DesiredCluster
from hooks.planner.reassignment.model import MovementPlan, Options, PlacedPartition, Placement
from hooks.planner.reassignment.plan import plan_movement
from hooks.planner.reassignment.rendering import digest, spread_text
from hooks.planner.snapshot import KafkaState, NodeId, ObservedPod, ObservedWorkload, Snapshot
from hooks.planner.text import count, ids, some, volume


@dataclass(frozen=True, kw_only=True)
class Leaving:
    """The brokers that one pool gives up."""

    pool: str
    workload: str
    present: int
    wanted: int
    ids: tuple[NodeId, ...]


def leaving(snapshot: Snapshot, desired: DesiredCluster) -> tuple[Leaving, ...]:
    """Return the pools that shrink, in the order of their first ids. Only brokers ever do."""
    if desired.component != "broker":
        return ()
    live = {workload.name: workload for workload in snapshot.workloads}
    found: list[Leaving] = []
    for pool in sorted(desired.pools, key=lambda pool: pool.first_id):
        workload = live.get(pool.workload)
        if workload is not None and workload.replicas > pool.count:
            found.append(
                Leaving(
                    pool=pool.name,
                    workload=pool.workload,
                    present=workload.replicas,
                    wanted=pool.count,
                    ids=_ids(workload)[pool.count :],
                )
            )
    return tuple(found)


def leaving_ids(snapshot: Snapshot, desired: DesiredCluster) -> frozenset[NodeId]:
    """Return all brokers that leave."""
    return frozenset(node for pool in leaving(snapshot, desired) for node in pool.ids)


def draining(
    placement: Placement, gone: frozenset[NodeId], throttle: int | None = None, frozen: frozenset[str] = frozenset()
) -> MovementPlan:
    """Return the plan that empties the brokers: nothing else moves, and nothing is spread over fewer racks than before.

    A rack may leave as a whole where the others can have all that it held without that. Brokers that never registered
    hold nothing and need no plan.
    """
    here = {broker.id for broker in placement.brokers} | {n for found in placement.partitions for n in found.replicas}
    if not gone & here:
        return MovementPlan(goal="drain")
    options = Options(
        goal="drain",
        drained=gone & here,
        relax_racks=True,
        throttle=throttle,
        frozen_topics=frozen & placement.topics,
    )
    planned = plan_movement(placement, options)
    narrowed = () if planned.refused else _narrowed(placement, gone)
    return replace(planned, moves=(), after=planned.before, refused=narrowed) if narrowed else planned


def _narrowed(placement: Placement, gone: frozenset[NodeId]) -> tuple[str, ...]:
    """Say which topics could not be spread over as many racks as they are now."""
    racks = {broker.id: broker.rack for broker in placement.brokers}
    takers = {b.rack for b in placement.brokers if b.alive and not b.excluded and b.id not in gone} - {None}

    def spread(partition: PlacedPartition) -> int:
        return len({racks.get(node) for node in partition.replicas} - {None})

    def reach(partition: PlacedPartition) -> int:
        kept = {racks.get(node) for node in partition.replicas if node not in gone} - {None}
        return len(kept) + min(len(gone.intersection(partition.replicas)), len(takers - kept))

    wide = {found.topic: spread(found) for found in placement.partitions if reach(found) < spread(found)}
    if not wide:
        return ()
    return (
        f"without broker {ids(gone)} {count(len(takers), 'rack')} would be left for topics that are spread over more: "
        + some([f"{topic} ({number})" for topic, number in sorted(wide.items())])
        + ". Keep a broker in each rack, or lower their replication factor",
    )


def held(kafka: KafkaState, gone: frozenset[NodeId]) -> tuple[str, ...]:
    """Return the partitions that have, are getting or are losing a replica on these brokers."""
    return tuple(str(partition) for partition in kafka.partitions if partition.replicas & gone)


def departing(snapshot: Snapshot, desired: DesiredCluster) -> tuple[ObservedPod, ...]:
    """Return the pods that are scaled away and have not stopped yet: what an interrupted shrink leaves."""
    if desired.component != "broker":
        return ()
    kept = {workload.name: _ids(workload) for workload in snapshot.workloads}
    ours = {pool.workload for pool in desired.pools}
    return tuple(pod for pod in snapshot.pods if pod.workload in ours and pod.node_id not in kept.get(pod.workload, ()))


def ghosts(snapshot: Snapshot, desired: DesiredCluster) -> tuple[NodeId, ...]:
    """Return brokers that are registered and will not come back: no StatefulSet has their id, and they hold nothing."""
    if snapshot.kafka is None or desired.component != "broker" or desired.mode != "kraft":
        return ()
    kept = {node for workload in snapshot.workloads for node in _ids(workload)}
    kept |= {node for pool in desired.pools for node in pool.ids} | {pod.node_id for pod in snapshot.pods}
    kept |= {node for partition in snapshot.kafka.partitions for node in partition.replicas}
    return tuple(broker.id for broker in snapshot.kafka.brokers if broker.fenced and broker.id not in kept)


def stopping(snapshot: Snapshot, desired: DesiredCluster) -> tuple[str, ...]:
    """Return in words what is awaited of an interrupted shrink."""
    return tuple(f"{pod.name} has left and is stopping" for pod in departing(snapshot, desired))


def still_registered(snapshot: Snapshot, desired: DesiredCluster) -> tuple[str, ...]:
    """Return in words what an interrupted shrink left in the metadata."""
    return tuple(
        f"broker {node} has left and is still registered; it is taken out" for node in ghosts(snapshot, desired)
    )


def lines(
    pools: tuple[Leaving, ...], planned: MovementPlan | None, placement: Placement | None = None
) -> tuple[str, ...]:
    """Return in words which brokers leave and what moves before, as far as it could be seen."""
    said = [
        f"pool {pool.pool} shrinks from {pool.present} to {pool.wanted}: broker {ids(pool.ids)} is drained, then leaves"
        for pool in pools
    ]
    if planned is None or planned.refused:
        return tuple(said)
    size = sum(move.bytes_to_move for move in planned.moves)
    moved = f"{count(len(planned.moves), 'partition')} will move first, {volume(size)} to copy"
    named = some([f"{move} ({ids(move.removing)} to {ids(move.adding)})" for move in planned.moves])
    said.append(f"  {moved}" + (f": {named}" if planned.moves else ""))
    gone = {node for pool in pools for node in pool.ids}
    after = {load.id: load for load in planned.after}
    for load in planned.before:
        then = after[load.id]
        if load.id in gone or (load.replicas, load.leaders) != (then.replicas, then.leaders):
            said.append(
                f"  broker {load.id}: replicas {load.replicas} to {then.replicas}, leaders {load.leaders} to "
                + f"{then.leaders}, {volume(load.bytes)} to {volume(then.bytes)}"
            )
    if placement is not None and planned.moves:
        said.append(f"  {spread_text(placement, planned, Options(goal='drain', drained=frozenset(gone)))}")
        said.append(f"  movement {digest(planned)}: while this digest is the same, so are the moves")
    return tuple(said)


def _ids(workload: ObservedWorkload) -> tuple[NodeId, ...]:
    return tuple(NodeId(workload.first_id + ordinal) for ordinal in range(workload.replicas))
