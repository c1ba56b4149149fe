"""What is submitted next: slots, stages, order, and what must wait."""

import pytest

from hooks.planner.reassignment.model import PartitionMove
from hooks.planner.reassignment.schedule import Live, Slots, is_ours, is_over, makespan_bound, next_stages
from hooks.planner.snapshot import KafkaState, NodeId, ObservedBroker, ObservedPartition

LARGE = 1 << 30
BROKERS = (0, 1, 1000, 1001, 2000, 2001)


def ids(*nodes: int) -> frozenset[NodeId]:
    return frozenset(NodeId(node) for node in nodes)


def partition(index: int, *replicas: int, isr: tuple[int, ...] | None = None, **other) -> ObservedPartition:
    inside = replicas if isr is None else isr
    leader = NodeId(inside[0]) if inside else None
    fields = {"leader": leader, "min_isr": 2, **other}
    return ObservedPartition(topic="t", index=index, replicas=ids(*replicas), isr=ids(*inside), **fields)


def live(*partitions: ObservedPartition, dead: tuple[int, ...] = ()) -> Live:
    brokers = tuple(ObservedBroker(id=NodeId(n), rack=str(n // 1000), fenced=n in dead) for n in BROKERS)
    return Live(kafka=KafkaState(cluster_id="c", controller=None, brokers=brokers, partitions=partitions))


def a_move(index: int, current: tuple[int, ...], target: tuple[int, ...], size: int = LARGE) -> PartitionMove:
    there, wanted = (tuple(NodeId(node) for node in nodes) for nodes in (current, target))
    return PartitionMove(topic="t", index=index, current=there, target=wanted, size_bytes=size)


@pytest.mark.parametrize(("slots", "begun"), [(1, 1), (2, 2), (5, 3)])
def test_a_broker_receives_no_more_than_its_slots(slots: int, begun: int):
    moves = [a_move(n, (0, 1000, 2000), (1, 1000, 2000)) for n in range(3)]
    seen = live(*(partition(n, (0, 1000, 2000)[n], *{0, 1000, 2000} - {(0, 1000, 2000)[n]}) for n in range(3)))
    assert len(next_stages(moves, seen, Slots(per_broker=slots)).stages) == begun


def test_a_leader_sends_no_more_than_its_slots():
    moves = [a_move(0, (0, 1000, 2000), (0, 1001, 2000)), a_move(1, (0, 1000, 2000), (0, 1000, 2001))]
    seen = live(partition(0, 0, 1000, 2000), partition(1, 0, 1000, 2000))
    assert len(next_stages(moves, seen, Slots(per_broker=1)).stages) == 1


def test_what_is_under_way_takes_its_room_whoever_began_it():
    foreign = partition(7, 0, 1, 1000, isr=(0, 1000), adding=ids(1), removing=ids(1000))
    moves = [a_move(0, (1000, 0, 2000), (1000, 1, 2000))]
    seen = live(partition(0, 1000, 0, 2000), foreign)
    assert next_stages([*moves, a_move(7, (0, 1000), (0, 1))], seen, Slots(per_broker=1)).stages == ()
    assert len(next_stages([*moves, a_move(7, (0, 1000), (0, 1))], seen, Slots(per_broker=2)).stages) == 1


def test_tiny_partitions_share_a_slot():
    moves = [a_move(n, (0, 1000, 2000), (1, 1000, 2000), size=100) for n in range(150)]
    seen = live(*(partition(n, 0, 1000, 2000) for n in range(150)))
    assert len(next_stages(moves, seen, Slots(per_broker=1)).stages) == 100


def test_the_cluster_has_a_cap():
    moves = [a_move(n, (0, 1000, 2000), (1, 1000, 2000), size=100) for n in range(9)]
    seen = live(*(partition(n, 0, 1000, 2000) for n in range(9)))
    assert len(next_stages(moves, seen, Slots(cluster=4)).stages) == 4


def test_one_replica_is_added_at_a_time_the_leader_leaving_last():
    move = a_move(0, (0, 1000, 2000), (1, 1001, 2001))
    first = next_stages([move], live(partition(0, 0, 1000, 2000)), Slots()).stages[0]
    assert (first.replicas, first.adding) == ((0, 1001, 2000), (1001,))
    second = next_stages([move], live(partition(0, 0, 1001, 2000)), Slots()).stages[0]
    assert (second.replicas, second.adding) == ((0, 2001, 1001), (2001,))
    third = next_stages([move], live(partition(0, 0, 1001, 2001)), Slots()).stages[0]
    assert (third.replicas, third.adding) == (move.target, (1,))
    assert is_over(move, live(partition(0, 1, 1001, 2001)))


def test_a_dead_replica_leaves_first():
    move = a_move(0, (0, 1000, 2000), (1, 1001, 2000))
    seen = live(partition(0, 0, 1000, 2000, isr=(0, 2000)), dead=(1000,))
    assert 1000 not in next_stages([move], seen, Slots()).stages[0].replicas


def test_replicas_are_added_before_any_is_missed_when_the_factor_grows():
    move = a_move(0, (0,), (0, 1000, 2000))
    stage = next_stages([move], live(partition(0, 0, min_isr=1)), Slots()).stages[0]
    assert stage.replicas == (0, 1000)


def test_the_busiest_broker_begins_with_its_largest():
    moves = [
        a_move(0, (0, 1000, 2000), (0, 1001, 2000), size=5 * LARGE),
        a_move(1, (1000, 0, 2000), (1000, 1, 2000), size=3 * LARGE),
        a_move(2, (2000, 0, 1000), (2000, 1, 1000), size=4 * LARGE),
    ]
    seen = live(partition(0, 0, 1000, 2000), partition(1, 1000, 0, 2000), partition(2, 2000, 0, 1000))
    assert [stage.move.index for stage in next_stages(moves, seen, Slots(per_broker=1)).stages] == [2, 0]


def test_a_partition_at_its_min_isr_comes_first_when_the_move_heals_it():
    moves = [
        a_move(0, (1000, 0, 2000), (1000, 1, 2000), size=9 * LARGE),
        a_move(1, (2000, 0, 1000), (2000, 1, 1000)),
    ]
    seen = live(partition(0, 1000, 0, 2000), partition(1, 2000, 0, 1000, isr=(2000, 1000)), dead=(0,))
    seen = live(partition(0, 1000, 2000, 0), partition(1, 2000, 0, 1000, isr=(2000, 1000)))
    assert next_stages(moves, seen, Slots(per_broker=1)).stages[0].move.index == 1


def test_a_partition_at_its_min_isr_waits_when_the_move_would_not_heal_it():
    move = a_move(0, (0, 1000, 2000), (1, 1000, 2000))
    found = next_stages([move], live(partition(0, 0, 1000, 2000, isr=(0, 1000))), Slots())
    assert found.stages == ()
    assert found.held == ("t-0: at its min ISR 2 with ISR 0, 1000, which this move would not mend",)


def test_without_a_leader_or_with_a_dead_target_nothing_begins():
    move = a_move(0, (0, 1000, 2000), (1, 1000, 2000))
    assert "no leader" in next_stages([move], live(partition(0, 0, 1000, 2000, leader=None)), Slots()).held[0]
    assert (
        "broker 1 does not serve" in next_stages([move], live(partition(0, 0, 1000, 2000), dead=(1,)), Slots()).held[0]
    )


def test_what_somebody_else_changed_is_left_to_the_next_plan():
    move = a_move(0, (0, 1000, 2000), (1, 1000, 2000))
    assert is_over(move, live(partition(0, 0, 1001, 2001)))
    assert is_over(move, live(partition(0, 0, 1000, 2000, 2001, adding=ids(2001))))
    assert is_over(move, live())
    assert not is_ours(None, partition(0, 0, 1, adding=ids(1)))


def test_no_schedule_is_faster_than_the_busiest_direction_of_a_broker():
    moves = [a_move(n, (0, 1000, 2000), (0, 1000, 2001), size=100) for n in range(4)]
    seen = live(*(partition(n, (0, 1000)[n % 2], *({0, 1000, 2000} - {(0, 1000)[n % 2]})) for n in range(4)))
    assert makespan_bound(moves, seen, 50.0) == pytest.approx(8.0)
    alone = live(*(partition(n, 0, 1000, 2000) for n in range(4)))
    wide = [a_move(n, (0, 1000, 2000), (0, 1000 + n % 2, 2001), size=100) for n in range(4)]
    assert makespan_bound(wide, alone, 50.0) == pytest.approx(12.0)


def test_metadata_that_is_a_stage_behind_leads_to_no_stage_with_more_replicas():
    """Seen on a loaded machine: old and new set together, the reassignment over; the next stage asked for all four."""
    move = a_move(0, (0, 1000, 2000), (1, 1001, 2001))
    found = next_stages([move], live(partition(0, 0, 1, 1000, 2000)), Slots())
    assert found.stages == ()
    assert found.held == ("t-0: its metadata still shows the replicas of before and after its last stage together",)
