"""How every run starts: look, refuse what cannot be, and do nothing when there is nothing to do."""

from hooks.interfaces import NotYet, Refused
from hooks.planner.desired import DesiredCluster
from hooks.planner.plan import plan
from hooks.planner.situation import Situation
from hooks.planner.snapshot import Snapshot
from hooks.planner.step import unapplied
from hooks.runners.observe import observe
from hooks.runners.world import World


def look(world: World, desired: DesiredCluster, *, formed: bool = False) -> Snapshot:
    """Observe once and raise Refused with every problem that forbids the run."""
    try:
        snapshot = observe(world, desired.component)
    except NotYet as missing:
        raise Refused(
            (f"the cluster cannot be seen: {missing}", "nothing was touched; run again when it can be")
        ) from missing
    planned = plan(snapshot, desired, formed=formed)
    problems = planned.blockers + unapplied(Situation(snapshot=snapshot, desired=desired))
    if problems:
        raise Refused(problems)
    return snapshot


def is_needed(snapshot: Snapshot, desired: DesiredCluster) -> bool:
    """Return whether a run has anything to do."""
    return plan(snapshot, desired).changes
