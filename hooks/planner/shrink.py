"""Which brokers leave, and what has to move before they may. A StatefulSet gives up its highest ordinals."""

from dataclasses import dataclass

from hooks.planner.desired import DesiredCluster
from hooks.planner.reassignment.evacuation import evacuate
from hooks.planner.reassignment.model import MovementPlan, Options, Placement
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


def draining(placement: Placement, gone: frozenset[NodeId], throttle: int | None = None) -> MovementPlan:
    """Return the plan that empties the brokers."""
    return evacuate(placement, Options(goal="drain", drained=gone, throttle=throttle))


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


def lines(pools: tuple[Leaving, ...], planned: MovementPlan | None) -> tuple[str, ...]:
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
    return tuple(said)


def _ids(workload: ObservedWorkload) -> tuple[NodeId, ...]:
    return tuple(NodeId(workload.first_id + ordinal) for ordinal in range(workload.replicas))
