"""Configuration files: complete, deterministic, and the same for all pods of a pool."""

import pytest

from components.spec.properties import (
    broker_configuration,
    controller_configuration,
    render,
    zookeeper_configuration,
)
from components.spec.topology import broker_pools, controller_pools
from tests.spec.clusters import changed, cluster, kraft_config, zookeeper_config


def broker_file(config: dict[str, object], rack: int = 0) -> dict[str, str]:
    spec = cluster(config)
    return dict(broker_configuration(spec, broker_pools(spec)[rack]).file)


def test_a_broker_with_zookeeper_is_told_everything_it_needs() -> None:
    servers = ",".join(
        f"kafka-zookeeper-{zone}-{server}.kafka-zookeepers.streams.svc.cluster.local:2181"
        for zone, server in (("a", 1), ("b", 11), ("c", 21))
    )
    assert broker_file(zookeeper_config(), rack=1) == {
        "advertised.listeners": "INTERNAL://@POD@.kafka-brokers.streams.svc.cluster.local:9092,"
        "EXTERNAL://192.0.2.2:@EXTERNAL_PORT@",
        "auto.create.topics.enable": "false",
        "broker.id": "@NODE_ID@",
        "broker.id.generation.enable": "false",
        "broker.rack": "b",
        "compression.type": "zstd",
        "default.replication.factor": "3",
        "inter.broker.listener.name": "INTERNAL",
        "listener.security.protocol.map": "INTERNAL:PLAINTEXT,EXTERNAL:PLAINTEXT",
        "listeners": "INTERNAL://:9092,EXTERNAL://:9094",
        "log.dirs": "/var/lib/kafka-platform/data",
        "min.insync.replicas": "2",
        "num.io.threads": "4",
        "offsets.topic.replication.factor": "3",
        "transaction.state.log.min.isr": "2",
        "transaction.state.log.replication.factor": "3",
        "zookeeper.connect": servers,
    }


def test_a_broker_in_kraft_knows_controllers_and_no_zookeeper() -> None:
    file = broker_file(kraft_config())
    assert file["process.roles"] == "broker"
    assert file["node.id"] == "@NODE_ID@"
    assert file["controller.listener.names"] == "CONTROLLER"
    assert file["controller.quorum.bootstrap.servers"].count(":9093") == 3
    assert not any("zookeeper" in key or key.startswith("broker.id") for key in file)


def test_the_quorum_is_dynamic_so_that_no_file_names_voters() -> None:
    spec = cluster(kraft_config())
    for configuration in (
        broker_configuration(spec, broker_pools(spec)[0]),
        controller_configuration(spec, controller_pools(spec)[0]),
    ):
        assert "controller.quorum.voters" not in configuration.file


def test_the_number_of_replicas_is_told_to_those_who_create_topics() -> None:
    assert "default.replication.factor" not in broker_file(kraft_config())
    older = changed(kraft_config(), "kafka/version", "3.9.2")
    assert broker_file(older)["default.replication.factor"] == "3"
    spec = cluster(kraft_config())
    assert controller_configuration(spec, controller_pools(spec)[0]).file["default.replication.factor"] == "3"


def test_a_rack_that_shows_nothing_outside_has_no_external_listener() -> None:
    file = broker_file(changed(zookeeper_config(), "kafka/racks/0/external", None))
    assert "EXTERNAL" not in "".join(file.values())


def test_internal_topics_are_as_safe_as_the_users_own_unless_the_user_says_otherwise() -> None:
    config = changed(zookeeper_config(), "kafka/replicationFactor", 2)
    assert broker_file(config)["offsets.topic.replication.factor"] == "2"
    config = changed(config, "kafka/config/offsets.topic.replication.factor", 1)
    assert broker_file(config)["offsets.topic.replication.factor"] == "1"


def test_controllers_share_what_they_act_on_and_nothing_else_of_the_brokers() -> None:
    config = changed(kraft_config(), "kafka/config", {"num.partitions": 6, "num.io.threads": 4})
    spec = cluster(config)
    file = controller_configuration(spec, controller_pools(spec)[0]).file
    assert file["num.partitions"] == "6" and "num.io.threads" not in file
    assert file["min.insync.replicas"] == "2"


@pytest.mark.parametrize(
    ("before", "path"),
    [(zookeeper_config(), "kafka/racks/0/brokers"), (kraft_config(), "kafka/racks/0/brokers")],
)
def test_a_rack_that_grows_changes_no_brokers_file(before: dict[str, object], path: str) -> None:
    assert broker_file(changed(before, path, 3)) == broker_file(before)


def test_a_quorum_that_grows_changes_files_but_no_restart_reading() -> None:
    before = zookeeper_config()
    after = changed(changed(before, "zookeeper/racks/0/servers", 2), "zookeeper/racks/1/servers", 2)
    old, new = zookeeper_configuration(cluster(before)), zookeeper_configuration(cluster(after))
    assert old.file != new.file and old.restart == new.restart
    spec = cluster(after)
    assert "kafka-zookeeper-a-2." in broker_configuration(spec, broker_pools(spec)[0]).file["zookeeper.connect"]


def test_zookeeper_lists_every_server_of_the_ensemble() -> None:
    file = zookeeper_configuration(cluster(zookeeper_config())).file
    assert sorted(key for key in file if key.startswith("server.")) == ["server.1", "server.11", "server.21"]
    assert file["server.11"] == "kafka-zookeeper-b-11.kafka-zookeepers.streams.svc.cluster.local:2888:3888"


def test_a_file_is_written_in_the_order_of_its_keys() -> None:
    assert render({"b": "2", "a": "1"}) == "a=1\nb=2\n"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("a\\b", "a\\\\b"),
        ("two\nlines", "two\\nlines"),
        (" leading", "\\ leading"),
        ("größe", "gr\\u00f6\\u00dfe"),
        ("😀", "\\ud83d\\ude00"),
    ],
)
def test_what_java_would_misread_is_escaped(value: str, written: str) -> None:
    assert render({"key": value}) == f"key={written}\n"
