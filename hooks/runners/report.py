"""What a run did, with the seconds that each restart took."""

from dataclasses import dataclass, field
from itertools import groupby

from hooks.planner.features import FeatureChange
from hooks.planner.live_keys import KeyChange
from hooks.planner.snapshot import NodeId
from hooks.planner.text import count
from hooks.runners.reassignment.movement import Moved


@dataclass(frozen=True, kw_only=True)
class Restarted:
    """One pod that was restarted and is fully back."""

    pod: str
    node_id: NodeId
    reason: str
    back: float
    """Seconds from its deletion until it served in full ISR."""
    seconds: float
    """Seconds from its deletion until the next step was allowed, the stable window included."""
    batch: int = 0
    """Which of the run's batches it belonged to; pods of one batch share their seconds."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """What one run did."""

    restarted: tuple[Restarted, ...] = ()
    grown: tuple[NodeId, ...] = ()
    moved: tuple[Moved, ...] = ()
    gone: tuple[NodeId, ...] = ()
    """Brokers that were emptied and removed."""
    raised: tuple[FeatureChange, ...] = ()
    """Feature levels that are finalized now."""
    tuned: tuple[KeyChange, ...] = ()
    """Keys that running brokers took over."""
    volumes: tuple[str, ...] = ()
    """What grew, pool by pool."""
    seconds: float = 0.0
    collected: tuple[str, ...] = field(default=())
    """Configuration objects that nothing referred to any more."""
    left: int = 0
    """Pods that still await their restart, because the run has had its time, or its window is closed."""

    @property
    def changed(self) -> bool:
        """Whether the run changed anything."""
        done = self.restarted or self.grown or self.moved or self.volumes or self.gone
        return bool(done or self.raised or self.tuned or self.collected)

    def lines(self) -> tuple[str, ...]:
        """Return the summary for the user; empty when nothing was done."""
        said: list[str] = [growth.replace("volumes grow", "volumes grew") for growth in self.volumes]
        if self.grown:
            said.append(f"added {', '.join(str(node) for node in self.grown)}")
        said += [moved.line() for moved in self.moved if moved.partitions]
        if self.gone:
            said.append(f"removed {', '.join(str(node) for node in self.gone)}")
        if self.restarted:
            each = ", ".join(
                f"{' + '.join(pod.pod for pod in batch)} {batch[0].back:.1f} s "
                + f"+ window {batch[0].seconds - batch[0].back:.1f} s"
                for batch in self.batches
            )
            together = f" in {count(len(self.batches), 'batch')}" if len(self.batches) < len(self.restarted) else ""
            said.append(f"restarted {count(len(self.restarted), 'pod')}{together} in {self.seconds:.1f} s: {each}")
        if self.raised:
            said.append(f"feature levels rose: {', '.join(map(str, self.raised))}")
        said += [f"done: {change}" for change in self.tuned]
        if self.left:
            them = count(self.left, "pod")
            said.append(f"left for a later run: {them} still to restart; run again, it goes on from there")
        return tuple(said)

    @property
    def batches(self) -> tuple[tuple[Restarted, ...], ...]:
        """What was restarted, batch by batch."""
        grouped = groupby(self.restarted, key=lambda pod: pod.batch)
        return tuple(tuple(pods) for _, pods in grouped)
