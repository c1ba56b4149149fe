"""A placement as a JSON file, so that a plan can be made where the cluster cannot be reached.

    {
      "version": 1,
      "brokers": [
        {"id": 0, "rack": "a", "capacityBytes": 1000, "usedBytes": 10, "alive": true, "excluded": false,
         "logDirs": [{"path": "/d0", "capacityBytes": 1000, "usedBytes": 10, "offline": false}]}
      ],
      "partitions": [
        {"topic": "t", "partition": 0, "replicas": [0, 1], "sizeBytes": 10, "rate": 0.5, "minIsr": 1, "leader": 0,
         "isr": [0, 1], "logDirs": {"0": "/d0"}}
      ]
    }

Required are a broker's `id` and a partition's `topic`, `partition` and `replicas`. A size that is not given is 0, a
leader the first replica, an ISR all replicas. A file of kafka-reassign-partitions has these keys too: with `brokers`
beside its `partitions` it is a snapshot.
"""

from collections.abc import Mapping
from typing import cast

from hooks.planner.reassignment.kafka_json import Json, UnreadableError
from hooks.planner.reassignment.model import LogDir, PlacedPartition, Placement, PlacementBroker
from hooks.planner.snapshot import NodeId


def snapshot(placement: Placement) -> Json:
    """Return the placement as JSON-able data."""
    return {
        "version": 1,
        "brokers": [_broker(broker) for broker in placement.brokers],
        "partitions": [_partition(partition) for partition in placement.partitions],
    }


def _broker(broker: PlacementBroker) -> Json:
    return {
        "id": int(broker.id),
        "rack": broker.rack,
        "capacityBytes": broker.capacity_bytes,
        "usedBytes": broker.used_bytes,
        "alive": broker.alive,
        "excluded": broker.excluded,
        "logDirs": [
            {
                "path": log_dir.path,
                "capacityBytes": log_dir.capacity_bytes,
                "usedBytes": log_dir.used_bytes,
                "offline": log_dir.offline,
            }
            for log_dir in broker.log_dirs
        ],
    }


def _partition(partition: PlacedPartition) -> Json:
    return {
        "topic": partition.topic,
        "partition": partition.index,
        "replicas": [int(node) for node in partition.replicas],
        "sizeBytes": partition.size_bytes,
        "rate": partition.rate,
        "minIsr": partition.min_isr,
        "leader": None if partition.leader is None else int(partition.leader),
        "isr": sorted(int(node) for node in partition.isr),
        "logDirs": {str(node): path for node, path in sorted(partition.log_dirs.items())},
    }


class _Entry:
    """One JSON object with its path, so that every error names where it is."""

    def __init__(self, raw: object, path: str) -> None:
        if not isinstance(raw, dict):
            raise UnreadableError(f"{path}: expected an object, found {raw!r}")
        self._values = cast("Mapping[str, object]", raw)
        self.path = path

    def number(self, key: str) -> int:
        value = self.optional(key)
        if value is None:
            raise UnreadableError(f"{self.path}.{key}: missing; a whole number is required")
        return value

    def optional(self, key: str) -> int | None:
        value = self._values.get(key)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
            raise UnreadableError(f"{self.path}.{key}: expected a whole number from 0, found {value!r}")
        return value

    def rate(self, key: str) -> float:
        value = self._values.get(key, 0.0)
        if not isinstance(value, int | float):
            raise UnreadableError(f"{self.path}.{key}: expected a number, found {value!r}")
        return float(value)

    def text(self, key: str) -> str | None:
        value = self._values.get(key)
        if value is not None and not isinstance(value, str):
            raise UnreadableError(f"{self.path}.{key}: expected a string, found {value!r}")
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        value = self._values.get(key, default)
        if not isinstance(value, bool):
            raise UnreadableError(f"{self.path}.{key}: expected true or false, found {value!r}")
        return value

    def nodes(self, key: str) -> tuple[NodeId, ...] | None:
        value = self._values.get(key)
        if value is None:
            return None
        items = cast("list[object]", value) if isinstance(value, list) else [None]
        numbers = [item for item in items if isinstance(item, int)]
        if len(numbers) != len(items) or len(set(numbers)) != len(numbers):
            raise UnreadableError(f"{self.path}.{key}: expected different broker ids, found {value!r}")
        return tuple(NodeId(number) for number in numbers)

    def entries(self, key: str) -> "list[_Entry]":
        value = self._values.get(key, [])
        if not isinstance(value, list):
            raise UnreadableError(f"{self.path}.{key}: expected a list, found {value!r}")
        return [_Entry(raw, f"{self.path}.{key}[{i}]") for i, raw in enumerate(cast("list[object]", value))]

    def paths(self, key: str) -> dict[NodeId, str]:
        value = self._values.get(key, {})
        items = cast("Mapping[str, object]", value) if isinstance(value, dict) else {"?": value}
        if not all(node.isdigit() and isinstance(path, str) for node, path in items.items()):
            raise UnreadableError(f"{self.path}.{key}: expected log dirs by broker id, found {value!r}")
        return {NodeId(int(node)): str(path) for node, path in items.items()}


def read_snapshot(document: object) -> Placement:
    """Return the placement that such a file describes. Raises UnreadableError."""
    root = _Entry(document, "$")
    brokers = sorted((_read_broker(entry) for entry in root.entries("brokers")), key=lambda broker: broker.id)
    partitions = sorted((_read_partition(entry) for entry in root.entries("partitions")), key=lambda p: p.key)
    for what, keys in (("broker", [str(broker.id) for broker in brokers]), ("partition", [str(p) for p in partitions])):
        if len(set(keys)) < len(keys):
            raise UnreadableError(f"$: a {what} is there twice: {max(keys, key=keys.count)}")
    return Placement(brokers=tuple(brokers), partitions=tuple(partitions))


def _read_broker(entry: _Entry) -> PlacementBroker:
    return PlacementBroker(
        id=NodeId(entry.number("id")),
        rack=entry.text("rack"),
        capacity_bytes=entry.optional("capacityBytes"),
        used_bytes=entry.optional("usedBytes"),
        alive=entry.flag("alive", default=True),
        excluded=entry.flag("excluded", default=False),
        log_dirs=tuple(
            LogDir(
                path=log_dir.text("path") or "",
                capacity_bytes=log_dir.optional("capacityBytes"),
                used_bytes=log_dir.optional("usedBytes"),
                offline=log_dir.flag("offline", default=False),
            )
            for log_dir in entry.entries("logDirs")
        ),
    )


def _read_partition(entry: _Entry) -> PlacedPartition:
    replicas = entry.nodes("replicas")
    topic = entry.text("topic")
    if not replicas or not topic:
        raise UnreadableError(f"{entry.path}: a partition needs a topic and at least one replica")
    isr, leader = entry.nodes("isr"), entry.optional("leader")
    return PlacedPartition(
        topic=topic,
        index=entry.number("partition"),
        replicas=replicas,
        size_bytes=entry.optional("sizeBytes") or 0,
        rate=entry.rate("rate"),
        min_isr=entry.optional("minIsr") or 1,
        leader=replicas[0] if leader is None and isr is None else None if leader is None else NodeId(leader),
        isr=frozenset(replicas if isr is None else isr),
        log_dirs=entry.paths("logDirs"),
    )
