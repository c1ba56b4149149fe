"""Claims about reading metadata and log dirs as a placement."""

from typing import Any

from hooks.clients.placement import observed_placement, replica_sizes
from hooks.planner.snapshot import KafkaState, NodeId, ObservedBroker, ObservedPartition


def ids(*nodes: int) -> frozenset[NodeId]:
    return frozenset(NodeId(node) for node in nodes)


def log_dir(size: int, **other: Any) -> dict[str, Any]:
    partition = {"partition_index": 0, "partition_size": size, "is_future_key": False}
    return {"log_dir": "/data/kafka", "topics": [{"name": "orders", "partitions": [partition]}], **other}


def topic(*replicas: int) -> dict[str, Any]:
    return {"name": "orders", "partitions": [{"partition_index": 0, "replica_nodes": list(replicas)}]}


def state(**moving: frozenset[NodeId]) -> KafkaState:
    partition = ObservedPartition(
        topic="orders", index=0, leader=NodeId(2), replicas=ids(0, 1, 2), isr=ids(0, 2), min_isr=2, **moving
    )
    brokers = tuple(ObservedBroker(id=NodeId(node), rack=f"r{node}") for node in (0, 2))
    return KafkaState(cluster_id="c", controller=None, brokers=brokers, partitions=(partition,))


def test_replicas_keep_kafkas_order_and_the_size_is_that_of_the_largest():
    told = [
        {"broker": 0, "log_dirs": [log_dir(5, total_bytes=100, usable_bytes=30)]},
        {"broker": 2, "log_dirs": [log_dir(7)]},
    ]
    found = observed_placement(state(), [topic(2, 0, 1)], told)
    assert found.partitions[0].replicas == (2, 0, 1)
    assert found.partitions[0].size_bytes == 7
    assert found.partitions[0].log_dirs == {0: "/data/kafka", 2: "/data/kafka"}
    first, second, third = found.brokers
    assert (first.capacity_bytes, first.used_bytes, first.rack, first.alive) == (100, 70, "r0", True)
    assert (second.id, second.rack, second.alive) == (1, None, False), "it holds a replica and is not registered"
    assert (third.capacity_bytes, third.used_bytes) == (None, None), "before Kafka 3.3 no volume is told"


def test_a_partition_that_moves_is_taken_as_it_will_be():
    found = observed_placement(state(adding=ids(2), removing=ids(1)), [topic(2, 0, 1)], [])
    assert found.partitions[0].replicas == (2, 0)


def test_a_cordoned_broker_takes_nothing_new():
    told = [{"broker": 0, "log_dirs": [log_dir(1, is_cordoned=True)]}]
    assert observed_placement(state(), [topic(0, 1, 2)], told).brokers[0].excluded


def test_a_copy_between_two_log_dirs_of_a_broker_does_not_count_twice():
    moving = log_dir(3)
    moving["topics"][0]["partitions"][0]["is_future_key"] = True
    assert replica_sizes([{"broker": 0, "log_dirs": [log_dir(9), moving]}]) == {(("orders", 0), 0): 9}
