"""The Connectors run: make the live connectors what the spec says, and see them run.

    look ─> refuse what cannot be ─> let the plugins check it ─> create ─> pause and stop ─> configure ─> resume
         ─> restart what failed ─> delete ─> look again, until everything that was touched has run for the stable window

Every request can be repeated, and what is left to do follows from a new look, so an interrupted run resumes by running
again. No Lease is held: nothing here restarts or moves a broker, and what a deletion takes, the stack's history has;
offsets are never deleted.

Guarantees: what has failed is restarted at most three times in a run, and then the run ends with what it says. The
words of a status are as old as the last report, so a connector that was touched counts as running once every look has
found it so for the stable window.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hooks.interfaces import Fatal, Refused
from hooks.planner.connectors import (
    SHOWN,
    Configure,
    ConnectorChange,
    ConnectorPlan,
    Create,
    Delete,
    DesiredConnector,
    ObservedConnector,
    Restart,
    State,
    Switch,
    plan_connectors,
)
from hooks.planner.desired import Pace
from hooks.planner.text import count, some, some_lines
from hooks.runners.connector_checks import Checked, checked
from hooks.runners.convergence import Headway, patiently, until_nothing_is_missing
from hooks.runners.start import stops_for_good
from hooks.runners.world import World

RESTARTS: Final = 3
"""How often a run restarts what has failed of one connector."""
_DONE: Final = {
    Create: "created",
    Configure: "configured",
    Switch: "switched",
    Restart: "restarted what had failed of",
    Delete: "deleted",
}
_DOING: Final = {
    Create: "creating",
    Configure: "configuring",
    Switch: "switching",
    Restart: "restarting what failed of",
    Delete: "deleting",
}


@dataclass(frozen=True, kw_only=True)
class ConnectorWish:
    """What the stack says of its connectors, now and when it last ran."""

    desired: tuple[DesiredConnector, ...]
    recorded: tuple[DesiredConnector, ...] = ()
    """What it managed after its last run. Its own memory: a connector does not say who made it."""

    @property
    def names(self) -> frozenset[str]:
        """All connectors that concern it."""
        return frozenset(one.name for one in (*self.desired, *self.recorded))

    def doubtful(self, observed: Mapping[str, ObservedConnector]) -> tuple[DesiredConnector, ...]:
        """Return those that no plugin has seen as they are declared, and those whose live configuration differs."""
        before = {one.name: one.full for one in self.recorded}
        return tuple(
            one
            for one in self.desired
            if before.get(one.name) != one.full or one.name not in observed or observed[one.name].config != one.full
        )


@dataclass(frozen=True, kw_only=True)
class ConnectorReport:
    """What one run did."""

    done: tuple[ConnectorChange, ...] = ()
    adopted: tuple[str, ...] = ()
    idle: tuple[str, ...] = ()
    """Connectors that run and have no task."""

    def lines(self) -> tuple[str, ...]:
        """Return the summary for the user; empty when nothing was done."""
        said = [f"adopted {line}" for line in some_lines(self.adopted)]
        for kind, verb in _DONE.items():
            names = [change.connector for change in self.done if type(change) is kind]
            if names:
                said.append(f"{verb} {count(len(names), 'connector')}: {some(names)}")
        return (*said, *(f"{name} runs, and has given itself nothing to do: it has no task" for name in self.idle))


@dataclass(frozen=True, kw_only=True)
class ConnectorForecast:
    """What a run would do, and what the workers would refuse as they are now."""

    plan: ConnectorPlan
    checks: Checked

    def lines(self) -> tuple[str, ...]:
        """Return both as text lines."""
        refused = [f"the workers, as they are now, would refuse: {reason}" for reason in self.checks.refused]
        unasked = self.checks.unasked
        notes = [f"not checked by the workers in time, and checked by the run: {some(unasked)}"] if unasked else []
        return (*self.plan.lines(), *some_lines(refused, SHOWN), *notes)


def forecast_connectors(world: World, wish: ConnectorWish, seconds: float) -> ConnectorForecast:
    """Return what a run would do now, and change nothing; plugins are asked for so long.

    Raises NotYet when no worker can be asked.
    """
    observed = world.connectors.observe(wish.names)
    checks = checked(world, wish.doubtful(observed), seconds)
    return ConnectorForecast(
        plan=plan_connectors(wish.desired, wish.recorded, observed, checks.passwords), checks=checks
    )


class ConnectorsRun:
    """One run over the connectors of one Connect cluster."""

    def __init__(self, world: World, wish: ConnectorWish, pace: Pace | None = None) -> None:
        """Take the workers, what is wanted of them, and how long to wait."""
        self._world = world
        self._wish = wish
        self._wanted = {one.name: one for one in wish.desired}
        self._pace = pace or Pace()
        self._done: dict[tuple[type, str], ConnectorChange] = {}
        self._restarts: dict[str, list[float]] = {}
        """When what had failed of a connector was restarted."""
        self._good_since: dict[str, float] = {}
        """Since when every look has found a connector as it is wanted."""
        self._idle: frozenset[str] = frozenset()
        self._headway = Headway(world=world, what="connectors", whose="workers")

    def run(self) -> ConnectorReport:
        """Bring the connectors to the desired state and report what was done.

        Raises Refused, Fatal or EngineLost. What was done stays done, and the next run goes on from there.
        """
        with stops_for_good():
            first = patiently(self._headway, self._pace, self._permitted)
            if first.changes or first.unclear:
                until_nothing_is_missing(self._headway, self._pace, self._step)
        report = ConnectorReport(done=tuple(self._done.values()), adopted=first.adopted, idle=tuple(sorted(self._idle)))
        for line in report.lines():
            self._world.progress.info(line)
        return report

    def _permitted(self) -> ConnectorPlan:
        """Return the first plan, once nothing forbids any of it. Raises Refused with all reasons."""
        observed = self._world.connectors.observe(self._wish.names)
        checks = checked(self._world, self._wish.doubtful(observed))
        planned = plan_connectors(self._wish.desired, self._wish.recorded, observed, checks.passwords)
        reasons = (*planned.refused, *checks.refused)
        if reasons:
            raise Refused((*some_lines(reasons, SHOWN), "the connectors were left as they are"))
        return planned

    def _step(self) -> tuple[str, ...]:
        """Look, ask for what was not accepted yet, and return what is missing after that."""
        observed = self._world.connectors.observe(self._wish.names)
        planned = plan_connectors(self._wish.desired, self._wish.recorded, observed)
        changes = planned.changes
        self._end_if_hopeless(observed)
        due = [change for change in changes if self._is_due(change)]
        self._headway.total = len(self._done) + len(due)
        refused = [refusal for change in due for refusal in self._asked(change)]
        waiting = {change.connector: f"waits for {change.connector}" for change in changes}
        unclear = [f"{name}: it is {observed[name].state.lower()}" for name in planned.unclear]
        return (*refused, *waiting.values(), *unclear, *self._unsettled(observed, {*waiting, *planned.unclear}))

    def _is_due(self, change: ConnectorChange) -> bool:
        """Return whether a change is to be asked for now: once, or for what has failed once in a stable window."""
        if not isinstance(change, Restart):
            return (type(change), change.connector) not in self._done
        tried = self._restarts.get(change.connector, [])
        return not tried or self._world.clock.now() - tried[-1] >= self._pace.stable_window

    def _asked(self, change: ConnectorChange) -> tuple[str, ...]:
        """Ask for one change and return what may be accepted later; what never will ends the run."""
        self._headway.say(f"{_DOING[type(change)]} {change.connector}")
        refusal = self._world.connectors.apply(change)
        if refusal is not None and refusal.soon:
            return (str(refusal),)
        if refusal is not None:
            did = f"{count(len(self._done), 'change')} before that stay" if self._done else "nothing was changed"
            raise Fatal((f"the workers refuse {refusal}", f"{did}; correct what is named, and run again"))
        self._done[type(change), change.connector] = change
        self._good_since.pop(change.connector, None)
        if isinstance(change, Restart):
            self._restarts.setdefault(change.connector, []).append(self._world.clock.now())
        self._headway.done = len(self._done)
        return ()

    def _end_if_hopeless(self, observed: Mapping[str, ObservedConnector]) -> None:
        """Raise Fatal for what has failed once more after the last restart that it is given."""
        spent = [
            observed[name]
            for name, tried in sorted(self._restarts.items())
            if len(tried) >= RESTARTS
            and name in observed
            and observed[name].failures
            and self._world.clock.now() - tried[-1] >= self._pace.stable_window
        ]
        if spent:
            said = [f"{one.name}: {failed.what} fails: {failed.trace}" for one in spent for failed in one.failures]
            todo = "correct what the traces name; the connectors stay as they are, and the next run goes on from there"
            raise Fatal((*some_lines(said), f"each was restarted {RESTARTS} times by this run; {todo}"))

    def _unsettled(self, observed: Mapping[str, ObservedConnector], waiting: set[str]) -> tuple[str, ...]:
        """Return the touched connectors that have not been as they are wanted for the stable window."""
        now, missing, idle = self._world.clock.now(), list[str](), set[str]()
        touched = {name for kind, name in self._done if kind is not Delete}
        for name in sorted(touched - waiting):
            live = observed.get(name)
            lacks = "it is not seen" if live is None else _lacks(self._wanted[name].state, live)
            if lacks:
                self._good_since.pop(name, None)
                missing.append(f"{name}: {lacks}")
            elif now - self._good_since.setdefault(name, now) < self._pace.stable_window:
                missing.append(f"{name}: must stay so for {self._pace.stable_window:g} s")
            elif live is not None and live.state == "RUNNING" and not live.tasks:
                idle.add(name)
        self._idle = frozenset(idle)
        return tuple(missing)


def _lacks(wanted: State, live: ObservedConnector) -> str:
    """Return what a connector lacks of the state that it is to have, nothing for one that has it."""
    if wanted != "running":
        return "" if live.state == wanted.upper() else f"it is {live.state.lower()}, and is to be {wanted}"
    away = [f"task {number} is {state.lower()}" for number, state in enumerate(live.tasks) if state != "RUNNING"]
    return some(([] if live.state == "RUNNING" else [f"it is {live.state.lower()}"]) + away)
