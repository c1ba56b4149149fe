"""Replicas of lost brokers made anew: theirs alone, onto live brokers, from a live source, and racks kept."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from hooks.planner.desired import DesiredCluster
from hooks.planner.lost import restoring
from hooks.planner.reassignment.check import check_placement
from hooks.planner.reassignment.model import PlacedPartition, Placement, PlacementBroker
from hooks.planner.snapshot import NodeId
from tests.planner.test_draining import MANY, clusters

DESIRED = DesiredCluster(cluster="kafka", component="broker", mode="kraft", pools=())


@st.composite
def broken(draw) -> tuple[Placement, frozenset[NodeId], frozenset[NodeId]]:
    """Return a placement with dead brokers, those of them that are called lost, and the dead."""
    placement, dead = draw(clusters())
    lost = frozenset(node for node in sorted(dead) if draw(st.booleans()))
    # Who was in sync when it died may be the last one that was.
    last = {p.key: draw(st.booleans()) for p in placement.partitions}
    partitions = tuple(_without(partition, dead, last[partition.key]) for partition in placement.partitions)
    brokers = tuple(replace(broker, alive=broker.id not in dead) for broker in placement.brokers)
    return Placement(brokers=brokers, partitions=partitions), lost, dead


def _without(partition: PlacedPartition, dead: frozenset[NodeId], alone: bool) -> PlacedPartition:
    live = partition.isr - dead
    if live and not (alone and dead & partition.isr):
        return replace(partition, isr=live, leader=min(live))
    return replace(
        partition, isr=frozenset((min(partition.isr & dead),)) if dead & partition.isr else live, leader=None
    )


@MANY
@given(broken())
def test_replicas_of_lost_brokers_alone_move_and_only_where_a_live_one_is_in_sync(drawn) -> None:
    placement, lost, dead = drawn
    found = restoring(placement, replace(DESIRED, lost=lost))
    if found is None:
        assert not any(lost & set(partition.replicas) for partition in placement.partitions)
        return
    assert not found.movement.refused
    before = {partition.key: partition for partition in placement.partitions}
    for move in found.movement.moves:
        assert set(move.removing) <= lost and not set(move.adding) & dead
        assert before[move.key].isr - dead
        assert before[move.key].isr - lost <= set(move.target)
    after = found.placement.after(found.movement.moves)
    assert check_placement(after, found.options, found.placement).problems == ()
    left = [p for p in after.partitions if lost & set(p.replicas)]
    assert bool(left) == bool(found.left)
    assert not restoring(after, replace(DESIRED, lost=lost)) or left


@MANY
@given(broken())
def test_what_was_made_anew_asks_for_nothing_more(drawn) -> None:
    placement, lost, dead = drawn
    desired = replace(DESIRED, lost=lost)
    found = restoring(placement, desired)
    if found is None:
        return
    moved = {move.key for move in found.movement.moves}
    once = placement.after(found.movement.moves)
    now = {p.key: p for p in placement.partitions}
    after = replace(
        once,
        partitions=tuple(
            replace(p, isr=p.isr - dead, leader=None) if p.key in moved else now[p.key] for p in once.partitions
        ),
    )
    again = restoring(after, desired)
    assert again is None or not again.movement.changes


def test_a_broker_that_lives_and_one_that_nobody_names_are_left_alone() -> None:
    dead, alive = NodeId(0), NodeId(1)
    placement = _pair(dead)
    assert restoring(placement, DESIRED) is None
    assert restoring(placement, replace(DESIRED, lost=frozenset({alive}))) is None
    assert restoring(placement, replace(DESIRED, lost=frozenset({NodeId(77)}))) is None


def test_a_partition_whose_isr_is_empty_is_left_and_its_holders_are_named() -> None:
    """With eligible leader replicas the last one that was in sync is in no ISR once it is down."""
    placement = _pair(NodeId(0))
    alone = replace(placement.partitions[0], replicas=(NodeId(0),), isr=frozenset(), leader=None)
    found = restoring(replace(placement, partitions=(alone,)), replace(DESIRED, lost=frozenset({NodeId(0)})))
    assert found is not None and not found.movement.changes
    assert "t-0 (last held by broker 0); they stay as they are" in found.left[0]


def _pair(dead: NodeId) -> Placement:
    brokers = tuple(PlacementBroker(id=NodeId(n), rack="a", alive=n != dead) for n in range(3))
    one = PlacedPartition(
        topic="t", index=0, replicas=(NodeId(0), NodeId(1)), size_bytes=1, leader=NodeId(1), isr=frozenset({NodeId(1)})
    )
    return Placement(brokers=brokers, partitions=(one,))
