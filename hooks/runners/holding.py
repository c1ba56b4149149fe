"""What a run holds while it acts, and gives back however it ends: the Lease and the disruption budget."""

from collections.abc import Generator
from contextlib import contextmanager, suppress

from contract import Component
from hooks.interfaces import HookError, LeaseLost, NotYet
from hooks.runners.world import World

#: maxUnavailable of a component's PodDisruptionBudget while nothing is under way.
AT_REST = 1
_ATTEMPTS = 5


@contextmanager
def lease(world: World, *, patience: float = 0.0) -> Generator[None]:
    """Hold the cluster's Lease.

    A hold that nobody renews, such as that of a killed run, is waited out once; a holder that renews is alive and is
    never waited for beyond `patience` seconds.
    """
    try:
        # Inside, since an interruption may come when it is taken already; what is not ours is not given back.
        _acquire(world, patience)
        yield
    finally:
        world.lease.release()


def _acquire(world: World, patience: float) -> None:
    deadline = world.clock.now() + patience
    waited_out = False
    while True:
        try:
            return world.lease.acquire()
        except LeaseLost as held:
            now = world.clock.now()
            if now < deadline:
                world.clock.sleep(min(1.0, deadline - now))
            elif held.expires_in is not None and not waited_out:
                waited_out = True
                world.progress.status(f"{held}; waiting up to {held.expires_in:.0f} s in case its holder is gone")
                world.clock.sleep(max(0.0, held.expires_in) + 0.1)
            else:
                raise


@contextmanager
def no_disruptions(world: World, component: Component) -> Generator[None]:
    """Forbid evictions while an evicted pod would come back at a revision that nothing has proven yet.

    A run that lost its Lease leaves the budget as it is (the Lease is checked here too): it is the other run's now.
    """
    world.lease.check()
    world.pods.allow_disruptions(component, 0)
    try:
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
