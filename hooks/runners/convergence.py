"""Doing a thing until nothing of it is missing: how the runs of topics and users wait, and when they give up."""

from collections.abc import Callable

from hooks.interfaces import Fatal, NotYet
from hooks.planner.desired import Pace
from hooks.planner.text import some, some_lines
from hooks.runners.world import World

Step = Callable[[], tuple[str, ...]]
"""Does what can be done now and returns what is missing after it; may raise NotYet."""


def until_nothing_is_missing(world: World, pace: Pace, what: str, step: Step) -> None:
    """Repeat the step until nothing is missing. Raises Fatal when the same is missing for too long."""
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
                    "look at the brokers' log, and run again: it goes on from what it finds",
                )
            )
        world.progress.status(f"{what}: {some(missing, 1)}")
        world.clock.sleep(pace.poll)
