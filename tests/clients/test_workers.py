"""Claims about the client of Connect's workers, against a server that answers as they do."""

from collections.abc import Iterator
from typing import Any

import pytest

from hooks.clients.rest import ApiServer
from hooks.clients.workers import WorkerConnectors
from hooks.interfaces import NotYet, Refused
from hooks.planner.connectors import CLASS, Configure, Create, Delete, Restart, Switch
from tests.clients.fake_api_server import FakeApiServer
from tests.clients.fake_worker import FakeWorker, put
from tests.clients.loopback import LoopbackTunnel

STATUS: dict[str, Any] = {
    "connector": {"state": "RUNNING"},
    "tasks": [
        {
            "id": 1,
            "state": "FAILED",
            "trace": "Exiting\n\tat x\nCaused by: A: a\nCaused by: java.Error: no host\n\tat y",
        },
        {"id": 0, "state": "RUNNING"},
    ],
}


@pytest.fixture
def worker(server: FakeApiServer) -> Iterator[FakeWorker]:
    """Serve one worker, whose pod is ready."""
    put(server, "worker-b")
    fake = FakeWorker()
    with fake.served():
        yield fake


@pytest.fixture
def connectors(worker: FakeWorker, api: ApiServer) -> WorkerConnectors:
    return WorkerConnectors(api, lambda pod, port: LoopbackTunnel(worker.port), 5.0)


def test_connectors_are_seen_with_state_tasks_and_the_cause_of_a_failure(
    worker: FakeWorker, connectors: WorkerConnectors
) -> None:
    one = {"info": {"config": {CLASS: "x.Y", "name": "in"}}, "status": STATUS}
    worker.answers["GET /connectors?expand=info&expand=status"] = (200, {"in": one, "foreign": one, "young": {}})
    (live,) = connectors.observe({"in", "absent", "young"}).values()
    assert (live.state, live.tasks, live.config[CLASS]) == ("RUNNING", ("RUNNING", "FAILED"), "x.Y")
    (failure,) = live.failures
    assert (failure.what, failure.trace) == ("task 1", "Exiting, caused by java.Error: no host")


def test_a_plugin_is_asked_and_says_what_is_wrong_and_what_is_a_password(
    worker: FakeWorker, connectors: WorkerConnectors
) -> None:
    def key(name: str, kind: str, *errors: str) -> dict[str, object]:
        return {"definition": {"name": name, "type": kind}, "value": {"name": name, "errors": errors}}

    many = [key(f"key.{number}", "STRING") for number in range(3000)]
    told = {"configs": [key("file", "STRING", "is missing"), key("pin", "PASSWORD"), *many]}
    worker.answers["PUT /connector-plugins/x.Y/config/validate"] = (200, told)
    verdict = connectors.check({CLASS: "x.Y"})
    assert (verdict.errors, verdict.passwords) == ({"file": ("is missing",)}, {"pin"})


def test_each_change_is_the_request_that_connect_has_for_it(worker: FakeWorker, connectors: WorkerConnectors) -> None:
    config = {CLASS: "x.Y"}
    changes = [
        Create(connector="a b", config=config, state="stopped"),
        Configure(connector="a", config=config, keys=()),
        Switch(connector="a", before="RUNNING", after="paused"),
        Switch(connector="a", before="RUNNING", after="stopped"),
        Switch(connector="a", before="PAUSED", after="running"),
        Restart(connector="a", failures=()),
        Delete(connector="a b"),
    ]
    assert [connectors.apply(change) for change in changes] == [None] * len(changes)
    assert worker.asked == [
        ("POST /connectors", {"name": "a b", "config": config, "initial_state": "STOPPED"}),
        ("PUT /connectors/a/config", config),
        ("PUT /connectors/a/pause", None),
        ("PUT /connectors/a/stop", None),
        ("PUT /connectors/a/resume", None),
        ("POST /connectors/a/restart?includeTasks=true&onlyFailed=true", None),
        ("DELETE /connectors/a%20b", None),
    ]


def test_a_refusal_is_final_and_one_that_another_look_explains_is_not(
    worker: FakeWorker, connectors: WorkerConnectors
) -> None:
    worker.answers |= {
        "PUT /connectors/a/config": (400, {"message": "invalid\nconfiguration"}),
        "POST /connectors": (409, {"message": "Connector a already exists"}),
        "PUT /connectors/a/pause": (404, {"message": "no such connector"}),
        "DELETE /connectors/a": (404, {"message": "no such connector"}),
    }
    refused = connectors.apply(Configure(connector="a", config={}, keys=()))
    assert refused is not None and (refused.why, refused.soon) == ("invalid configuration", False)
    for change in (
        Create(connector="a", config={}, state="running"),
        Switch(connector="a", before="RUNNING", after="paused"),
    ):
        found = connectors.apply(change)
        assert found is not None and found.soon
    assert connectors.apply(Delete(connector="a")) is None


@pytest.mark.parametrize(
    ("status", "told"), [(409, {"message": "rebalance"}), (500, {"message": "timed out"}), (503, "starting")]
)
def test_workers_that_cannot_answer_now_are_asked_again_by_whoever_waits(
    worker: FakeWorker, connectors: WorkerConnectors, status: int, told: object
) -> None:
    worker.answers["PUT /connectors/a/resume"] = (status, told)
    with pytest.raises(NotYet, match=f"worker-b answered {status} to PUT /connectors/a/resume: .*[a-z]"):
        connectors.apply(Switch(connector="a", before="PAUSED", after="running"))


@pytest.mark.parametrize("status", [401, 403])
def test_workers_that_ask_for_a_login_are_refused_with_what_to_do(
    worker: FakeWorker, connectors: WorkerConnectors, status: int
) -> None:
    worker.answers["GET /connector-plugins"] = (status, {"message": "who are you"})
    with pytest.raises(Refused, match=r"(?s)who are you.*take the extension out of connect\.config"):
        connectors.plugins()


def test_the_next_worker_is_asked_when_the_first_cannot_be_reached(
    worker: FakeWorker, api: ApiServer, server: FakeApiServer
) -> None:
    put(server, "worker-a")
    put(server, "worker-0", ready=False)
    dialled: list[str] = []

    def dial(pod: str, _port: int) -> LoopbackTunnel:
        dialled.append(pod)
        if pod == "worker-a":
            raise NotYet("lost node")
        return LoopbackTunnel(worker.port)

    worker.answers["GET /connector-plugins"] = (200, [{"class": "x.Y", "type": "source"}])
    assert WorkerConnectors(api, dial, 5.0).plugins() == {"x.Y"}
    assert dialled == ["worker-a", "worker-b"]


def test_without_a_ready_worker_there_is_no_answer(api: ApiServer, server: FakeApiServer) -> None:
    put(server, "worker-0", ready=False)
    with pytest.raises(NotYet, match="no worker of Kafka Connect is ready"):
        WorkerConnectors(api, lambda pod, port: LoopbackTunnel(port), 1.0).plugins()
