"""A real broker in KRaft with three data volumes, and a real controller, as plain processes on loopback.

They run what their pods would run. What the exchange of a disk for an empty one does is done here by hand: a folder is
taken away between two lives of the broker.
"""

import base64
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from components.spec.data_folders import DATA_FOLDER, data_folders
from components.spec.nodes import node_of
from components.spec.rendering import render_pool
from components.spec.scripts import IDENTITY_MOUNT
from components.spec.topology import broker_pools, controller_pools
from contract import IDENTITY_CLUSTER_ID, IDENTITY_INITIAL_CONTROLLERS, PORT_CONTROLLER, PORT_INTERNAL
from dev import keys
from dev.progress import Progress
from hooks.clients.authority import Material
from tests.e2e.plain_nodes import Machine, Node, loopback_addresses, tail, until
from tests.spec.clusters import cluster, kraft_config

PARTITIONS = 9
MARK = "meta.properties"


def one_broker(line: str) -> dict[str, Any]:
    """Return one broker with three volumes and one controller."""
    config = kraft_config()
    config["kafka"] |= {"version": keys.VERSIONS[line], "replicationFactor": 1, "minInsyncReplicas": 1}
    config["kafka"]["racks"] = config["kafka"]["racks"][:1]
    config["kafka"]["storage"] |= {"volumes": 3}
    config["controllers"]["racks"] = config["controllers"]["racks"][:1]
    return config


class Trial:
    """A controller and a broker."""

    def __init__(self, root: Path, line: str) -> None:
        """Prepare them; nothing runs yet."""
        version, spec = keys.VERSIONS[line], cluster(one_broker(line))
        pools = (*controller_pools(spec), *broker_pools(spec))
        addresses = loopback_addresses(pools)
        names = root / "hosts"
        names.write_text("".join(f"{addresses[one.pod(one.first_id)]} {one.host(one.first_id)}\n" for one in pools))
        machine = Machine(root=root, jars=keys.jars(version, Progress()), addresses=addresses, names=names)
        _ = machine.distribution_scripts(version)
        identity = root / "known"
        identity.mkdir()
        (identity / IDENTITY_CLUSTER_ID).write_text(_uuid())
        first = pools[0]
        member = f"{first.first_id}@{first.host(first.first_id)}:{PORT_CONTROLLER}:{_uuid()}"
        (identity / IDENTITY_INITIAL_CONTROLLERS).write_text(member)
        self.nodes = [Node(machine, one.pod(one.first_id), one.host(one.first_id)) for one in pools]
        for node, pool in zip(self.nodes, pools, strict=True):
            own = {f"{name}://:": f"{name}://{node.address}:" for name in ("INTERNAL", "EXTERNAL", "CONTROLLER")}
            own |= {f"{IDENTITY_MOUNT}/": f"{identity}/"}
            nothing = Material(certificate=b"", key=b"", authority=b"")
            node.write(render_pool(spec, node_of(spec, pool), pool), nothing, own)
        self.broker = self.nodes[1]

    @property
    def folders(self) -> list[Path]:
        """The broker's folders, the first volume's first."""
        return [self.broker.log.parent / inside.lstrip("/") for inside in data_folders(3)]

    def start(self) -> None:
        """Start the broker and wait until it serves."""
        self.broker.start()
        until(lambda: "Kafka Server started" in tail(self.broker), lambda: tail(self.broker))

    def partitions(self) -> list[int]:
        """Return how many partitions of the topic each folder holds."""
        return [len(list(folder.glob("orders-[0-9]*"))) for folder in self.folders]


def _uuid() -> str:
    """Return an id in Kafka's spelling; it does not begin with a dash, which tools would take for an option."""
    return base64.urlsafe_b64encode(b"\x01" + os.urandom(15)).decode().rstrip("=")


@pytest.fixture(scope="module", params=["3.9", "4.3"])
def trial(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    """A broker that serves a topic, of which each volume has its part."""
    trial = Trial(tmp_path_factory.mktemp("data-volumes"), request.param)
    try:
        trial.nodes[0].start()
        trial.start()
        where = ["--bootstrap-server", f"{trial.broker.address}:{PORT_INTERNAL}"]
        topic = ["--create", "--topic", "orders", "--partitions", str(PARTITIONS), "--replication-factor", "1"]
        made = trial.broker.run(["/opt/kafka/bin/kafka-topics.sh", *where, *topic])
        assert made.returncode == 0, made.stdout + made.stderr
        until(lambda: sum(trial.partitions()) == PARTITIONS, lambda: str(trial.partitions()))
        yield trial
    finally:
        for node in trial.nodes:
            node.stop(hard=True)


def test_kafka_spreads_its_partitions_over_every_volume_and_keeps_the_metadata_on_the_first(trial: Trial) -> None:
    assert trial.partitions() == [PARTITIONS // 3] * 3
    assert [(folder / "__cluster_metadata-0").is_dir() for folder in trial.folders] == [True, False, False]
    assert str(trial.folders[0]).endswith(DATA_FOLDER)


@pytest.mark.parametrize("lost", [2, 0])
def test_a_disk_that_was_exchanged_is_formatted_beside_the_others_and_filled_again(trial: Trial, lost: int) -> None:
    """Scenario 65."""
    trial.broker.stop()
    marks = [(folder / MARK).read_text() for folder in trial.folders]
    shutil.rmtree(trial.folders[lost])
    trial.start()
    until(lambda: sum(trial.partitions()) == PARTITIONS, lambda: f"{trial.partitions()}\n{tail(trial.broker)}")
    now = [(folder / MARK).read_text() for folder in trial.folders]
    assert [number for number, mark in enumerate(now) if mark != marks[number]] == [lost]


def test_a_folder_that_lost_its_mark_is_not_formatted_over_its_logs(trial: Trial) -> None:
    """Scenario 69."""
    trial.broker.stop()
    mark = trial.folders[1] / MARK
    text = mark.read_text()
    mark.unlink()
    trial.broker.start()
    until(lambda: not trial.broker.alive(), lambda: tail(trial.broker))
    assert f"{trial.folders[1]} holds a log but no meta.properties" in tail(trial.broker)
    mark.write_text(text)
    trial.start()
