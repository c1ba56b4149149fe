"""What forbids a new version of a schema: the registry's own judgement, by the level that is to hold. Pure.

A registry judges by the level that it has now. Where another one is declared, what it says still tells something: a
level that demands more than another, and finds nothing, speaks for both.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from hooks.planner.schemas import DesiredSubject, Level, ObservedSubject, Seen, in_force
from hooks.planner.text import some

_SIDES: Final[Mapping[str, frozenset[str]]] = {
    "BACKWARD": frozenset({"backward"}),
    "FORWARD": frozenset({"forward"}),
    "FULL": frozenset({"backward", "forward"}),
    "NONE": frozenset(),
}
_TRANSITIVE: Final = "_TRANSITIVE"
_SHOWN: Final = 600
"""How much of a registry's words an error repeats."""


@dataclass(frozen=True, kw_only=True)
class Objection:
    """What the registry has against a schema."""

    words: str
    """Empty where it gives no reason."""
    kind: Literal["invalid", "incompatible"] = "incompatible"


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What follows from it, one of both at most."""

    refused: str | None = None
    unsure: str | None = None


def demands(more: str, less: str) -> bool:
    """Return whether what one level lets pass the other one lets pass too."""
    if more.removesuffix(_TRANSITIVE) not in _SIDES or less.removesuffix(_TRANSITIVE) not in _SIDES:
        return False
    wide, narrow = _SIDES[more.removesuffix(_TRANSITIVE)], _SIDES[less.removesuffix(_TRANSITIVE)]
    return narrow <= wide and (not narrow or more.endswith(_TRANSITIVE) or not less.endswith(_TRANSITIVE))


def wanted_level(want: DesiredSubject, before: DesiredSubject | None, seen: Seen, level: Level | None) -> str:
    """Return the level by which a run would have a new version judged."""
    live = seen.subjects.get(want.name)
    kept = live.level if live is not None and (before is None or before.level is None) else None
    return want.level or kept or level or seen.level


def judged(
    want: DesiredSubject, live: ObservedSubject | None, objection: Objection | None, by: tuple[str, str]
) -> Judged:
    """Return what the registry's judgement by the level in force means for the level that is to hold."""
    now, then = by
    if objection is not None and objection.kind == "invalid":
        return Judged(
            refused=f"{path(want.name)} is no schema that the registry takes as {want.kind}: {_short(objection)}"
        )
    if live is None:
        return Judged()
    # Who finds something by a level that lets everything pass judges by another one, of which nothing is known here.
    hidden = objection is not None and now == "NONE"
    if not (demands(now, then) if objection is None else demands(then, now) and not (hidden and then != "NONE")):
        found = "not " if objection is not None else ""
        return Judged(
            unsure=f"{path(want.name)} is {found}compatible by {now}, which the registry has now; whether it is by "
            + f"{then} shows once that is set"
        )
    if objection is None:
        return Judged()
    level = "the registry's own level, which NONE of a subject does not overrule there," if hidden else then
    return Judged(
        refused=f"{path(want.name)} is not compatible by {level} with version {live.latest}: {_short(objection)}"
    )


def held(subject: str, referrers: Collection[str], going: Collection[str]) -> str | None:
    """Return why a subject cannot be deleted, None for one that nobody refers to but those that go before it."""
    others = sorted(set(referrers) - set(going))
    if not others:
        return None
    return (
        f"subject {subject} cannot be deleted while schemas of {some(others)} refer to it. Put it back, or take those "
        + "out with it"
    )


def level_of(live: ObservedSubject | None, seen: Seen) -> str:
    """Return the level in force, be the subject there or not."""
    return seen.level if live is None else in_force(live, seen)


def path(name: str) -> str:
    """Return where a subject stands in the stack file."""
    return f"schemas.subjects[{name}]"


def _short(objection: Objection) -> str:
    words = " ".join(objection.words.split()) or "the registry gives no reason"
    return words if len(words) <= _SHOWN else f"{words[:_SHOWN]} ..."
