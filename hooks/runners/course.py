"""The loop under every phase: observe, decide, act, and look again until the decision is that nothing is left to do.

Guarantees: the Lease is checked before each deletion; a deletion names the pod's UID; an unsuccessful observation is
never a reason to act, and neither is an old one; the stable window passes without a break after a restart, or after a
gate was closed, before the next one; the deadline counts from the last progress. Nothing is remembered between runs: a
run that finds a half-done roll goes on from what it sees.
"""

from dataclasses import replace
from typing import Protocol

from hooks.interfaces import Conflict, Fatal, NotYet, Refused
from hooks.planner.desired import DesiredCluster
from hooks.planner.distance import distances
from hooks.planner.recovery import not_back
from hooks.planner.situation import Situation, Stage
from hooks.planner.snapshot import NodeId, ObservedPod, Snapshot
from hooks.planner.step import Broken, Done, Restart, Step
from hooks.planner.text import some_lines
from hooks.planner.verdict import Stop, Wait
from hooks.runners.calm import Calm
from hooks.runners.control import Control
from hooks.runners.doubts import Doubts
from hooks.runners.leaders import give_back
from hooks.runners.log_recovery import LogRecovery
from hooks.runners.observe import observe
from hooks.runners.patience import Patience
from hooks.runners.report import Restarted
from hooks.runners.under_way import UnderWay, numbers
from hooks.runners.world import World

_RESTARTS_PER_POD = 2
_ATTEMPTS = 10
"""How often a deletion may be refused or answered by silence before the run gives up."""


_FRESH = 5.0
"""Seconds after which what was observed is no basis for a deletion any more: asking for the Lease may take minutes."""


class Decide(Protocol):
    """A decision of `planner.step`."""

    def __call__(self, situation: Situation, *, patient: bool = True) -> Step:
        """Return the next step."""
        ...


class Course:
    """One run under the Lease: what it has restarted, what it must prove, and what it doubts."""

    def __init__(self, world: World, desired: DesiredCluster, first: Snapshot) -> None:
        """Start from the first observation under the Lease."""
        self._world: World = world
        self._desired: DesiredCluster = desired
        self._doubts: Doubts = Doubts(desired.pace)
        self._proving: frozenset[NodeId] = frozenset()
        self._under_way: UnderWay | None = None
        self._attempts: int = 0
        self._seen: float = world.clock.now()
        self._control: Control = Control(world, desired)
        self._log_recovery: LogRecovery = LogRecovery(world)
        self.restarted: list[Restarted] = []
        self.left: int = 0
        """Pods that still await their restart when the run ends because no further batch may begin in it."""
        situation = self._situation(first)
        self.total: int = len(situation.stale)
        self._proving = frozenset(node for node, stage in situation.stages.items() if stage is not Stage.SERVING)
        # A half-done roll, by whomever: its last broker may have come back a moment ago.
        self._window_due: bool = bool(situation.stale) and bool(situation.current or self._proving)

    def drive(self, decide: Decide) -> None:
        """Take step after step until there is none left.

        Raises Fatal when a restarted node does not come back, Refused when a gate stays closed.
        """
        while True:
            step, situation = self._next(decide)
            match step:
                case Done():
                    return self._finish()
                case Restart():
                    self._forget_undone(situation)
                    self._finish()
                    if self._control.is_over(step):
                        self.left = len(situation.stale)
                        return None
                    if self._held(step):
                        continue
                    self._restart(step)
                case Broken():
                    raise self._broken(step.pods)
                case Stop():
                    raise Refused(step.reasons)
                case Wait():
                    raise self._gave_up(step, situation)

    def _next(self, decide: Decide) -> tuple[Step, Situation]:
        """Observe until there is a step to take, and has been for the stable window where one is due."""
        pace, clock = self._desired.pace, self._world.clock
        patience = Patience(pace.ready_timeout, clock.now())
        calm = Calm(pace)
        while True:
            situation = self._look(patience)
            now = clock.now()
            if situation is None:
                calm.end()
                clock.sleep(pace.poll)
                continue
            step = decide(situation)
            if isinstance(step, Wait):
                calm.end()
                # A gate was closed: the next one to restart waits until all have been open for the whole window.
                self._window_due |= bool(situation.stale)
                self._say(str(step))
                if patience.spent(now) and not self._given_more(patience, situation):
                    return decide(situation, patient=False), situation
                clock.sleep(pace.poll)
                continue
            if isinstance(step, Broken | Stop) or (isinstance(step, Restart) and step.heals) or not self._window_due:
                return step, situation
            self._note_calm(calm, now)
            left = calm.left(now)
            if left <= 0:
                self._window_due = False
                return step, situation
            self._say(calm.words(now))
            clock.sleep(left)

    def _given_more(self, patience: Patience, situation: Situation) -> bool:
        """Begin the wait anew where a broker still gains on its logs."""
        if not self._log_recovery.goes_on(situation):
            return False
        patience.renew(self._world.clock.now())
        return True

    def _look(self, patience: Patience) -> Situation | None:
        try:
            situation = self._situation(observe(self._world, self._desired.component))
        except NotYet as missing:
            now = self._world.clock.now()
            if patience.spent(now):
                raise Fatal((f"could not observe the cluster: {missing}", "nothing more was restarted")) from missing
            self._say(f"cannot observe, retrying: {missing}")
            return None
        self._seen = self._world.clock.now()
        patience.note(distances(situation), self._seen)
        return situation

    def _situation(self, snapshot: Snapshot) -> Situation:
        situation = Situation(snapshot=snapshot, desired=self._desired, proving=self._proving)
        broken = self._doubts.broken(situation.pods.values(), self._world.clock.now())
        return replace(situation, broken=broken)

    def _held(self, step: Restart) -> bool:
        """Say what holds the restart back, and wait a little; the gates are asked anew afterwards."""
        held = self._control.holds(step)
        if held is None:
            return False
        self._say(held)
        self._world.clock.sleep(self._desired.pace.poll)
        return True

    def _restart(self, step: Restart) -> None:
        for pod, _ in step.each:
            self._check_template_took(pod)
        first = len(self.restarted) + 1
        batch = self.restarted[-1].batch + 1 if self.restarted else 1
        self._under_way = UnderWay(step.each, self._world.clock.now(), batch)
        which = numbers(first, len(step.each), self.total)
        reasons = "; ".join(dict.fromkeys(why for _, why in step.each))
        self._world.progress.info(f"{self._under_way.names}: restarting ({which}): {reasons}")
        self._window_due = True
        self._control.note_batch()
        for deleted, (pod, _) in enumerate(step.each):
            try:
                self._check_still_ours()
                self._proving |= {pod.node_id}
                self._world.pods.delete(pod)
            except (Conflict, NotYet) as doubt:
                # Whether it went through, only the next observation tells; the rest of the batch waits for that.
                self._doubt(pod, doubt, some=deleted > 0)
                return

    def _doubt(self, pod: ObservedPod, doubt: Exception, *, some: bool) -> None:
        """Count a deletion that did not go through, unless others of its batch did."""
        self._attempts += 0 if some else 1
        if self._attempts >= _ATTEMPTS:
            raise Fatal((f"{pod.name} could not be deleted: {doubt}",)) from doubt
        self._world.clock.sleep(self._desired.pace.poll)

    def _check_still_ours(self) -> None:
        """Check the Lease; raise Conflict when that took so long that the cluster may look otherwise by now."""
        self._world.lease.check()
        age = self._world.clock.now() - self._seen
        if age > _FRESH:
            raise Conflict(f"the cluster was last seen {age:.0f} s ago")

    def _forget_undone(self, situation: Situation) -> None:
        """Forget restarts whose deletion did not go through: their pods are there as before."""
        there = [pod.uid for pod in situation.pods.values() if not pod.terminating]
        if self._under_way is not None and not self._under_way.forget(there):
            self._under_way = None

    def _check_template_took(self, pod: ObservedPod) -> None:
        """Give up on a pod that comes back at another revision than its template's, else it would restart for ever."""
        if sum(done.node_id == pod.node_id for done in self.restarted) >= _RESTARTS_PER_POD:
            raise Fatal(
                (
                    f"{pod.name} was restarted and came back at revision {pod.revision.digest}, not at its template's",
                    "something changes pods as they are created (an admission webhook?); nothing more was restarted",
                )
            )

    def _note_calm(self, calm: Calm, now: float) -> None:
        if self._under_way is not None and (not calm.unbroken or self._under_way.back is None):
            self._under_way.back = now
        calm.note(now)

    def _finish(self) -> None:
        """Record the restarts that the step before this one began: they are over, since the next ones may begin."""
        done, self._under_way = self._under_way, None
        if done is None:
            return
        now = self._world.clock.now()
        self.restarted += done.done(now)
        self._world.progress.info(done.outcome(now))
        give_back(self._world, self._desired, [pod.node_id for pod, _ in done.pods])

    def _say(self, words: str) -> None:
        if self._under_way is None:
            return self._world.progress.status(words)
        elapsed = self._world.clock.now() - self._under_way.began
        which = numbers(len(self.restarted) + 1, len(self._under_way.pods), self.total)
        return self._world.progress.status(f"{self._under_way.names} ({which}), {elapsed:.0f} s: {words}")

    def _broken(self, pods: tuple[ObservedPod, ...]) -> Fatal:
        first = pods[0]
        why = first.problem or "it keeps crashing"
        others = [f"{pod.name} does not start either" for pod in pods[1:]]
        return Fatal(
            (
                f"{first.name} does not start at revision {first.revision.digest}: {why}",
                *others,
                *self._explain(first),
                "no other pod was restarted after it; correct the spec and run again: it will be healed first",
            )
        )

    def _gave_up(self, wait: Wait, situation: Situation) -> Fatal | Refused:
        """A node that runs the new content and is not back is a failure; a gate that stays closed is a refusal."""
        waited = f"no node came nearer for {self._desired.pace.ready_timeout:.0f} s"
        failed = [pod for pod in situation.current if not pod.ready]
        explained = self._explain(failed[0]) if failed else ()
        then = "no further pod was restarted; run again when it is mended: the run goes on from there"
        said = (*some_lines(wait.reasons), *explained, waited, then)
        new = situation.expected.keys() - {pod.node_id for pod in situation.stale}
        return Fatal(said) if not_back(situation, new) else Refused(said)

    def _explain(self, pod: ObservedPod) -> tuple[str, ...]:
        try:
            return self._world.pods.explain(pod)
        except NotYet as missing:
            return (f"no more is known of {pod.name}: {missing}",)
