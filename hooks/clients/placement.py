"""Metadata and log dirs into a placement: pure, from the client's dictionaries to the planner's values."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from hooks.planner.reassignment.model import LogDir, PlacedPartition, Placement, PlacementBroker, TopicPartition
from hooks.planner.snapshot import KafkaState, NodeId, ObservedBroker, ObservedPartition

Answer = Mapping[str, Any]
Sizes = Mapping[tuple[TopicPartition, NodeId], int]


def observed_placement(state: KafkaState, topics: Iterable[Answer], answers: Iterable[Answer]) -> Placement:
    """Return who holds what. `topics` carry the order of the replicas, which `state` leaves out.

    A broker that holds replicas and is not registered is there too, not alive and without a rack.
    """
    told = {int(answer["broker"]): answer["log_dirs"] for answer in answers}
    sizes = replica_sizes(answers := [{"broker": node, "log_dirs": dirs} for node, dirs in told.items()])
    paths = _paths(answers)
    orders = _orders(topics)
    held = {node for partition in state.partitions for node in partition.replicas}
    known = {broker.id for broker in state.brokers}
    absent = [ObservedBroker(id=node, rack=None, fenced=True) for node in held - known]
    return Placement(
        brokers=tuple(
            _broker(broker, told.get(broker.id, ()))
            for broker in sorted((*state.brokers, *absent), key=lambda found: found.id)
        ),
        partitions=tuple(
            _partition(partition, orders[partition.topic, partition.index], sizes, paths)
            for partition in state.partitions
            if (partition.topic, partition.index) in orders
        ),
    )


def replica_sizes(answers: Iterable[Answer]) -> dict[tuple[TopicPartition, NodeId], int]:
    """Return the bytes of every replica; copies between log dirs of one broker that are under way are left out."""
    return {key: int(entry["partition_size"]) for key, entry, _ in _replicas(answers)}


def _paths(answers: Iterable[Answer]) -> dict[TopicPartition, dict[NodeId, str]]:
    found: dict[TopicPartition, dict[NodeId, str]] = defaultdict(dict)
    for (partition, node), _, path in _replicas(answers):
        found[partition][node] = path
    return found


def _replicas(answers: Iterable[Answer]) -> Iterable[tuple[tuple[TopicPartition, NodeId], Answer, str]]:
    for answer in answers:
        for log_dir in answer["log_dirs"]:
            for topic in log_dir["topics"]:
                for entry in topic["partitions"]:
                    if not entry["is_future_key"]:
                        key = str(topic["name"]), int(entry["partition_index"])
                        yield (key, NodeId(int(answer["broker"]))), entry, str(log_dir["log_dir"])


def _orders(topics: Iterable[Answer]) -> dict[TopicPartition, tuple[NodeId, ...]]:
    return {
        (str(topic["name"]), int(found["partition_index"])): tuple(NodeId(int(node)) for node in found["replica_nodes"])
        for topic in topics
        for found in topic["partitions"]
    }


def _broker(broker: ObservedBroker, dirs: Iterable[Answer]) -> PlacementBroker:
    log_dirs = tuple(_log_dir(log_dir) for log_dir in sorted(dirs, key=lambda found: str(found["log_dir"])))
    known = bool(log_dirs) and all(log_dir.capacity_bytes is not None for log_dir in log_dirs)
    return PlacementBroker(
        id=broker.id,
        rack=broker.rack,
        capacity_bytes=sum(log_dir.capacity_bytes or 0 for log_dir in log_dirs) if known else None,
        used_bytes=sum(log_dir.used_bytes or 0 for log_dir in log_dirs) if known else None,
        alive=not broker.fenced,
        excluded=any(bool(log_dir.get("is_cordoned")) for log_dir in dirs),
        log_dirs=log_dirs,
    )


def _log_dir(told: Answer) -> LogDir:
    """Translate one log dir; before Kafka 3.3 nothing is told of its volume."""
    total, usable = int(told.get("total_bytes", -1)), int(told.get("usable_bytes", -1))
    known = total >= 0 and usable >= 0
    return LogDir(
        path=str(told["log_dir"]),
        capacity_bytes=total if known else None,
        used_bytes=total - usable if known else None,
        offline=bool(told.get("error_code")),
    )


def _partition(
    partition: ObservedPartition,
    order: tuple[NodeId, ...],
    sizes: Sizes,
    paths: Mapping[TopicPartition, Mapping[NodeId, str]],
) -> PlacedPartition:
    """Translate one partition. One that moves is taken as it will be, since its move is the executor's business."""
    key = partition.topic, partition.index
    kept = partition.replicas - partition.removing
    here = [sizes.get((key, node), 0) for node in partition.replicas]
    return PlacedPartition(
        topic=partition.topic,
        index=partition.index,
        replicas=tuple(node for node in order if node in kept),
        size_bytes=max(here, default=0),
        min_isr=partition.min_isr,
        leader=partition.leader,
        isr=partition.isr,
        log_dirs={node: path for node, path in paths.get(key, {}).items() if node in kept},
    )
