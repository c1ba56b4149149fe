"""Emptying brokers: the least that moves, where it goes, and what is refused."""

from dataclasses import replace

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hooks.planner.reassignment.check import rack_violations
from hooks.planner.reassignment.model import MovementPlan, Options, PlacedPartition, Placement, PlacementBroker
from hooks.planner.shrink import draining
from hooks.planner.snapshot import NodeId

MANY = settings(derandomize=True, deadline=None, database=None, max_examples=150)


@st.composite
def clusters(draw) -> tuple[Placement, frozenset[NodeId]]:
    racks = {rack: draw(st.integers(1, 4)) for rack in "abc"}
    ids = {rack: [NodeId(n * 1000 + k) for k in range(count)] for n, (rack, count) in enumerate(racks.items())}
    brokers = tuple(PlacementBroker(id=node, rack=rack) for rack in "abc" for node in ids[rack])
    partitions: list[PlacedPartition] = []
    for index in range(draw(st.integers(1, 12))):
        factor = draw(st.integers(1, 3))
        order = draw(st.permutations("abc"))[:factor]
        replicas = tuple(draw(st.sampled_from(ids[rack])) for rack in order)
        partitions.append(
            PlacedPartition(
                topic="t",
                index=index,
                replicas=replicas,
                size_bytes=draw(st.integers(0, 1000)),
                leader=replicas[0],
                isr=frozenset(replicas),
            )
        )
    gone = frozenset(draw(st.sets(st.sampled_from([broker.id for broker in brokers]), max_size=3)))
    return Placement(brokers=brokers, partitions=tuple(partitions)), gone


@MANY
@given(clusters())
def test_only_replicas_of_leaving_brokers_move_and_none_of_them_stays(drawn):
    placement, gone = drawn
    options = Options(goal="drain", drained=gone)
    plan = draining(placement, gone)
    assume(not plan.refused)
    held = sum(len(gone & set(partition.replicas)) for partition in placement.partitions)
    assert sum(len(move.adding) for move in plan.moves) == held == plan.bounds.moves
    after = placement.after(plan.moves)
    assert not any(gone & set(partition.replicas) for partition in after.partitions)
    assert rack_violations(after, options) == ()
    assert plan == draining(placement, gone)


def placed(index: int, holder: int, size: int = 1) -> PlacedPartition:
    node = NodeId(holder)
    return PlacedPartition(
        topic="t", index=index, replicas=(node,), size_bytes=size, leader=node, isr=frozenset((node,))
    )


WITHOUT_0 = frozenset((NodeId(0),))


def test_the_emptier_broker_of_the_same_rack_receives():
    brokers = tuple(PlacementBroker(id=NodeId(n), rack="a" if n < 3 else "b") for n in range(4))
    partitions = (placed(0, 0, 10), placed(1, 1, 30), placed(2, 2, 5), placed(3, 3, 1))
    assert draining(Placement(brokers=brokers, partitions=partitions), WITHOUT_0).moves[0].target == (2,)


def test_a_cordoned_or_dead_broker_receives_nothing():
    brokers = (
        PlacementBroker(id=NodeId(0), rack="a"),
        PlacementBroker(id=NodeId(1), rack="a", excluded=True),
        PlacementBroker(id=NodeId(2), rack="a", alive=False),
        PlacementBroker(id=NodeId(3), rack="b"),
    )
    assert draining(Placement(brokers=brokers, partitions=(placed(0, 0),)), WITHOUT_0).moves[0].target == (3,)


def spread(index: int, *holders: int) -> PlacedPartition:
    replicas = tuple(NodeId(node) for node in holders)
    return replace(placed(index, holders[0]), replicas=replicas, isr=frozenset(replicas))


def racks(*names: str) -> tuple[PlacementBroker, ...]:
    return tuple(PlacementBroker(id=NodeId(number), rack=name) for number, name in enumerate(names))


def test_a_rack_leaves_as_a_whole_where_the_others_spread_its_partitions_as_far():
    placement = Placement(brokers=racks("a", "b", "c"), partitions=(spread(0, 0, 1), spread(1, 1, 2), spread(2, 2, 0)))
    plan = draining(placement, WITHOUT_0)
    assert [(str(move), set(move.target)) for move in plan.moves] == [("t-0", {1, 2}), ("t-2", {1, 2})]
    assert rack_violations(placement.after(plan.moves), Options(goal="drain", drained=WITHOUT_0)) == ()


def test_a_rack_that_leaves_as_a_whole_is_refused_where_a_partition_would_have_fewer_racks():
    placement = Placement(brokers=racks("a", "b", "c", "c"), partitions=(spread(0, 0, 1, 2),))
    refused = draining(placement, WITHOUT_0)
    assert "without broker 0 2 racks would be left for topics that are spread over more: t (3)" in refused.refused[0]
    assert (refused.moves, refused.before) == ((), refused.after)


def test_a_partition_that_never_used_the_leaving_rack_to_the_full_does_not_forbid_its_leaving():
    placement = Placement(brokers=racks("a", "a", "b", "b", "c"), partitions=(spread(0, 0, 1, 2),))
    plan = draining(placement, frozenset((NodeId(0), NodeId(1))))
    assert len(plan.moves) == 1
    assert set(plan.moves[0].target) == {2, 3, 4}


def test_a_broker_that_never_registered_needs_no_plan():
    placement = Placement(brokers=racks("a", "b"), partitions=(spread(0, 0),))
    assert draining(placement, frozenset((NodeId(7),))) == MovementPlan(goal="drain")
    assert len(draining(placement, frozenset((NodeId(0), NodeId(7)))).moves) == 1


def test_brokers_that_hold_a_frozen_topic_do_not_leave():
    brokers = tuple(PlacementBroker(id=NodeId(n), rack="a") for n in range(3))
    placement = Placement(brokers=brokers, partitions=(placed(0, 0), placed(1, 1)))
    (reason,) = draining(placement, WITHOUT_0, frozen=frozenset({"t", "of tomorrow"})).refused
    assert "frozen topics have replicas on the drained brokers 0: t" in reason
    assert draining(placement, frozenset({NodeId(2)}), frozen=frozenset({"t"})).refused == ()
