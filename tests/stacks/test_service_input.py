"""A wrong section of a service of Confluent Platform: one error each, before anything exists."""

import copy
from typing import Any

import pytest

from tests.spec.clusters import changed, kraft_config
from tests.spec.services import SERVICE, confluent_config
from tests.stacks.test_settings import problems

WHOLE = confluent_config(listener="CLIENTS")
OPEN = {
    **changed(WHOLE, "kafka/authorization", None),
    **{name: copy.deepcopy(SERVICE) for name in ("connect", "schemaRegistry", "kafkaRest", "ksqldb")},
}
OPEN["kafka"] = {key: value for key, value in OPEN["kafka"].items() if key not in {"tls", "listeners", "authorization"}}
ALONE = changed(WHOLE, "schemaRegistry", None)

# Each line: the stack, the section, the change to it, the path in it that the error names, what its text must say.
BAD_INPUT: list[tuple[dict[str, Any], str, str, object, str, str]] = [
    (WHOLE, "schemaRegistry", "replicas", 0, "replicas", "1 to 100"),
    (WHOLE, "schemaRegistry", "topic", "x", "topic", "does not exist"),
    (WHOLE, "schemaRegistry", "resources/memory", "256Mi", "resources.memory", "at least 320Mi"),
    (WHOLE, "schemaRegistry", "schemasTopic", "all schemas", "schemasTopic", "would refuse a topic"),
    (WHOLE, "schemaRegistry", "compatibility", "BACKWARDS", "compatibility", "did you mean BACKWARD"),
    (WHOLE, "schemaRegistry", "kafka/listener", "OTHER", "kafka.listener", "no listener of the cluster"),
    (WHOLE, "schemaRegistry", "kafka", {"user": "CN=registry"}, "kafka.secret", "asks for a certificate"),
    (
        WHOLE,
        "schemaRegistry",
        "config",
        {"kafkastore.topic": "x"},
        "config.kafkastore.topic",
        "use schemasTopic",
    ),
    (
        WHOLE,
        "schemaRegistry",
        "config",
        {"kafkastore.connection.url": "zookeeper:2181"},
        "config.kafkastore.connection.url",
        "ZooKeeper any more",
    ),
    (
        WHOLE,
        "schemaRegistry",
        "config",
        {"kafkastore.ssl.keystore.location": "/x"},
        "config.kafkastore.ssl.keystore.location",
        "follows from the listener",
    ),
    (
        WHOLE,
        "schemaRegistry",
        "config",
        {"schema.compatibility.level": "FULL"},
        "config.schema.compatibility.level",
        "use compatibility",
    ),
    (
        WHOLE,
        "schemaRegistry",
        "config",
        {"ssl.keystore.password": "in-clear"},
        "config.ssl.keystore.password",
        "everybody who can read",
    ),
    (WHOLE, "connect", "pod", {"env": [{"name": "POD_IP", "value": "x"}]}, "pod.env[0].name", "start script"),
    (
        WHOLE,
        "schemaRegistry",
        "pod",
        {"env": [{"name": "SCHEMA_REGISTRY_HEAP_OPTS", "value": "-Xmx1g"}]},
        "pod.env[0].name",
        "jvm.options",
    ),
    (
        WHOLE,
        "connect",
        "pod",
        {"volumes": [{"name": "x", "emptyDir": True, "mountPath": "/etc/kafka-platform-secrets/db"}]},
        "pod.volumes[0].mountPath",
        "is a mount already",
    ),
    (
        WHOLE,
        "connect",
        "pod",
        {"volumes": [{"name": "credentials", "emptyDir": True}]},
        "pod.volumes[0].name",
        "has it for itself",
    ),
    (WHOLE, "kafkaRest", "pod", {"imagePullSecrets": ["My Registry"]}, "pod.imagePullSecrets", "names no object so"),
    (WHOLE, "kafkaRest", "groups", ["a b"], "groups[0]", "no group of such a name"),
    (OPEN, "kafkaRest", "groups", ["web"], "groups", "everybody may"),
    (WHOLE, "kafkaRest", "config", {"zookeeper.connect": "x"}, "config.zookeeper.connect", "brokers alone"),
    (WHOLE, "kafkaRest", "config", {"schema.registry.url": "x"}, "config.schema.registry.url", "use schemaRegistry"),
    (WHOLE, "kafkaRest", "config", {"host.name": "x"}, "config.host.name", "the Service"),
    (
        WHOLE,
        "kafkaRest",
        "config",
        {"client.sasl.mechanism": "PLAIN"},
        "config.client.sasl.mechanism",
        "follows from the listener",
    ),
    (
        WHOLE,
        "kafkaRest",
        "config",
        {"producer.bootstrap.servers": "x"},
        "config.producer.bootstrap.servers",
        "listener",
    ),
    (WHOLE, "ksqldb", "serviceId", "all queries", "serviceId", "begin with it"),
    (WHOLE, "ksqldb", "service", "x", "service", "does not exist"),
    (WHOLE, "ksqldb", "config", {"ksql.service.id": "x"}, "config.ksql.service.id", "use serviceId"),
    (WHOLE, "ksqldb", "config", {"ksql.queries.file": "/x"}, "config.ksql.queries.file", "answers nobody"),
    (WHOLE, "ksqldb", "config", {"ksql.streams.state.dir": "/x"}, "config.ksql.streams.state.dir", "may be written"),
    (
        WHOLE,
        "ksqldb",
        "config",
        {"ksql.streams.sasl.mechanism": "PLAIN"},
        "config.ksql.streams.sasl.mechanism",
        "follows from the listener",
    ),
    (
        WHOLE,
        "ksqldb",
        "config",
        {"ksql.internal.topic.replicas": 1},
        "config.ksql.internal.topic.replicas",
        "replicationFactor",
    ),
    (
        ALONE,
        "ksqldb",
        "config",
        {"ksql.persistence.default.format.value": "avro"},
        "config.ksql.persistence.default.format.value",
        "the stack has none",
    ),
]


@pytest.mark.parametrize(("stack", "section", "field", "value", "path", "says"), BAD_INPUT)
def test_bad_input_is_one_error_that_names_the_path_and_says_what_to_do(
    stack: dict[str, Any], section: str, field: str, value: object, path: str, says: str
) -> None:
    (problem,) = problems(changed(stack, f"{section}/{field}", value))
    assert problem.path == f"kafka-platform:{section}.{path}"
    assert says in str(problem)
    assert problem.allowed and problem.why and problem.todo


@pytest.mark.parametrize(
    ("section", "instead"), [("schemaRegistry", "Apicurio"), ("kafkaRest", "a bridge"), ("ksqldb", "Kafka Streams")]
)
def test_what_apache_kafka_does_not_pack_is_refused_with_the_reason(section: str, instead: str) -> None:
    (problem,) = problems({**kraft_config(), section: SERVICE})
    assert problem.path == f"kafka-platform:{section}"
    assert "Apache Kafka packs no" in problem.why
    assert instead in problem.todo


def test_two_services_cannot_be_one_user() -> None:
    (problem,) = problems(changed(WHOLE, "kafkaRest/kafka/user", "connect"))
    assert problem.path == "kafka-platform:connect.kafka.user"
    assert "kafka-platform:kafkaRest has a user of this name" in problem.why
