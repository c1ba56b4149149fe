"""How far a movement is, in words: partitions, bytes, rate and time left; and how soon to look again."""

from collections.abc import Iterable, Mapping, Sequence

from hooks.planner.reassignment.model import PartitionMove, TopicPartition
from hooks.planner.reassignment.schedule import Live
from hooks.planner.snapshot import NodeId
from hooks.planner.text import volume

Sizes = Mapping[tuple[TopicPartition, NodeId], int]

SHORTEST, LONGEST = 0.5, 10.0
"""Seconds between two looks: soon while moves end, seldom while large ones are copied."""


class Tally:
    """Counts over one movement, however many rounds it takes."""

    def __init__(self, purpose: str, now: float) -> None:
        """Begin with nothing moved."""
        self._purpose: str = purpose
        self._began: float = now
        self._bytes_before: int | None = None
        self._pause: float = SHORTEST
        self.partitions: int = 0
        """Partitions whose move is over."""
        self.bytes: int = 0
        """Bytes of the replicas that have arrived."""
        self.total: int = 0
        self.total_bytes: int = 0
        self._copied: int = 0

    def expect(self, moves: Iterable[PartitionMove]) -> None:
        """Count what a round is to do."""
        for move in moves:
            self.total += 1
            self.total_bytes += move.bytes_to_move

    def note(self, over: Sequence[PartitionMove], given_up: Sequence[PartitionMove] = ()) -> None:
        """Count moves that are over, and take out those that were given up."""
        self.partitions += len(over)
        self.bytes += sum(move.bytes_to_move for move in over)
        self.total -= len(given_up)
        self.total_bytes -= sum(move.bytes_to_move for move in given_up)

    def copied(self, moves: Iterable[PartitionMove], live: Live, sizes: Sizes) -> int:
        """Return the bytes that have been copied, those of replicas that are not there in full included."""
        partial = 0
        for move in moves:
            found = live.partitions.get(move.key)
            if found is None:
                continue
            for node in move.adding:
                if node in found.replicas:
                    whole = node in found.isr
                    partial += move.size_bytes if whole else min(sizes.get((move.key, node), 0), move.size_bytes)
        self._copied = self.bytes + partial
        return self._copied

    def words(self, now: float) -> str:
        """Return where the movement stands."""
        said = f"{self._purpose}: {self.partitions} of {self.total} partitions"
        if not self.total_bytes:
            return said
        said += f", {volume(self._copied)} of {volume(self.total_bytes)}"
        elapsed = now - self._began
        if self._copied <= 0 or elapsed <= 0:
            return said
        rate = self._copied / elapsed
        left = max(0, self.total_bytes - self._copied) / rate
        return f"{said}, {volume(rate)}/s, about {left:.0f} s left"

    def pause(self, *, moved: bool) -> float:
        """Return the seconds until the next look."""
        self._pause = SHORTEST if moved else min(LONGEST, self._pause * 1.5)
        return self._pause
