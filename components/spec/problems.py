"""What is wrong with a spec, in words for the user: each problem says the four things, with the path of the input."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, final

_SHOWN: Final = 200


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing that cannot be as it was given."""

    path: str
    """The input, as the user spells it: `kafka-platform:kafka.racks[1].zone`."""
    given: object
    """The value that was given; None when nothing was."""
    allowed: str
    """What would be accepted."""
    why: str
    """Why the given value is not."""
    todo: str
    """What to do next."""

    @property
    def reason(self) -> str:
        """What is wrong at the path."""
        given = "nothing" if self.given is None else _shortened(repr(self.given))
        return f"given {given}; allowed: {self.allowed}. Why: {self.why}. What to do: {self.todo}."

    def __str__(self) -> str:
        """Return the problem as one paragraph."""
        return f"{self.path}: {self.reason}"


def _shortened(text: str) -> str:
    """Return the beginning of what was given: enough to know it again."""
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}… ({len(text)} characters)"


@final
class SpecError(Exception):
    """Every problem that was found, together, before any resource exists."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Keep the problems in the order in which they were found."""
        count = len(problems)
        found = "1 problem in the configuration" if count == 1 else f"{count} problems in the configuration"
        self.head = f"{found}; nothing was touched:"
        super().__init__("\n".join([self.head, *(f"  - {problem}" for problem in problems)]))
        self.problems = tuple(problems)


def missing(section: str, why: str, todo: str) -> SpecError:
    """Return the error of a component that is made of a section which is not there."""
    return SpecError([Problem(path=section, given=None, allowed="the section", why=why, todo=todo)])
