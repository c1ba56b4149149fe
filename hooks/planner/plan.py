"""The whole ordered plan, for a preview: what grows, which pods restart in which order and why, and what forbids it.

The run does not follow this plan blindly; it asks `step` again after every observation. Both rest on the same order,
reasons and refusals, so that what a preview showed is what a calm cluster gets.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import groupby

from hooks.planner import level, lost
from hooks.planner.availability import forbidden
from hooks.planner.batches import batches, fewest
from hooks.planner.desired import DesiredCluster
from hooks.planner.fill import Filling, foreseen
from hooks.planner.growth import Growth, growth
from hooks.planner.notes import blind, leftovers, notes
from hooks.planner.preflight import problems
from hooks.planner.reassignment.model import MovementPlan, Placement
from hooks.planner.restarts import reason
from hooks.planner.shrink import Leaving, draining, leaving, leaving_ids, still_registered, stopping
from hooks.planner.situation import Situation, Stage
from hooks.planner.snapshot import NodeId, Snapshot
from hooks.planner.standing import standing
from hooks.planner.text import some
from hooks.planner.volumes import VolumeGrowth, volume_growth


@dataclass(frozen=True, kw_only=True)
class PlannedRestart:
    """One pod that will restart."""

    pod: str
    node_id: NodeId
    reason: str
    leads: bool = False
    """It leads now, so it comes last."""
    batch: int = 1
    """Which batch it restarts in, from 1."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a run would do now."""

    component: str
    growth: tuple[Growth, ...] = ()
    volumes: tuple[VolumeGrowth, ...] = ()
    leaving: tuple[Leaving, ...] = ()
    """Pools that shrink, once their last brokers are drained."""
    drain: MovementPlan | None = None
    """What moves for that; None when nothing leaves, or the placement could not be seen."""
    placement: Placement | None = None
    """Who holds what before that, where replicas move and it could be seen."""
    restoring: lost.Restoring | None = None
    """What is made anew of the replicas on lost brokers; None where no broker that is down is called lost."""
    filling: Filling | None = None
    """What moves onto brokers that hold too little; None where that is not asked for, or could not be seen."""
    levelling: level.Levelling | None = None
    """What moves to level the brokers; None where that is not asked for, or other replicas move."""
    restarts: tuple[PlannedRestart, ...] = ()
    """In the order in which they will happen."""
    fewest: int = 0
    """No plan could do these restarts in fewer batches."""
    awaited: tuple[str, ...] = ()
    """Nodes at the desired revision that do not serve yet, and why."""
    leftovers: tuple[str, ...] = ()
    """What an interrupted run left behind and the next one puts right."""
    blockers: tuple[str, ...] = ()
    """Why the run will refuse; nothing happens until they are gone."""
    notes: tuple[str, ...] = ()
    """What the user should know beforehand."""
    unseen: str | None = None
    """Why the cluster could not be seen; the rest of the plan is then what the inputs alone tell."""

    @property
    def batches(self) -> tuple[tuple[PlannedRestart, ...], ...]:
        """The restarts batch by batch."""
        return tuple(tuple(group) for _, group in groupby(self.restarts, key=lambda restart: restart.batch))

    @property
    def movements(self) -> tuple[lost.Restoring | Filling | level.Levelling | None, ...]:
        """What moves beside a drain, in the order in which it will."""
        return (self.restoring, self.filling, self.levelling)

    @property
    def changes(self) -> bool:
        """Whether a run has anything to do, or to refuse."""
        moved = any(found is not None and found.movement.changes for found in self.movements)
        moves = self.leaving or self.volumes or moved
        return bool(self.growth or moves or self.restarts or self.awaited or self.leftovers or self.blockers)


def plan(
    snapshot: Snapshot,
    desired: DesiredCluster,
    *,
    formed: bool = False,
    placement: Placement | None = None,
    broken_off: tuple[str, ...] = (),
) -> Plan:
    """Return the plan for one component.

    Templates may still be the old ones: a preview comes before Pulumi writes them. `formed` is explained at
    `preflight.problems`; `placement` is asked for only where replicas move; `broken_off` no snapshot shows.
    """
    if blind(snapshot):
        return Plan(component=desired.component, unseen=snapshot.unseen)
    situation = Situation(snapshot=snapshot, desired=desired)
    stale = {pod.node_id for pod in situation.stale}
    grown = growth(snapshot, desired)
    to_come = {node for pool in grown for node in pool.ids}
    restoring = lost.foreseen(placement, snapshot, desired) if placement is not None else None
    if placement is not None and restoring is not None:
        placement = placement.after(restoring.movement.moves)
    drain, filling, levelling = _movements(placement, snapshot, desired, restoring)
    return Plan(
        component=desired.component,
        growth=grown,
        volumes=volume_growth(snapshot.workloads, desired),
        leaving=leaving(snapshot, desired),
        restoring=restoring,
        drain=drain,
        placement=placement,
        filling=filling,
        levelling=levelling,
        restarts=_restarts(situation),
        fewest=fewest(situation),
        awaited=_awaited(situation, stale | to_come) + stopping(snapshot, desired),
        leftovers=leftovers(situation) + broken_off + still_registered(snapshot, desired),
        blockers=problems(snapshot.workloads, desired, formed=formed)
        + forbidden(situation)
        + (drain.refused if drain is not None else ()),
        notes=lost.notes(snapshot, desired) + notes(situation) + _strangers(placement, desired),
        unseen=snapshot.unseen,
    )


def _movements(
    placement: Placement | None, snapshot: Snapshot, desired: DesiredCluster, restoring: lost.Restoring | None
) -> tuple[MovementPlan | None, Filling | None, level.Levelling | None]:
    """Return what drains, fills and levels brokers once what was lost is made anew."""
    if placement is None:
        return None, None, None
    gone = leaving_ids(snapshot, desired)
    drain = draining(placement, gone, desired.limits.bandwidth, desired.frozen) if gone else None
    fills = desired.fill and desired.component == "broker"
    filling = foreseen(placement, drain, snapshot, desired) if fills else None
    # What is moved for another reason is evened out by that; the next run levels what is left.
    moving = any(found is not None and found.movement.changes for found in (restoring, filling))
    busy = growth(snapshot, desired) or gone or moving
    return drain, filling, None if busy else level.foreseen(placement, desired)


def _strangers(placement: Placement | None, desired: DesiredCluster) -> tuple[str, ...]:
    """Say which topics are to be left where they are and do not exist: perhaps another one was meant."""
    unknown = sorted(desired.frozen - placement.topics) if placement is not None else []
    return (f"frozenTopics names {some(unknown)}, and there is no such topic",) if unknown else ()


def _restarts(situation: Situation) -> tuple[PlannedRestart, ...]:
    return tuple(
        PlannedRestart(
            pod=pod.name,
            node_id=pod.node_id,
            reason=reason(situation, pod),
            leads=pod.ready and pod.node_id == situation.leader and len(situation.stale) > 1,
            batch=number,
        )
        for number, batch in enumerate(batches(situation), start=1)
        for pod in batch
    )


def _awaited(situation: Situation, others: AbstractSet[NodeId]) -> tuple[str, ...]:
    """Return where those stand that do not serve; the others have lines of their own."""
    nodes = (node for node in situation.expected if _is_awaited(situation, node) and node not in others)
    return tuple(standing(situation, node) for node in nodes)


def _is_awaited(situation: Situation, node: NodeId) -> bool:
    """A ready broker of which no other one could be asked is unseen, not missing: that alone is no work."""
    stage = situation.stages[node]
    unasked = situation.desired.component == "broker" and situation.snapshot.kafka is None
    return stage is not Stage.SERVING and not (unasked and stage is Stage.UNKNOWN)
