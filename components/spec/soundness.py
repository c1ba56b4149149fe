"""What no field can take, whatever it is: looked for before any value is read, so that nothing later has to.

A text that cannot be encoded, or holds a NUL, stops the engine or Kubernetes half-way; a number of a hundred digits is
no setting of anything, and Python refuses to write it down; nesting without end would exhaust the stack.
"""

import math
from collections.abc import Iterator
from typing import Final

from components.spec.problems import Problem
from components.spec.values import is_mapping, is_sequence

_LARGEST: Final = 2**63
_DEEPEST: Final = 40
_SHOWN: Final = 40
_NOT_SHOWN: Final = "something that cannot be shown"


def unsound(value: object, path: str) -> list[Problem]:
    """Return a problem for each value inside this one that no field takes."""
    return list(_found(value, path, 0))


def _found(value: object, path: str, depth: int) -> Iterator[Problem]:
    if isinstance(value, str):
        if not _is_sound(value):
            yield _problem(path, "text without NUL, and with whole characters only", "no file or object can hold it")
    elif isinstance(value, bool) or value is None:
        return
    elif isinstance(value, int | float):
        if not math.isfinite(value) if isinstance(value, float) else abs(value) > _LARGEST:
            yield _problem(path, f"numbers from -{_LARGEST} to {_LARGEST}", "it is no number that Kafka knows")
    elif not (is_mapping(value) or is_sequence(value)):
        yield _problem(path, "text, numbers, true, false, lists and objects", "nothing else can be written in JSON")
    elif depth >= _DEEPEST:
        yield _problem(path, f"at most {_DEEPEST} objects and lists within each other", "nothing here is so deep")
    else:
        yield from _inside(value, path, depth + 1)


def _inside(value: object, path: str, depth: int) -> Iterator[Problem]:
    if is_mapping(value):
        for key, item in value.items():
            name = str(key)
            if not _is_sound(name):
                yield _problem(path, "keys without NUL, and with whole characters only", "one of its keys has others")
            else:
                yield from _found(item, _join(path, name), depth)
    elif is_sequence(value):
        for index, item in enumerate(value):
            yield from _found(item, f"{path}[{index}]", depth)


def _is_sound(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _join(path: str, name: str) -> str:
    short = name if len(name) <= _SHOWN else f"{name[:_SHOWN]}…"
    return f"{path}{short}" if not path or path.endswith(":") else f"{path}.{short}"


def _problem(path: str, allowed: str, why: str) -> Problem:
    return Problem(path=path, given=_NOT_SHOWN, allowed=allowed, why=why, todo="correct the value")
