"""The start scripts, run for real: who a pod is, and when a folder is formatted and when never."""

import socket
import threading
from contextlib import suppress
from pathlib import Path
from typing import Self

import pytest

from components.spec.data_folders import DATA_FOLDER
from components.spec.external import Door, doors
from components.spec.properties import broker_configuration, render
from components.spec.scripts import (
    CONFIG_MOUNT,
    IDENTITY_MOUNT,
    PROPERTIES,
    RUN_MOUNT,
    kafka_script,
    zookeeper_ready_script,
    zookeeper_script,
)
from components.spec.topology import Pool, broker_pools, controller_pools
from contract import IDENTITY_BOOTSTRAPPED, IDENTITY_CLUSTER_ID, IDENTITY_INITIAL_CONTROLLERS
from tests.spec.clusters import cluster, kraft_config, zookeeper_config
from tests.spec.scripts import Container

INITIAL = "9000@a:9093:AAAAAAAAAAAAAAAAAAAAAA,9100@b:9093:BBBBBBBBBBBBBBBBBBBBBB,9200@c:9093:CCCCCCCCCCCCCCCCCCCCCC"


@pytest.fixture
def container(tmp_path: Path) -> Container:
    """A pod with the configuration and the identity of a cluster."""
    made = Container(tmp_path)
    spec = cluster(zookeeper_config())
    pool = broker_pools(spec)[1]
    made.write(f"{CONFIG_MOUNT}/{PROPERTIES}", render(broker_configuration(spec, pool).file))
    made.write(f"{CONFIG_MOUNT}/external-offset", f"{pool.external_port(0)}\n")
    made.write(f"{IDENTITY_MOUNT}/{IDENTITY_CLUSTER_ID}", "the-cluster")
    made.write(f"{IDENTITY_MOUNT}/{IDENTITY_INITIAL_CONTROLLERS}", INITIAL)
    return made


def controllers() -> Pool:
    return controller_pools(cluster(kraft_config()))[0]


def brokers() -> Pool:
    return broker_pools(cluster(kraft_config()))[1]


def opened() -> tuple[Door, ...]:
    return doors(cluster(kraft_config()), brokers())


def test_a_broker_fills_in_its_own_id_name_and_port(container: Container) -> None:
    outcome = container.run(kafka_script(container.distribution, brokers(), opened(), kraft=False), "kafka-b-1002")
    text = container.path(f"{RUN_MOUNT}/{PROPERTIES}").read_text()
    assert outcome.calls == (f"kafka-server-start.sh {container.path(RUN_MOUNT)}/{PROPERTIES}",)
    assert "broker.id=1002\n" in text
    assert "INTERNAL://kafka-b-1002.kafka-brokers.streams.svc.cluster.local:9092,EXTERNAL://192.0.2.2:30202\n" in text
    assert "@" not in text


def test_with_zookeeper_nothing_is_formatted(container: Container) -> None:
    outcome = container.run(kafka_script(container.distribution, brokers(), kraft=False), "kafka-b-1000")
    assert [call.split()[0] for call in outcome.calls] == ["kafka-server-start.sh"]


@pytest.mark.parametrize(
    ("pod", "bootstrapped", "members"),
    [
        ("kafka-controller-a-9000", None, f"--initial-controllers {INITIAL}"),
        ("kafka-controller-a-9000", "false", f"--initial-controllers {INITIAL}"),
        ("kafka-controller-c-9200", None, f"--initial-controllers {INITIAL}"),
        # The quorum formed before: this one lost its folder, and joins as any later one does.
        ("kafka-controller-a-9000", "true", "--no-initial-controllers"),
        # Neither 900 nor 9001 is among the first ones, although the text of both nearly is.
        ("kafka-controller-a-900", None, "--no-initial-controllers"),
        ("kafka-controller-a-9001", None, "--no-initial-controllers"),
        ("kafka-controller-a-0", None, "--no-initial-controllers"),
    ],
)
def test_only_a_first_controller_of_a_new_quorum_forms_it(
    container: Container, pod: str, bootstrapped: str | None, members: str
) -> None:
    if bootstrapped is not None:
        container.write(f"{IDENTITY_MOUNT}/{IDENTITY_BOOTSTRAPPED}", bootstrapped)
    outcome = container.run(kafka_script(container.distribution, controllers(), kraft=True), pod)
    properties = f"{container.path(RUN_MOUNT)}/{PROPERTIES}"
    assert outcome.calls == (
        f"kafka-storage.sh format --config {properties} --cluster-id the-cluster {members}",
        f"kafka-server-start.sh {properties}",
    )


def test_a_broker_in_kraft_is_never_a_first_controller(container: Container) -> None:
    container.write(f"{IDENTITY_MOUNT}/{IDENTITY_INITIAL_CONTROLLERS}", "1000@b:9093:AAAAAAAAAAAAAAAAAAAAAA")
    outcome = container.run(kafka_script(container.distribution, brokers(), kraft=True), "kafka-b-1000")
    assert outcome.calls[0].endswith("--cluster-id the-cluster --no-initial-controllers")


def test_a_formatted_folder_is_not_formatted_again(container: Container) -> None:
    container.write(f"{DATA_FOLDER}/meta.properties", "node.id=9000\n")
    outcome = container.run(kafka_script(container.distribution, controllers(), kraft=True), "kafka-controller-a-9000")
    assert [call.split()[0] for call in outcome.calls] == ["kafka-server-start.sh"]


def test_a_folder_that_holds_a_log_is_never_formatted(container: Container) -> None:
    container.write(f"{DATA_FOLDER}/orders-0/00000000000000000000.log", "messages")
    outcome = container.run(kafka_script(container.distribution, brokers(), kraft=True), "kafka-b-1000")
    assert outcome.code != 0 and outcome.calls == ()
    assert "meta.properties" in outcome.complaint


def test_an_interrupted_format_is_done_again(container: Container) -> None:
    container.write(f"{DATA_FOLDER}/__cluster_metadata-0/00000000000000000000-0000000000.checkpoint", "")
    outcome = container.run(kafka_script(container.distribution, controllers(), kraft=True), "kafka-controller-a-9000")
    assert outcome.code == 0 and outcome.calls[0].startswith("kafka-storage.sh format")


@pytest.mark.parametrize("pool", [brokers(), controllers()])
@pytest.mark.parametrize("key", [IDENTITY_CLUSTER_ID, IDENTITY_INITIAL_CONTROLLERS])
def test_a_node_without_an_identity_does_not_start(container: Container, pool: Pool, key: str) -> None:
    container.path(f"{IDENTITY_MOUNT}/{IDENTITY_CLUSTER_ID}").unlink()
    container.path(f"{IDENTITY_MOUNT}/{key}").unlink(missing_ok=True)
    outcome = container.run(kafka_script(container.distribution, pool, kraft=True), pool.pod(pool.first_id))
    assert outcome.code != 0 and outcome.calls == ()


def test_a_zookeeper_server_writes_its_own_id(container: Container) -> None:
    outcome = container.run(zookeeper_script(container.distribution), "kafka-zookeeper-b-11")
    assert container.path(f"{DATA_FOLDER}/myid").read_text() == "11\n"
    assert outcome.calls == (f"zookeeper-server-start.sh {container.path(CONFIG_MOUNT)}/zoo.cfg",)


def test_a_server_that_nobody_can_reach_is_not_ready(container: Container) -> None:
    # Port 1 of the loopback: nothing listens there.
    outcome = container.run(zookeeper_ready_script().replace("/2181", "/1"), "kafka-zookeeper-b-11")
    assert outcome.code == 1


class Server:
    """A ZooKeeper server that answers `dump`, one answer per question, the last one for ever."""

    def __init__(self, *registered: tuple[int, ...]) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        self.asked: list[bytes] = []
        self._answers = registered
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._socket.accept()
                with client:
                    self.asked.append(client.recv(4))
                    ids = self._answers[min(len(self.asked), len(self._answers)) - 1]
                    nodes = "".join(f"\t/brokers/ids/{node}\n" for node in ids)
                    client.sendall(f"SessionTracker dump:\nephemeral nodes dump:\nSessions:\n{nodes}".encode())


def with_zookeeper(container: Container, *servers: int) -> None:
    connect = ",".join(f"127.0.0.1:{port}" for port in servers)
    container.write(f"{CONFIG_MOUNT}/{PROPERTIES}", f"broker.id=@NODE_ID@\nzookeeper.connect={connect}\n")


def test_a_broker_starts_once_its_former_session_has_ended(container: Container) -> None:
    with Server((1000, 2000), (1000,), (2000,)) as server:
        # Port 1 of the loopback: the first server is away, the next one is asked.
        with_zookeeper(container, 1, server.port)
        outcome = container.run(kafka_script(container.distribution, brokers(), kraft=False), "kafka-b-1000")
    assert server.asked == [b"dump"] * 3
    assert [call.split()[0] for call in outcome.calls] == ["kafka-server-start.sh"]


def test_a_broker_whose_id_is_only_part_of_a_registered_one_starts_at_once(container: Container) -> None:
    with Server((1000, 21000)) as server:
        with_zookeeper(container, server.port)
        outcome = container.run(kafka_script(container.distribution, brokers(), kraft=False), "kafka-b-100")
    assert server.asked == [b"dump"]
    assert outcome.code == 0 and len(outcome.calls) == 1
