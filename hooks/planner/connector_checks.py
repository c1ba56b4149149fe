"""What forbids a connector: an unknown class, what its plugin says of its configuration, passwords in clear. Pure.

The workers are asked by whoever observes; here their answers become reasons with the path in the stack file.
"""

import difflib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from hooks.planner.connectors import CLASS, NAME, TASKS, DesiredConnector, looks_up
from hooks.planner.text import listed

_FIELDS: Final = {NAME: "name", CLASS: "class", TASKS: "tasks"}
_NEAREST: Final = 3
#: What the platform's workers look up; a reference to another provider stays the text that it is.
_PROVIDED: Final = re.compile(r"\$\{directory:[^}]+\}")


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a plugin says of one configuration."""

    errors: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """Its words by key."""
    passwords: frozenset[str] = frozenset()
    """The keys that are passwords to it, set or not."""


def path(want: DesiredConnector, key: str) -> str:
    """Return where a key of a connector's configuration stands in the stack file, or what it follows from."""
    if want.origin:
        return f"{want.origin} (connector {want.name}): {key}"
    return f"connect.connectors[{want.name}].{_FIELDS.get(key) or f'config.{key}'}"


def unknown_class(want: DesiredConnector, plugins: Collection[str]) -> str | None:
    """Return why the class cannot be, None for one that the workers have."""
    if want.plugin in plugins:
        return None
    near = nearest(want.plugin, plugins)
    known = f"the nearest that they have: {listed(near)}" if near else "they have no plugin at all"
    return (
        f"{path(want, CLASS)} is {want.plugin}, and the workers have no such plugin; {known}. Correct the class, "
        + "or bring the plugin by connect.image, connect.pluginPaths or connect.pluginClaims"
    )


def nearest(plugin: str, plugins: Collection[str]) -> list[str]:
    """Return the plugins whose names are most like this one: by the last part, since packages are much alike."""
    short = plugin.rpartition(".")[2].lower()
    likeness = {each: difflib.SequenceMatcher(a=short, b=each.rpartition(".")[2].lower()).ratio() for each in plugins}
    return sorted(plugins, key=lambda each: (-likeness[each], each))[:_NEAREST]


def refusals(want: DesiredConnector, verdict: Verdict) -> Iterator[str]:
    """Return what the plugin refuses, and every password in clear."""
    for key in sorted(verdict.errors):
        value = want.full.get(key)
        # The worker has looked the value up, and its words may repeat it.
        words = "the value that is looked up is refused" if looks_up(value or "") else _words(verdict.errors[key])
        given = "is missing, refused" if value is None else "is refused"
        yield f"{path(want, key)} {given} by {want.plugin.rpartition('.')[2]}, which says {words}"
    for key in sorted(verdict.passwords & want.config.keys()):
        value = want.config[key]
        if value and not _PROVIDED.search(value):
            yield (
                f"{path(want, key)} is a password in clear, which everybody could read who reads the stack file "
                + "or asks a worker; put it into a Secret, name that in connect.secrets, and write "
                + "${directory:/etc/kafka-platform-secrets/SECRET:KEY}"
            )


def _words(errors: Collection[str]) -> str:
    return "; ".join(" ".join(error.split()) for error in errors)
