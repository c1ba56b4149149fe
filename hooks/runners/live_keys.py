"""Bringing running brokers to what the spec says of keys that need no restart.

    look ─> record whose keys they are ─> ask, step by step, until every broker says so itself ─> record what is left

The record comes first: after a kill it tells the next run which overrides are the stack's. Every request follows from a
new look, so an interrupted run goes on. Nothing is taken for done before each broker has described it.
"""

from hooks.administration import Rejection
from hooks.interfaces import Fatal, NotYet, Refused
from hooks.planner.desired import DesiredCluster
from hooks.planner.key_steps import MIN_ISR, plan_keys
from hooks.planner.live_keys import KeyChange, KeyPlan, KeyRequest
from hooks.planner.text import ids, some_lines
from hooks.runners.convergence import Headway, until_nothing_is_missing
from hooks.runners.world import World


def forecast_keys(world: World, desired: DesiredCluster) -> KeyPlan:
    """Return what a run would do now, and change nothing. Raises NotYet when the brokers cannot be asked."""
    if desired.keys is None:
        return KeyPlan()
    record = world.identity.read()
    recorded = record.live_keys if record is not None else ()
    observed = world.keys.observe({*desired.keys.live, *recorded, MIN_ISR})
    expected = frozenset(node for pool in desired.pools for node in pool.ids)
    return plan_keys(desired.keys, recorded, observed, expected - observed.keys())


def refused_keys(world: World, planned: KeyPlan) -> tuple[str, ...]:
    """Return why the brokers, as they are now, would not take the first requests of a plan."""
    rejected = world.keys.check(planned.requests) if planned.requests else ()
    return (*planned.refused, *(_refusal(rejection) for rejection in rejected if not rejection.soon))


def keys_are_due(world: World, desired: DesiredCluster) -> bool:
    """Return whether a run has keys to change. Raises Refused with what the brokers refuse now."""
    try:
        planned = forecast_keys(world, desired)
        refused = refused_keys(world, planned)
    except NotYet:
        # Where the spec has such keys the run looks again, and waits.
        return bool(desired.keys is not None and desired.keys.live)
    if refused:
        raise Refused((*some_lines(refused), "nothing was touched; correct kafka.config in the stack file"))
    return planned.due


class LiveKeys:
    """One run over the live keys, under the Lease."""

    def __init__(self, world: World, desired: DesiredCluster) -> None:
        """Take the cluster and what is wanted of it."""
        self._world: World = world
        self._desired: DesiredCluster = desired
        self._changed: dict[str, KeyChange] = {}

    def run(self) -> tuple[KeyChange, ...]:
        """Bring the brokers to what the spec says and return what was changed. Raises Refused or Fatal."""
        if self._desired.keys is None:
            return ()
        headway = Headway(world=self._world, what="live keys")
        until_nothing_is_missing(headway, self._desired.pace, self._step)
        return tuple(self._changed.values())

    def _step(self) -> tuple[str, ...]:
        """Look, ask for what comes next, and return what is missing."""
        planned = forecast_keys(self._world, self._desired)
        if planned.refused:
            raise Refused(some_lines(planned.refused))
        self._changed = {**{change.key: change for change in planned.changes}, **self._changed}
        if planned.settled and planned.unseen:
            return (f"broker {ids(planned.unseen)} does not say what it has",)
        if planned.settled:
            self._record(planned.kept, planned.recorded)
            return ()
        self._record(planned.managed, planned.recorded)
        rejected = self._ask(planned.requests) if planned.requests else ()
        missing = (*map(str, planned.changes), *(_words(request) for request in planned.requests))
        return (*(str(rejection) for rejection in rejected), *missing)

    def _ask(self, requests: tuple[KeyRequest, ...]) -> tuple[Rejection, ...]:
        """Ask, and return what may be accepted later; what never will ends the run."""
        self._world.lease.check()
        rejected = self._world.keys.apply(requests)
        final = [_refusal(rejection) for rejection in rejected if not rejection.soon]
        if final:
            then = (
                "correct kafka.config in the stack file and run again; a broker that restarts now reads the value too"
            )
            raise Fatal((*some_lines(final), then))
        names = {rejection.name for rejection in rejected}
        for request in requests:
            if request.key not in names:
                self._world.progress.info(f"live keys: {_words(request)}")
        return rejected

    def _record(self, keys: tuple[str, ...], recorded: tuple[str, ...]) -> None:
        if keys != recorded:
            self._world.lease.check()
            self._world.identity.record_live_keys(keys)


def _refusal(rejection: Rejection) -> str:
    return f"the brokers refuse {rejection}"


def _words(request: KeyRequest) -> str:
    where = "all brokers" if request.node is None else f"broker {request.node}"
    return f"{request.key}: " + (
        f"the override of {where} goes" if request.value is None else f"{request.value} for {where}"
    )
