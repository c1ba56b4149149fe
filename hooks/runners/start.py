"""How every run starts: look, refuse what cannot be, and do nothing when there is nothing to do."""

from collections.abc import Generator
from contextlib import contextmanager

from hooks.interfaces import Conflict, Fatal, NotYet, Refused
from hooks.planner.desired import DesiredCluster
from hooks.planner.plan import plan
from hooks.planner.situation import Situation
from hooks.planner.snapshot import Snapshot
from hooks.planner.step import unapplied
from hooks.runners.observe import holdings, observe
from hooks.runners.world import World


def look(world: World, desired: DesiredCluster, *, formed: bool = False) -> Snapshot:
    """Observe once and raise Refused with every problem that forbids the run."""
    try:
        snapshot = observe(world, desired.component)
        placement = holdings(world, snapshot, desired)
    except NotYet as missing:
        raise Refused(
            (f"the cluster cannot be seen: {missing}", "nothing was touched; run again when it can be")
        ) from missing
    planned = plan(snapshot, desired, formed=formed, placement=placement)
    problems = planned.blockers + unapplied(Situation(snapshot=snapshot, desired=desired))
    if problems:
        raise Refused(problems)
    return snapshot


@contextmanager
def stops_for_good() -> Generator[None]:
    """Turn an answer that did not come, where nothing waits for it, into the end of the run."""
    try:
        yield
    except (NotYet, Conflict) as doubt:
        raise Fatal((str(doubt), "nothing more was done; run again: it goes on from what it finds")) from doubt


def is_needed(snapshot: Snapshot, desired: DesiredCluster) -> bool:
    """Return whether a run has anything to do."""
    return plan(snapshot, desired).changes
