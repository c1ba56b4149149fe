"""Rates from headroom, the progress rule, lists, and how much one round may hold."""

from hooks.planner.reassignment.model import PartitionMove, PlacedPartition, Placement, PlacementBroker
from hooks.planner.reassignment.throttling import (
    FOLLOWER_RATE,
    FOLLOWER_REPLICAS,
    LEADER_RATE,
    LEADER_REPLICAS,
    LONGEST_LIST,
    MOST_MOVES,
    Setting,
    first_round,
    joined,
    lists,
    raised,
    rates,
)
from hooks.planner.snapshot import NodeId

MB = 1_000_000


def nodes(*numbers: int) -> tuple[NodeId, ...]:
    return tuple(NodeId(number) for number in numbers)


def placement(rate: float, dead: tuple[int, ...] = ()) -> Placement:
    placed = PlacedPartition(
        topic="t",
        index=0,
        replicas=nodes(0, 1, 2),
        size_bytes=1,
        rate=rate,
        leader=NodeId(0),
        isr=frozenset(nodes(0, 1, 2)),
    )
    return Placement(
        brokers=tuple(PlacementBroker(id=NodeId(n), rack=None, alive=n not in dead) for n in range(4)),
        partitions=(placed,),
    )


MOVE = PartitionMove(topic="t", index=0, current=nodes(0, 1, 2), target=nodes(0, 1, 3), size_bytes=1)


def test_a_rate_is_what_ordinary_replication_leaves_with_a_tenth_in_hand():
    found = rates([MOVE], placement(10 * MB), 100 * MB)
    assert found[Setting("broker", "3", FOLLOWER_RATE)] == str(90 * MB)
    assert found[Setting("broker", "0", LEADER_RATE)] == str(72 * MB), "it sends to two followers already"
    assert found[Setting("broker", "1", LEADER_RATE)] == str(90 * MB), "it may lead tomorrow"
    assert Setting("broker", "0", FOLLOWER_RATE) not in found


def test_a_rate_is_never_below_what_is_written_meanwhile():
    assert rates([MOVE], placement(90 * MB), 100 * MB)[Setting("broker", "3", FOLLOWER_RATE)] == str(135 * MB)


def test_brokers_that_are_away_get_no_rate():
    assert Setting("broker", "1", LEADER_RATE) not in rates([MOVE], placement(0, dead=(1,)), MB)


def test_followers_are_the_added_replicas_alone_and_leaders_all_present_ones():
    assert lists([MOVE]) == {
        Setting("topic", "t", LEADER_REPLICAS): "0:0,0:1,0:2",
        Setting("topic", "t", FOLLOWER_REPLICAS): "0:3",
    }


def test_lists_are_joined_with_what_a_user_had_set_and_everything_stays_everything():
    assert joined(None, "0:3") == "0:3"
    assert joined("1:1,0:3", "0:3,2:2") == "1:1,0:3,2:2"
    assert joined("*", "0:3") is None


def test_a_raised_rate_is_the_double():
    setting = Setting("broker", "3", FOLLOWER_RATE)
    assert raised({setting: "50"}) == {setting: "100"}


def test_a_round_keeps_every_list_and_the_record_within_their_limits():
    moves = [
        PartitionMove(topic="t", index=n, current=nodes(0, 1, 2), target=nodes(0, 1, 3), size_bytes=1)
        for n in range(6000)
    ]
    chosen = first_round(moves)
    assert 0 < len(chosen) < len(moves)
    assert max(len(value) for value in lists(chosen).values()) <= LONGEST_LIST
    many = [
        PartitionMove(topic=f"t{n}", index=0, current=nodes(0), target=nodes(1), size_bytes=1)
        for n in range(MOST_MOVES + 5)
    ]
    assert len(first_round(many)) == MOST_MOVES
