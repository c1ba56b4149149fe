"""Kafka Connect as plain processes on loopback: brokers in KRaft, workers, and the World of a hook that reaches them.

What a port-forward would do is done by a socket; all else, from REST to the connectors' tasks, is what a cluster has.
"""

import base64
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final
from uuid import uuid4

from contract import PORT_CONNECT
from hooks.clients.clock import MachineClock
from hooks.clients.connection import Connection
from hooks.clients.rest import ApiServer
from hooks.clients.workers import WorkerConnectors
from hooks.planner.connectors import DesiredConnector
from hooks.planner.desired import Pace
from hooks.runners.connectors import ConnectorReport, ConnectorsRun, ConnectorWish
from hooks.runners.world import World
from tests.clients.fake_api_server import FakeApiServer
from tests.clients.loopback import LoopbackTunnel
from tests.fakes.cluster import FakeCluster

PACE: Final = Pace(poll=0.2, stable_window=1.0, ready_timeout=60.0)
DEADLINE: Final = 90
NO_MORE: Final[Mapping[str, object]] = {}


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
    """Return a port that nobody listens on."""
    with closing(socket.create_server(("127.0.0.1", 0))) as found:
        return int(found.getsockname()[1])


def listens(port: int) -> bool:
    """Tell whether somebody listens on a port."""
    with closing(socket.socket()) as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def answers(port: int) -> bool:
    """Tell whether a worker serves at a port."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False


def properties(file: Path, more: Mapping[str, object], **values: object) -> str:
    """Write a properties file; underscores stand for dots but in what is said more."""
    told = {key.replace("_", "."): value for key, value in values.items()} | dict(more)
    file.write_text("".join(f"{key}={value}\n" for key, value in told.items()))
    return str(file)


@contextmanager
def broker(jars: Path, root: Path, more: Mapping[str, object] = NO_MORE) -> Iterator[int]:
    """Run one broker in KRaft and yield its port. `more` are keys that it has beside or instead of the usual ones."""
    root.mkdir(exist_ok=True)
    port, quorum = free_port(), free_port()
    file = properties(
        root / "broker.properties",
        {key: str(value).replace("@PORT@", str(port)).replace("@QUORUM@", str(quorum)) for key, value in more.items()},
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


def worker_file(root: Path, port: int, rest: int, more: Mapping[str, object] = NO_MORE) -> str:
    """Write a worker's file, for Kafka and for REST at these ports."""
    storage = {
        f"{kind}.storage.{key}": value
        for kind in ("config", "offset", "status")
        for key, value in (("topic", f"trial-{kind}"), ("replication.factor", 1))
    }
    return properties(
        root / "worker.properties",
        {**storage, **more},
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
    )


@contextmanager
def worker_process(jars: Path, root: Path, file: str, rest: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run a distributed worker, which serves when the block begins."""
    log = root / "worker.log"
    with java(jars, log, "org.apache.kafka.connect.cli.ConnectDistributed", file) as process:
        until(lambda: answers(rest), lambda: log.read_text(errors="replace")[-3000:])
        yield process


@contextmanager
def world_of(port: int, kubeconfig: Path, server: FakeApiServer) -> Iterator[World]:
    """Yield the World of a cluster whose one worker answers at a port of this machine."""
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


def run(world: World, *desired: DesiredConnector, recorded: tuple[DesiredConnector, ...] = ()) -> ConnectorReport:
    """Run the hook of the connectors."""
    return ConnectorsRun(world, ConnectorWish(desired=desired, recorded=recorded), PACE).run()
