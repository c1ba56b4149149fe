"""The Ensemble run: ZooKeeper servers or KRaft controllers ready, marked as formed, and rolled by content.

    claims ─> start ─> everybody serves ─> mark the first quorum ─> volumes ─> (resize) ─> roll: the leader last

The resize does not exist yet and is refused before anything is touched. The mark is set only when every first
controller serves, hence has formatted its directory: from then on no directory is formatted as an initial member again.
"""

from hooks.planner.desired import DesiredCluster
from hooks.planner.snapshot import Snapshot
from hooks.runners import holding, start
from hooks.runners.course import Course
from hooks.runners.grow import grow
from hooks.runners.promise import keep_promise
from hooks.runners.report import Report
from hooks.runners.roll import heal, protected, roll
from hooks.runners.volumes import grow_volumes, settle
from hooks.runners.world import World


class EnsembleRun:
    """One run of the Ensemble hook over the quorum of one cluster."""

    def __init__(self, world: World, desired: DesiredCluster) -> None:
        """Take the cluster and what is wanted of its quorum."""
        self._world: World = world
        self._desired: DesiredCluster = desired
        self._volumes: tuple[str, ...] = ()

    def run(self) -> Report:
        """Bring the quorum to the desired state and report what was done; raises as the Brokers run does."""
        with start.stops_for_good():
            return self._run()

    def _run(self) -> Report:
        formed = self._formed()
        snapshot = start.look(self._world, self._desired, formed=formed)
        if not start.is_needed(snapshot, self._desired) and (formed or self._desired.mode == "zookeeper"):
            return Report()
        began = self._world.clock.now()
        with holding.lease(self._world):
            settle(self._world, self._desired)
            snapshot = start.look(self._world, self._desired, formed=formed)
            keep_promise(self._world, self._desired, snapshot)
            with protected(self._world, self._desired, snapshot):
                course = self._phases(snapshot)
        seconds = self._world.clock.now() - began
        report = Report(restarted=tuple(course.restarted), volumes=self._volumes, seconds=seconds, left=course.left)
        for line in report.lines():
            self._world.progress.info(line)
        return report

    def _phases(self, snapshot: Snapshot) -> Course:
        course = Course(self._world, self._desired, snapshot)
        # Only from zero, after a destroy that was broken off: any other difference is a resize and refused by now.
        _ = grow(self._world, self._desired, snapshot)
        heal(course)
        if self._desired.mode == "kraft" and not self._formed():
            self._world.lease.check()
            self._world.identity.mark_bootstrapped()
        self._volumes = grow_volumes(self._world, self._desired)
        roll(course)
        return course

    def _formed(self) -> bool:
        recorded = self._world.identity.read()
        if recorded is None:
            return False
        return recorded.bootstrapped if self._desired.mode == "kraft" else recorded.cluster_id is not None
