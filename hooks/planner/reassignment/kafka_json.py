"""The files of Kafka's own kafka-reassign-partitions: what it executes, and what it undoes.

{"version": 1, "partitions": [{"topic": "t", "partition": 0, "replicas": [1, 2, 3], "log_dirs": ["any", …]}]}
"""

from collections.abc import Mapping, Sequence
from typing import cast

from hooks.planner.reassignment.model import PartitionMove, Placement, TopicPartition
from hooks.planner.snapshot import NodeId

Json = dict[str, object]


class UnreadableError(ValueError):
    """A file is not what it should be; the message says where and what is expected."""


def reassignment(moves: Sequence[PartitionMove]) -> Json:
    """Return the file that `kafka-reassign-partitions --execute` takes."""
    return {"version": 1, "partitions": [_entry(move, move.target) for move in moves]}


def rollback(moves: Sequence[PartitionMove]) -> Json:
    """Return the file that brings every partition back to where it was."""
    return {"version": 1, "partitions": [_entry(move, move.current) for move in moves]}


def _entry(move: PartitionMove, replicas: tuple[NodeId, ...]) -> Json:
    entry: Json = {"topic": move.topic, "partition": move.index, "replicas": [int(node) for node in replicas]}
    if move.log_dirs and replicas == move.target:
        entry["log_dirs"] = [move.log_dirs.get(node, "any") for node in replicas]
    return entry


def targets(document: object) -> dict[TopicPartition, tuple[NodeId, ...]]:
    """Read such a file: the wanted replicas by topic and partition. Raises UnreadableError."""
    root = cast("Mapping[str, object]", document) if isinstance(document, dict) else dict[str, object]()
    entries = root.get("partitions")
    if not isinstance(entries, list):
        raise UnreadableError('expected {"version": 1, "partitions": [...]}, the file of kafka-reassign-partitions')
    found: dict[TopicPartition, tuple[NodeId, ...]] = {}
    for number, raw in enumerate(cast("list[object]", entries)):
        entry = cast("Mapping[str, object]", raw) if isinstance(raw, dict) else dict[str, object]()
        topic, index, replicas = entry.get("topic"), entry.get("partition"), entry.get("replicas")
        if not isinstance(topic, str) or not isinstance(index, int) or not isinstance(replicas, list) or not replicas:
            raise UnreadableError(f"partitions[{number}]: expected topic, partition and replicas, found {raw!r}")
        found[topic, index] = tuple(NodeId(int(str(node))) for node in cast("list[object]", replicas))
    return found


def moves_to(placement: Placement, wanted: Mapping[TopicPartition, tuple[NodeId, ...]]) -> tuple[PartitionMove, ...]:
    """Return the moves that such a file asks of a placement. Raises UnreadableError for a partition that it lacks."""
    known = {partition.key: partition for partition in placement.partitions}
    if missing := sorted(set(wanted) - set(known)):
        raise UnreadableError(f"{missing[0][0]}-{missing[0][1]}: no such partition in the cluster")
    return tuple(
        PartitionMove(
            topic=key[0], index=key[1], current=known[key].replicas, target=target, size_bytes=known[key].size_bytes
        )
        for key, target in sorted(wanted.items())
        if target != known[key].replicas
    )
