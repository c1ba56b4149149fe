"""Claims about the Connectors hook between the engine and its run."""

from collections.abc import Iterator
from typing import Any

import pytest
from pulumi.output import Unknown

from hooks import connect
from hooks.providers.connectors import ConnectorsProvider, connectors
from hooks.providers.engine import HookFailed
from hooks.providers.wire import ConnectionArgs
from tests.clients.fake_api_server import FakeApiServer
from tests.clients.fake_worker import FakeWorker, put
from tests.clients.loopback import LoopbackTunnel

CLASS = "org.example.FileSourceConnector"


def props(at: ConnectionArgs, **named: dict[str, Any]) -> dict[str, Any]:
    """Return the inputs, numbers as the engine sends them."""
    given = {"class": CLASS, "tasks": 2.0, "config": {}, "state": "running", "deletionProtection": True}
    return {
        "connection": dict(at),
        "mode": "kraft",
        "connectors": {name: {**given, **one} for name, one in named.items()},
        "pace": {},
        "ownUrn": "",
    }


def test_without_workers_the_plan_of_a_creation_is_shown_by_the_check(
    at: ConnectionArgs, capsys: pytest.CaptureFixture[str]
) -> None:
    checked = ConnectorsProvider().check({}, props(at, orders={}))
    said = capsys.readouterr().out
    assert "could not see the connectors, which the run checks: no worker of Kafka Connect is ready" in said
    assert f"by the inputs alone: create orders: {CLASS}, at most 2 tasks, running" in said
    assert checked.inputs["connectors"]["orders"]["tasks"] == 2


def test_without_workers_the_plan_of_a_change_follows_from_the_inputs(
    at: ConnectionArgs, capsys: pytest.CaptureFixture[str]
) -> None:
    olds = props(at, orders={"config": {"file": "/a"}}, gone={"deletionProtection": False}, kept={})
    news = props(at, orders={"config": {"file": "/b"}, "state": "paused"}, new={})
    assert ConnectorsProvider().diff("id", olds, news).changes is True
    said = capsys.readouterr().out
    assert "refused: connector kept is not in the spec any more" in said
    assert "create new" in said and "delete gone" in said
    assert "configure orders: file /a -> /b" in said and "pause orders" in said


@pytest.fixture
def worker(server: FakeApiServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeWorker]:
    """Serve one worker, to which the way of every port-forward leads."""
    put(server, "worker")
    fake = FakeWorker()

    class Way(LoopbackTunnel):
        def __init__(self, *_: object) -> None:
            super().__init__(fake.port)

    monkeypatch.setattr(connect, "PortForward", Way)
    fake.answers |= {
        "GET /connector-plugins": (200, [{"class": CLASS}]),
        f"PUT /connector-plugins/{CLASS}/config/validate": (200, {"configs": []}),
    }
    with fake.served():
        yield fake


def running(fake: FakeWorker, **config: str) -> None:
    """Let the worker have the connector `orders`, with these keys."""
    full = {"name": "orders", "connector.class": CLASS, "tasks.max": "2", **config}
    status = {"connector": {"state": "RUNNING"}, "tasks": [{"id": 0, "state": "RUNNING"}]}
    answer = {"orders": {"info": {"config": full}, "status": status}}
    fake.answers["GET /connectors?expand=info&expand=status"] = (200, answer)


def test_a_preview_shows_what_is_live_against_what_is_declared(
    at: ConnectionArgs, worker: FakeWorker, capsys: pytest.CaptureFixture[str]
) -> None:
    running(worker, file="/old")
    olds = news = props(at, orders={"config": {"file": "/new"}})
    assert ConnectorsProvider().diff("id", olds, news).changes is True
    assert "configure orders: file /old -> /new" in capsys.readouterr().out
    running(worker, file="/new")
    assert ConnectorsProvider().diff("id", olds, news).changes is False
    assert all(request.startswith("GET ") or request.endswith("/validate") for request, _ in worker.asked)


def test_a_preview_says_what_the_workers_would_refuse_and_an_update_stops_at_it(
    at: ConnectionArgs, worker: FakeWorker, capsys: pytest.CaptureFixture[str]
) -> None:
    running(worker)
    news = props(at, orders={"class": f"{CLASS}s"})
    ConnectorsProvider().check({}, news)
    assert f"would refuse: connect.connectors[orders].class is {CLASS}s" in capsys.readouterr().out
    with pytest.raises(HookFailed, match="left as they are"):
        ConnectorsProvider().create(news)
    assert all(request.startswith("GET ") for request, _ in worker.asked)


def test_a_created_resource_has_adopted_what_runs_as_declared(
    at: ConnectionArgs, worker: FakeWorker, capsys: pytest.CaptureFixture[str]
) -> None:
    running(worker)
    made = ConnectorsProvider().create(props(at, orders={}))
    assert made.id == "streams/kafka/connectors"
    assert "adopted orders: it exists, running; nothing to change" in capsys.readouterr().out


def test_without_workers_unchanged_inputs_are_no_change(at: ConnectionArgs) -> None:
    assert ConnectorsProvider().diff("id", props(at, orders={}), props(at, orders={})).changes is False


def test_inputs_that_are_not_known_yet_are_a_change(at: ConnectionArgs, capsys: pytest.CaptureFixture[str]) -> None:
    news = props(at, orders={})
    news["connection"]["context"] = Unknown()
    assert ConnectorsProvider().diff("id", props(at, orders={}), news).changes is True
    assert "known only during the update" in capsys.readouterr().out


def test_without_workers_an_update_stops_with_one_clear_error(at: ConnectionArgs) -> None:
    news = props(at, orders={})
    news["pace"] = {"readyTimeoutSeconds": 0.0}
    with pytest.raises(HookFailed, match="no worker of Kafka Connect is ready"):
        ConnectorsProvider().create(news)


def test_the_connectors_of_another_cluster_are_another_resource(at: ConnectionArgs) -> None:
    news = props(at, orders={})
    news["connection"]["cluster"] = "other"
    assert ConnectorsProvider().diff("id", props(at, orders={}), news).replaces == ["connection"]


def test_a_destroy_leaves_the_connectors_and_asks_nobody(
    at: ConnectionArgs, server: FakeApiServer, capsys: pytest.CaptureFixture[str]
) -> None:
    ConnectorsProvider().delete("id", props(at, orders={}))
    assert server.requests == []
    assert "1 connector and all offsets stay" in capsys.readouterr().out


def test_what_crosses_the_wire_is_what_was_declared(at: ConnectionArgs) -> None:
    (one,) = connectors(props(at, orders={"config": {"batch.size": "5"}, "state": "stopped"}))
    assert one.full == {"batch.size": "5", "name": "orders", "connector.class": CLASS, "tasks.max": "2"}
    assert one.state == "stopped" and one.deletion_protection
