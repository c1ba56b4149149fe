"""A real ensemble and a real broker go to TLS stage by stage, as plain processes on loopback.

They run what their pods would run: the rendered files, the start scripts, the probe. What a roll does, one server after
the other, is done here by hand; while it is under way, servers of two stages are one quorum.
"""

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from components.spec.certificates import certificate_names
from components.spec.model import ClusterSpec
from components.spec.nodes import node_of
from components.spec.rendering import RenderedPool, render_pool
from components.spec.scripts import CONFIG_MOUNT, READY, ZOO_CFG
from components.spec.topology import Pool, broker_pools, zookeeper_pools
from contract import PORT_ZOOKEEPER_ELECTION, PORT_ZOOKEEPER_SECURE, ZOOKEEPER_TLS
from dev import keys
from dev.progress import Progress
from hooks.clients.authority import Material, issue
from tests.clients.certificates import NOW, authority
from tests.e2e.plain_nodes import LOOPBACK, Machine, Node, loopback_addresses, tail, until
from tests.spec.clusters import changed, cluster, zookeeper_config

VERSION = keys.VERSIONS["3.9"]


def at_stage(stage: str) -> ClusterSpec:
    """Return three servers and three brokers with TLS inside, at a stage of ZooKeeper's."""
    config = changed(zookeeper_config(), "zookeeper/tls", stage)
    config["kafka"]["listeners"] = {"internal": {"tls": True, "authentication": "mtls"}}
    config["kafka"]["tls"] = {"source": "generated"}
    return cluster(config)


class Trial:
    """Three servers and one broker, with certificates of one authority."""

    def __init__(self, root: Path) -> None:
        """Prepare them; nothing runs yet."""
        spec, self.authority = at_stage("required"), authority()
        self.pools = (*zookeeper_pools(spec), broker_pools(spec)[0])
        addresses = loopback_addresses(self.pools)
        names = root / "hosts"
        lines = [f"{addresses[one.pod(one.first_id)]} {one.host(one.first_id)}" for one in self.pools]
        # Whoever connects on loopback comes from there; its reverse record is one that a server may have.
        lines.append(f"{LOOPBACK} peer.{self.pools[0].host(self.pools[0].first_id).partition('.')[2]}")
        names.write_text("\n".join([*lines, ""]))
        self.shown = root / "client.pem"
        machine = Machine(root=root, jars=keys.jars(VERSION, Progress()), addresses=addresses, names=names)
        _ = machine.distribution_scripts(VERSION)
        self.nodes = [Node(machine, one.pod(one.first_id), one.host(one.first_id)) for one in self.pools]
        self.material = issue(self.authority, "kafka-nodes", certificate_names(spec), (NOW, 1))

    @property
    def servers(self) -> list[Node]:
        """The three servers."""
        return self.nodes[:3]

    @property
    def broker(self) -> Node:
        """The broker."""
        return self.nodes[3]

    def roll(self, stage: str) -> None:
        """Restart the servers one by one at a stage. The quorum serves before each, with those of the former stage."""
        for node, pool in zip(self.servers, self.pools, strict=False):
            node.stop()
            self.start(node, self.rendered(pool, stage))
            until(lambda node=node: serves(node), lambda node=node: f"{node.pod} at stage {stage}: {tail(node)}")
            assert [one.pod for one in self.servers if one.alive() and not serves(one)] == []

    def restart_broker(self, stage: str) -> None:
        """Restart the broker at a stage and wait until it has started."""
        self.broker.stop()
        self.start(self.broker, self.rendered(self.pools[3], stage))
        self.await_broker()

    def start(self, node: Node, pool: RenderedPool) -> None:
        """Start a node with these files; every listener goes to its own address."""
        own = {
            "quorumListenOnAllIPs=true": "quorumListenOnAllIPs=false",
            "secureClientPort=": f"secureClientPortAddress={node.address}\nsecureClientPort=",
            "INTERNAL://:": f"INTERNAL://{node.address}:",
            "EXTERNAL://:": f"EXTERNAL://{node.address}:",
        }
        if "clientPortAddress=" not in pool.files.get(ZOO_CFG, ""):
            own["\nclientPort="] = f"\nclientPortAddress={node.address}\nclientPort="
        node.write(pool, self.material, own)
        node.start()

    def await_broker(self) -> None:
        """Wait until the broker says that it has started in its present life."""
        until(lambda: "started (kafka.server.KafkaServer)" in tail(self.broker), lambda: tail(self.broker))

    def rendered(self, pool: Pool, stage: str) -> RenderedPool:
        """Return what the pool's pods get at a stage."""
        spec = at_stage(stage)
        return render_pool(spec, node_of(spec, pool), pool)


def serves(node: Node) -> bool:
    return node.run(["bash", f"{CONFIG_MOUNT}/{READY}"]).returncode == 0


def context(trial: Trial, material: Material | None) -> ssl.SSLContext:
    """Return how a client speaks that trusts the servers' authority and shows this certificate, or none."""
    made = ssl.create_default_context(cadata=trial.material.authority.decode())
    if material is not None:
        trial.shown.write_bytes(material.certificate + material.key)
        made.load_cert_chain(trial.shown)
    return made


def ask(node: Node, speaking: ssl.SSLContext, port: int = PORT_ZOOKEEPER_SECURE) -> bytes:
    """Ask a server by TLS under the name of its pod; empty when it does not answer."""
    try:
        with (
            socket.create_connection((node.address, port), 10) as plain,
            speaking.wrap_socket(plain, server_hostname=node.host) as secured,
        ):
            secured.sendall(b"srvr")
            return secured.recv(4096)
    except (ssl.SSLError, ConnectionError):
        return b""


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    """An ensemble that began in plain text, with a broker, and was taken to `required`; the broker moves in between."""
    trial = Trial(tmp_path_factory.mktemp("zookeeper-tls"))
    try:
        for node, pool in zip(trial.servers, trial.pools, strict=False):
            trial.start(node, trial.rendered(pool, "disabled"))
        for node in trial.servers:
            until(lambda node=node: serves(node), lambda node=node: tail(node))
        trial.restart_broker("disabled")
        for stage in ZOOKEEPER_TLS[1:]:
            trial.roll(stage)
            if stage == "preferred":
                trial.restart_broker(stage)
        yield trial
    finally:
        for node in reversed(trial.nodes):
            node.stop(hard=True)


def test_a_broker_outlives_every_stage(trial: Trial) -> None:
    assert trial.broker.alive()
    assert "shut down completed" not in tail(trial.broker)


def test_servers_answer_those_with_a_certificate_of_the_authority_and_nobody_else(trial: Trial) -> None:
    stranger = issue(authority("stranger"), "stranger", (), (NOW, 1))
    for node in trial.servers:
        assert b"Mode:" in ask(node, context(trial, trial.material))
        assert ask(node, context(trial, None)) == b""
        assert ask(node, context(trial, stranger)) == b""


def test_servers_speak_tls_among_themselves(trial: Trial) -> None:
    for node in trial.servers:
        assert ask(node, context(trial, None), PORT_ZOOKEEPER_ELECTION) == b""
        with (
            socket.create_connection((node.address, PORT_ZOOKEEPER_ELECTION), 10) as plain,
            context(trial, trial.material).wrap_socket(plain, server_hostname=node.host) as secured,
        ):
            assert secured.version() == "TLSv1.2"


def test_a_broker_that_was_killed_waits_for_the_end_of_its_session(trial: Trial) -> None:
    trial.broker.stop(hard=True)
    trial.broker.start()
    trial.await_broker()
    assert "is still registered by its former session" in tail(trial.broker)
    assert "NodeExists" not in tail(trial.broker)


def test_a_server_under_another_name_than_its_own_is_not_believed(trial: Trial) -> None:
    right, node = trial.material, trial.servers[0]
    node.stop()
    trial.material = issue(trial.authority, "kafka-nodes", ("elsewhere.example.com",), (NOW, 1))
    trial.start(node, trial.rendered(trial.pools[0], "required"))
    others = trial.servers[1:]
    until(lambda: any("elsewhere.example.com" in one.log.read_text() for one in others), lambda: tail(others[0]))
    assert not serves(node)
    node.stop()
    trial.material = right
    trial.start(node, trial.rendered(trial.pools[0], "required"))
    until(lambda: serves(node), lambda: tail(node))
