"""Reads typed values out of a mapping that a user wrote, and collects every problem instead of stopping at the first.

A reader returns a value of the right type even for a wrong one, so that parsing goes on; whoever uses the result asks
the collected problems first. Keys are looked up as the boundary spells them: camelCase in stack files, snake_case in
the arguments of a component.
"""

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final, final

from components.spec.problems import Problem, SpecError
from components.spec.soundness import unsound
from components.spec.values import is_mapping, is_sequence, plain_data, property_text, type_name, whole

Spelling = Callable[[str], str]
#: Stands in an error for what may be a password.
HIDDEN: Final = "something that is not shown"


def camel_case(field: str) -> str:
    """Return the stack file's spelling of a field: `first_broker_id` is `firstBrokerId`, `class_` is `class`."""
    return re.sub(r"_([a-z])", lambda match: match.group(1).upper(), field.rstrip("_"))


def snake_case(field: str) -> str:
    """Return the spelling of component arguments, which is the field's own."""
    return field


@final
class Reader:
    """One object of the input, with its path, and the problems found in it so far."""

    def __init__(self, value: object, *, path: str, spelling: Spelling, problems: list[Problem]) -> None:
        """Read from `value`.

        Anything but an object is itself a problem, and then reads as an empty one; None was reported already.
        """
        self.path = path
        self._spelling = spelling
        self._problems = problems
        self._known: list[str] = []
        self._before = len(problems)
        self._values: Mapping[str, object] = {}
        # What is not there at all is one problem, and not one for each of the fields that it would have.
        self._absent = not is_mapping(value)
        if is_mapping(value):
            self._values = {str(key): item for key, item in value.items()}
        elif value is not None:
            self._wrong_type(path, value, "an object")

    @classmethod
    def root(cls, value: object, *, path: str, spelling: Spelling) -> "tuple[Reader, list[Problem]]":
        """Return the reader of a whole input, and the list that it reports into.

        Raises SpecError at once where a value is none that any field could take.
        """
        problems = unsound(value, path)
        if problems:
            raise SpecError(problems)
        return cls(value, path=path, spelling=spelling, problems=problems), problems

    @property
    def clean(self) -> bool:
        """Whether there is an object, and nothing was found wrong since this reader began."""
        return not self._absent and len(self._problems) == self._before

    def apart(self) -> "tuple[Reader, list[Problem]]":
        """Return a reader of the same object that reports into a list of its own."""
        problems: list[Problem] = []
        return Reader(self._values, path=self.path, spelling=self._spelling, problems=problems), problems

    def take(self, problems: Sequence[Problem]) -> None:
        """Report what was found apart."""
        self._problems.extend(problems)

    @property
    def count(self) -> int:
        """How many problems were found so far, here and elsewhere."""
        return len(self._problems)

    def at(self, field: str) -> str:
        """Return the path of a field, as the user spells it."""
        return self._join(self._spelling(field))

    def spell(self, field: str) -> str:
        """Return the name of a field, as the user spells it."""
        return self._spelling(field)

    def report(self, field: str, given: object, *, allowed: str, why: str, todo: str) -> None:
        """Record a problem with a field."""
        path = self.at(field) if field else self.path
        self._problems.append(Problem(path=path, given=given, allowed=allowed, why=why, todo=todo))

    def report_key(self, path: str, given: object, *, allowed: str, why: str, todo: str) -> None:
        """Record a problem with a key that is not ours, and so is spelled as it was written."""
        self._problems.append(Problem(path=self._join(path), given=given, allowed=allowed, why=why, todo=todo))

    def has(self, field: str) -> bool:
        """Tell whether the field is given; null and an empty object count as not given."""
        value = self._raw(field)
        return value is not None and value != {}

    def present(self, field: str) -> bool:
        """Tell whether the field is given, be it as an empty object."""
        return self._raw(field) is not None

    def text(self, field: str, *, choices: Sequence[str] = ()) -> str:
        """Return a required string, one of `choices` if there are any."""
        return self.optional_text(field, choices=choices, required=True) or ""

    def optional_text(self, field: str, *, choices: Sequence[str] = (), required: bool = False) -> str | None:
        """Return a string, or None when it is not given."""
        value = self._raw(field)
        allowed = " or ".join(choices) if choices else "a string"
        if value is None:
            if required:
                self._missing(field, allowed)
            return None
        if not isinstance(value, str) or not value:
            self._wrong_type(self.at(field), value, "a string that is not empty" if value == "" else "a string")
            return None
        if choices and value not in choices:
            near = difflib.get_close_matches(value, choices, n=1)
            todo = f"did you mean {near[0]}" if near else f"write {allowed}"
            self.report(field, value, allowed=allowed, why="no other value has a meaning here", todo=todo)
            return None
        return value

    def secret(self, field: str) -> str | None:
        """Return a string that no error ever shows, or None when it is not given."""
        value = self._raw(field)
        if value is None or (isinstance(value, str) and value):
            return value
        given, why = HIDDEN, "this is no text, or an empty one"
        self.report(field, given, allowed="a string that is not empty", why=why, todo="put it into quotation marks")
        return None

    def integer(self, field: str, *, lowest: int, highest: int, default: int | None = None) -> int:
        """Return a whole number within the bounds; required unless it has a default."""
        value = self._raw(field)
        allowed = f"a whole number from {lowest} to {highest}"
        if value is None:
            if default is None:
                self._missing(field, allowed)
            return lowest if default is None else default
        number = whole(value)
        if number is None:
            self._wrong_type(self.at(field), value, allowed)
            return lowest
        if not lowest <= number <= highest:
            self.report(field, number, allowed=allowed, why="it is out of range", todo="choose a number in the range")
            return lowest
        return number

    def number(self, field: str, *, lowest: float, highest: float, default: float) -> float:
        """Return a number within the bounds."""
        value = self._raw(field)
        allowed = f"a number from {lowest:g} to {highest:g}"
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float):
            self._wrong_type(self.at(field), value, allowed)
            return default
        if not lowest <= value <= highest:
            self.report(field, value, allowed=allowed, why="it is out of range", todo="choose a number in the range")
            return default
        return float(value)

    def boolean(self, field: str, *, default: bool) -> bool:
        """Return true or false."""
        value = self._raw(field)
        if value is None:
            return default
        if not isinstance(value, bool):
            self._wrong_type(self.at(field), value, "true or false")
            return default
        return value

    def section(self, field: str, *, required: bool = False, secret: bool = False) -> "Reader":
        """Return the reader of an object inside this one; what stands in the place of a `secret` one is not shown."""
        value = self._raw(field)
        if secret and value is not None and not is_mapping(value):
            self._wrong_type(self.at(field), value, "an object", shown=HIDDEN)
            return Reader(None, path=self.at(field), spelling=self._spelling, problems=self._problems)
        if value is None and required:
            self._missing(field, "an object")
        elif value is None and not self._absent:
            value = dict[str, object]()
        return Reader(value, path=self.at(field), spelling=self._spelling, problems=self._problems)

    def sections(self, field: str) -> list["Reader"]:
        """Return the readers of a required list of objects."""
        value = self._raw(field)
        if value is None:
            self._missing(field, "a list of objects")
            return []
        if not is_sequence(value):
            self._wrong_type(self.at(field), value, "a list of objects")
            return []
        paths = [f"{self.at(field)}[{index}]" for index in range(len(value))]
        for path, item in zip(paths, value, strict=True):
            if item is None:
                self._wrong_type(path, item, "an object")
        return [
            Reader(item, path=path, spelling=self._spelling, problems=self._problems)
            for path, item in zip(paths, value, strict=True)
        ]

    def optional_sections(self, field: str) -> list["Reader"]:
        """Return the readers of a list of objects that may be left out."""
        return [] if self._raw(field) is None else self.sections(field)

    def texts(self, field: str) -> tuple[str, ...]:
        """Return a list of strings, empty when it is not given."""
        value = self._raw(field)
        if value is None:
            return ()
        if not is_sequence(value):
            self._wrong_type(self.at(field), value, "a list of strings")
            return ()
        for index, item in enumerate(value):
            if not isinstance(item, str) or not item:
                self._wrong_type(f"{self.at(field)}[{index}]", item, "a string that is not empty")
        return tuple(item for item in value if isinstance(item, str) and item)

    @property
    def values(self) -> dict[str, object]:
        """The object as it was written, for what is passed on in another language than ours."""
        return {key: plain_data(item) for key, item in self._values.items() if item is not None}

    def settings(self, field: str) -> dict[str, str]:
        """Return a mapping of keys that are not ours, with each value as the text that a properties file holds."""
        value = self._raw(field)
        if value is None:
            return {}
        if not is_mapping(value):
            self._wrong_type(self.at(field), value, "an object")
            return {}
        texts: dict[str, str] = {}
        for key, item in value.items():
            text = property_text(item)
            if text is None:
                self._wrong_type(f"{self.at(field)}.{key}", item, "a string, a number, true or false")
            else:
                texts[str(key)] = text
        return texts

    def finish(self) -> None:
        """Report every key that nobody asked for, with the nearest one that exists."""
        for key in self._values:
            if key in self._known:
                continue
            near = difflib.get_close_matches(key, self._known, n=1, cutoff=0.5)
            self._problems.append(
                Problem(
                    path=self._join(key),
                    given=key,
                    allowed=", ".join(sorted(self._known)),
                    why="this key does not exist, so it would have no effect",
                    todo=f"did you mean {near[0]}" if near else "remove it, or correct its spelling",
                )
            )

    def _join(self, name: str) -> str:
        """Return the path of something inside; the top of a stack file is `project:`, and takes no dot."""
        return f"{self.path}{name}" if not self.path or self.path.endswith(":") else f"{self.path}.{name}"

    def _raw(self, field: str) -> object | None:
        key = self._spelling(field)
        if key not in self._known:
            self._known.append(key)
        return self._values.get(key)

    def _missing(self, field: str, allowed: str) -> None:
        if not self._absent:
            self.report(field, None, allowed=allowed, why="it is required and has no default", todo="add it")

    def _wrong_type(self, path: str, given: object, allowed: str, *, shown: object = None) -> None:
        """Report a value of the wrong type; of objects and lists, which may hold anything, the kind alone is shown."""
        why = f"this is {type_name(given)}"
        if shown is None:
            shown = f"{type_name(given)} of {len(given)}" if is_mapping(given) or is_sequence(given) else given
        self._problems.append(
            Problem(path=path, given=shown, allowed=allowed, why=why, todo=_with_the_type(shown, allowed))
        )


def _with_the_type(given: object, allowed: str) -> str:
    """Return how to come to the right type; YAML's quotes are what most often makes the wrong one."""
    if allowed.startswith("a string") and isinstance(given, int | float) and not isinstance(given, bool):
        return f'write it in quotes: "{given:g}"' if isinstance(given, float) else f'write it in quotes: "{given}"'
    if allowed.startswith(("a number", "a whole number")) and isinstance(given, str) and given.isdecimal():
        return f"write it without quotes: {given}"
    return "write a value of the allowed type"
