"""Which pods restart, why, and in which order: the set by content, the order by what heals first and leads last."""

from collections.abc import Mapping

from hooks.planner.situation import Situation
from hooks.planner.snapshot import ObservedPod, Revision
from hooks.planner.text import listed


def cause(old: Revision, digest: str, causes: Mapping[str, str]) -> str:
    """Return in words what differs between a pod's content and the desired content."""
    changed = sorted(name for name in old.causes.keys() | causes.keys() if old.causes.get(name) != causes.get(name))
    if not changed or not old.causes:
        return "revision changed" if old.digest else f"made without a revision, now {digest}"
    return f"{listed(changed)} changed"


def reason(situation: Situation, pod: ObservedPod) -> str:
    """Return why a stale pod restarts, and that it is not ready when its restart may heal it."""
    pool = situation.pools[pod.workload]
    asked = situation.is_desired(pod)
    words = "asked for by its annotation" if asked else cause(pod.revision, pool.revision, pool.causes)
    if pod.ready:
        return words
    return f"{words}; it is not ready now" + (f": {pod.problem}" if pod.problem else "")


def in_order(situation: Situation) -> tuple[ObservedPod, ...]:
    """Return the stale pods in the order of their restart: not ready first, then by id, the leader last.

    The leader is looked up anew in every situation, so an election in mid-roll moves it (and costs one election more).
    """
    return tuple(
        sorted(situation.stale, key=lambda pod: (pod.ready, pod.ready and pod.node_id == situation.leader, pod.node_id))
    )
