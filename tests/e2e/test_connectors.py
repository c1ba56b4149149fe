"""The Connectors run against Kafka Connect itself: a broker and a distributed worker as plain processes on loopback.

What a port-forward would do is done by a socket; all else, from REST to the connectors' tasks, is what a cluster has.
"""

import base64
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from contract import PORT_CONNECT
from dev import keys
from dev.progress import Progress
from hooks.clients.clock import MachineClock
from hooks.clients.connection import Connection
from hooks.clients.rest import ApiServer
from hooks.clients.workers import WorkerConnectors
from hooks.interfaces import Fatal, NotYet, Refused
from hooks.planner.connectors import DesiredConnector
from hooks.planner.desired import Pace
from hooks.runners.connectors import ConnectorReport, ConnectorsRun, ConnectorWish, forecast_connectors
from hooks.runners.world import World
from tests.clients.fake_api_server import FakeApiServer
from tests.clients.loopback import LoopbackTunnel
from tests.fakes.cluster import FakeCluster

FILE = "org.apache.kafka.connect.file.FileStream"
PACE = Pace(poll=0.2, stable_window=1.0, ready_timeout=60.0)
DEADLINE = 90


@contextmanager
def java(jars: Path, log: Path, *command: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a JVM with a small heap until the end of the block."""
    options = ["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", f"{jars}/*"]
    with log.open("ab") as out:
        process = subprocess.Popen(["java", *options, *command], stdout=out, stderr=out)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def until(holds: Callable[[], bool], said: Callable[[], str]) -> None:
    """Wait until something holds; fail with words when it does not in time."""
    deadline = time.monotonic() + DEADLINE
    while not holds():
        assert time.monotonic() < deadline, said()
        time.sleep(0.2)


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as found:
        return int(found.getsockname()[1])


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False


def properties(file: Path, **values: object) -> str:
    """Write a properties file; underscores stand for dots."""
    file.write_text("".join(f"{key.replace('_', '.')}={value}\n" for key, value in values.items()))
    return str(file)


@contextmanager
def broker(jars: Path, root: Path) -> Iterator[int]:
    """Run one broker in KRaft and yield its port."""
    port, quorum = free_port(), free_port()
    file = properties(
        root / "broker.properties",
        process_roles="broker,controller",
        node_id=1,
        controller_quorum_voters=f"1@127.0.0.1:{quorum}",
        listeners=f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{quorum}",
        controller_listener_names="CONTROLLER",
        log_dirs=root / "data",
        offsets_topic_replication_factor=1,
        offsets_topic_num_partitions=1,
        share_coordinator_state_topic_replication_factor=1,
        group_initial_rebalance_delay_ms=0,
    )
    identity = base64.urlsafe_b64encode(uuid4().bytes).decode().rstrip("=")
    heap = ["java", "-Xmx256m", "-cp", f"{jars}/*"]
    formatted = [*heap, "kafka.tools.StorageTool", "format", "-t", identity.replace("-", "a"), "-c", file]
    subprocess.run(formatted, check=True, capture_output=True, timeout=60)
    with java(jars, root / "broker.log", "kafka.Kafka", file):
        yield port


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """Run a broker and a worker; yield the worker's port and a folder for files, with a Secret in it."""
    jars, root = keys.jars(keys.VERSIONS["4.3"], Progress()), tmp_path_factory.mktemp("connect")
    (root / "secret").mkdir()
    (root / "secret" / "file").write_text(str(root / "in.txt"))
    with broker(jars, root) as port:
        rest = free_port()
        storage = {
            f"{kind}_storage_{key}": value
            for kind in ("config", "offset", "status")
            for key, value in (("topic", f"trial-{kind}"), ("replication_factor", 1))
        }
        file = properties(
            root / "worker.properties",
            bootstrap_servers=f"127.0.0.1:{port}",
            group_id="trial",
            listeners=f"http://127.0.0.1:{rest}",
            key_converter="org.apache.kafka.connect.storage.StringConverter",
            value_converter="org.apache.kafka.connect.storage.StringConverter",
            offset_storage_partitions=1,
            status_storage_partitions=1,
            offset_flush_interval_ms=500,
            config_providers="directory",
            config_providers_directory_class="org.apache.kafka.common.config.provider.DirectoryConfigProvider",
            plugin_discovery="only_scan",
            plugin_path=jars / "connect-file-4.3.1.jar",
            **storage,
        )
        log = root / "worker.log"
        with java(jars, log, "org.apache.kafka.connect.cli.ConnectDistributed", file):
            until(lambda: answers(rest), lambda: log.read_text(errors="replace")[-3000:])
            yield rest, root


@pytest.fixture
def world(worker: tuple[int, Path], kubeconfig: Path, server: FakeApiServer) -> Iterator[World]:
    """Return the World of a cluster whose workers are this one."""
    port, _ = worker
    labels = {"kafka-platform/cluster": "kafka", "kafka-platform/component": "connect"}
    conditions = [{"type": "Ready", "status": "True"}]
    server.put(
        "/api/v1/namespaces/streams/pods",
        {"metadata": {"name": "worker", "labels": labels}, "status": {"conditions": conditions}},
    )
    at = Connection(kubeconfig=str(kubeconfig), context="trial", namespace="streams", cluster="kafka")
    with closing(ApiServer(at, MachineClock())) as api:

        def dial(pod: str, to: int) -> LoopbackTunnel:
            assert (pod, to) == ("worker", PORT_CONNECT)
            return LoopbackTunnel(port)

        yield replace(FakeCluster().world(), connectors=WorkerConnectors(api, dial, 30.0), clock=MachineClock())


def connector(kind: str, name: str, **config: object) -> DesiredConnector:
    return DesiredConnector(
        name=name, plugin=f"{FILE}{kind}Connector", tasks=1, config={key: str(value) for key, value in config.items()}
    )


def run(world: World, *desired: DesiredConnector, recorded: tuple[DesiredConnector, ...] = ()) -> ConnectorReport:
    return ConnectorsRun(world, ConnectorWish(desired=desired, recorded=recorded), PACE).run()


def test_declared_connectors_move_lines_and_follow_every_change(worker: tuple[int, Path], world: World) -> None:
    _, root = worker
    lines, out = root / "in.txt", root / "out.txt"
    lines.write_text("one\ntwo\n")
    looked_up = f"${{directory:{root}/secret:file}}"
    source, sink = (
        connector("Source", "in", file=looked_up, topic="lines"),
        connector("Sink", "out", file=out, topics="lines"),
    )
    wish = ConnectorWish(desired=(source, sink))
    assert [line.partition(":")[0] for line in forecast_connectors(world, wish, 5.0).lines()] == [
        "create in",
        "create out",
    ]
    assert run(world, source, sink).lines() == ("created 2 connectors: in, out",)
    until(lambda: out.exists() and out.read_text().splitlines() == ["one", "two"], lambda: "no line came out")
    assert run(world, source, sink, recorded=(source, sink)).lines() == ()

    paused, stopped = replace(sink, state="paused"), replace(source, state="stopped")
    assert run(world, stopped, paused, recorded=(source, sink)).lines() == ("switched 2 connectors: in, out",)
    live = world.connectors.observe({"in", "out"})
    assert (live["in"].state, live["in"].tasks, live["out"].state, live["out"].tasks) == (
        "STOPPED", (), "PAUSED", ("PAUSED",),
    )  # fmt: skip

    # Deleted and made again, it goes on where it was: its offsets are kept.
    unprotected = replace(source, deletion_protection=False)
    assert run(world, sink, recorded=(unprotected, paused)).lines() == (
        "switched 1 connector: out",
        "deleted 1 connector: in",
    )
    lines.write_text("one\ntwo\nthree\n")
    moved = replace(source, config={**source.config, "batch.size": "7"})
    run(world, source, sink, recorded=(sink,))
    assert run(world, moved, sink, recorded=(source, sink)).lines() == ("configured 1 connector: in",)
    until(lambda: out.read_text().splitlines()[-1] == "three", out.read_text)
    assert out.read_text().splitlines() == ["one", "two", "three"]
    assert world.connectors.observe({"in"})["in"].config["file"] == looked_up, "the worker keeps the reference"
    run(world, recorded=(replace(moved, deletion_protection=False), replace(sink, deletion_protection=False)))
    assert world.connectors.observe({"in", "out"}) == {}


def test_what_the_worker_itself_refuses_is_said_with_its_path(worker: tuple[int, Path], world: World) -> None:
    wrong = (
        connector("Sorce", "unknown", topic="lines"),
        connector("Source", "untold", file=worker[1] / "in.txt"),
        connector("Sink", "typed", file=worker[1] / "x", topics="lines", **{"errors.retry.timeout": "soon"}),
    )
    with pytest.raises(Refused) as caught:
        run(world, *wrong)
    said = str(caught.value)
    assert f"connect.connectors[unknown].class is {FILE}SorceConnector" in said
    assert f"the nearest that they have: {FILE}S" in said
    assert "connect.connectors[untold].config.topic is missing" in said
    assert "connect.connectors[typed].config.errors.retry.timeout is refused by FileStreamSinkConnector" in said
    assert world.connectors.observe({"unknown", "untold", "typed"}) == {}


def test_a_task_that_fails_for_ever_ends_the_run_with_its_trace(worker: tuple[int, Path], world: World) -> None:
    nowhere = connector("Sink", "nowhere", file=worker[1] / "no" / "such" / "folder", topics="lines")
    with pytest.raises(Fatal, match=r"(?s)nowhere: task 0 fails: .*no/such/folder.*restarted 3 times"):
        run(world, nowhere)
    run(world, recorded=(replace(nowhere, deletion_protection=False),))
    assert world.connectors.observe({"nowhere"}) == {}


def test_a_worker_that_is_away_is_nothing_to_decide_on(kubeconfig: Path, server: FakeApiServer) -> None:
    at = Connection(kubeconfig=str(kubeconfig), context="trial", namespace="streams", cluster="kafka")
    with (
        closing(ApiServer(at, MachineClock())) as api,
        pytest.raises(NotYet, match="no worker of Kafka Connect is ready"),
    ):
        WorkerConnectors(api, lambda pod, port: LoopbackTunnel(port), 1.0).observe(())
