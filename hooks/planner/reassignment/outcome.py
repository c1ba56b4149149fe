"""From the arrays back to values: the moves, and what each broker holds before and after."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from hooks.planner.reassignment.field import OFF_BOARD, Field, Ints
from hooks.planner.reassignment.model import BrokerLoad, PartitionMove, PlacedPartition, Placement
from hooks.planner.snapshot import NodeId


def moves(field: Field, leading: Ints) -> tuple[PartitionMove, ...]:
    """Return a move for each partition whose replicas or whose order change, sorted by topic and index."""
    waiting = field.at == OFF_BOARD
    changed = ((field.at != field.home) & ~waiting).any(axis=1) | ((leading != 0) & ~waiting.any(axis=1))
    partitions, found = field.placement.partitions, list[PartitionMove]()
    for row in np.flatnonzero(changed & ~field.frozen & (field.at.max(axis=1) >= 0)):
        partition = partitions[int(row)]
        target = _order(field, int(row), int(leading[row]))
        if target != partition.replicas:
            found.append(_move(partition, target))
    return tuple(sorted(found, key=lambda move: move.key))


def _order(field: Field, row: int, leading: int) -> tuple[NodeId, ...]:
    """Return the leader, then the others in the order of the replicas that they are or replace.

    A replica that found no place stays where it is.
    """
    columns = [leading, *(column for column in range(field.width) if column != leading)]
    brokers = [int(field.at[row, c]) if field.at[row, c] >= 0 else _unplaced(field, row, c) for c in columns]
    return tuple(NodeId(int(field.ids[broker])) for broker in brokers if broker >= 0)


def _unplaced(field: Field, row: int, column: int) -> int:
    return int(field.home[row, column]) if field.at[row, column] == OFF_BOARD else -1


def _move(partition: PlacedPartition, target: tuple[NodeId, ...]) -> PartitionMove:
    return PartitionMove(
        topic=partition.topic,
        index=partition.index,
        current=partition.replicas,
        target=target,
        size_bytes=partition.size_bytes,
    )


def loads(placement: Placement) -> tuple[BrokerLoad, ...]:
    """Return what each broker holds, sorted by id; brokers that only replicas name included."""
    replicas, leaders, held = Counter[NodeId](), Counter[NodeId](), Counter[NodeId]()
    for partition in placement.partitions:
        for node in partition.replicas:
            replicas[node] += 1
            held[node] += partition.size_bytes
        leaders[partition.replicas[0]] += 1
    racks = {broker.id: broker.rack for broker in placement.brokers}
    return tuple(
        BrokerLoad(id=node, rack=racks.get(node), replicas=replicas[node], leaders=leaders[node], bytes=held[node])
        for node in sorted({*racks, *replicas})
    )


def loads_after(before: Sequence[BrokerLoad], done: Sequence[PartitionMove]) -> tuple[BrokerLoad, ...]:
    """Return what each broker holds once the moves are done."""
    replicas, leaders, held = Counter[NodeId](), Counter[NodeId](), Counter[NodeId]()
    for move in done:
        for nodes, sign in ((move.adding, 1), (move.removing, -1)):
            for node in nodes:
                replicas[node] += sign
                held[node] += sign * move.size_bytes
        leaders[move.target[0]] += 1
        leaders[move.current[0]] -= 1
    return tuple(
        BrokerLoad(
            id=load.id,
            rack=load.rack,
            replicas=load.replicas + replicas[load.id],
            leaders=load.leaders + leaders[load.id],
            bytes=load.bytes + held[load.id],
        )
        for load in before
    )
