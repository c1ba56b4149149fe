"""What holds a restart back although every gate is open: a word written into the cluster, and the pace asked for.

The word is the annotation `contract.ANNOTATION_ROLL` of the identity object, read before every restart, so that anybody
who may annotate it can stop a run whose terminal is elsewhere. A pod under way is awaited in any case. A word that is
not known holds as `pause` does; what cannot be read holds too, for a while.
"""

from contract import ANNOTATION_ROLL, identity_name
from hooks.interfaces import Fatal, NotYet, Refused
from hooks.planner.desired import DesiredCluster, Pace
from hooks.planner.step import Restart
from hooks.runners.world import World

_ATTEMPTS = 60


class Control:
    """Over one run."""

    def __init__(self, world: World, desired: DesiredCluster) -> None:
        """Begin with the run."""
        self._world: World = world
        self._pace: Pace = desired.pace
        self._undo: str = f"`kubectl annotate configmap {identity_name(desired.cluster)} {ANNOTATION_ROLL}-`"
        self._began: float = world.clock.now()
        self._last: float | None = None
        self._unread: int = 0

    def note_batch(self) -> None:
        """Note that a batch begins now."""
        self._last = self._world.clock.now()

    def is_over(self, step: Restart) -> bool:
        """Return whether no further batch begins in this run, and say why. What heals goes in any case.

        A run that has had its time has done one batch at least; one outside its window does none.
        """
        spent, window = self._world.clock.now() - self._began, self._pace.window
        if step.heals:
            return False
        if window is not None and not window.is_open(self._world.clock.minute_of_day()):
            self._world.progress.info(f"restarts begin between {window} only, and the rest is left for then")
            return True
        return 0 < self._pace.longest_run <= spent and self._last is not None

    def holds(self, step: Restart) -> str | None:
        """Return in words why this restart has to wait; None when it need not. Raises Refused on `abort`."""
        return self._word() or self._early(step)

    def _early(self, step: Restart) -> str | None:
        if self._last is None or step.heals:
            return None
        left = self._last + self._pace.between_batches - self._world.clock.now()
        return f"{left:.0f} s left until the next batch may begin" if left > 0 else None

    def _word(self) -> str | None:
        try:
            recorded = self._world.identity.read()
        except NotYet as missing:
            self._unread += 1
            if self._unread >= _ATTEMPTS:
                raise Fatal((f"cannot see whether the roll is to pause: {missing}", "nothing more was done")) from None
            return f"cannot see whether the roll is to pause: {missing}"
        self._unread = 0
        match recorded.roll if recorded else "":
            case "":
                return None
            case "abort":
                raise Refused(
                    (
                        f"the roll was aborted: the annotation {ANNOTATION_ROLL} of the identity object says abort",
                        "what was restarted is back, nothing else was touched",
                        f"take the annotation away ({self._undo}) and run again: the roll goes on from there",
                    )
                )
            case "pause":
                return f"paused by annotation; {self._undo} lets it go on"
            case other:
                return f"held: the annotation says {other!r}, allowed are pause and abort; {self._undo} lets it go on"
