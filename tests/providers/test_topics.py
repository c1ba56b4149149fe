"""Claims about the Topics hook between the engine and its run."""

from typing import Any

import pytest
from pulumi.output import Unknown

from hooks.providers.topics import TopicsProvider, topics
from hooks.providers.wire import ConnectionArgs
from tests.clients.fake_api_server import FakeApiServer


def props(at: ConnectionArgs, **named: dict[str, Any]) -> dict[str, Any]:
    """Return the inputs, numbers as the engine sends them."""
    given = {"partitions": 6.0, "replicationFactor": 3.0, "config": {}, "deletionProtection": True}
    return {
        "connection": dict(at),
        "mode": "kraft",
        "topics": {name: {**given, **one} for name, one in named.items()},
        "pace": {},
        "ownUrn": "",
    }


def test_the_plan_of_a_creation_is_shown_by_the_check(at: ConnectionArgs, capsys: pytest.CaptureFixture[str]) -> None:
    checked = TopicsProvider().check({}, props(at, orders={}))
    said = capsys.readouterr().out
    assert "could not see the topics: no broker is ready" in said
    assert "create orders: 6 partitions, replication factor 3" in said
    assert checked.inputs["topics"]["orders"]["partitions"] == 6


def test_later_checks_show_nothing(at: ConnectionArgs, capsys: pytest.CaptureFixture[str]) -> None:
    TopicsProvider().check(props(at, orders={}), props(at, orders={"partitions": 12.0}))
    assert capsys.readouterr().out == ""


def test_without_a_cluster_the_plan_follows_from_the_inputs(
    at: ConnectionArgs, server: FakeApiServer, capsys: pytest.CaptureFixture[str]
) -> None:
    server.away = 1000
    olds = props(at, orders={"config": {"retention.ms": "1"}}, gone={"deletionProtection": False}, kept={})
    news = props(at, orders={"partitions": 12.0, "config": {"retention.ms": "2"}}, new={})
    assert TopicsProvider().diff("id", olds, news).changes is True
    said = capsys.readouterr().out
    assert "by the inputs alone: refused: topic kept is not in the spec any more" in said
    assert "by the inputs alone: create new" in said
    assert "by the inputs alone: grow orders: partitions 6 -> 12" in said
    assert "by the inputs alone: configure orders: retention.ms 1 -> 2" in said
    assert "by the inputs alone: delete gone" in said


def test_without_a_cluster_unchanged_inputs_are_no_change(at: ConnectionArgs, server: FakeApiServer) -> None:
    server.away = 1000
    assert TopicsProvider().diff("id", props(at, orders={}), props(at, orders={})).changes is False


def test_inputs_that_are_not_known_yet_are_a_change(at: ConnectionArgs, capsys: pytest.CaptureFixture[str]) -> None:
    news = props(at, orders={})
    news["connection"]["context"] = Unknown()
    assert TopicsProvider().diff("id", props(at, orders={}), news).changes is True
    assert "known only during the update" in capsys.readouterr().out
    assert isinstance(TopicsProvider().check({}, news).inputs["connection"]["context"], Unknown)


def test_the_topics_of_another_cluster_are_another_resource(at: ConnectionArgs) -> None:
    news = props(at, orders={})
    news["connection"]["cluster"] = "other"
    assert TopicsProvider().diff("id", props(at, orders={}), news).replaces == ["connection"]


def test_a_destroy_leaves_the_topics_and_asks_nobody(at: ConnectionArgs, server: FakeApiServer) -> None:
    TopicsProvider().delete("id", props(at, orders={}))
    assert server.requests == []


def test_whole_numbers_are_whole_again(at: ConnectionArgs) -> None:
    (topic,) = topics(props(at, orders={"config": {"retention.ms": "5"}}))
    assert (topic.partitions, topic.replication_factor, topic.config) == (6, 3, {"retention.ms": "5"})
    assert isinstance(topic.partitions, int)
