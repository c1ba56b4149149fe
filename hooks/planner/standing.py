"""Where one node stands on its way to serving, in words for the user."""

from hooks.planner.situation import Situation, Stage
from hooks.planner.snapshot import NodeId, ObservedPod

_NODE = {"broker": "broker", "controller": "controller", "zookeeper": "server"}


def node_name(situation: Situation, node: NodeId) -> str:
    """Return the node as the user knows it: its pod's name, or its id when it is none of our pods."""
    return situation.expected.get(node, f"{_NODE[situation.desired.component]} {node}")


def standing(situation: Situation, node: NodeId) -> str:
    """Return why a node does not serve."""
    name = node_name(situation, node)
    pod = situation.pods.get(node)
    match situation.stages.get(node, Stage.ABSENT):
        case Stage.ABSENT:
            return f"{name} is terminating" if pod is not None else f"{name} has no pod yet"
        case Stage.NOT_READY:
            assert pod is not None
            return _not_ready(name, pod)
        case Stage.UNKNOWN:
            return f"{name} is ready but {_unknown(situation)}"
        case Stage.BEHIND:
            behind = "fenced" if situation.desired.component == "broker" else "behind the quorum's leader"
            return f"{name} is {behind}"
        case Stage.SERVING:
            return f"{name} serves"


def _not_ready(name: str, pod: ObservedPod) -> str:
    if pod.node_lost:
        return f"{name} is on a node that does not answer"
    if pod.ailing_beside:
        return f"{name} is not ready, though its Kafka is: container {pod.ailing_beside}"
    return f"{name} is not ready" + (f": {pod.problem}" if pod.problem else "")


def _unknown(situation: Situation) -> str:
    match situation.desired.component:
        case "broker" if situation.snapshot.kafka is None:
            return f"no broker answers: {situation.snapshot.unseen or 'reason unknown'}"
        case "broker":
            return "not registered"
        case "controller":
            return "not a voter of the quorum"
        case "zookeeper":
            return "does not serve"
