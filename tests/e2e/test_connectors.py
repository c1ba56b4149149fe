"""The Connectors run against Kafka Connect itself: a broker and a distributed worker as plain processes on loopback."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from dev import keys
from dev.progress import Progress
from hooks.clients.clock import MachineClock
from hooks.clients.connection import Connection
from hooks.clients.rest import ApiServer
from hooks.clients.workers import WorkerConnectors
from hooks.interfaces import Fatal, NotYet, Refused
from hooks.planner.connectors import DesiredConnector
from hooks.runners.connectors import ConnectorWish, forecast_connectors
from hooks.runners.world import World
from tests.clients.fake_api_server import FakeApiServer
from tests.clients.loopback import LoopbackTunnel
from tests.e2e.plain_workers import broker, free_port, run, until, worker_file, worker_process, world_of

FILE = "org.apache.kafka.connect.file.FileStream"


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """Run a broker and a worker; yield the worker's port and a folder for files, with a Secret in it."""
    jars, root = keys.jars(keys.VERSIONS["4.3"], Progress()), tmp_path_factory.mktemp("connect")
    (root / "secret").mkdir()
    (root / "secret" / "file").write_text(str(root / "in.txt"))
    with broker(jars, root) as port:
        rest = free_port()
        file = worker_file(root, port, rest, {"plugin.path": jars / "connect-file-4.3.1.jar"})
        with worker_process(jars, root, file, rest):
            yield rest, root


@pytest.fixture
def world(worker: tuple[int, Path], kubeconfig: Path, server: FakeApiServer) -> Iterator[World]:
    """Return the World of a cluster whose workers are this one."""
    with world_of(worker[0], kubeconfig, server) as found:
        yield found


def connector(kind: str, name: str, **config: object) -> DesiredConnector:
    return DesiredConnector(
        name=name, plugin=f"{FILE}{kind}Connector", tasks=1, config={key: str(value) for key, value in config.items()}
    )


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
