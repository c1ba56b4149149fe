"""A real ensemble and a real broker close ZooKeeper to strangers stage by stage, as plain processes on loopback."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from components.spec.model import ClusterSpec
from contract import PORT_ZOOKEEPER, ZOOKEEPER_ACL
from hooks.clients.zookeeper_login import USER
from tests.e2e.plain_ensemble import Trial
from tests.e2e.plain_nodes import Node, tail
from tests.spec.clusters import changed, cluster, zookeeper_config

SHELL = "org.apache.zookeeper.ZooKeeperMainWithTlsSupportForKafka"
MINE = re.compile(rf"'sasl,'{USER}\s+: cdrwa")
EVERYBODYS = re.compile(r"'world,'anyone\s+: cdrwa")


def at_stage(stage: str) -> ClusterSpec:
    """Return three servers and three brokers at a stage of the access."""
    return cluster(changed(zookeeper_config(), "zookeeper/acl", stage))


def at_secure_stage(stage: str) -> ClusterSpec:
    """Return them with TLS everywhere."""
    config = changed(changed(zookeeper_config(), "zookeeper/acl", stage), "zookeeper/tls", "required")
    config["kafka"]["listeners"] = {"internal": {"tls": True, "authentication": "mtls"}}
    config["kafka"]["tls"] = {"source": "generated"}
    return cluster(config)


def asked(trial: Trial, node: Node, *question: str) -> str:
    """Ask the first server as a node would, which logs in if its stage has it do so; return what the shell prints."""
    server = f"{trial.servers[0].address}:{PORT_ZOOKEEPER}"
    done = node.run(["/opt/kafka/bin/kafka-run-class.sh", SHELL, "-waitforconnection", "-server", server, *question])
    return done.stdout + done.stderr


def stranger(trial: Trial, *question: str) -> str:
    """Ask as somebody who does not log in: a server's own settings have no login for clients."""
    return asked(trial, trial.servers[0], *question)


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    """An ensemble that began open, with a broker, and was closed stage by stage."""
    trial = Trial(tmp_path_factory.mktemp("zookeeper-acl"), at_stage, "enabled")
    try:
        trial.begin("disabled")
        assert EVERYBODYS.search(stranger(trial, "getAcl", "/brokers/topics"))
        trial.roll("allowed")
        for stage in ZOOKEEPER_ACL[2:]:
            trial.restart_broker(stage)
        yield trial
    finally:
        trial.end()


def test_nodes_from_before_and_new_ones_belong_to_the_brokers_and_only_they_write_them(trial: Trial) -> None:
    for path in ("/brokers/topics", "/config/topics", "/controller_epoch", "/brokers/ids/0"):
        held = stranger(trial, "getAcl", path)
        assert MINE.search(held) and not EVERYBODYS.search(held), held
    assert "Insufficient permission" in stranger(trial, "create", "/brokers/topics/forged", "{}")
    assert "Insufficient permission" in stranger(trial, "set", "/controller_epoch", "7")
    assert "[0]" in stranger(trial, "ls", "/brokers/ids")
    assert "Insufficient permission" in stranger(trial, "ls", "/config/users")
    assert "Created" in asked(trial, trial.broker, "create", "/brokers/topics/own", "{}")


def test_a_broker_with_another_password_gets_no_session(trial: Trial, tmp_path: Path) -> None:
    wrong = tmp_path / "client.jaas"
    wrong.write_text(trial.login["client.jaas"].replace('password="', 'password="x'))
    said = trial.broker.run(
        [
            "env",
            f"KAFKA_OPTS=-Djava.security.auth.login.config={wrong}",
            *("/opt/kafka/bin/kafka-run-class.sh", SHELL, "-waitforconnection"),
            *("-server", f"{trial.servers[0].address}:{PORT_ZOOKEEPER}", "ls", "/brokers/ids"),
        ]
    )
    assert "[0]" not in said.stdout
    assert "authentication failed" in (said.stdout + said.stderr).lower()


def test_the_way_back_opens_every_node_before_brokers_stop_to_log_in(trial: Trial) -> None:
    trial.restart_broker("login")
    for path in ("/brokers/topics", "/config/users", "/controller_epoch"):
        assert EVERYBODYS.search(stranger(trial, "getAcl", path)), path
    trial.restart_broker("allowed")
    trial.roll("disabled")
    assert trial.broker.alive()
    assert "NoAuth" not in tail(trial.broker)


def test_a_cluster_that_begins_closed_and_with_tls_comes_up(tmp_path: Path) -> None:
    trial = Trial(tmp_path, at_secure_stage, "enabled")
    try:
        trial.begin("enabled")
        assert MINE.search(asked(trial, trial.broker, "getAcl", "/brokers/topics"))
    finally:
        trial.end()
