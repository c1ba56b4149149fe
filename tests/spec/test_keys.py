"""Kafka's own keys: what the table says of each line, and which values a key takes."""

import pytest

from components.spec.distributions import DISTRIBUTIONS
from components.spec.key_checks import unknown_keys
from components.spec.keys import allowed_instead, keys_of, lines_with
from components.spec.ownership import KAFKA_KEYS
from components.spec.properties import CONTROLLER_SHARES
from components.spec.rendering import render_cluster
from components.spec.versions import KAFKA_LINES
from tests.spec.clusters import (
    changed,
    cluster,
    confluent_kraft_config,
    confluent_zookeeper_config,
    kraft_config,
    zookeeper_config,
)


@pytest.mark.parametrize("line", KAFKA_LINES)
def test_every_line_has_a_whole_table(line: str) -> None:
    keys = keys_of(line)
    assert len(keys) > 290
    assert {key.update for key in keys.values()} == {"read-only", "per-broker", "cluster-wide"}
    assert {"log.dirs", "num.io.threads", "process.roles", "ssl.keystore.location"} <= set(keys)
    assert ("zookeeper.connect" in keys) is KAFKA_LINES[line].zookeeper


def test_the_table_says_what_a_change_takes() -> None:
    updates = {name: keys_of("3.9")[name].update for name in ("num.io.threads", "ssl.keystore.location", "log.dirs")}
    assert updates == {
        "num.io.threads": "cluster-wide",
        "ssl.keystore.location": "per-broker",
        "log.dirs": "read-only",
    }


def test_a_key_is_known_by_the_lines_that_have_it() -> None:
    assert lines_with("inter.broker.protocol.version") == ("3.7", "3.8", "3.9")
    assert lines_with("compression.zstd.level")[0] == "3.8"
    assert lines_with("num.io.threads") == tuple(KAFKA_LINES)
    assert lines_with("no.such.key") == ()


@pytest.mark.parametrize(
    ("name", "value", "taken"),
    [
        ("num.io.threads", "0", False),
        ("num.io.threads", "1", True),
        ("num.io.threads", " 8 ", True),
        ("num.io.threads", "+8", True),
        ("num.io.threads", "8.0", False),
        ("num.io.threads", "2147483647", True),
        ("num.io.threads", "2147483648", False),
        ("num.io.threads", "", False),
        ("log.retention.bytes", "9223372036854775807", True),
        ("log.retention.bytes", "9223372036854775808", False),
        ("log.retention.bytes", "-1", True),
        ("offsets.topic.replication.factor", "32767", True),
        ("offsets.topic.replication.factor", "32768", False),
        ("compression.lz4.level", "17", True),
        ("compression.lz4.level", "18", False),
        ("log.cleaner.min.cleanable.ratio", "1", True),
        ("log.cleaner.min.cleanable.ratio", "1.1", False),
        ("log.cleaner.min.cleanable.ratio", "much", False),
        ("delete.topic.enable", "TRUE", True),
        ("delete.topic.enable", "yes", False),
        ("compression.type", "zstd", True),
        ("compression.type", "ZSTD", False),
        ("log.cleanup.policy", "compact, delete", True),
        ("log.cleanup.policy", "compact,keep", False),
        ("authorizer.class.name", "anything", True),
        ("metric.reporters", "a.B,c.D", True),
    ],
)
def test_a_key_takes_what_kafka_takes(name: str, value: str, taken: bool) -> None:
    instead = allowed_instead(keys_of("3.9")[name], value)
    assert (instead is None) is taken, instead


@pytest.mark.parametrize(
    "config", [zookeeper_config(), kraft_config(), confluent_zookeeper_config(), confluent_kraft_config()]
)
def test_we_set_only_keys_that_the_line_knows(config: dict[str, object]) -> None:
    spec = cluster(config)
    distribution = DISTRIBUTIONS[spec.kafka.distribution]
    line = distribution.lines[spec.kafka.version.rpartition(".")[0]].kafka
    for component in ("broker", "controller"):
        for pool in render_cluster(spec)[component]:
            keys = {row.partition("=")[0] for row in pool.files["server.properties"].splitlines()}
            unknown = {key for key in keys - set(keys_of(line)) if not key.startswith(("confluent.", "kafka.rest."))}
            assert unknown == set()


def test_keys_that_we_own_or_share_are_keys_of_kafka() -> None:
    ever = {name for line in KAFKA_LINES for name in keys_of(line)}
    # Gone since Kafka 3.0, and still refused by name: whoever writes them means the listeners.
    gone = {"advertised.host.name", "advertised.port", "host.name", "port"}
    assert set(KAFKA_KEYS) - ever == gone
    assert ever >= CONTROLLER_SHARES


def test_a_key_that_nobody_knows_is_passed_on_and_said() -> None:
    config = changed(zookeeper_config(), "kafka/config", {"my.plugin.depth": 3, "num.io.threads": 4})
    (said,) = unknown_keys(cluster(config))
    assert said.startswith("kafka.config.my.plugin.depth: Kafka 3.9 defines no such key")


def test_keys_of_listeners_and_of_the_edition_are_passed_on_in_silence() -> None:
    given = {
        "listener.name.external.max.connections": 100,
        "confluent.tier.enable": True,
    }
    assert list(unknown_keys(cluster(changed(confluent_kraft_config(), "kafka/config", given)))) == []
