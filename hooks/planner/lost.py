"""Brokers that the spec calls lost: their replicas are made anew on live brokers, and nobody waits for them. Pure.

Only the user knows whether a dead broker comes back: its replicas are copied elsewhere where `rebalance.lostBrokers`
names it, and never because it is down. Guarantees: nothing but replicas of named brokers that are down moves; no
partition is spread over fewer racks; a partition of which no in-sync replica is on a live broker is left as it is,
since there is nothing to copy from and no unclean election is ever made. What is left is named with its reason.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from hooks.planner.desired import DesiredCluster
from hooks.planner.fill import arriving
from hooks.planner.reassignment.model import MovementPlan, Options, PlacedPartition, Placement, PlacementBroker
from hooks.planner.reassignment.plan import plan_movement
from hooks.planner.reassignment.rendering import movement_lines
from hooks.planner.shrink import leaving_ids
from hooks.planner.situation import Situation, Stage
from hooks.planner.snapshot import NodeId, Snapshot
from hooks.planner.standing import standing
from hooks.planner.text import count, ids, some


@dataclass(frozen=True, kw_only=True)
class Restoring:
    """What is made anew of the replicas on lost brokers, and what cannot be."""

    placement: Placement
    movement: MovementPlan
    options: Options
    left: tuple[str, ...] = ()
    """Why replicas stay on the lost brokers, and what to do."""


def restoring(
    placement: Placement, desired: DesiredCluster, leaving: frozenset[NodeId] = frozenset()
) -> Restoring | None:
    """Return what to make anew; None where no lost broker that is down holds anything. `leaving` take nothing new."""
    alive = {broker.id for broker in placement.brokers if broker.alive}
    held = {node for partition in placement.partitions for node in partition.replicas}
    gone = (desired.lost - alive) & held
    if not gone or desired.component != "broker":
        return None
    placed = _with_racks(placement, desired)
    options = Options(
        goal="heal",
        lost=gone,
        excluded=leaving,
        throttle=desired.limits.bandwidth,
        frozen_topics=desired.frozen & placement.topics,
    )
    planned = replace(plan_movement(placed, options), blocked=())
    left = tuple(_left(placed, placed.after(planned.moves), options))
    return Restoring(placement=placed, movement=planned, options=options, left=left)


def foreseen(placement: Placement, snapshot: Snapshot, desired: DesiredCluster) -> Restoring | None:
    """Return what will be made anew once those to come are there, for a preview."""
    if not desired.lost:
        return None
    here = {broker.id: broker for broker in placement.brokers}
    here |= {broker.id: broker for broker in arriving(here, snapshot, desired) if broker.id not in here}
    then = replace(placement, brokers=tuple(here[node] for node in sorted(here)))
    return restoring(then, desired, leaving_ids(snapshot, desired))


def lines(found: Restoring | None) -> tuple[str, ...]:
    """Return in words which replicas are made anew, where and why, what it costs, and what stays."""
    if found is None:
        return ()
    said: list[str] = []
    if found.movement.changes:
        moves = [f"{move} ({ids(move.removing)} to {ids(move.adding)})" for move in found.movement.moves]
        said.append(
            f"broker {ids(found.options.lost)} is lost, as rebalance.lostBrokers says: its replicas are made anew on "
            + f"live brokers, in {count(len(moves), 'partition')}: {some(moves)}"
        )
        said += [f"  {line}" for line in movement_lines(found.placement, found.movement, found.options)]
    return (*said, *(f"note: {why}" for why in found.left))


def notes(snapshot: Snapshot, desired: DesiredCluster) -> tuple[str, ...]:
    """Return where the named brokers stand: whether nobody waits for them, or the word has had its time."""
    plain = Situation(snapshot=snapshot, desired=replace(desired, lost=frozenset()))
    return tuple(_note(plain, node) for node in sorted(desired.lost & plain.expected.keys()))


def _note(situation: Situation, node: NodeId) -> str:
    if situation.stages[node] is Stage.SERVING:
        return f"broker {node} is in rebalance.lostBrokers and serves: it is like the others; take it out of the list"
    known = situation.brokers.get(node)
    said = f"broker {node} is lost, as rebalance.lostBrokers says ({standing(situation, node)}): nothing waits for it"
    if known is not None and not known.fenced:
        return f"{said}; Kafka still counts it among the living, so its replicas stay until that has ended"
    return said


def _left(before: Placement, after: Placement, options: Options) -> Iterator[str]:
    """Say what stays on the lost brokers, and why."""
    held = {partition.key for partition in after.partitions if options.lost.intersection(partition.replicas)}
    stuck = [partition for partition in before.without_source if partition.key in held]
    if stuck:
        # With eligible leader replicas (KIP-966) an ISR can be empty; then any replica may be the one that has it all.
        last = ids({node for partition in stuck for node in partition.isr or partition.replicas})
        yield (
            f"no in-sync replica is on a live broker, so there is nothing to copy from: {_named(stuck)} (last held by "
            + f"broker {last}); they stay as they are, since no unclean election is made. Bring broker {last} back "
            + "with its data, or delete the topics"
        )
    others = [p for p in after.partitions if p.key in held - {partition.key for partition in stuck}]
    frozen = [p for p in others if p.topic in options.frozen_topics]
    if frozen:
        yield (
            f"frozen topics keep their replicas on broker {ids(options.lost)}: {_named(frozen)}; to have them made "
            + "anew, take them out of rebalance.frozenTopics"
        )
    waiting = [p for p in others if p.topic not in options.frozen_topics]
    if waiting:
        yield (
            f"no live broker can take the replicas of {_named(waiting)}: every other one has them already, is in a "
            + "rack that has its share of them, leaves, or would pass the disk limit of "
            + f"{options.disk_limit:.0%}; they wait. Add a broker to the rack of broker {ids(options.lost)}, or disk"
        )


def _named(partitions: Iterable[PlacedPartition]) -> str:
    return some([str(partition) for partition in partitions])


def _with_racks(placement: Placement, desired: DesiredCluster) -> Placement:
    """Return the placement with the racks of dead brokers that are not registered, as with ZooKeeper: their pools'."""
    racks = {broker.id: broker.rack for broker in placement.brokers if broker.rack is not None}
    pools = {node: pool for pool in desired.pools for node in pool.ids}

    def known(broker: PlacementBroker) -> PlacementBroker:
        if broker.rack is not None or not racks or broker.id not in pools:
            return broker
        pool = pools[broker.id]
        return replace(broker, rack=next((racks[node] for node in pool.ids if node in racks), pool.name))

    return replace(placement, brokers=tuple(known(broker) for broker in placement.brokers))
