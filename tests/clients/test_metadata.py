"""Claims about reading Kafka's answers: the quorum, the freshest broker, effective settings, partitions."""

from typing import Any, NamedTuple
from uuid import UUID

import pytest

from hooks.clients.metadata import (
    confirm_controller,
    effective_min_isr,
    freshest,
    leaders_partition,
    observed_brokers,
    observed_moves,
    observed_partitions,
    observed_quorum,
)
from hooks.interfaces import NotYet
from hooks.planner.snapshot import NodeId


class TopicPartition(NamedTuple):
    """As the client names a partition."""

    topic: str
    partition: int


def topic(name: str = "orders", leader: int = 0) -> dict[str, Any]:
    """Return one topic with one partition, as Metadata describes it."""
    partition = {"partition_index": 0, "leader_id": leader, "replica_nodes": [0, 1000, 2000], "isr_nodes": [0, 1000]}
    return {"name": name, "partitions": [partition]}


def voter(node: int, caught_up: int, end: int = 10) -> dict[str, Any]:
    """Return one voter or observer, as DescribeQuorum describes it."""
    return {"replica_id": node, "log_end_offset": end, "last_caught_up_timestamp": caught_up}


def test_brokers_are_sorted_and_fenced_only_where_the_answer_says_so() -> None:
    old = {"brokers": [{"broker_id": 1000, "rack": "b"}, {"broker_id": 0, "rack": None}]}
    new = {"brokers": [{"broker_id": 0, "rack": "a", "is_fenced": True}]}
    alive = [{"node_id": 0}, {"node_id": 1000}]
    assert [(broker.id, broker.rack, broker.fenced) for broker in observed_brokers(old, alive)] == [
        (0, None, False),
        (1000, "b", False),
    ]
    assert observed_brokers(new, [])[0].fenced


def test_a_broker_that_the_freshest_metadata_does_not_know_is_not_registered() -> None:
    told = {"brokers": [{"broker_id": 0, "rack": "a"}, {"broker_id": 1000, "rack": "b"}]}
    assert [broker.id for broker in observed_brokers(told, [{"node_id": 1000}])] == [1000]


@pytest.mark.parametrize("believed", [-1, 1000])
def test_a_broker_that_does_not_take_itself_for_the_controller_is_not_believed(believed: int) -> None:
    with pytest.raises(NotYet, match="broker 0 is not the active controller any more"):
        confirm_controller({"controller_id": believed}, NodeId(0))


def test_the_controller_is_believed_and_without_one_nobody_is_asked_for_it() -> None:
    confirm_controller({"controller_id": 0}, NodeId(0))
    confirm_controller({"controller_id": -1}, None)


def test_a_partition_carries_its_replicas_isr_min_isr_and_what_moves() -> None:
    moves = {TopicPartition("orders", 0): {"adding_replicas": [3000], "removing_replicas": [0]}}
    (found,) = observed_partitions([topic()], {"orders": 2}, observed_moves(moves))
    assert str(found) == "orders-0"
    assert (found.leader, found.replicas, found.isr, found.min_isr) == (0, {0, 1000, 2000}, {0, 1000}, 2)
    assert (found.adding, found.removing) == ({3000}, {0})


def test_a_partition_without_a_leader_has_none() -> None:
    (found,) = observed_partitions([topic(leader=-1)], {"orders": 1}, {})
    assert found.leader is None


def test_partitions_are_sorted_by_topic_and_index() -> None:
    found = observed_partitions([topic("b"), topic("a")], {"a": 1, "b": 1}, {})
    assert [str(partition) for partition in found] == ["a-0", "b-0"]


def test_a_topic_whose_settings_are_not_known_is_no_basis_for_a_decision() -> None:
    described = effective_min_isr({"orders": {"min.insync.replicas": {"value": "2"}}, "gone": {}})
    assert described == {"orders": 2}
    with pytest.raises(NotYet, match="gone"):
        observed_partitions([topic("orders"), topic("gone")], described, {})


def test_followers_are_as_far_behind_as_the_leader_says() -> None:
    found = observed_quorum(
        {"leader_id": 9100, "current_voters": [voter(9200, -1), voter(9100, 5000), voter(9000, 4100)]}
    )
    assert found.leader == 9100
    assert [(each.id, each.lag_ms) for each in found.voters] == [(9000, 900), (9100, 0), (9200, None)]


def test_without_a_leader_nobodys_lag_is_known() -> None:
    found = observed_quorum({"leader_id": -1, "current_voters": [voter(9000, 4100)]})
    assert found.leader is None
    assert found.voters[0].lag_ms is None


@pytest.mark.parametrize("uuid", [UUID("dc36f940-b4aa-4996-a25e-b2c90545068c"), "dc36f940-b4aa-4996-a25e-b2c90545068c"])
def test_directory_ids_are_written_as_kafkas_tools_write_them(uuid: UUID | str) -> None:
    described = {**voter(9000, 1), "replica_directory_id": uuid}
    found = observed_quorum({"leader_id": 9000, "current_voters": [described]})
    assert found.voters[0].directory_id == "3Db5QLSqSZaiXrLJBUUGjA"


@pytest.mark.parametrize(
    "answer",
    [
        {"error_code": 31, "topics": []},
        {"error_code": 0, "topics": []},
        {"error_code": 0, "topics": [{"partitions": [{"error_code": 6}]}]},
    ],
)
def test_only_a_leaders_answer_describes_the_quorum(answer: dict[str, Any]) -> None:
    assert leaders_partition(answer) is None


def test_metadata_is_asked_of_the_broker_whose_copy_is_the_longest() -> None:
    partition = {
        "observers": [voter(0, 1, end=90), voter(1000, 1, end=100), voter(7, 1, end=999)],
        "current_voters": [],
    }
    assert freshest(partition, [0, 1000]) == 1000


def test_of_equally_fresh_brokers_the_first_is_asked() -> None:
    partition = {"observers": [voter(1000, 1), voter(0, 1)], "current_voters": []}
    assert freshest(partition, [0, 1000]) == 0


def test_when_no_broker_follows_the_log_yet_nobody_is_asked() -> None:
    with pytest.raises(NotYet, match="which brokers follow it"):
        freshest({"observers": [], "current_voters": [voter(9000, 1)]}, [0])
