"""Doing a thing until nothing of it is missing: how the runs of topics, users and live keys show how far they are, how
they wait, and when they give up.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from hooks.interfaces import Fatal, NotYet
from hooks.planner.desired import Pace
from hooks.planner.text import count, some, some_lines
from hooks.runners.world import World

T = TypeVar("T")
Step = Callable[[], tuple[str, ...]]
"""Does what can be done now and returns what is missing after it; may raise NotYet."""


@dataclass(kw_only=True)
class Headway:
    """How far one run is: the live line `topics (3 of 12 changes), 4 s: creating orders`."""

    world: World
    what: str
    whose: str = "brokers"
    """Who knows more when it does not come to its end: the log of these."""
    done: int = 0
    total: int = 0
    """Changes that were asked for and accepted, and all that are known; 0 where they are not counted."""
    began: float = field(init=False)

    def __post_init__(self) -> None:
        """Begin now."""
        self.began = self.world.clock.now()

    def say(self, words: str) -> None:
        """Show what is done now, or waited for."""
        counted = f" ({self.done} of {count(self.total, 'change')})" if self.total else ""
        self.world.progress.status(f"{self.what}{counted}, {self.world.clock.now() - self.began:.0f} s: {words}")


def until_nothing_is_missing(headway: Headway, pace: Pace, step: Step) -> None:
    """Repeat the step until nothing is missing. Raises Fatal when the same is missing for too long."""
    world, what = headway.world, headway.what
    since, last = world.clock.now(), ()
    while True:
        try:
            missing = step()
        except NotYet as unasked:
            missing = (str(unasked),)
        if not missing:
            return
        now = world.clock.now()
        if missing != last:
            # Less is missing, or something else: it moves. What comes and goes for ever is bounded by its own deadline.
            since, last = now, missing
        if now - since >= pace.ready_timeout:
            raise Fatal(
                (
                    f"for {pace.ready_timeout:g} s nothing has moved, and the {what} are not what the spec says:",
                    *some_lines(missing),
                    f"look at the {headway.whose}' log, and run again: it goes on from what it finds",
                )
            )
        headway.say(some(missing, 1))
        world.clock.sleep(pace.poll)


def patiently(headway: Headway, pace: Pace, ask: Callable[[], T]) -> T:
    """Return the answer to a first question; who cannot be asked for a moment is asked again."""
    world = headway.world
    deadline = world.clock.now() + pace.ready_timeout
    while True:
        try:
            return ask()
        except NotYet as missing:
            if world.clock.now() >= deadline:
                raise
            headway.say(str(missing))
            world.clock.sleep(pace.poll)
