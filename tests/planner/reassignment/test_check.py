"""The judge itself, on placements small enough to judge by hand."""

import pytest

from hooks.planner.reassignment.check import check_placement
from hooks.planner.reassignment.model import Options, PartitionMove, PlacedPartition, Placement, PlacementBroker
from hooks.planner.reassignment.spread import even_spread
from hooks.planner.snapshot import NodeId

GROW = Options(goal="grow")


def brokers(racks: str, capacity: int | None = None) -> tuple[PlacementBroker, ...]:
    return tuple(
        PlacementBroker(id=NodeId(number), rack=rack, capacity_bytes=capacity) for number, rack in enumerate(racks)
    )


def partition(*replicas: int, index: int = 0, size: int = 10, topic: str = "t") -> PlacedPartition:
    nodes = tuple(NodeId(node) for node in replicas)
    return PlacedPartition(
        topic=topic, index=index, replicas=nodes, size_bytes=size, leader=nodes[0], isr=frozenset(nodes)
    )


def judged(racks: str, *partitions: PlacedPartition, options: Options = GROW, capacity: int | None = None):
    return check_placement(Placement(brokers=brokers(racks, capacity), partitions=partitions), options)


def test_one_replica_in_each_rack_is_right():
    found = judged("abc", partition(0, 1, 2))
    assert found.problems == () and found.rack_violations == ()


def test_two_replicas_in_one_rack_are_wrong_while_another_rack_has_none():
    assert judged("aabc", partition(0, 1, 2)).rack_violations == (("t", 0),)


@pytest.mark.parametrize(("racks", "replicas"), [("aaab", (0, 1, 3)), ("aa", (0, 1)), ("aabb", (0, 1, 2))])
def test_two_replicas_in_one_rack_are_right_where_nothing_spreads_them_better(racks: str, replicas: tuple[int, ...]):
    assert judged(racks, partition(*replicas)).rack_violations == ()


def test_a_rack_that_takes_nothing_new_is_no_better_place():
    options = Options(goal="grow", excluded=frozenset({NodeId(3)}))
    assert judged("aabc", partition(0, 1, 2), options=options).rack_violations == ()


def test_a_broker_that_holds_a_partition_twice_is_a_problem():
    assert "twice" in judged("abc", partition(0, 0, 1)).problems[0]


def test_an_unknown_broker_is_a_problem():
    assert "unknown brokers [9]" in judged("abc", partition(0, 1, 9)).problems[0]


@pytest.mark.parametrize(("size", "problems"), [(84, 0), (85, 0), (86, 1)])
def test_a_disk_may_be_filled_to_its_limit(size: int, problems: int):
    assert len(judged("abc", partition(0, 1, 2, size=size), capacity=100).problems) == 3 * problems


def compared(before: PlacedPartition, after: PlacedPartition, options: Options) -> tuple[str, ...]:
    some = brokers("aabbcc")
    return check_placement(
        Placement(brokers=some, partitions=(after,)), options, Placement(brokers=some, partitions=(before,))
    ).problems


def test_a_plan_may_not_break_a_spread_that_was_right():
    assert "broken now" in compared(partition(0, 2, 4), partition(0, 1, 4), GROW)[0]


def test_a_plan_may_not_touch_a_frozen_topic():
    options = Options(goal="grow", frozen_topics=frozenset({"t"}))
    assert "frozen" in compared(partition(0, 2, 4), partition(2, 0, 4), options)[0]


def test_a_plan_may_not_use_a_broker_that_takes_nothing_new():
    options = Options(goal="drain", drained=frozenset({NodeId(1)}))
    assert "takes nothing new" in compared(partition(0, 2, 4), partition(1, 2, 4), options)[0]


def test_a_plan_may_not_change_the_number_of_replicas():
    assert "2 replicas, not 3" in compared(partition(0, 2, 4), partition(0, 2), GROW)[0]


def test_a_move_knows_what_it_adds_and_removes():
    move = PartitionMove(
        topic="t", index=0, current=(NodeId(1), NodeId(2)), target=(NodeId(3), NodeId(1)), size_bytes=5
    )
    assert (move.adding, move.removing, move.reorder_only, move.bytes_to_move) == ((3,), (2,), False, 5)


@pytest.mark.parametrize(
    ("factor", "racks", "lowest", "highest"),
    [
        (3, {"a": 4, "b": 4, "c": 4}, (0, 0, 0), (1, 1, 1)),
        (3, {"a": 3, "b": 1}, (1, 1), (2, 1)),
        (4, {"a": 3, "b": 1}, (2, 1), (3, 1)),
        (2, {"a": 1, "b": 1, "c": 1}, (0, 0, 0), (1, 1, 1)),
        (5, {"a": 9, "b": 9}, (2, 2), (3, 3)),
        (3, {"a": 9}, (2,), (3,)),
    ],
)
def test_replicas_spread_evenly_as_far_as_racks_have_brokers(
    factor: int, racks: dict[str, int], lowest: tuple[int, ...], highest: tuple[int, ...]
):
    spread = even_spread(factor, racks)
    assert (tuple(spread.lowest.values()), tuple(spread.highest.values())) == (lowest, highest)
