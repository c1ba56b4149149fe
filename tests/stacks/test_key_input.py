"""Bad input of Kafka's own keys: unknown, of another version, of the wrong type or range; one error each."""

import secrets
from typing import Any

import pytest

from stacks.settings import parse_settings
from tests.spec.clusters import changed, confluent_kraft_config, kraft_config, zookeeper_config
from tests.stacks.test_settings import problems

ZOOKEEPER, KRAFT, SERVER = zookeeper_config(), kraft_config(), confluent_kraft_config()

# Each line: the base, the section, the key, its value, and what the error must say.
BAD_INPUT: list[tuple[dict[str, Any], str, str, object, str]] = [
    # Slips.
    (ZOOKEEPER, "kafka", "num.io.thread", 4, "did you mean num.io.threads"),
    (ZOOKEEPER, "kafka", "log.retentoin.hours", 4, "did you mean log.retention.hours"),
    (KRAFT, "kafka", "message.max.byte", 4, "did you mean message.max.bytes"),
    (KRAFT, "controllers", "num.partition", 4, "did you mean num.partitions"),
    (KRAFT, "kafka", "Num.io.threads", 4, "did you mean num.io.threads"),
    (KRAFT, "kafka", "num_io_threads", 4, "did you mean num.io.threads"),
    # Types.
    (ZOOKEEPER, "kafka", "num.network.threads", "many", "a whole number, at least 1"),
    (ZOOKEEPER, "kafka", "num.io.threads", 4.5, "a whole number"),
    (ZOOKEEPER, "kafka", "num.io.threads", True, "a whole number"),
    (ZOOKEEPER, "kafka", "log.retention.bytes", "10Gi", "a whole number"),
    (ZOOKEEPER, "kafka", "delete.topic.enable", "yes", "true or false"),
    (ZOOKEEPER, "kafka", "delete.topic.enable", 1, "true or false"),
    (KRAFT, "kafka", "log.cleaner.min.cleanable.ratio", "half", "a number from 0 to 1"),
    (KRAFT, "controllers", "num.partitions", "six", "a whole number, at least 1"),
    # Ranges.
    (ZOOKEEPER, "kafka", "num.io.threads", 0, "at least 1"),
    (ZOOKEEPER, "kafka", "compression.lz4.level", 18, "from 1 to 17"),
    (ZOOKEEPER, "kafka", "offsets.topic.replication.factor", 40000, "at least 1"),
    (KRAFT, "kafka", "log.segment.bytes", 4096, "at least 1048576"),
    (KRAFT, "kafka", "num.recovery.threads.per.data.dir", -2, "at least 1"),
    (KRAFT, "kafka", "log.cleaner.min.cleanable.ratio", 2, "from 0 to 1"),
    # Words.
    (ZOOKEEPER, "kafka", "compression.type", "brotli", "gzip or lz4"),
    (ZOOKEEPER, "kafka", "log.cleanup.policy", "keep", "a list of compact, delete"),
    (ZOOKEEPER, "kafka", "ssl.client.auth", "maybe", "none or requested or required"),
    (KRAFT, "kafka", "log.message.timestamp.type", "create", "CreateTime or LogAppendTime"),
    # Keys of other versions.
    (KRAFT, "kafka", "inter.broker.protocol.version", "3.9", "it is the feature level metadata.version"),
    (KRAFT, "kafka", "log.message.format.version", "3.0", "Kafka 4.0 removed it"),
    (KRAFT, "kafka", "delegation.token.master.key", "${file:/x:y}", "use delegation.token.secret.key"),
    (KRAFT, "kafka", "offsets.commit.required.acks", -1, "3.9 was the last line that had it"),
    (KRAFT, "kafka", "auto.include.jmx.reporter", True, "metric.reporters"),
    (KRAFT, "controllers", "leader.imbalance.per.broker.percentage", 5, "Kafka 4.0 removed it"),
    (SERVER, "kafka", "log.message.downconversion.enable", False, "Kafka 4.0 removed it"),
    (ZOOKEEPER, "kafka", "share.coordinator.state.topic.min.isr", 2, "it came with Kafka"),
    (ZOOKEEPER, "kafka", "controller.quorum.auto.join.enable", True, "it came with Kafka 4.2"),
    # ZooKeeper's.
    (ZOOKEEPER, "zookeeper", "ticktime", 2000, "did you mean tickTime"),
    (ZOOKEEPER, "zookeeper", "maxClientCnxn", 2000, "did you mean maxClientCnxns"),
    (ZOOKEEPER, "zookeeper", "autopurge.snapRetain", 5, "did you mean autopurge.snapRetainCount"),
    (ZOOKEEPER, "zookeeper", "tickTime", 0, "at least 1"),
    (ZOOKEEPER, "zookeeper", "initLimit", "ten", "a whole number"),
    (ZOOKEEPER, "zookeeper", "autopurge.snapRetainCount", 2, "at least 3"),
    (ZOOKEEPER, "zookeeper", "reconfigEnabled", "yes", "true or false"),
    # Keys of the other mode, and the platform's.
    (KRAFT, "kafka", "zookeeper.session.timeout.ms", 6000, "mode kraft has no ZooKeeper"),
    (KRAFT, "controllers", "zookeeper.session.timeout.ms", 18000, "mode kraft has no ZooKeeper"),
    (SERVER, "kafka", "confluent.balancer.enable", True, "a second balancer would undo"),
    (SERVER, "controllers", "confluent.balancer.enable", True, "a second balancer would undo"),
]


@pytest.mark.parametrize(("base", "section", "key", "value", "says"), BAD_INPUT)
def test_a_key_that_kafka_would_refuse_or_ignore_is_one_error(
    base: dict[str, Any], section: str, key: str, value: object, says: str
) -> None:
    (problem,) = problems(changed(base, f"{section}/config", {key: value}))
    assert problem.path == f"kafka-platform:{section}.config.{key}"
    assert says in str(problem)
    assert problem.allowed and problem.why and problem.todo


def test_the_same_key_is_right_in_the_version_that_has_it() -> None:
    given = {"inter.broker.protocol.version": "3.9", "zookeeper.session.timeout.ms": 6000}
    assert parse_settings(changed(ZOOKEEPER, "kafka/config", given)).cluster.kafka.config


def test_a_value_that_is_looked_up_elsewhere_is_not_judged() -> None:
    given = {"num.io.threads": "${env:THREADS}"}
    assert parse_settings(changed(ZOOKEEPER, "kafka/config", given)).cluster.kafka.config == given


def test_keys_are_not_judged_by_a_version_that_nobody_knows() -> None:
    config = changed(changed(KRAFT, "kafka/version", "9.9.9"), "kafka/config", {"inter.broker.protocol.version": "3"})
    assert [problem.path for problem in problems(config)] == ["kafka-platform:kafka.version"]


@pytest.mark.parametrize(
    ("base", "key"),
    [
        (ZOOKEEPER, "delegation.token.master.key"),
        (KRAFT, "delegation.token.secret.key"),
        (KRAFT, "sasl.jaas.config"),
        (SERVER, "sasl.oauthbearer.assertion.private.key.passphrase"),
    ],
)
def test_a_password_in_clear_is_refused_unread_with_the_way_to_mount_it(base: dict[str, Any], key: str) -> None:
    word = secrets.token_hex(8)
    (problem,) = problems(changed(base, "kafka/config", {key: word}))
    assert problem.path == f"kafka-platform:kafka.config.{key}" and word not in str(problem)
    assert "pod.volumes" in problem.todo and "DirectoryConfigProvider" in problem.todo


@pytest.mark.parametrize("key", ["plain.sasl.jaas.config", "ssl.truststore.password"])
def test_a_password_in_a_key_that_the_platform_writes_is_not_repeated(key: str) -> None:
    word = secrets.token_hex(8)
    (problem,) = problems(changed(KRAFT, "kafka/config", {f"listener.name.internal.{key}": word}))
    assert "the platform writes this key itself" in str(problem) and word not in str(problem)


def test_a_password_that_kafka_looks_up_is_taken() -> None:
    keys = {
        "config.providers": "secrets",
        "config.providers.secrets.class": "org.apache.kafka.common.config.provider.DirectoryConfigProvider",
        "delegation.token.secret.key": "${secrets:/etc/secrets:token}",
    }
    assert parse_settings(changed(KRAFT, "kafka/config", keys)).cluster.kafka.config == keys


@pytest.mark.parametrize(
    ("config", "path", "says"),
    [
        ({"offsets.topic.replication.factor": 4}, "offsets.topic.replication.factor", "there are 3 brokers"),
        ({"transaction.state.log.replication.factor": 5}, "transaction.state.log.replication.factor", "1 to 3"),
        ({"transaction.state.log.replication.factor": 1}, "transaction.state.log.replication.factor", "at least 2"),
        ({"transaction.state.log.min.isr": 4}, "transaction.state.log.min.isr", "1 to 3"),
        (
            {"share.coordinator.state.topic.min.isr": 2, "share.coordinator.state.topic.replication.factor": 1},
            "share.coordinator.state.topic.min.isr",
            "1 to 1",
        ),
    ],
)
def test_a_topic_of_kafkas_own_that_could_never_be_made_or_written_to_is_refused(
    config: dict[str, int], path: str, says: str
) -> None:
    (problem,) = problems(changed(kraft_config(), "kafka/config", config))
    assert problem.path == f"kafka-platform:kafka.config.{path}" and says in str(problem)


def test_topics_of_kafkas_own_with_one_replica_and_a_min_isr_of_one_are_taken() -> None:
    keys = {"transaction.state.log.replication.factor": 1, "transaction.state.log.min.isr": 1}
    assert parse_settings(changed(kraft_config(), "kafka/config", keys)).cluster.kafka.config
