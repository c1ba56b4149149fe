"""Is a restarted node back in full? Ready, registered, unfenced, and every partition that it holds in full ISR.

Replicas on brokers that still await their own restart are excused here: they prove nothing about the new revision, and
perhaps only that restart brings them back. The gate before the next healthy broker looks at them again.
"""

from collections.abc import Iterable

from hooks.planner.availability import out_of_sync
from hooks.planner.situation import Situation, Stage
from hooks.planner.snapshot import NodeId
from hooks.planner.standing import standing
from hooks.planner.text import ids


def not_back(situation: Situation, nodes: Iterable[NodeId]) -> tuple[str, ...]:
    """Return why these nodes are not fully back; empty when they are."""
    asked = sorted(set(nodes) & situation.expected.keys())
    reasons = [standing(situation, node) for node in asked if situation.stages[node] is not Stage.SERVING]
    if reasons or situation.desired.component != "broker":
        return tuple(reasons)
    return _out_of_isr(situation, frozenset(asked))


def _out_of_isr(situation: Situation, nodes: frozenset[NodeId]) -> tuple[str, ...]:
    kafka = situation.snapshot.kafka
    if kafka is None or not nodes:
        return ()
    excused = frozenset(pod.node_id for pod in situation.stale)
    tolerant = situation.desired.policy.foreign_urps == "tolerate"
    reasons: list[str] = []
    for partition in sorted(kafka.partitions, key=lambda found: (found.topic, found.index)):
        missing = out_of_sync(partition) - excused
        missing = missing & nodes if tolerant else missing
        if missing and partition.replicas & nodes:
            reasons.append(f"{partition}: broker {ids(missing)} is not in its ISR yet (ISR {ids(partition.isr)})")
    return tuple(reasons)
