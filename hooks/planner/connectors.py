"""Connectors: what the spec wants against what the workers of Kafka Connect have, as changes with their reasons. Pure.

A connector that exists is adopted; one that the stack managed and no longer names is deleted, unless it is protected.
Guarantees: a connector's configuration is the declared one and nothing else, a connector that the stack did not manage
is never touched, offsets are never deleted, and no value that may be a password is ever shown.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from hooks.planner.text import count, some_lines

State = Literal["running", "paused", "stopped"]

SHOWN = 50
"""How many lines of one kind a plan shows; the rest is counted."""
NAME: Final = "name"
CLASS: Final = "connector.class"
TASKS: Final = "tasks.max"
#: States on the way to another one, which alone tells what was asked for.
PASSING: Final = frozenset({"UNASSIGNED", "RESTARTING"})
HIDDEN: Final = "[hidden]"
#: How a key reads whose value is nobody's business, whatever the plugin says of its type.
_SECRET: Final = re.compile(
    r"passw|secret|token|credential|passphrase|private.?key|jaas|api.?key|access.?key|auth\.user"
)
_REFERENCE: Final = re.compile(r"\$\{[^}:]+:[^}]*\}")


@dataclass(frozen=True, kw_only=True)
class DesiredConnector:
    """One connector as the stack file wants it, or as an earlier run recorded that it did."""

    name: str
    plugin: str
    """Its class."""
    tasks: int
    """How many tasks it may have."""
    config: Mapping[str, str] = field(default_factory=dict[str, str])
    """Its keys beside name, class and tasks."""
    state: State = "running"
    deletion_protection: bool = True
    origin: str = ""
    """What of the stack file it follows from, where that is not an entry of the list of connectors."""

    @property
    def full(self) -> Mapping[str, str]:
        """The configuration as Connect keeps it."""
        return {**self.config, NAME: self.name, CLASS: self.plugin, TASKS: str(self.tasks)}


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A connector or a task of it that has ended with an error."""

    what: str
    """`the connector` or `task 0`."""
    trace: str
    """The first line of its trace."""


@dataclass(frozen=True, kw_only=True)
class ObservedConnector:
    """One live connector."""

    name: str
    config: Mapping[str, str]
    state: str
    """Connect's own word: RUNNING, PAUSED, STOPPED, FAILED, UNASSIGNED, RESTARTING."""
    tasks: tuple[str, ...] = ()
    """The state of each task, by its number."""
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Create:
    """A connector that is not there."""

    connector: str
    config: Mapping[str, str]
    state: State
    again: bool = False
    """The stack managed it before, and somebody else deleted it."""

    def __str__(self) -> str:
        """Return the line of a plan."""
        tasks = count(int(self.config[TASKS]), "task")
        gone = " (it was deleted by somebody else; a source goes on from its offsets)" if self.again else ""
        return f"create {self.connector}: {self.config[CLASS]}, at most {tasks}, {self.state}{gone}"


@dataclass(frozen=True, kw_only=True)
class KeyChange:
    """One key of a connector's configuration, as it may be shown; None is not set."""

    key: str
    before: str | None
    after: str | None

    def __str__(self) -> str:
        """Return old and new value."""
        before, after = ("nothing" if value is None else value for value in (self.before, self.after))
        return f"{self.key} {before} -> {after}"


@dataclass(frozen=True, kw_only=True)
class Configure:
    """Another configuration, which Connect takes as a whole."""

    connector: str
    config: Mapping[str, str]
    keys: tuple[KeyChange, ...]
    """What is different, without values that may be passwords."""

    def __str__(self) -> str:
        """Return the line of a plan."""
        return f"configure {self.connector}: {', '.join(map(str, self.keys))}"


@dataclass(frozen=True, kw_only=True)
class Switch:
    """Another state that it is to have."""

    connector: str
    before: str
    after: State

    def __str__(self) -> str:
        """Return the line of a plan."""
        verb = {"running": "resume", "paused": "pause", "stopped": "stop"}[self.after]
        return f"{verb} {self.connector}: {self.before.lower()} -> {self.after}"


@dataclass(frozen=True, kw_only=True)
class Restart:
    """What has failed of it, once more."""

    connector: str
    failures: tuple[Failure, ...]

    def __str__(self) -> str:
        """Return the line of a plan."""
        first = self.failures[0]
        others = f" and {len(self.failures) - 1} more" if len(self.failures) > 1 else ""
        return f"restart what failed of {self.connector}: {first.what}{others}: {first.trace}"


@dataclass(frozen=True, kw_only=True)
class Delete:
    """A connector that the stack managed, does not name any more, and does not protect."""

    connector: str

    def __str__(self) -> str:
        """Return the line of a plan."""
        return f"delete {self.connector}: its offsets stay"


ConnectorChange = Create | Configure | Switch | Restart | Delete


@dataclass(frozen=True, kw_only=True)
class ConnectorPlan:
    """What a run would do now."""

    changes: tuple[ConnectorChange, ...] = ()
    """In the order of a run: create, pause and stop, configure, resume, restart, delete."""
    adopted: tuple[str, ...] = ()
    """Connectors that exist and were not managed by this stack before, and how they differ."""
    refused: tuple[str, ...] = ()
    """Why the run will refuse; nothing happens until they are gone."""
    unclear: tuple[str, ...] = ()
    """Connectors that are to stand still, and of which it cannot be told yet whether they will."""

    def lines(self) -> tuple[str, ...]:
        """Return the plan as text lines; none when there is nothing to do or to know."""
        said = [f"refused: {reason}" for reason in self.refused]
        said += some_lines([f"adopt {line}" for line in self.adopted], SHOWN)
        for kind in (Create, Configure, Switch, Restart, Delete):
            said += some_lines([str(change) for change in self.changes if type(change) is kind], SHOWN)
        return tuple(said)


def plan_connectors(
    desired: Iterable[DesiredConnector],
    recorded: Iterable[DesiredConnector],
    observed: Mapping[str, ObservedConnector],
    secret: Collection[str] = (),
) -> ConnectorPlan:
    """Return the plan.

    `recorded` is what the stack managed after its last run: the one memory of who owns what. `secret` are keys whose
    values the plugins call passwords.
    """
    wanted = {one.name: one for one in desired}
    managed = {one.name: one for one in recorded}
    pairs = [(wanted[name], observed[name]) for name in sorted(wanted) if name in observed]
    switches = [switch for pair in pairs for switch in _switched(*pair)]
    return ConnectorPlan(
        changes=(
            *(_creation(wanted[name], again=name in managed) for name in sorted(wanted) if name not in observed),
            *(switch for switch in switches if switch.after != "running"),
            *(change for pair in pairs for change in _configured(*pair, secret)),
            *(switch for switch in switches if switch.after == "running"),
            *(restart for pair in pairs for restart in _restarted(*pair)),
            *(Delete(connector=name) for name in _left(wanted, managed, observed, protected=False)),
        ),
        adopted=tuple(_adoption(*pair, secret) for pair in pairs if pair[0].name not in managed),
        refused=tuple(_protected(managed[name]) for name in _left(wanted, managed, observed, protected=True)),
        unclear=tuple(want.name for want, live in pairs if want.state != "running" and live.state in PASSING),
    )


def assumed(recorded: Iterable[DesiredConnector]) -> dict[str, ObservedConnector]:
    """Return the live connectors as the last run left them: what a plan rests on when no worker can be seen."""
    return {one.name: ObservedConnector(name=one.name, config=one.full, state=one.state.upper()) for one in recorded}


def is_reference(value: str) -> bool:
    """Return whether all of the value is looked up by a config provider."""
    return _REFERENCE.fullmatch(value) is not None


def looks_up(value: str) -> bool:
    """Return whether a part of the value is looked up by a config provider."""
    return _REFERENCE.search(value) is not None


def is_secret(key: str, secret: Collection[str] = ()) -> bool:
    """Return whether the value of a key may be a password."""
    return key in secret or _SECRET.search(key.lower()) is not None


def shown(key: str, value: str | None, secret: Collection[str] = ()) -> str | None:
    """Return a value as it may be shown: a reference tells nothing, and nothing else may be a password."""
    if value is None or is_reference(value) or not is_secret(key, secret):
        return value
    return HIDDEN


def _creation(want: DesiredConnector, *, again: bool) -> Create:
    return Create(connector=want.name, config=want.full, state=want.state, again=again)


def _switched(want: DesiredConnector, live: ObservedConnector) -> Iterator[Switch]:
    """Return the switch to the wanted state. One that runs or would run, and fails, is not halted."""
    halted = live.state in {"PAUSED", "STOPPED"}
    if live.state in PASSING:
        return
    if halted if want.state == "running" else live.state != want.state.upper():
        yield Switch(connector=want.name, before=live.state, after=want.state)


def _configured(want: DesiredConnector, live: ObservedConnector, secret: Collection[str]) -> Iterator[Configure]:
    keys = tuple(
        KeyChange(key=key, before=shown(key, before, secret), after=shown(key, after, secret))
        for key in sorted(want.full.keys() | live.config.keys())
        if (before := live.config.get(key)) != (after := want.full.get(key))
    )
    if keys:
        yield Configure(connector=want.name, config=want.full, keys=keys)


def _restarted(want: DesiredConnector, live: ObservedConnector) -> Iterator[Restart]:
    """Return the restart of what has failed; a connector that has failed is paused by its restart alone."""
    if live.failures and (want.state == "running" or (want.state == "paused" and live.state == "FAILED")):
        yield Restart(connector=want.name, failures=live.failures)


def _left(
    wanted: Mapping[str, DesiredConnector],
    managed: Mapping[str, DesiredConnector],
    observed: Mapping[str, ObservedConnector],
    *,
    protected: bool,
) -> list[str]:
    """Return the live connectors that have left the list, with or without protection."""
    gone = (managed[name] for name in sorted(managed.keys() - wanted.keys()) if name in observed)
    return [one.name for one in gone if one.deletion_protection is protected]


def _protected(one: DesiredConnector) -> str:
    what = f"{one.origin}, and so its connector {one.name}," if one.origin else f"connector {one.name}"
    return (
        f"{what} is not in the spec any more, and it is protected. Put it back; to delete it, set its "
        + "deletionProtection to false, run `pulumi up`, and take it out then"
    )


def _adoption(want: DesiredConnector, live: ObservedConnector, secret: Collection[str]) -> str:
    unlike = [str(key) for change in _configured(want, live, secret) for key in change.keys]
    return f"{want.name}: it exists, {live.state.lower()}; " + (", ".join(unlike) or "nothing to change")
