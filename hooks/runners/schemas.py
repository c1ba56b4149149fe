"""The Schemas run: make the live subjects what the spec says.

    look ─> refuse what cannot be ─> let the registry judge every new schema ─> levels of what is there
         ─> register, each after those it refers to, with the level of what is new ─> delete

A registry answers once it has written, so every answer is the end of its change, and nothing is waited for but the
registry itself. What is left to do follows from a new look, so an interrupted run resumes by running again. No Lease is
held: nothing here restarts or moves a broker, and what a deletion takes is soft.

Guarantees: nothing is touched while the registry refuses a schema by the level that is to hold; a schema that a subject
has is not registered again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from hooks.administration import Rejection
from hooks.interfaces import Fatal, NotYet, Refused
from hooks.planner.desired import Pace
from hooks.planner.schema_checks import Judged, held, judged, level_of, path, wanted_level
from hooks.planner.schema_texts import Schema
from hooks.planner.schemas import (
    SHOWN,
    Delete,
    DesiredSubject,
    Level,
    Register,
    SchemaChange,
    SchemaPlan,
    Seen,
    SetLevel,
    Standing,
    plan_schemas,
    resolved,
    standings,
)
from hooks.planner.text import count, some, some_lines
from hooks.runners.convergence import Headway, patiently
from hooks.runners.start import stops_for_good
from hooks.runners.world import World

_DONE: Final = {SetLevel: "set the compatibility of", Register: "registered a version of", Delete: "deleted"}
_DOING: Final = {SetLevel: "setting the compatibility of", Register: "registering", Delete: "deleting"}
_REGISTRY: Final = "the whole registry"


@dataclass(frozen=True, kw_only=True)
class SchemaWish:
    """What the stack says of its schemas, now and when it last ran."""

    desired: tuple[DesiredSubject, ...]
    recorded: tuple[DesiredSubject, ...] = ()
    """What it managed after its last run. Its own memory: a subject does not say who made it."""
    level: Level | None = None
    """Of the whole registry; None leaves it as it is."""

    @property
    def wanted(self) -> Mapping[str, DesiredSubject]:
        """The declared subjects by name."""
        return {one.name: one for one in self.desired}

    @property
    def managed(self) -> Mapping[str, DesiredSubject]:
        """Those of the last run by name."""
        return {one.name: one for one in self.recorded}


@dataclass(frozen=True, kw_only=True)
class SchemaForecast:
    """What a run would do, and what the registry says of it."""

    plan: SchemaPlan
    found: Mapping[str, Standing]
    refused: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()

    def lines(self) -> tuple[str, ...]:
        """Return all of it as text lines."""
        refused = [f"the registry, as it is now, would refuse: {reason}" for reason in self.refused]
        return (*self.plan.lines(), *some_lines(refused, SHOWN), *some_lines(self.unsure, SHOWN))


@dataclass(frozen=True, kw_only=True)
class SchemaReport:
    """What one run did."""

    done: tuple[SchemaChange, ...] = ()
    adopted: tuple[str, ...] = ()

    def lines(self) -> tuple[str, ...]:
        """Return the summary for the user; empty when nothing was done."""
        said = [f"adopted {line}" for line in some_lines(self.adopted)]
        for kind, verb in _DONE.items():
            names = [change.subject or _REGISTRY for change in self.done if type(change) is kind]
            if names:
                said.append(f"{verb} {count(len(names), 'subject')}: {some(names)}")
        return tuple(said)


def forecast_schemas(world: World, wish: SchemaWish, seconds: float | None = None) -> SchemaForecast:
    """Return what a run would do now, and change nothing; judgements are asked for so long.

    Raises NotYet when the registry cannot be asked.
    """
    wanted, managed = wish.wanted, wish.managed
    seen = world.schemas.observe(wanted.keys() | managed.keys())
    found = standings(wish.desired, seen, world.schemas.find)
    plan = plan_schemas(wanted, managed, seen, found, wish.level)
    ends = None if seconds is None else world.clock.now() + seconds
    refused, unsure, unasked = list[str](), list[str](), list[str]()
    for name, one in found.items():
        if one.version is not None:
            continue
        if one.schema is None:
            unsure.append(f"{path(name)} refers to what is registered by this run, and is judged after that")
            continue
        verdict = _judgement(world, wish, seen, (name, one.schema), ends)
        if verdict is None:
            unasked.append(name)
            continue
        refused += [verdict.refused] if verdict.refused else []
        unsure += [verdict.unsure] if verdict.unsure else []
    refused += _held(world, plan)
    unsure += [f"not judged by the registry in time, and judged by the run: {some(unasked)}"] if unasked else []
    return SchemaForecast(plan=plan, found=found, refused=tuple(refused), unsure=tuple(unsure))


def _held(world: World, plan: SchemaPlan) -> list[str]:
    """Return why planned deletions cannot be, each after those before it."""
    going = [change.subject for change in plan.changes if isinstance(change, Delete)]
    reasons = (held(name, world.schemas.referrers(name), going[:place]) for place, name in enumerate(going))
    return [reason for reason in reasons if reason is not None]


def _judgement(
    world: World, wish: SchemaWish, seen: Seen, candidate: tuple[str, Schema], ends: float | None
) -> Judged | None:
    """Return what the registry says of one new schema; None where there is no time. Raises NotYet without an end."""
    name, schema = candidate
    live = seen.subjects.get(name)
    if ends is not None and world.clock.now() >= ends:
        return None
    try:
        objection = world.schemas.check(name, schema, live.latest if live else None)
    except NotYet:
        if ends is None:
            raise
        return None
    by = (level_of(live, seen), wanted_level(wish.wanted[name], wish.managed.get(name), seen, wish.level))
    return judged(wish.wanted[name], live, objection, by)


class SchemasRun:
    """One run over the subjects of one registry."""

    def __init__(self, world: World, wish: SchemaWish, pace: Pace | None = None) -> None:
        """Take the registry, what is wanted of it, and how long to wait."""
        self._world = world
        self._wish = wish
        self._pace = pace or Pace()
        self._done: list[SchemaChange] = []
        self._versions: dict[str, int | None] = {}
        """Under which version each declared schema is registered."""
        self._headway = Headway(world=world, what="schemas", whose="registry")

    def run(self) -> SchemaReport:
        """Bring the subjects to the desired state and report what was done.

        Raises Refused, Fatal or EngineLost. What was done stays done, and the next run goes on from there.
        """
        with stops_for_good():
            first = patiently(self._headway, self._pace, self._permitted)
            self._versions = {name: one.version for name, one in first.found.items()}
            self._headway.total = len(first.plan.changes)
            for change in first.plan.changes:
                self._headway.say(f"{_DOING[type(change)]} {change.subject or _REGISTRY}")
                patiently(self._headway, self._pace, partial(self._make, change))
                self._done.append(change)
                self._headway.done = len(self._done)
        report = SchemaReport(done=tuple(self._done), adopted=first.plan.adopted)
        for line in (*report.lines(), *first.plan.notes):
            self._world.progress.info(line)
        return report

    def _permitted(self) -> SchemaForecast:
        """Return the first plan, once nothing forbids any of it. Raises Refused with all reasons."""
        found = forecast_schemas(self._world, self._wish)
        reasons = (*found.plan.refused, *found.refused)
        if reasons:
            raise Refused((*some_lines(reasons, SHOWN), "the registry was left as it is"))
        return found

    def _make(self, change: SchemaChange) -> None:
        """Make one change; what is refused ends the run. Raises Fatal and NotYet."""
        match change:
            case SetLevel():
                rejection = self._world.schemas.set_level(change.subject, change.after)
            case Register():
                rejection = self._registered(change.want)
            case Delete():
                rejection = self._world.schemas.delete(change.subject)
        if rejection is not None:
            before = f"{count(len(self._done), 'change')} before that stay" if self._done else "nothing was changed"
            raise Fatal((f"the registry refuses {rejection}", f"{before}; correct what is named, and run again"))

    def _registered(self, want: DesiredSubject) -> Rejection | None:
        """Register a schema, unless a request that was not answered has, and learn its version."""
        schema = resolved(want, self._versions)
        if schema is None:
            links = some(sorted({link.subject for link in want.links}))
            raise Fatal((f"{path(want.name)} refers to {links}, and one of them has no version",))
        rejection = self._world.schemas.register(want.name, schema)
        if rejection is None:
            self._versions[want.name] = self._world.schemas.find(want.name, schema)
            if self._versions[want.name] is None:
                raise NotYet(f"the registry does not show the schema of {want.name} that it has taken")
        return rejection
