"""Rolling one component: everybody up, then pod by pod, or batch by batch, to the desired revision.

Evictions are forbidden meanwhile.
"""

from contextlib import AbstractContextManager, nullcontext

from hooks.planner.desired import DesiredCluster
from hooks.planner.situation import Situation
from hooks.planner.snapshot import Snapshot
from hooks.planner.step import next_heal, next_roll
from hooks.runners import holding
from hooks.runners.course import Course
from hooks.runners.world import World


def heal(course: Course) -> None:
    """Bring every node up, restarting only what is broken at a stale revision."""
    course.drive(next_heal)


def roll(course: Course) -> None:
    """Restart what is stale, one node or one batch at a time, each proven before the next."""
    course.drive(next_roll)


def protected(world: World, desired: DesiredCluster, snapshot: Snapshot) -> AbstractContextManager[None]:
    """Forbid evictions while any pod is at another revision than its template; else put right what a kill left."""
    if Situation(snapshot=snapshot, desired=desired).stale:
        return holding.no_disruptions(world, desired.component)
    if snapshot.disruptions == 0:
        holding.allow_disruptions(world, desired.component)
    return nullcontext()
