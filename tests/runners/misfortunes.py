"""What may befall a FakeCluster, each with its end, so that everything is well again afterwards."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from hooks.planner.snapshot import NodeId
from tests.fakes.cluster import FakeCluster
from tests.fakes.kubernetes import FakePod

Misfortune = Callable[[FakeCluster, NodeId, float], None]
"""Strikes a cluster; a broker, and how long it lasts, where it has such things."""


def _pods(cluster: FakeCluster, node: NodeId) -> list[FakePod]:
    """The broker's pod, if there is one now."""
    return [pod for pod in cluster.kubernetes.pods.values() if pod.node_id == node and pod.component == "broker"]


def _crash(cluster: FakeCluster, node: NodeId, _: float) -> None:
    for pod in _pods(cluster, node):
        cluster.kubernetes.crash(pod)


def _evict(cluster: FakeCluster, node: NodeId, _: float) -> None:
    for pod in _pods(cluster, node):
        cluster.kubernetes.terminate(pod)


def _zone(cluster: FakeCluster, node: NodeId, lasting: float) -> None:
    rack = "abcd"[node // 1000]
    cluster.kubernetes.zone_down(rack)
    cluster.at(lasting, lambda: cluster.kubernetes.zone_up(rack))


def _api(cluster: FakeCluster, _: NodeId, lasting: float) -> None:
    cluster.api_down = True
    cluster.at(lasting, lambda: setattr(cluster, "api_down", False))


def _unreachable(cluster: FakeCluster, _: NodeId, lasting: float) -> None:
    cluster.brokers_unreachable = True
    cluster.at(lasting, lambda: setattr(cluster, "brokers_unreachable", False))


def _elect(cluster: FakeCluster, node: NodeId, _: float) -> None:
    if cluster.mode == "zookeeper" and cluster.kafka.brokers[node].alive:
        cluster.kafka.controller = node


def _pause(cluster: FakeCluster, _: NodeId, lasting: float) -> None:
    _say(cluster, "pause")
    cluster.at(lasting, lambda: _say(cluster, ""))


def _flap(cluster: FakeCluster, node: NodeId, lasting: float) -> None:
    """Fence a broker for a while: it runs and does not answer the controller."""
    if cluster.kafka.brokers[node].alive:
        cluster.kafka.freeze(node, True, cluster.now)
        cluster.at(lasting / 3, lambda: cluster.kafka.freeze(node, False, cluster.now))


def _lag(cluster: FakeCluster, node: NodeId, lasting: float) -> None:
    """Let the broker's replicas fall behind while it serves; its restart brings them back, and so does time."""
    for late in [found for found in cluster.kafka.partitions if node in found.isr and len(found.isr) > 1]:
        late.stuck.add(node)
        late.isr.discard(node)
        late.leader = None if late.leader == node else late.leader
        cluster.at(lasting, lambda late=late: late.stuck.discard(node))


def _topic(cluster: FakeCluster, node: NodeId, _: float) -> None:
    """Create a topic on neighbours, whatever racks they are in."""
    alive = [other for other in cluster.broker_ids if cluster.kafka.brokers[other].alive]
    if len(alive) > 1:
        cluster.kafka.add_topic(f"late-{node}", [alive[:3]], min_isr=1)


def _say(cluster: FakeCluster, word: str) -> None:
    assert cluster.identity is not None
    cluster.identity = replace(cluster.identity, roll=word)


NAMED: Mapping[str, Misfortune] = {
    "crash": _crash,
    "evict": _evict,
    "zone": _zone,
    "api": _api,
    "brokers": _unreachable,
    "elect": _elect,
}
ALL: tuple[Misfortune, ...] = (
    *(_crash, _evict, _zone, _api, _unreachable, _elect, _pause, _flap, _topic),
    # More often than the others: nothing else tries the gates as hard.
    *(_lag, _lag, _lag),
)
