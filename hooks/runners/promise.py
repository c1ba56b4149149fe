"""Before a run does anything: what it would do is what was promised, where the user insists on that."""

from hooks.interfaces import NotYet, Refused
from hooks.planner.desired import DesiredCluster
from hooks.planner.plan import plan
from hooks.planner.promise import Promises, breaches, digest, promises
from hooks.planner.snapshot import Snapshot
from hooks.planner.text import some_lines
from hooks.runners.features import forecast_features
from hooks.runners.live_keys import forecast_keys
from hooks.runners.observe import holdings
from hooks.runners.world import World


def keep_promise(world: World, desired: DesiredCluster, snapshot: Snapshot) -> None:
    """Raise Refused when the run would do what is not promised; nothing is promised where nobody insists."""
    if desired.promised is None:
        return
    try:
        found = _found(world, desired, snapshot)
    except NotYet as missing:
        raise Refused((f"the plan cannot be compared with the promised one: {missing}", "run again")) from missing
    broken = breaches(found, desired.promised)
    if broken:
        raise Refused(
            (
                f"this run, plan {digest(found)}, would do what the promised plan does not say:",
                *some_lines(broken),
                "nothing was touched; run a preview, have it read, and insist on its plan",
            )
        )


def _found(world: World, desired: DesiredCluster, snapshot: Snapshot) -> Promises:
    planned = plan(snapshot, desired, placement=holdings(world, snapshot, desired))
    if desired.component != "broker" or snapshot.kafka is None:
        return promises(planned)
    return promises(planned, forecast_keys(world, desired), forecast_features(world, desired))
