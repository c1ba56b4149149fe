"""May a StatefulSet be deleted? Only when nothing in it is needed any more (design decision 4)."""

from hooks.planner.snapshot import NodeId, ObservedWorkload, Snapshot
from hooks.planner.text import count, some
from hooks.planner.verdict import Go, Stop, Verdict

_WAY_OUT = "to delete the whole cluster, set deletionProtection to false, run `pulumi up`, then `pulumi destroy`"


def may_go(workload: ObservedWorkload, snapshot: Snapshot, brokers: tuple[ObservedWorkload, ...]) -> Verdict:
    """Return whether the StatefulSet may be scaled to zero, while the cluster is *not* marked as going.

    Brokers may go when they hold no replica or when no other broker is left; a part of a quorum only when no broker
    is left. `brokers` are the live StatefulSets of all brokers.
    """
    others = tuple(other for other in brokers if other.replicas and other.name != workload.name)
    if not workload.replicas or not others:
        return Go()
    if workload.component != "broker":
        return Stop(
            (
                f"{workload.name} serves the brokers of {some([other.name for other in others])}, "
                + "which are still there; a quorum cannot be resized yet",
                _WAY_OUT,
            )
        )
    return _brokers_may_go(workload, snapshot)


def _brokers_may_go(workload: ObservedWorkload, snapshot: Snapshot) -> Verdict:
    if snapshot.kafka is None:
        return Stop(
            (
                f"cannot see whether the brokers of {workload.name} hold data: "
                + (snapshot.unseen or "no broker answers"),
                "bring a broker up, then run the same command",
            )
        )
    going = {pod.node_id for pod in snapshot.pods if pod.workload == workload.name}
    going |= {NodeId(workload.first_id + ordinal) for ordinal in range(workload.replicas)}
    held = [partition for partition in snapshot.kafka.partitions if partition.replicas & going]
    if not held:
        return Go()
    return Stop(
        (
            f"the brokers of {workload.name} hold replicas of {count(len(held), 'partition')}: "
            + some(sorted(str(partition) for partition in held)),
            f"put pool {workload.pool} back with brokers: 0 and run `pulumi up`, which drains them; then remove it",
            _WAY_OUT,
        )
    )
