"""Claims about `python -m hooks`: the same planner without Pulumi."""

import json

import pytest

from hooks.__main__ import main
from hooks.providers.wire import ConnectionArgs
from tests.clients.fake_api_server import FakeApiServer
from tests.clients.kubernetes_objects import (
    APPS,
    CORE,
    POLICY,
    container,
    disruption_budget,
    pod,
    revision,
    stateful_set,
)


def _arguments(at: ConnectionArgs, command: str, *more: str) -> list[str]:
    place = ["--kubeconfig", at["kubeconfig"], "--namespace", at["namespace"], "--cluster", at["cluster"]]
    return [command, *place, *more]


def test_status_shows_every_pod_and_what_could_not_be_seen(
    at: ConnectionArgs, server: FakeApiServer, capsys: pytest.CaptureFixture[str]
) -> None:
    server.put(f"{APPS}/statefulsets", stateful_set())
    server.put(f"{CORE}/pods", pod(conditions=[], containerStatuses=[container(state={"running": {}})]))
    server.put(f"{POLICY}/poddisruptionbudgets", disruption_budget(0))
    assert main(_arguments(at, "status")) == 0
    printed = capsys.readouterr().out
    assert "broker 0: kafka-a-0, revision r1, not ready" in printed
    assert "no broker is ready" in printed
    assert "broker: evictions are forbidden" in printed


def test_plan_names_the_pods_that_an_interrupted_roll_left_stale(
    at: ConnectionArgs, server: FakeApiServer, capsys: pytest.CaptureFixture[str]
) -> None:
    template = stateful_set()
    template["spec"]["template"]["metadata"]["annotations"] = revision("r2")
    server.put(f"{APPS}/statefulsets", template)
    server.put(f"{CORE}/pods", pod(conditions=[]))
    assert main(_arguments(at, "plan")) == 0
    assert "1. kafka-a-0: " in capsys.readouterr().out


def test_the_plan_is_data_when_asked_for(
    at: ConnectionArgs, server: FakeApiServer, capsys: pytest.CaptureFixture[str]
) -> None:
    server.put(f"{APPS}/statefulsets", stateful_set())
    assert main(_arguments(at, "plan", "--json")) == 0
    assert [planned["component"] for planned in json.loads(capsys.readouterr().out)] == ["broker"]


def test_a_cluster_that_does_not_answer_is_an_error_with_its_reason(
    at: ConnectionArgs, server: FakeApiServer, capsys: pytest.CaptureFixture[str]
) -> None:
    server.away = 1000
    assert main(_arguments(at, "status")) == 1
    assert "503" in capsys.readouterr().err
