"""The Brokers run: one ordered sequence of phases, safe for any mixture of changes in one spec.

    claims ─> grow ─> heal ─> lost ─> volumes ─> drain ─> shrink ─> roll ─> feature levels ─> live keys ─> fill ─> level

Claims are asked for more room first, since a full disk may be why the rest fails; the room is awaited once the broken
are healed, so that a volume that does not grow keeps nobody down. New brokers are up before anything restarts or
drains; broken ones are healed before a gate waits for them; those that the spec calls lost nobody waits for, and their
replicas are made anew before anything else moves; what leaves is gone before the others restart; files that
a roll brings are there before running brokers are asked to differ from them; levelling waits for a run that moves
nothing else. Each phase begins with a fresh observation, so an interrupted run resumes by running again; a run with
nothing to do writes nothing.
"""

from hooks.interfaces import NotYet, Refused
from hooks.planner.desired import DesiredCluster
from hooks.planner.features import FeatureChange
from hooks.planner.live_keys import KeyChange
from hooks.planner.snapshot import NodeId, Snapshot
from hooks.runners import holding, start
from hooks.runners.course import Course
from hooks.runners.features import features_are_due, raise_features
from hooks.runners.fill import fill, fill_is_due
from hooks.runners.grow import grow
from hooks.runners.level import level, level_is_due
from hooks.runners.live_keys import LiveKeys, keys_are_due
from hooks.runners.lost import restore, restore_is_due
from hooks.runners.promise import keep_promise
from hooks.runners.reassignment.movement import Moved
from hooks.runners.report import Report
from hooks.runners.roll import heal, protected, roll
from hooks.runners.shrink import shrink
from hooks.runners.volumes import grow_volumes, settle
from hooks.runners.world import World

_ATTEMPTS = 10


class BrokersRun:
    """One run of the Brokers hook over one cluster."""

    def __init__(self, world: World, desired: DesiredCluster) -> None:
        """Take the cluster and what is wanted of it."""
        self._world: World = world
        self._desired: DesiredCluster = desired
        self._restored: Moved | None = None
        self._moved: Moved | None = None
        self._evened: Moved | None = None
        self._raised: tuple[FeatureChange, ...] = ()
        self._tuned: tuple[KeyChange, ...] = ()
        self._volumes: tuple[str, ...] = ()

    def run(self) -> Report:
        """Bring the brokers to the desired state and report what was done.

        Raises Refused, Fatal, LeaseLost or EngineLost; whatever it raises, evictions are allowed again and the Lease is
        given back, unless the Lease is another run's by then.
        """
        with start.stops_for_good():
            return self._run()

    def _run(self) -> Report:
        snapshot = start.look(self._world, self._desired)
        self._welcome(snapshot)
        due = start.is_needed(snapshot, self._desired) or self._world.journal.read() is not None
        if not (due or self._lacks_cluster_id() or self._is_behind()):
            return Report()
        began = self._world.clock.now()
        with holding.lease(self._world):
            settle(self._world, self._desired)
            snapshot = start.look(self._world, self._desired)
            keep_promise(self._world, self._desired, snapshot)
            with protected(self._world, self._desired, snapshot):
                grown, gone, course = self._phases(snapshot)
            collected = self._collect() if course.restarted else ()
        report = Report(
            restarted=tuple(course.restarted),
            grown=grown,
            moved=tuple(done for done in (self._restored, self._moved, self._evened) if done is not None),
            gone=gone,
            raised=self._raised,
            tuned=self._tuned,
            volumes=self._volumes,
            seconds=self._world.clock.now() - began,
            collected=collected,
            left=course.left,
        )
        for line in report.lines():
            self._world.progress.info(line)
        return report

    def _phases(self, snapshot: Snapshot) -> tuple[tuple[NodeId, ...], tuple[NodeId, ...], Course]:
        course = Course(self._world, self._desired, snapshot)
        grown = grow(self._world, self._desired, snapshot)
        heal(course)
        self._restored = restore(self._world, self._desired)
        self._volumes = grow_volumes(self._world, self._desired)
        self._moved, gone = shrink(self._world, self._desired)
        roll(course)
        # Levels rise when nobody runs the old version any more.
        self._raised = () if course.left else raise_features(self._world, self._desired)
        self._tuned = LiveKeys(self._world, self._desired).run()
        # A run that has had its time leaves what comes after the roll to the next one too.
        self._evened = None if course.left else fill(self._world, self._desired)
        if not (course.left or grown or gone or self._restored or self._evened):
            self._evened = level(self._world, self._desired)
        self._record_cluster_id()
        return grown, gone, course

    def _welcome(self, snapshot: Snapshot) -> None:
        """Clear the mark of a destroy, and refuse brokers that belong to another cluster."""
        recorded = self._world.identity.read()
        if recorded is None:
            return
        if recorded.going:
            self._world.identity.mark_going(False)
        live = snapshot.kafka.cluster_id if snapshot.kafka else None
        if live and recorded.cluster_id and live != recorded.cluster_id:
            raise Refused(
                (
                    f"the brokers serve cluster id {live}, the identity object records {recorded.cluster_id}",
                    "these volumes belong to another cluster; nothing was touched",
                )
            )

    def _is_behind(self) -> bool:
        """Whether anything of the spec that restarts nobody is not so yet. Raises Refused when it cannot become so."""
        asked = (keys_are_due, features_are_due, restore_is_due, fill_is_due, level_is_due)
        return any(due(self._world, self._desired) for due in asked)

    def _record_cluster_id(self) -> None:
        """In ZooKeeper mode the ensemble makes the id; it is recorded once the brokers serve it."""
        if self._lacks_cluster_id():
            self._world.identity.record_cluster_id(self._cluster_id())

    def _cluster_id(self) -> str:
        """Ask the brokers, all of which serve by now; a connection that breaks at this moment is no end."""
        for _ in range(_ATTEMPTS):
            try:
                return self._world.admin.observe().cluster_id
            except NotYet:
                self._world.clock.sleep(self._desired.pace.poll)
        return self._world.admin.observe().cluster_id

    def _lacks_cluster_id(self) -> bool:
        recorded = self._world.identity.read()
        return self._desired.mode == "zookeeper" and recorded is not None and recorded.cluster_id is None

    def _collect(self) -> tuple[str, ...]:
        try:
            self._world.lease.check()
            return self._world.pods.collect_configuration()
        except NotYet as missing:
            self._world.progress.warn(f"unused configuration is left for the next run: {missing}")
            return ()


def mark_going(world: World, *, deletion_protection: bool) -> None:
    """Mark the cluster as going, so that the guards let it go; refuse while deletion protection holds."""
    if deletion_protection:
        raise Refused(
            (
                "deletionProtection is true, so the brokers are not deleted",
                "set deletionProtection to false, run `pulumi up`, then delete again; nothing was touched",
            )
        )
    world.identity.mark_going(True)
