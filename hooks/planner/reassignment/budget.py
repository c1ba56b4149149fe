"""The part of a levelling that a budget of bytes allows: the copies that bring the most for their bytes first.

Every move of a plan is right by itself (racks, disk limits, distinct brokers), so any part of a plan is a plan. A copy
is kept when it brings the brokers it touches closer to their shares together, and when the budget still holds it.
"""

from collections.abc import Sequence

from hooks.planner.reassignment.model import BrokerLoad, PartitionMove
from hooks.planner.snapshot import NodeId


def within(
    moves: Sequence[PartitionMove], before: Sequence[BrokerLoad], after: Sequence[BrokerLoad], budget: int
) -> tuple[PartitionMove, ...]:
    """Return the moves to keep, sorted; a change of order alone costs nothing and stays."""
    ahead = {load.id: a.bytes - load.bytes for load, a in zip(before, after, strict=True)}
    kept = [move for move in moves if move.reorder_only]
    copies = [move for move in moves if not move.reorder_only]
    left = budget
    for move in sorted(copies, key=lambda move: (-_worth(move, ahead), move.key)):
        if move.bytes_to_move <= left and _worth(move, ahead) > 0:
            left -= move.bytes_to_move
            kept.append(move)
            for node, sign in _changes(move):
                ahead[node] -= sign * move.size_bytes
    return tuple(sorted(kept, key=lambda move: move.key))


def _changes(move: PartitionMove) -> list[tuple[NodeId, int]]:
    return [*((node, 1) for node in move.adding), *((node, -1) for node in move.removing)]


def _worth(move: PartitionMove, ahead: dict[NodeId, int]) -> float:
    """Return by how much closer the brokers come to where the whole plan would bring them, for each byte copied."""
    gain = sum(abs(ahead[node]) - abs(ahead[node] - sign * move.size_bytes) for node, sign in _changes(move))
    return gain / max(move.bytes_to_move, 1)
