"""A wrong section of Kafka Connect: one error each, which says the four things, before anything exists."""

from typing import Any

import pytest

from tests.spec.clusters import changed, kraft_config
from tests.spec.services import connect_config, secure_config
from tests.stacks.test_settings import problems

SCRAM = secure_config(listener="CLIENTS")
PLAIN_LISTENER = changed(connect_config(), "connect/kafka", {})
INTERNAL_TLS = changed(
    changed(secure_config(secret="connect-tls", user="CN=connect"), "kafka/authorization", None),
    "connect/kafka",
    {"secret": "connect-tls"},
)

# Each line: the stack, the change to its section `connect`, the path that the error names, what its text must say.
BAD_INPUT: list[tuple[dict[str, Any], str, object, str, str]] = [
    # Shape.
    (PLAIN_LISTENER, "replicas", 0, "connect.replicas", "1 to 100"),
    (PLAIN_LISTENER, "replicas", "three", "connect.replicas", "this is a string"),
    (PLAIN_LISTENER, "worker", 3, "connect.worker", "does not exist"),
    (PLAIN_LISTENER, "resources", None, "connect.resources", "required"),
    (PLAIN_LISTENER, "kafka", {"listner": "X"}, "connect.kafka.listner", "did you mean listener"),
    # Memory.
    (PLAIN_LISTENER, "resources/cpu", "a lot", "connect.resources.cpu", "500m or 2"),
    (PLAIN_LISTENER, "resources/memory", "1GB", "connect.resources.memory", "such as 700Mi"),
    (PLAIN_LISTENER, "resources/memory", "300Mi", "connect.resources.memory", "at least 352Mi"),
    (PLAIN_LISTENER, "resources/heap", "900Mi", "connect.resources.heap", "at most 800Mi"),
    (PLAIN_LISTENER, "resources/heap", "64Mi", "connect.resources.heap", "collecting garbage"),
    (PLAIN_LISTENER, "resources/heap", "half", "connect.resources.heap", "not a size"),
    (PLAIN_LISTENER, "jvm", {"options": "-Xmx2g"}, "connect.jvm.options", "set resources.heap"),
    (PLAIN_LISTENER, "jvm", {"options": "-XX:+UseConcMarkSweepGC"}, "connect.jvm.options", "Java"),
    # How it reaches Kafka.
    (PLAIN_LISTENER, "kafka", {"listener": "CLIENTS"}, "connect.kafka.listener", "there is no other one"),
    (SCRAM, "kafka/listener", "CLIENT", "connect.kafka.listener", "CLIENTS, or nothing"),
    (SCRAM, "kafka", {"user": "CN=connect"}, "connect.kafka.secret", "asks for a certificate"),
    (SCRAM, "kafka", {"secret": "connect-tls"}, "connect.kafka.user", "subject of its certificate"),
    (SCRAM, "kafka/secret", "connect-tls", "connect.kafka.secret", "asks for no certificate"),
    (SCRAM, "kafka/user", "Connect", "connect.kafka.user", "kept in a Secret"),
    (SCRAM, "kafka/topics", ["orders*x"], "connect.kafka.topics[0]", "an asterisk at the end"),
    (SCRAM, "kafka/topics", ["orders", ".."], "connect.kafka.topics[1]", "no topic of such a name"),
    (SCRAM, "kafka/rotation", 0, "connect.kafka.rotation", "1 to"),
    (INTERNAL_TLS, "kafka/secret", "Connect TLS", "connect.kafka.secret", "names no Secret so"),
    (INTERNAL_TLS, "kafka/user", "CN=connect", "connect.kafka.user", "nobody asks"),
    (INTERNAL_TLS, "kafka/rotation", 2, "connect.kafka.rotation", "asks for no password"),
    (INTERNAL_TLS, "kafka/topics", ["orders"], "connect.kafka.topics", "everybody may"),
    (PLAIN_LISTENER, "kafka", {"secret": "x"}, "connect.kafka.secret", "asks for no certificate"),
    # Secrets.
    (PLAIN_LISTENER, "secrets", ["db", "Db"], "connect.secrets[1]", "names no Secret so"),
    (PLAIN_LISTENER, "secrets", ["db", "db"], "connect.secrets[1]", "twice"),
    (PLAIN_LISTENER, "secrets", "db", "connect.secrets", "a list of strings"),
    # Its group and topics.
    (PLAIN_LISTENER, "groupId", "my group", "connect.groupId", "Kafka would refuse"),
    (PLAIN_LISTENER, "groupId", "connect-cluster", "connect.groupId", "sink connectors read in groups"),
    (PLAIN_LISTENER, "configTopic", "a/b", "connect.configTopic", "would refuse a topic"),
    (PLAIN_LISTENER, "offsetTopic", "kafka-connect-configs", "connect.offsetTopic", "connect.configTopic is the same"),
    # Plugins.
    (PLAIN_LISTENER, "pluginPaths", ["plugins"], "connect.pluginPaths[0]", "begins with /"),
    (PLAIN_LISTENER, "pluginPaths", ["/a,/b"], "connect.pluginPaths[0]", "without commas"),
    (PLAIN_LISTENER, "pluginPaths", ["/a", "/a"], "connect.pluginPaths[1]", "found twice"),
    (PLAIN_LISTENER, "pluginClaims", ["My_Claim"], "connect.pluginClaims[0]", "names no claim so"),
    (PLAIN_LISTENER, "pluginClaims", ["one", "one"], "connect.pluginClaims[1]", "twice"),
    # Keys.
    (PLAIN_LISTENER, "config", {"bootstrap.servers": "x:1"}, "connect.config.bootstrap.servers", "use kafka.listener"),
    (PLAIN_LISTENER, "config", {"group.id": "x"}, "connect.config.group.id", "use groupId"),
    (PLAIN_LISTENER, "config", {"plugin.path": "/x"}, "connect.config.plugin.path", "use pluginPaths"),
    (PLAIN_LISTENER, "config", {"listeners": "http://:1"}, "connect.config.listeners", "the probe"),
    (
        PLAIN_LISTENER,
        "config",
        {"config.storage.replication.factor": 1},
        "connect.config.config.storage.replication.factor",
        "replicationFactor",
    ),
    (
        PLAIN_LISTENER,
        "config",
        {"producer.sasl.jaas.config": "x"},
        "connect.config.producer.sasl.jaas.config",
        "follows from the listener",
    ),
    (PLAIN_LISTENER, "config", {"config.providers.x.class": "X"}, "connect.config.config.providers.x.class", "secrets"),
    (PLAIN_LISTENER, "config", {"a key": 1}, "connect.config.a key", "no key of a properties file"),
    (PLAIN_LISTENER, "config", {"key.converter": "Json"}, "connect.config.key.converter", "its whole name"),
    (
        PLAIN_LISTENER,
        "config",
        {"exactly.once.source.support": "true"},
        "connect.config.exactly.once.source.support",
        "no such level",
    ),
]


@pytest.mark.parametrize(("stack", "field", "value", "path", "says"), BAD_INPUT)
def test_bad_input_is_one_error_that_names_the_path_and_says_what_to_do(
    stack: dict[str, Any], field: str, value: object, path: str, says: str
) -> None:
    (problem,) = problems(changed(stack, f"connect/{field}", value))
    assert problem.path == f"kafka-platform:{path}"
    assert says in str(problem)
    assert problem.allowed and problem.why and problem.todo


def test_a_password_in_clear_is_refused_and_not_repeated() -> None:
    clear = "in-clear-for-all-to-see"
    (problem,) = problems(connect_config(config={"listeners.https.ssl.keystore.password": clear}))
    assert "everybody who can read" in problem.why
    assert clear not in str(problem)


def test_a_user_of_the_stack_with_the_name_of_a_services_user_is_refused() -> None:
    user = {"name": "connect", "scram": {}}
    (problem,) = problems({**SCRAM, "users": [user]})
    assert problem.path == "kafka-platform:users[0].name"
    assert "kafka-platform:connect has a user of this name" in problem.why


def test_a_cluster_whose_name_leaves_no_room_for_the_workers_names_is_refused() -> None:
    (problem,) = problems(changed(connect_config(), "kafka/name", "k" * 39))
    assert problem.path == "kafka-platform:kafka.name"
    assert "connect's pods" in problem.why


def test_a_cluster_named_connect_needs_another_group() -> None:
    (problem,) = problems(changed(connect_config(), "kafka/name", "connect"))
    assert problem.path == "kafka-platform:connect.groupId"


def test_a_stack_without_the_section_has_no_workers() -> None:
    assert problems(changed(kraft_config(), "kafka/replicationFactor", 9))[0].path.endswith("replicationFactor")
