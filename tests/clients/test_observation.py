"""In which order the brokers are asked: what decides about a restart is the youngest part of what is known."""

from collections import namedtuple
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from kafka.protocol.metadata import MetadataRequest

from hooks.clients import admin
from hooks.clients.bridge import Bridge
from hooks.interfaces import NotYet

Partition = namedtuple("Partition", "topic partition")  # noqa: PYI024  (as the client names one)


class Answer:
    """One of the client's answers."""

    def __init__(self, content: dict[str, Any]) -> None:
        self.content = content

    def to_dict(self) -> dict[str, Any]:
        return self.content


class Brokers:
    """Three brokers with ZooKeeper and one topic, as the client shows them; while they are asked, time passes."""

    def __init__(self, *, isr_after: str = "", topic_after: str = "", without: str = "") -> None:
        self.asked: list[str] = []
        self.described: list[list[str]] = []
        self.without = without
        self.isr_after, self.topic_after = isr_after, topic_after
        self._manager = self

    def _note(self, question: str) -> None:
        self.asked.append(question)

    def describe_cluster(self) -> dict[str, Any]:
        self._note("cluster")
        brokers = [{"broker_id": node, "rack": None} for node in (0, 1, 2)]
        return {"cluster_id": "c", "controller_id": 0, "brokers": brokers}

    def api_versions(self) -> tuple[()]:
        return ()

    def list_partition_reassignments(self) -> dict[Partition, Any]:
        self._note("moves")
        return {}

    def describe_configs(self, wanted: list[Any], config_filter: str) -> dict[str, Any]:
        assert config_filter == "all"
        self._note("configs")
        self.described.append([resource.name for resource in wanted])
        known = [resource.name for resource in wanted if resource.name != self.without]
        return {"topic": {name: {"min.insync.replicas": {"value": "2"}} for name in known}}

    def run(self, ask: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        with pytest.raises(StopIteration) as ended:
            ask().send(None)
        return ended.value.value

    async def send(self, request: Any, **where: Any) -> Answer:
        assert isinstance(request, MetadataRequest) and where == {"node_id": 0}
        topics = ["orders"] + (["born"] if self.topic_after in self.asked else [])
        isr = [0, 1] if self.isr_after in self.asked else [0, 1, 2]
        partition = {"partition_index": 0, "leader_id": 0, "replica_nodes": [0, 1, 2], "isr_nodes": isr}
        self._note("metadata")
        brokers = [{"node_id": node} for node in (0, 1, 2)]
        found = [{"name": name, "partitions": [partition]} for name in topics]
        return Answer({"controller_id": 0, "brokers": brokers, "topics": found})

    def close(self) -> None:
        """Nothing is open."""


def observer(brokers: Brokers, monkeypatch: pytest.MonkeyPatch) -> admin.KafkaAdmin:
    """Return the admin client of these brokers."""
    monkeypatch.setattr(admin, "connect", lambda settings: brokers)
    return admin.KafkaAdmin(Bridge(lambda pod, port: pytest.fail("no connection"), "n", {}), lambda: ["kafka-a-0:9091"])


def test_the_replicas_are_asked_for_last(monkeypatch: pytest.MonkeyPatch) -> None:
    brokers = Brokers()
    assert observer(brokers, monkeypatch).observe().partitions[0].min_isr == 2
    assert brokers.asked[-1] == "metadata"
    assert brokers.asked.index("configs") < brokers.asked.index("moves") < len(brokers.asked) - 1


def test_a_replica_that_falls_out_while_thousands_of_settings_are_read_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    state = observer(Brokers(isr_after="configs"), monkeypatch).observe()
    assert state.partitions[0].isr == {0, 1}


def test_a_topic_that_is_born_meanwhile_is_known_by_its_own_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    brokers = Brokers(topic_after="configs")
    state = observer(brokers, monkeypatch).observe()
    assert [(partition.topic, partition.min_isr) for partition in state.partitions] == [("born", 2), ("orders", 2)]
    assert brokers.described == [["orders"], ["born"]]


def test_a_topic_whose_settings_cannot_be_read_is_no_basis_for_a_decision(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotYet, match="topic born could not be read"):
        observer(Brokers(topic_after="configs", without="born"), monkeypatch).observe()
