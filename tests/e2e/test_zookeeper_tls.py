"""A real ensemble and a real broker go to TLS stage by stage, as plain processes on loopback.

They run what their pods would run: the rendered files, the start scripts, the probe. What a roll does, one server after
the other, is done here by hand; while it is under way, servers of two stages are one quorum.
"""

import socket
import ssl
from collections.abc import Iterator

import pytest

from components.spec.model import ClusterSpec
from contract import PORT_ZOOKEEPER_ELECTION, PORT_ZOOKEEPER_SECURE, ZOOKEEPER_TLS
from hooks.clients.authority import Material, issue
from tests.clients.certificates import NOW, authority
from tests.e2e.plain_ensemble import Trial, serves
from tests.e2e.plain_nodes import Node, tail, until
from tests.spec.clusters import changed, cluster, zookeeper_config


def at_stage(stage: str) -> ClusterSpec:
    """Return three servers and three brokers with TLS inside, at a stage of ZooKeeper's."""
    config = changed(zookeeper_config(), "zookeeper/tls", stage)
    config["kafka"]["listeners"] = {"internal": {"tls": True, "authentication": "mtls"}}
    config["kafka"]["tls"] = {"source": "generated"}
    return cluster(config)


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
    trial = Trial(tmp_path_factory.mktemp("zookeeper-tls"), at_stage, "required")
    try:
        trial.begin("disabled")
        for stage in ZOOKEEPER_TLS[1:]:
            trial.roll(stage)
            if stage == "preferred":
                trial.restart_broker(stage)
        yield trial
    finally:
        trial.end()


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
