"""Claims about asking ZooKeeper servers and KRaft controllers directly."""

from collections.abc import Callable
from typing import Any

import pytest
from kafka.protocol import admin

from contract import Component
from hooks.clients.quorum import ControllerQuorum
from hooks.clients.zookeeper import ZooKeeperEnsemble
from hooks.interfaces import NotYet
from hooks.planner.snapshot import NodeId, ObservedPod, ObservedWorkload, Revision

SRVR = b"Zookeeper version: 3.8.4\nLatency min/avg/max: 0/0.0/0\nMode: %b\nNode count: 5\n"


class Servers:
    """Pods and what each of them answers; one without an answer refuses the connection."""

    def __init__(self, component: Component, answers: dict[str, bytes]) -> None:
        """Take the answers by pod."""
        self.component: Component = component
        self.answers = answers
        self.dialled: list[tuple[str, int]] = []
        self.closed = 0
        self.terminating: set[str] = set()

    def pods(self, component: Component) -> tuple[ObservedPod, ...]:
        """Return the pods by node id."""
        assert component == self.component
        made = (
            ObservedPod(
                name=name,
                uid=name,
                node_id=NodeId(int(name.rpartition("-")[2])),
                component=component,
                workload="w",
                revision=Revision(digest="r"),
                ready=True,
                terminating=name in self.terminating,
            )
            for name in self.answers
        )
        return tuple(sorted(made, key=lambda pod: pod.node_id))

    def dial(self, pod: str, port: int) -> "Servers.Connection":
        """Connect to a pod."""
        self.dialled.append((pod, port))
        if not self.answers[pod]:
            raise NotYet("connection refused")
        return Servers.Connection(self, self.answers[pod])

    class Connection:
        """One question."""

        def __init__(self, servers: "Servers", answer: bytes) -> None:
            """Take the answer."""
            self._servers, self._answer = servers, answer

        def exchange(self, request: bytes, complete: Callable[[bytes], bool], seconds: float) -> bytes:
            """Answer."""
            assert request
            assert complete(self._answer) or self._answer == b"unfinished"
            return self._answer

        def close(self) -> None:
            """Count."""
            self._servers.closed += 1

    def workloads(self, component: Component) -> tuple[ObservedWorkload, ...]:
        raise NotImplementedError

    def delete(self, pod: ObservedPod) -> None:
        raise NotImplementedError

    def scale(self, workload: ObservedWorkload, replicas: int) -> None:
        raise NotImplementedError

    def disruptions(self, component: Component) -> int | None:
        raise NotImplementedError

    def allow_disruptions(self, component: Component, pods: int) -> None:
        raise NotImplementedError

    def explain(self, pod: ObservedPod) -> tuple[str, ...]:
        raise NotImplementedError

    def loading(self, pod: ObservedPod) -> str | None:
        raise NotImplementedError

    def collect_configuration(self) -> tuple[str, ...]:
        raise NotImplementedError


class TestZooKeeper:
    """The four-letter word."""

    def test_each_server_says_its_mode_and_one_that_does_not_answer_has_none(self) -> None:
        servers = Servers("zookeeper", {"zk-a-1": SRVR % b"follower", "zk-b-11": SRVR % b"leader", "zk-c-21": b""})
        found = ZooKeeperEnsemble(servers, servers.dial).servers()
        assert [(server.id, server.mode) for server in found] == [(1, "follower"), (11, "leader"), (21, None)]
        assert servers.closed == 2

    def test_a_server_that_is_up_but_not_serving_has_no_mode(self) -> None:
        servers = Servers("zookeeper", {"zk-a-1": b"unfinished"})
        assert ZooKeeperEnsemble(servers, servers.dial).servers()[0].mode is None

    def test_a_terminating_server_is_not_asked(self) -> None:
        servers = Servers("zookeeper", {"zk-a-1": SRVR % b"follower"})
        servers.terminating = {"zk-a-1"}
        assert ZooKeeperEnsemble(servers, servers.dial).servers()[0].mode is None
        assert servers.dialled == []

    def test_without_pods_there_are_no_servers(self) -> None:
        servers = Servers("zookeeper", {})
        assert ZooKeeperEnsemble(servers, servers.dial).servers() == ()


class TestControllers:
    """Kafka's own DescribeQuorum, on the controllers' port."""

    def test_the_leader_says_who_follows(self) -> None:
        answers = {"c-9000": _not_leader(), "c-9100": _described(9100, {9000: 100, 9200: 5000}), "c-9200": b""}
        servers = Servers("controller", answers)
        found = ControllerQuorum(servers, servers.dial).servers()
        assert [(server.id, server.mode) for server in found] == [(9000, "follower"), (9100, "leader"), (9200, None)]
        assert {port for _, port in servers.dialled} == {9093}

    def test_without_a_leader_nobody_has_a_mode(self) -> None:
        servers = Servers("controller", {"c-9000": _not_leader(), "c-9100": _not_leader()})
        assert [server.mode for server in ControllerQuorum(servers, servers.dial).servers()] == [None, None]

    def test_a_controller_that_is_no_voter_does_not_follow(self) -> None:
        servers = Servers("controller", {"c-9000": _described(9000, {}), "c-9100": _not_leader()})
        assert [server.mode for server in ControllerQuorum(servers, servers.dial).servers()] == ["leader", None]

    @pytest.mark.parametrize("answer", [b"unfinished", b"\0\0\0\4nope"])
    def test_an_answer_that_is_none_is_no_answer(self, answer: bytes) -> None:
        servers = Servers("controller", {"c-9000": answer})
        assert ControllerQuorum(servers, servers.dial).servers()[0].mode is None


def _described(leader: int, lags: dict[int, int]) -> bytes:
    """Return a leader's answer, followers so many milliseconds behind."""
    now = 1_700_000_000_000
    caught_up = {leader: now, **{follower: now - lag for follower, lag in lags.items()}}
    return _framed(error=0, leader=leader, caught_up=caught_up)


def _not_leader() -> bytes:
    """Return the answer of a controller that does not lead."""
    return _framed(error=6, leader=-1, caught_up={})


def _framed(error: int, leader: int, caught_up: dict[int, int]) -> bytes:
    """Encode DescribeQuorum's answer, version 1, with the client library's own schema."""
    response: Any = admin.DescribeQuorumResponse
    topic = response.TopicData
    replica = topic.PartitionData.ReplicaState
    voters = [
        replica(replica_id=node, log_end_offset=10, last_fetch_timestamp=-1, last_caught_up_timestamp=at)
        for node, at in caught_up.items()
    ]
    partition = topic.PartitionData(
        partition_index=0,
        error_code=error,
        leader_id=leader,
        leader_epoch=1,
        high_watermark=10,
        current_voters=voters,
        observers=[],
    )
    answer = response(error_code=0, topics=[topic(topic_name="__cluster_metadata", partitions=[partition])])
    correlation_id, no_tagged_fields = (1).to_bytes(4, "big"), b"\0"
    frame = correlation_id + no_tagged_fields + bytes(answer.encode(version=1))
    return len(frame).to_bytes(4, "big") + frame
