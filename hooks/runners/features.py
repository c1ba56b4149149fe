"""Raising a KRaft cluster's feature levels, once every node runs the version that knows them.

    look ─> ask whether the controllers would ─> ask ─> look, until the levels are finalized

Kafka keeps the levels, and every run begins with a look at them, so an interrupted run goes on.
"""

from hooks.administration import Rejection
from hooks.interfaces import Fatal, NotYet, Refused
from hooks.planner.desired import DesiredCluster
from hooks.planner.features import FeatureChange, FeaturePlan, plan_features
from hooks.planner.text import some_lines
from hooks.runners.convergence import Headway, until_nothing_is_missing
from hooks.runners.world import World


def forecast_features(world: World, desired: DesiredCluster) -> FeaturePlan:
    """Return what a run would do now, and change nothing. Raises NotYet when the brokers cannot be asked."""
    if desired.features is None:
        return FeaturePlan()
    return plan_features(desired.features, world.features.finalized())


def features_are_due(world: World, desired: DesiredCluster) -> bool:
    """Return whether a run has levels to raise. Raises Refused when they cannot be what the spec says."""
    try:
        planned = forecast_features(world, desired)
    except NotYet:
        # The run looks again, and waits.
        return True
    if planned.refused:
        raise Refused((*planned.refused, "nothing was touched"))
    return planned.due


def raise_features(world: World, desired: DesiredCluster) -> tuple[FeatureChange, ...]:
    """Bring the levels to the release that the spec names, under the Lease, and return what rose.

    Raises Refused when there is no way, and Fatal when the controllers do not agree.
    """
    raised: tuple[FeatureChange, ...] = ()

    def step() -> tuple[str, ...]:
        nonlocal raised
        planned = forecast_features(world, desired)
        if planned.refused:
            raise Refused(planned.refused)
        # What was asked for is awaited: a broker hears of it a little later.
        rejected = _ask(world, planned) if planned.changes and not raised else ()
        if not rejected:
            raised = raised or planned.changes
        return (*map(str, rejected), *map(str, planned.changes))

    if desired.features is not None and desired.features.release is not None:
        until_nothing_is_missing(Headway(world=world, what="feature levels"), desired.pace, step)
    return raised


def _ask(world: World, planned: FeaturePlan) -> tuple[Rejection, ...]:
    """Ask for all levels at once, since some need others, and return what may be accepted later."""
    rejected = world.features.check(planned.changes)
    if not rejected:
        world.lease.check()
        rejected = world.features.apply(planned.changes)
    _stop_at(rejected)
    return rejected


def _stop_at(rejected: tuple[Rejection, ...]) -> None:
    """Raise Fatal with what asking again does not change."""
    final = [f"the controllers refuse {rejection}" for rejection in rejected if not rejection.soon]
    if final:
        then = "the nodes serve at the former levels; correct what is named and run again"
        raise Fatal((*some_lines(final), then))
