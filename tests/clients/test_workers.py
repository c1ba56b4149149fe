"""Claims about the client of Connect's workers, against a server that answers as they do."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from hooks.clients.rest import ApiServer
from hooks.clients.workers import WorkerConnectors
from hooks.interfaces import NotYet
from hooks.planner.connectors import CLASS, Configure, Create, Delete, Restart, Switch
from tests.clients.fake_api_server import FakeApiServer
from tests.clients.loopback import LoopbackTunnel

PODS = "/api/v1/namespaces/streams/pods"
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


@dataclass
class FakeWorker:
    """Answers every request with what was set for it."""

    answers: dict[str, tuple[int, object]] = field(default_factory=dict)
    asked: list[tuple[str, object]] = field(default_factory=list)
    port: int = 0

    @contextmanager
    def served(self) -> Iterator[None]:
        worker = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                request = f"{self.command} {self.path}"
                worker.asked.append((request, json.loads(body) if body else None))
                status, told = worker.answers.get(request, (204, None))
                text = b"" if told is None else told.encode() if isinstance(told, str) else json.dumps(told).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_PUT = do_POST = do_DELETE = answer

            def log_message(self, *_: object) -> None: ...

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = server.server_port
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()


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


def put(server: FakeApiServer, name: str, *, ready: bool = True) -> None:
    labels = {"kafka-platform/cluster": "kafka", "kafka-platform/component": "connect"}
    conditions = [{"type": "Ready", "status": str(ready)}]
    server.put(PODS, {"metadata": {"name": name, "labels": labels}, "status": {"conditions": conditions}})


def test_connectors_are_seen_with_state_tasks_and_the_cause_of_a_failure(
    worker: FakeWorker, connectors: WorkerConnectors
) -> None:
    one = {"info": {"config": {CLASS: "x.Y", "name": "in"}}, "status": STATUS}
    worker.answers["GET /connectors?expand=info&expand=status"] = (200, {"in": one, "foreign": one})
    (live,) = connectors.observe({"in", "absent"}).values()
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
