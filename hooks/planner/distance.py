"""How far each node is from serving in full, as a number: what a run measures its progress by."""

from collections import Counter
from collections.abc import Mapping

from hooks.planner.situation import Situation, Stage
from hooks.planner.snapshot import NodeId

Distance = tuple[int, int]
"""First the node's stage, then how many replicas it has yet to bring in sync, those that it is given now included."""


def distances(situation: Situation) -> Mapping[NodeId, Distance]:
    """Return the distance of every expected node, and of every other broker that holds replicas."""
    partitions = situation.snapshot.kafka.partitions if situation.snapshot.kafka else ()
    late = Counter(node for found in partitions for node in found.replicas - found.removing - found.isr)
    nodes = situation.expected.keys() | {node for found in partitions for node in found.replicas}
    return {node: (int(situation.stages.get(node, Stage.SERVING)), late[node]) for node in sorted(nodes)}
