"""Log dirs inside brokers: which one an arriving replica should go to, and which replicas should change theirs.

Steps, broker by broker: what is in a dir to be emptied goes, largest first, to the dir with the most room for its share
(in proportion to capacity where all are known). For an evening-out then, as long as the fullest dir is over its band:
the replica that comes closest to closing the gap to the emptiest one, from the former to the latter, each only once.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from hooks.planner.reassignment.model import (
    LogDirMove,
    Options,
    PartitionMove,
    PlacedPartition,
    Placement,
    PlacementBroker,
)
from hooks.planner.snapshot import NodeId


@dataclass(kw_only=True)
class _Dirs:
    """The dirs of one broker that may receive, and what each holds in the plan so far."""

    broker: NodeId
    shares: dict[str, float]
    limits: dict[str, float]
    held: dict[str, list[PlacedPartition]]

    def bytes(self, path: str) -> int:
        return sum(partition.size_bytes for partition in self.held[path])

    def fullness(self, path: str) -> float:
        return self.bytes(path) / self.shares[path]

    def emptiest(self, size: int) -> str | None:
        """Return the dir that is emptiest for its share and has room, or None."""
        fitting = [path for path in self.shares if self.bytes(path) + size <= self.limits[path]]
        return min(fitting, key=lambda path: (self.fullness(path), path), default=None)


def log_dir_moves(placement: Placement, options: Options) -> tuple[tuple[LogDirMove, ...], tuple[str, ...]]:
    """Return the moves inside brokers, sorted, and what found no place."""
    moves: list[LogDirMove] = []
    blocked: list[str] = []
    for broker in placement.brokers:
        dirs = _dirs(broker, placement, options)
        if broker.alive and dirs.shares:
            moves += _empty(dirs, options, blocked)
            moves += _even_out(dirs, options, {(move.topic, move.index) for move in moves if move.broker == broker.id})
    return tuple(sorted(moves, key=lambda move: (move.topic, move.index, move.broker))), tuple(blocked)


def _dirs(broker: PlacementBroker, placement: Placement, options: Options) -> _Dirs:
    receiving = [d for d in broker.log_dirs if not d.offline and (broker.id, d.path) not in options.drained_log_dirs]
    known = all(log_dir.capacity_bytes for log_dir in receiving)
    held: dict[str, list[PlacedPartition]] = defaultdict(list)
    for partition in placement.partitions:
        if path := partition.log_dirs.get(broker.id):
            held[path].append(partition)
    total = sum(log_dir.capacity_bytes or 1 for log_dir in receiving) if known else len(receiving)
    return _Dirs(
        broker=broker.id,
        shares={d.path: (d.capacity_bytes or 1 if known else 1) / total for d in receiving},
        limits={d.path: options.disk_limit * d.capacity_bytes if d.capacity_bytes else float("inf") for d in receiving},
        held=held,
    )


def _empty(dirs: _Dirs, options: Options, blocked: list[str]) -> Iterator[LogDirMove]:
    """Move everything out of the dirs that are to be emptied."""
    for node, path in sorted(options.drained_log_dirs):
        if node != dirs.broker:
            continue
        for partition in sorted(dirs.held[path], key=lambda p: (-p.size_bytes, p.key)):
            target = dirs.emptiest(partition.size_bytes)
            if partition.topic in options.frozen_topics or target is None:
                why = "its topic is frozen" if target is not None else "no other log dir has room"
                blocked.append(f"{partition} stays in {path} of broker {node}: {why}")
                continue
            yield _moved(dirs, partition, path, target)


def _even_out(dirs: _Dirs, options: Options, moved: set[tuple[str, int]]) -> Iterator[LogDirMove]:
    while len(dirs.shares) > 1:
        total = sum(dirs.bytes(path) for path in dirs.shares)
        full = max(dirs.shares, key=lambda path: (dirs.fullness(path), path))
        empty = min(dirs.shares, key=lambda path: (dirs.fullness(path), path))
        if dirs.fullness(full) <= total * (1 + options.bands.bytes):
            return
        ideal = min(dirs.bytes(full) - total * dirs.shares[full], total * dirs.shares[empty] - dirs.bytes(empty))
        able = [
            p
            for p in dirs.held[full]
            if p.key not in moved
            and p.topic not in options.frozen_topics
            and 0 < p.size_bytes < 2 * ideal
            and dirs.bytes(empty) + p.size_bytes <= dirs.limits[empty]
        ]
        if not able:
            return
        partition = min(able, key=lambda p: (abs(p.size_bytes - ideal), p.key))
        moved.add(partition.key)
        yield _moved(dirs, partition, full, empty)


def _moved(dirs: _Dirs, partition: PlacedPartition, source: str, target: str) -> LogDirMove:
    dirs.held[source].remove(partition)
    dirs.held[target].append(partition)
    return LogDirMove(
        topic=partition.topic,
        index=partition.index,
        broker=dirs.broker,
        source=source,
        target=target,
        size_bytes=partition.size_bytes,
    )


def arriving_dirs(
    placement: Placement, moves: tuple[PartitionMove, ...], options: Options
) -> dict[tuple[str, int], dict[NodeId, str]]:
    """Return the log dir for each new replica on a broker that has several: Kafka's own choice counts, and weighs not.

    Largest first, each to the dir that is emptiest for its share.
    """
    several = {broker.id: broker for broker in placement.brokers if len(broker.log_dirs) > 1}
    known = {partition.key: partition for partition in placement.partitions}
    chosen: dict[tuple[str, int], dict[NodeId, str]] = defaultdict(dict)
    for node, broker in sorted(several.items()):
        arriving = sorted((m for m in moves if node in m.adding), key=lambda m: (-m.size_bytes, m.key))
        dirs = _dirs(broker, placement, options)
        for move in arriving:
            path = dirs.emptiest(move.size_bytes)
            if path is not None:
                dirs.held[path].append(known[move.key])
                chosen[move.key][node] = path
    return chosen
