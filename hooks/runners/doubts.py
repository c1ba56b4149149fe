"""Doubts about pods that do not start: which of them had their chance and count as broken.

One crash at a start, or an image that comes a moment late, is forgiven; a problem that stays for `Pace.doubt` seconds
without a break, or `Pace.broken_after` restarts under our eyes, is not. A pod that no node takes yet is not in doubt
but late: only the deadline ends that. Nor is one whose Kafka is ready while a container beside it is not.
"""

from collections.abc import Iterable

from hooks.planner.desired import Pace
from hooks.planner.snapshot import ObservedPod


class Doubts:
    """Watches pods over one run, by UID."""

    def __init__(self, pace: Pace) -> None:
        """Start without any doubt."""
        self._pace: Pace = pace
        self._began: bool = False
        self._restarts: dict[str, int] = {}
        self._since: dict[str, float] = {}

    def broken(self, pods: Iterable[ObservedPod], now: float) -> frozenset[str]:
        """Note what is seen now and return the UIDs of the pods that count as broken."""
        found = frozenset(pod.uid for pod in pods if self._is_broken(pod, now))
        self._began = True
        return found

    def _is_broken(self, pod: ObservedPod, now: float) -> bool:
        # Restarts from before the first look may be years old; those of a pod that came later are all its own.
        before = self._restarts.setdefault(pod.uid, 0 if self._began else pod.restarts)
        if pod.ready or pod.terminating or pod.node_lost or pod.ailing_beside or pod.unschedulable:
            _ = self._since.pop(pod.uid, None)
            return False
        if pod.problem is None:
            _ = self._since.pop(pod.uid, None)
        elif now - self._since.setdefault(pod.uid, now) >= self._pace.doubt:
            return True
        return pod.restarts - before >= self._pace.broken_after
