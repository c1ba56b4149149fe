"""May one broker, or a batch of them, be away for a while? Partition by partition, then for the cluster as a whole.

With E = ISR minus removing, minus brokers that do not serve, minus the candidates; R the replicas that will remain,
and m the effective min ISR, a restart of the candidates is safe for a partition that they hold when

    R > m         |E| >= m                       writes with acks=all go on
    1 < R <= m    every other replica is in E    for one candidate, if the policy accepts refused writes meanwhile
    R = 1         the policy accepts it          the partition is offline meanwhile

Beyond that, in the strict policy, nothing else may be amiss: no broker down, no reassignment under way, no replica out
of sync, no replicated partition without a leader (metadata that is behind shows a full ISR and no leader). Sources: the
min ISR rule is Strimzi's KafkaAvailability made stricter (removing and unready replicas do not count); the strict part
is what Yelp, Koperator and cp-ansible ask for.
"""

from hooks.planner.desired import Policy
from hooks.planner.quorum import healthy
from hooks.planner.situation import Situation
from hooks.planner.snapshot import NodeId, ObservedPartition
from hooks.planner.standing import standing
from hooks.planner.text import ids
from hooks.planner.verdict import Go, Stop, Verdict, Wait, strictest


def may_restart(situation: Situation, broker: NodeId, *, heals_itself: bool = False) -> Verdict:
    """Return whether the broker, which serves now, may restart now.

    `heals_itself` accepts that replicas of this very broker are out of sync: the exit for replicas that only its
    restart can bring back (KAFKA-15230 and its kind). Its restart takes nothing away from those partitions.
    """
    return may_restart_together(situation, frozenset({broker}), heals_itself=heals_itself)


def may_restart_together(situation: Situation, going: frozenset[NodeId], *, heals_itself: bool = False) -> Verdict:
    """Return whether all of these brokers, which serve now, may be away at the same time now."""
    kafka = situation.snapshot.kafka
    if kafka is None:
        return Wait((f"no broker answers: {situation.snapshot.unseen or 'reason unknown'}",))
    if situation.desired.mode == "zookeeper" and kafka.controller is None:
        return Wait(("no broker is the active controller; an election is under way",))
    down = [node for node in situation.expected if node in situation.down and node not in going]
    if down:
        return Wait(tuple(standing(situation, node) for node in down))
    answers = [healthy(situation, going)]
    excused = going if heals_itself else frozenset[NodeId]()
    for partition in sorted(kafka.partitions, key=lambda found: (found.topic, found.index)):
        answers.append(partition_may_lose(partition, going, situation, heals_itself=heals_itself))
        answers.append(_moves(partition, situation.desired.policy))
        if situation.desired.policy.foreign_urps == "wait":
            answers.append(_in_sync(partition, excused))
    return strictest(*answers)


def partition_may_lose(
    partition: ObservedPartition, going: frozenset[NodeId], situation: Situation, *, heals_itself: bool = False
) -> Verdict:
    """Return whether one partition can do without these brokers for the time of a restart."""
    staying = partition.replicas - partition.removing
    ours = staying & going
    if not ours:
        return Go()
    serving = partition.isr - partition.removing - situation.down - going
    unregistered = serving - situation.brokers.keys()
    serving -= unregistered
    if len(staying) == 1:
        return _single(partition, ours, situation.desired.policy)
    if heals_itself and not ours & partition.isr:
        return Go()
    if len(staying) > partition.min_isr:
        if len(serving) >= max(partition.min_isr, 1):
            return Go()
        return Wait((_short(partition, ours, serving),))
    return _no_spare(partition, ours, staying - ours - serving, situation.desired.policy)


def forbidden(situation: Situation) -> tuple[str, ...]:
    """Return what the policy forbids about the restarts to come; known beforehand, so that none of them is begun."""
    kafka = situation.snapshot.kafka
    if kafka is None or situation.desired.component != "broker":
        return ()
    going = {pod.node_id for pod in situation.stale}
    answers = [
        partition_may_lose(partition, frozenset({node}), situation)
        for partition in sorted(kafka.partitions, key=lambda found: (found.topic, found.index))
        for node in sorted(partition.replicas & going)
    ]
    if going:
        answers += [_moves(partition, situation.desired.policy) for partition in kafka.partitions]
    return tuple(reason for answer in answers if isinstance(answer, Stop) for reason in answer.reasons)


def out_of_sync(partition: ObservedPartition) -> frozenset[NodeId]:
    """Return the replicas that belong to the partition for good and are not in its ISR."""
    return partition.replicas - partition.removing - partition.adding - partition.isr


def _moves(partition: ObservedPartition, policy: Policy) -> Verdict:
    if not (partition.adding or partition.removing) or policy.reassignments == "tolerate":
        return Go()
    moves = f"adding {ids(partition.adding)}, removing {ids(partition.removing)}"
    said = f"{partition}: a reassignment is under way ({moves})"
    if policy.reassignments == "wait":
        return Wait((said,))
    return Stop((f"{said}; run again when it is done, or let the roll wait for it by policy",))


def _in_sync(partition: ObservedPartition, excused: frozenset[NodeId]) -> Verdict:
    missing = out_of_sync(partition) - excused
    if not missing:
        if partition.leader is None and len(partition.replicas) > 1 and not partition.replicas & excused:
            return Wait((f"{partition}: no leader; an election is under way (ISR {ids(partition.isr)})",))
        return Go()
    return Wait((f"{partition}: out of sync on broker {ids(missing)} (ISR {ids(partition.isr)})",))


def _short(partition: ObservedPartition, going: frozenset[NodeId], serving: frozenset[NodeId]) -> str:
    return (
        f"{partition}: ISR {ids(partition.isr)}; without broker {ids(going)} only {ids(serving)} would serve, "
        + f"min ISR is {partition.min_isr}"
    )


def _single(partition: ObservedPartition, going: frozenset[NodeId], policy: Policy) -> Verdict:
    if policy.single_replica != "block" or partition.leader is None:
        return Go()
    return Stop(
        (
            f"{partition}: its only replica is on broker {ids(going)}, so it would be offline during the restart; "
            + "add replicas, or allow it by policy",
        )
    )


def _no_spare(
    partition: ObservedPartition, going: frozenset[NodeId], missing: frozenset[NodeId], policy: Policy
) -> Verdict:
    if missing:
        return Wait(
            (
                f"{partition}: ISR {ids(partition.isr)}, min ISR {partition.min_isr}; broker {ids(going)} "
                + f"must stay until broker {ids(missing)} is in sync",
            )
        )
    if len(going) > 1:
        return Wait((f"{partition}: min ISR is all of its replicas, so broker {ids(going)} restart one at a time",))
    if policy.no_spare_replica != "block":
        return Go()
    return Stop(
        (
            f"{partition}: {len(partition.replicas)} replicas with min ISR {partition.min_isr}, so acks=all writes "
            + f"would be refused while broker {ids(going)} restarts; "
            + "lower min ISR, add replicas, or allow it by policy",
        )
    )
