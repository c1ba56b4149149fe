"""Schemas: what the spec wants against what the registry has, as changes with their reasons. Pure.

A subject that exists is adopted; one that the stack managed and no longer names is deleted, softly, unless it is
protected. Guarantees: no version is ever taken away for good or rewritten, a subject that the stack did not manage is
never touched, and a subject's level stands before a new version of it is judged.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from hooks.planner.schema_texts import Kind, Reference, Schema, in_order, same
from hooks.planner.text import some_lines

Level = Literal["BACKWARD", "BACKWARD_TRANSITIVE", "FORWARD", "FORWARD_TRANSITIVE", "FULL", "FULL_TRANSITIVE", "NONE"]

SHOWN: Final = 50
"""How many lines of one kind a plan shows; the rest is counted."""
_EVERY: Final = "all subjects without a level of their own"


@dataclass(frozen=True, kw_only=True)
class Link:
    """Another subject that a schema refers to, as the stack file says it."""

    name: str
    """How the schema's text calls it."""
    subject: str
    version: int | None = None
    """None is the version that the stack itself declares."""


@dataclass(frozen=True, kw_only=True)
class DesiredSubject:
    """One subject as the stack file wants it, or as an earlier run recorded that it did."""

    name: str
    kind: Kind
    text: str
    links: tuple[Link, ...] = ()
    level: Level | None = None
    """None follows the registry's own."""
    deletion_protection: bool = True


@dataclass(frozen=True, kw_only=True)
class ObservedSubject:
    """One live subject."""

    name: str
    latest: int
    schema: Schema
    """Of its latest version."""
    level: str | None = None
    """Its own; None for none."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What the registry has of what concerns the stack."""

    level: str
    """Of subjects that have none."""
    subjects: Mapping[str, ObservedSubject] = field(default_factory=dict[str, ObservedSubject])


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How far a declared schema is."""

    schema: Schema | None
    """None while a schema that it refers to has no version yet."""
    version: int | None
    """Under which it is registered, None for not yet."""


@dataclass(frozen=True, kw_only=True)
class SetLevel:
    """Another level, of a subject or of the whole registry."""

    subject: str | None
    before: str | None
    after: Level | None
    """None takes the subject's own away."""

    def __str__(self) -> str:
        """Return the line of a plan."""
        before, after = (level or "that of the registry" for level in (self.before, self.after))
        return f"compatibility of {self.subject or _EVERY}: {before} -> {after}"


@dataclass(frozen=True, kw_only=True)
class Register:
    """A schema that its subject does not have."""

    want: DesiredSubject
    latest: int | None
    """The latest version; None for a subject that is not there."""
    again: bool = False
    """The stack managed it before, and somebody else deleted it."""

    @property
    def subject(self) -> str:
        """Its subject."""
        return self.want.name

    def __str__(self) -> str:
        """Return the line of a plan."""
        if self.latest is not None:
            return f"register {self.subject}: {self.want.kind}, a version after {self.latest}"
        return f"register {self.subject}: {self.want.kind}, the first version" + (
            " (it was deleted by somebody else)" if self.again else ""
        )


@dataclass(frozen=True, kw_only=True)
class Delete:
    """A subject that the stack managed, does not name any more, and does not protect."""

    subject: str

    def __str__(self) -> str:
        """Return the line of a plan."""
        return f"delete {self.subject}: softly, its versions can still be read by their ids"


SchemaChange = SetLevel | Register | Delete


@dataclass(frozen=True, kw_only=True)
class SchemaPlan:
    """What a run would do now."""

    changes: tuple[SchemaChange, ...] = ()
    """In the order of a run."""
    adopted: tuple[str, ...] = ()
    """Subjects that exist and were not managed by this stack before, and how they differ."""
    refused: tuple[str, ...] = ()
    """Why the run will refuse; nothing happens until they are gone."""
    notes: tuple[str, ...] = ()
    """What is not as declared, and no run changes."""

    def lines(self) -> tuple[str, ...]:
        """Return the plan as text lines; none when there is nothing to do or to know."""
        said = [f"refused: {reason}" for reason in self.refused]
        said += some_lines([f"adopt {line}" for line in self.adopted], SHOWN)
        for kind in (SetLevel, Register, Delete):
            said += some_lines([str(change) for change in self.changes if type(change) is kind], SHOWN)
        return (*said, *some_lines(self.notes, SHOWN))


def standings(
    desired: Iterable[DesiredSubject], seen: Seen, find: Callable[[str, Schema], int | None]
) -> dict[str, Standing]:
    """Return how far each declared schema is, in the order in which they can be registered.

    `find` says under which version a subject that exists has a schema; it is asked where the latest is another one.
    """
    wanted = {one.name: one for one in desired}
    found: dict[str, Standing] = {}
    for name in in_order({name: {link.subject for link in one.links} for name, one in wanted.items()}):
        schema = resolved(wanted[name], {subject: one.version for subject, one in found.items()})
        live = seen.subjects.get(name)
        if schema is None or live is None:
            found[name] = Standing(schema=schema, version=None)
        else:
            version = live.latest if same(live.schema, schema) else find(name, schema)
            found[name] = Standing(schema=schema, version=version)
    return found


def resolved(want: DesiredSubject, versions: Mapping[str, int | None]) -> Schema | None:
    """Return the schema with the versions that it refers to, None while one of them is not registered."""
    references: list[Reference] = []
    for link in want.links:
        version = link.version or versions.get(link.subject)
        if version is None:
            return None
        references.append(Reference(name=link.name, subject=link.subject, version=version))
    return Schema(kind=want.kind, text=want.text, references=tuple(references))


def plan_schemas(
    desired: Mapping[str, DesiredSubject],
    recorded: Mapping[str, DesiredSubject],
    seen: Seen,
    found: Mapping[str, Standing],
    level: Level | None = None,
) -> SchemaPlan:
    """Return the plan.

    `recorded` is what the stack managed after its last run: the one memory of who owns what. `found` comes from
    `standings`, and `level` is the one that the whole registry is to have.
    """
    live = [(desired[name], seen.subjects[name]) for name in found if name in seen.subjects]
    return SchemaPlan(
        changes=(
            *([SetLevel(subject=None, before=seen.level, after=level)] if level not in {None, seen.level} else []),
            *(change for want, one in live for change in _levelled(want, one, recorded.get(want.name))),
            *(
                change
                for name, one in found.items()
                if one.version is None
                for change in _registration(desired[name], seen.subjects.get(name), again=name in recorded)
            ),
            *(Delete(subject=name) for name in _left(desired, recorded, seen, protected=False)),
        ),
        adopted=tuple(
            _adoption(want, one, found[want.name].version) for want, one in live if want.name not in recorded
        ),
        refused=tuple(_protected(name) for name in _left(desired, recorded, seen, protected=True)),
        notes=tuple(note for want, one in live for note in _overtaken(one, found[want.name].version)),
    )


def assumed(recorded: Iterable[DesiredSubject], level: Level | None) -> Seen:
    """Return the registry as the last run left it: what a plan rests on when none can be seen."""
    subjects: dict[str, ObservedSubject] = {}
    managed = {one.name: one for one in recorded}
    for name in in_order({name: {link.subject for link in one.links} for name, one in managed.items()}):
        want = managed[name]
        versions = {link.subject: 1 for link in want.links}
        schema = resolved(want, versions) or Schema(kind=want.kind, text=want.text)
        subjects[name] = ObservedSubject(name=name, latest=1, schema=schema, level=want.level)
    return Seen(level=level or "unknown", subjects=subjects)


def in_force(live: ObservedSubject, seen: Seen) -> str:
    """Return the level by which a new version of a subject is judged now."""
    return live.level or seen.level


def _levelled(want: DesiredSubject, live: ObservedSubject, before: DesiredSubject | None) -> Iterator[SetLevel]:
    """Return the change of its level; one that the stack never set is somebody else's."""
    if want.level is not None and want.level != live.level:
        yield SetLevel(subject=want.name, before=live.level, after=want.level)
    elif want.level is None and live.level is not None and before is not None and before.level is not None:
        yield SetLevel(subject=want.name, before=live.level, after=None)


def _registration(want: DesiredSubject, live: ObservedSubject | None, *, again: bool) -> Iterator[SchemaChange]:
    """Return its registration, and the level of a subject that begins with it: some registries take none before."""
    yield Register(want=want, latest=live.latest if live else None, again=again and live is None)
    if live is None and want.level is not None:
        yield SetLevel(subject=want.name, before=None, after=want.level)


def _left(
    desired: Mapping[str, DesiredSubject], recorded: Mapping[str, DesiredSubject], seen: Seen, *, protected: bool
) -> list[str]:
    """Return the live subjects that have left the list, those first that refer to others."""
    gone = {name: one for name, one in recorded.items() if name not in desired and name in seen.subjects}
    needs = {name: {each.subject for each in seen.subjects[name].schema.references} for name in gone}
    return [name for name in reversed(in_order(needs)) if gone[name].deletion_protection is protected]


def _protected(name: str) -> str:
    return (
        f"subject {name} is not in the spec any more, and it is protected. Put it back; to delete it, set its "
        + "deletionProtection to false, run `pulumi up`, and take it out then"
    )


def _adoption(want: DesiredSubject, live: ObservedSubject, version: int | None) -> str:
    has = "the declared schema is not among them" if version is None else f"the declared schema is version {version}"
    unlike = f", compatibility {live.level or 'that of the registry'}" if want.level not in {None, live.level} else ""
    return f"{want.name}: it exists, its latest version is {live.latest}; {has}{unlike}"


def _overtaken(live: ObservedSubject, version: int | None) -> Iterator[str]:
    """Return what somebody else has registered after the declared schema: it cannot be made the latest again."""
    if version is not None and version != live.latest:
        yield (
            f"drift: {live.name} has version {live.latest} after the declared one, which is version {version}; whoever "
            + "asks for the latest gets the other. Declare that one, or delete it in the registry"
        )
