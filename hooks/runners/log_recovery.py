"""Time for brokers that load their logs: asked when a wait is about to end, since only then does it matter.

The rule: a broker whose log says that it is further than when it was last asked is given the whole time again. One that
stands still, or has loaded everything, is judged as any other. Restarting a broker in the middle of it would have it
begin anew, and a run that gives up would only be started again.
"""

from hooks.planner.situation import Situation
from hooks.planner.snapshot import ObservedPod
from hooks.runners.world import World


class LogRecovery:
    """Over one run, by pod."""

    def __init__(self, world: World) -> None:
        """Begin before the first question."""
        self._world: World = world
        self._last: dict[str, str] = {}

    def goes_on(self, situation: Situation) -> bool:
        """Return whether any broker has come further, and say which."""
        further = False
        if situation.desired.component == "broker":
            for pod in filter(_may_load, situation.pods.values()):
                said = self._world.pods.loading(pod)
                if said is not None and said != self._last.get(pod.uid):
                    self._last[pod.uid], further = said, True
                    self._world.progress.info(f"{pod.name} loads its logs and is given more time: {said}")
        return further


def _may_load(pod: ObservedPod) -> bool:
    """Return whether the broker's process may be starting; one that crashes, or is out of reach, is not."""
    return not (pod.ready or pod.terminating or pod.node_lost or pod.ailing_beside or pod.problem)
