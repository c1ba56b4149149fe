"""What a run holds while it acts, and gives back however it ends: the Lease and the disruption budget."""

from collections.abc import Generator
from contextlib import contextmanager, suppress

from contract import Component
from hooks.interfaces import HookError, LeaseLost, NotYet
from hooks.runners.world import World

#: maxUnavailable of a component's PodDisruptionBudget while nothing is under way.
AT_REST = 1
_ATTEMPTS = 5
_LOOK = 2.0
"""Seconds between two looks at a Lease that is held."""
_SLACK = 2.0
"""By how much two looks may differ on the end of one hold: clocks are compared by the second."""


@contextmanager
def lease(world: World, *, patience: float = 0.0) -> Generator[None]:
    """Hold the cluster's Lease.

    The hold of a killed run is waited out, since nobody renews it; a holder that renews is alive and is not waited for
    beyond `patience` seconds.
    """
    try:
        # Inside, since an interruption may come when it is taken already; what is not ours is not given back.
        _acquire(world, patience)
        yield
    finally:
        world.lease.release()


def _acquire(world: World, patience: float) -> None:
    deadline = world.clock.now() + patience
    ends: float | None = None
    while True:
        try:
            return world.lease.acquire()
        except LeaseLost as held:
            now = world.clock.now()
            if now < deadline:
                world.clock.sleep(min(_LOOK, deadline - now))
                continue
            if held.expires_in is None:
                raise
            if ends is None:
                ends = now + held.expires_in
                world.progress.status(f"{held}; waiting {held.expires_in:.0f} s in case its holder is gone")
            # Renewed meanwhile, so its holder lives; or kept by somebody beyond its end.
            if now + held.expires_in > ends + _SLACK:
                raise
            world.clock.sleep(min(_LOOK, max(ends - now, 0.5)))


@contextmanager
def no_disruptions(world: World, component: Component) -> Generator[None]:
    """Forbid evictions while an evicted pod would come back at a revision that nothing has proven yet.

    A run that lost its Lease leaves the budget as it is (the Lease is checked here too): it is the other run's now.
    """
    world.lease.check()
    try:
        world.pods.allow_disruptions(component, 0)
        yield
    except BaseException:
        # The error under way says more than one from here; the next run looks for the budget again.
        with suppress(HookError):
            allow_disruptions(world, component)
        raise
    else:
        _give_back(world, component)


def allow_disruptions(world: World, component: Component) -> None:
    """Give the budget back, if the Lease is still ours."""
    world.lease.check()
    world.pods.allow_disruptions(component, AT_REST)


def _give_back(world: World, component: Component) -> None:
    """Give the budget back after a run that did its work; a failure here is the next run's to mend."""
    for _ in range(_ATTEMPTS):
        try:
            allow_disruptions(world, component)
        except NotYet:
            world.clock.sleep(1.0)
        else:
            return
    world.progress.warn("evictions are still forbidden, since Kubernetes does not answer; the next run allows them")
