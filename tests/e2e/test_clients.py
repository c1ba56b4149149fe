"""The hooks' own eyes and hands on real parts: through the bridge, and past a restart of a broker."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hooks.__main__ import main
from hooks.clients.connection import RUN, Connection
from hooks.clients.lease import KubernetesLease
from hooks.clients.rest import ApiServer
from hooks.connect import world
from hooks.interfaces import Conflict, LeaseLost, NotYet
from hooks.planner.snapshot import KafkaState, ObservedPod
from hooks.runners.observe import observe
from hooks.runners.world import World
from tests.clients.conftest import StillClock
from tests.e2e.platform import Platform

PATIENCE = 180.0


class Silent:
    """Progress that nobody watches."""

    def status(self, message: str) -> None:
        """Say nothing."""

    def info(self, message: str) -> None:
        """Say nothing."""

    def warn(self, message: str) -> None:
        """Say nothing."""


@pytest.fixture
def connection(platform: Platform) -> Connection:
    kubernetes = platform.stack.config["kafka-platform:kubernetes"]
    return Connection(
        kubeconfig=kubernetes["kubeconfig"],
        context=kubernetes["context"],
        namespace=platform.namespace,
        cluster=platform.cluster,
    )


@pytest.fixture
def live(platform: Platform, connection: Connection) -> Iterator[World]:
    mode = platform.stack.config["kafka-platform:kafka"]["mode"]
    with world(connection, mode, Silent()) as opened:
        yield opened


def test_what_is_observed_is_what_runs(live: World) -> None:
    snapshot = observe(live, "broker")
    assert snapshot.kafka is not None
    assert [broker.id for broker in snapshot.kafka.brokers] == [pod.node_id for pod in snapshot.pods]
    pool_of = {workload.name: workload.pool for workload in snapshot.workloads}
    racks = {pod.node_id: pool_of[pod.workload] for pod in snapshot.pods}
    assert {broker.id: broker.rack for broker in snapshot.kafka.brokers} == racks
    assert snapshot.kafka.partitions
    assert all(partition.isr <= partition.replicas for partition in snapshot.kafka.partitions)
    assert snapshot.disruptions == 1


def test_the_ensemble_has_one_leader_and_everybody_else_follows(live: World) -> None:
    modes = sorted(str(server.mode) for server in live.ensemble.servers())
    assert modes == ["follower", "follower", "leader"]


def test_the_admin_connection_survives_a_restart_of_the_broker_that_leads(live: World) -> None:
    """One and the same connection, asked all the while, sees the broker back in every ISR."""
    before = live.admin.observe()
    leading = before.controller if any(b.id == before.controller for b in before.brokers) else before.brokers[0].id
    gone = next(pod for pod in live.pods.pods("broker") if pod.node_id == leading)
    live.pods.delete(gone)
    _await(live, lambda _: _successor_is_ready(live, gone))
    after = _await(live, lambda state: all(partition.isr == partition.replicas for partition in state.partitions))
    assert [broker.id for broker in after.brokers] == [broker.id for broker in before.brokers]


def test_twenty_worlds_leave_no_threads_behind(platform: Platform, connection: Connection) -> None:
    mode = platform.stack.config["kafka-platform:kafka"]["mode"]
    before = set(threading.enumerate())
    for _ in range(20):
        with world(connection, mode, Silent()) as opened:
            opened.admin.observe()
    assert set(threading.enumerate()) <= before


def test_a_pod_that_was_replaced_is_not_deleted(live: World) -> None:
    pod = live.pods.pods("broker")[0]
    with pytest.raises(Conflict):
        live.pods.delete(replace(pod, uid="11111111-2222-3333-4444-555555555555"))
    assert live.pods.pods("broker")[0].uid == pod.uid


def test_a_count_that_was_changed_meanwhile_is_not_overwritten(live: World) -> None:
    workload = live.pods.workloads("broker")[0]
    for stale in (replace(workload, replicas=workload.replicas + 1), replace(workload, first_id=workload.first_id + 7)):
        with pytest.raises(Conflict):
            live.pods.scale(stale, workload.replicas + 2)
    assert live.pods.workloads("broker")[0] == workload


def test_a_running_pod_is_explained_by_its_image_and_its_log(live: World) -> None:
    text = "\n".join(live.pods.explain(live.pods.pods("broker")[0]))
    assert "image localhost/kafka:" in text
    assert "log: " in text


def test_of_two_runs_one_holds_the_lease(connection: Connection) -> None:
    api = ApiServer(connection, StillClock(), RUN)
    first, second = KubernetesLease(api), KubernetesLease(api)
    first.acquire()
    with pytest.raises(LeaseLost, match=first.holder):
        second.acquire()
    first.check()
    first.release()
    second.acquire()
    second.check()
    second.release()


def _await(live: World, reached: Callable[[KafkaState], bool]) -> KafkaState:
    """Observe until the state is reached; an observation that fails meanwhile is no end."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            state = live.admin.observe()
            if reached(state):
                return state
        except NotYet:
            if time.monotonic() > deadline:
                raise
        assert time.monotonic() < deadline, "the cluster did not get there"
        time.sleep(0.1)


def _successor_is_ready(live: World, gone: ObservedPod) -> bool:
    """Say whether the pod that took the place of another is ready. A busy host may hide its absence between looks."""
    return any(pod.name == gone.name and pod.uid != gone.uid and pod.ready for pod in live.pods.pods("broker"))


def test_the_planner_looks_at_a_live_cluster_by_its_bootstrap_addresses(
    platform: Platform, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Nothing of Kubernetes is asked; the file that it writes holds as much as it said."""
    asked = ["--bootstrap", platform.bootstrap()]
    assert main(["rebalance", "snapshot", *asked]) == 0
    placed = json.loads(capsys.readouterr().out)
    assert {broker["rack"] for broker in placed["brokers"]} == {"a", "b", "c"}
    moves = tmp_path / "moves.json"
    assert main(["rebalance", "plan", *asked, "--goal", "level", "--json", "--reassignment-json", str(moves)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert json.loads(moves.read_text()) == told["reassignment"]
    assert sum(load["replicas"] for load in told["before"]) == sum(load["replicas"] for load in told["after"])
