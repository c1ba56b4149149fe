"""The restart whose outcome is awaited: one pod, or the pods of one batch, from their deletion until all are back."""

from collections.abc import Iterable
from dataclasses import dataclass

from hooks.planner.snapshot import ObservedPod
from hooks.planner.text import some
from hooks.runners.report import Restarted


@dataclass
class UnderWay:
    """Pods that were deleted together, each with the reason for it."""

    pods: tuple[tuple[ObservedPod, str], ...]
    began: float
    batch: int
    """Number of the batch in this run, from 1."""
    back: float | None = None
    """When all of them were first seen fully back; None before, and for pods that were only healed."""

    @property
    def names(self) -> str:
        """The pods in words."""
        return some([pod.name for pod, _ in self.pods])

    def forget(self, there: Iterable[str]) -> bool:
        """Forget the pods whose deletion did not go through, by the UIDs that are there; return whether any is left."""
        uids = frozenset(there)
        self.pods = tuple((pod, why) for pod, why in self.pods if pod.uid not in uids)
        return bool(self.pods)

    def done(self, now: float) -> tuple[Restarted, ...]:
        """Return what became of each pod."""
        back = (self.back if self.back is not None else now) - self.began
        return tuple(
            Restarted(
                pod=pod.name,
                node_id=pod.node_id,
                reason=why,
                back=back,
                seconds=now - self.began,
                batch=self.batch,
            )
            for pod, why in self.pods
        )

    def outcome(self, now: float) -> str:
        """Return in words how long it took."""
        since = (self.back if self.back is not None else now) - self.began
        return f"{self.names}: {'up' if self.back is None else 'back'} after {since:.1f} s"


def numbers(first: int, pods: int, total: int) -> str:
    """Return which of how many restarts these are: `2 of 3`, `4 to 6 of 9`."""
    last = first + pods - 1
    return f"{first if pods == 1 else f'{first} to {last}'} of {max(total, last)}"
