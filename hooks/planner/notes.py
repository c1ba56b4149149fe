"""What a user should know before a run: what its restarts cost, and what an earlier run left behind."""

from contract import ANNOTATION_ROLL
from hooks.planner.availability import out_of_sync
from hooks.planner.batches import crowded
from hooks.planner.situation import Situation
from hooks.planner.snapshot import ObservedPartition, Snapshot
from hooks.planner.text import count, some


def blind(snapshot: Snapshot) -> bool:
    """Return whether nothing at all was seen, as opposed to a cluster with nothing in it."""
    return snapshot.unseen is not None and not snapshot.workloads and not snapshot.pods


def notes(situation: Situation) -> tuple[str, ...]:
    """Return the notes in a fixed order; empty for a healthy cluster without special partitions."""
    found: list[str] = []
    found += [f"{pod.name} keeps its old revision, since its annotation says skip" for pod in situation.skipped]
    found += [
        f"{pod.name}: its annotation {ANNOTATION_ROLL} says {pod.order!r}, which has no meaning; restart and skip have"
        for pod in situation.pods.values()
        if pod.order not in ("", "restart", "skip")
    ]
    if situation.stale:
        found += _costs(situation)
        found += _window(situation)
    return tuple(found)


def _window(situation: Situation) -> list[str]:
    window = situation.desired.pace.window
    return [] if window is None else [f"restarts begin between {window} only; a run at another time leaves them"]


def leftovers(situation: Situation) -> tuple[str, ...]:
    """Return what an interrupted run left behind."""
    found = [
        f"StatefulSet {workload.name} is away since a run was stopped, and its pods run on; it is put back"
        for workload in situation.snapshot.workloads
        if workload.away
    ]
    found += [
        f"a stopped run left the record of a larger StatefulSet {workload.name}; it is deleted, and made anew if needed"
        for workload in situation.snapshot.workloads
        if workload.recorded and not workload.away
    ]
    if situation.snapshot.disruptions == 0:
        found.append("evictions are still forbidden, as a killed run left them; this run allows them again")
    return tuple(found)


def _costs(situation: Situation) -> list[str]:
    if situation.desired.component != "broker":
        if len(situation.expected) > 2:
            return []
        return [f"a quorum of {len(situation.expected)} is away while one of its members restarts"]
    kafka = situation.snapshot.kafka
    if kafka is None:
        return []
    going = {pod.node_id for pod in situation.stale}
    ours = sorted((found for found in kafka.partitions if found.replicas & going), key=str)
    single = [found for found in ours if len(found.replicas - found.removing) == 1]
    tight = [found for found in ours if 1 < len(found.replicas - found.removing) <= found.min_isr]
    late = [found for found in kafka.partitions if out_of_sync(found)]
    costs: list[str] = []
    policy = situation.desired.policy
    if single and policy.single_replica == "warn":
        costs.append(f"offline while their only broker restarts: {_named(single)}")
    if tight and policy.no_spare_replica == "warn":
        costs.append(f"acks=all writes fail while a replica restarts, since min ISR is all of them: {_named(tight)}")
    if tight_racks := crowded(situation):
        costs.append(
            "more replicas in one rack than may be away at once, so that rack does not restart as one batch; spread "
            + f"them over the racks for faster restarts: {_named(sorted(tight_racks, key=str))}"
        )
    if late:
        costs.append(f"waits until these are in sync: {_named(sorted(late, key=str))}")
    return costs


def _named(partitions: list[ObservedPartition]) -> str:
    return f"{count(len(partitions), 'partition')} ({some([str(partition) for partition in partitions])})"
