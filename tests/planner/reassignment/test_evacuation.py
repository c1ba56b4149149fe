"""Emptying brokers: the least that moves, where it goes, and what is refused. `check_placement` is the oracle."""

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hooks.planner.reassignment.check import rack_violations
from hooks.planner.reassignment.evacuation import evacuate
from hooks.planner.reassignment.model import Options, PlacedPartition, Placement, PlacementBroker
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
    plan = evacuate(placement, options)
    assume(not plan.refused)
    held = sum(len(gone & set(partition.replicas)) for partition in placement.partitions)
    assert sum(len(move.adding) for move in plan.moves) == held == plan.bounds.moves
    after = placement.after(plan.moves)
    assert not any(gone & set(partition.replicas) for partition in after.partitions)
    assert rack_violations(after, options) == ()
    assert plan == evacuate(placement, options)


def placed(index: int, holder: int, size: int = 1) -> PlacedPartition:
    node = NodeId(holder)
    return PlacedPartition(
        topic="t", index=index, replicas=(node,), size_bytes=size, leader=node, isr=frozenset((node,))
    )


WITHOUT_0 = Options(goal="drain", drained=frozenset((NodeId(0),)))


def test_the_emptier_broker_of_the_same_rack_receives():
    brokers = tuple(PlacementBroker(id=NodeId(n), rack="a" if n < 3 else "b") for n in range(4))
    partitions = (placed(0, 0, 10), placed(1, 1, 30), placed(2, 2, 5))
    assert evacuate(Placement(brokers=brokers, partitions=partitions), WITHOUT_0).moves[0].target == (2,)


def test_a_cordoned_or_dead_broker_receives_nothing():
    brokers = (
        PlacementBroker(id=NodeId(0), rack="a"),
        PlacementBroker(id=NodeId(1), rack="a", excluded=True),
        PlacementBroker(id=NodeId(2), rack="a", alive=False),
        PlacementBroker(id=NodeId(3), rack="b"),
    )
    assert evacuate(Placement(brokers=brokers, partitions=(placed(0, 0),)), WITHOUT_0).moves[0].target == (3,)
