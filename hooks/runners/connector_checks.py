"""What the workers' plugins think of the connectors that are new or different, before anything is changed."""

from collections.abc import Sequence
from dataclasses import dataclass

from hooks.interfaces import NotYet
from hooks.planner.connector_checks import refusals, unknown_class
from hooks.planner.connectors import DesiredConnector
from hooks.runners.world import World


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What was found."""

    refused: tuple[str, ...] = ()
    passwords: frozenset[str] = frozenset()
    """Keys whose values are never shown."""
    unasked: tuple[str, ...] = ()
    """Connectors whose plugins did not answer in time."""


def checked(
    world: World,
    doubtful: Sequence[DesiredConnector],
    seconds: float | None = None,
) -> Checked:
    """Ask for each of them, for so long at most where that is said; otherwise NotYet is the caller's."""
    if not doubtful:
        return Checked()
    plugins, ends = world.connectors.plugins(), None if seconds is None else world.clock.now() + seconds
    refused: list[str] = []
    passwords: set[str] = set()
    unasked: list[str] = []
    for want in doubtful:
        if reason := unknown_class(want, plugins):
            refused.append(reason)
            continue
        if ends is not None and world.clock.now() >= ends:
            unasked.append(want.name)
            continue
        try:
            verdict = world.connectors.check(want.full)
        except NotYet:
            if ends is None:
                raise
            unasked.append(want.name)
            continue
        refused += refusals(want, verdict)
        passwords |= verdict.passwords
    return Checked(refused=tuple(refused), passwords=frozenset(passwords), unasked=tuple(unasked))
