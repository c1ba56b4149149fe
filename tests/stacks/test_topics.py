"""Topics of a stack file: bad ones get one error each that says the four things; good ones reach the Topics hook."""

from typing import Any

import pytest

from components.spec.problems import Problem, SpecError
from stacks.deploy import deploy
from stacks.settings import parse_settings
from tests.components.engine import Recording, record
from tests.spec.clusters import changed, kraft_config, zookeeper_config

GOOD: dict[str, Any] = {"name": "orders", "partitions": 12}


def stack(*topics: object) -> dict[str, Any]:
    """Return a stack with these topics."""
    return {**kraft_config(), "topics": list(topics)}


def problems(config: dict[str, Any]) -> tuple[Problem, ...]:
    """Return what is wrong with a stack, which must be something."""
    with pytest.raises(SpecError) as caught:
        parse_settings(config)
    return caught.value.problems


# Each line: what is changed of a good topic, the path that the error names, and what its text must say.
BAD_INPUT: list[tuple[dict[str, Any], str, str]] = [
    # Names.
    ({"name": None}, "name", "required"),
    ({"name": ""}, "name", "an empty string"),
    ({"name": 7}, "name", "this is a number"),
    ({"name": "."}, "name", "Kafka refuses this name"),
    ({"name": ".."}, "name", "Kafka refuses this name"),
    ({"name": "two words"}, "name", "Kafka refuses this name"),
    ({"name": "größe"}, "name", "Kafka refuses this name"),
    ({"name": "a/b"}, "name", "Kafka refuses this name"),
    ({"name": "a" * 250}, "name", "1 to 249"),
    ({"name": "__consumer_offsets"}, "name", "Kafka's own"),
    ({"name": "__transaction_state"}, "name", "offsets.topic.num.partitions"),
    ({"name": "__anything"}, "name", "two underscores"),
    # Partitions.
    ({"partitions": None}, "partitions", "required"),
    ({"partitions": 0}, "partitions", "1 to 10000"),
    ({"partitions": 10_001}, "partitions", "1 to 10000"),
    ({"partitions": 1.5}, "partitions", "a whole number"),
    ({"partitions": "12"}, "partitions", "this is a string"),
    ({"partitions": True}, "partitions", "true or false"),
    # Replicas.
    ({"replicationFactor": 4}, "replicationFactor", "there are 3 brokers"),
    ({"replicationFactor": 0}, "replicationFactor", "1 to 1000"),
    ({"replicationFactor": 1}, "config.min.insync.replicas", "kafka.minInsyncReplicas"),
    # Configuration.
    ({"config": {"min.insync.replicas": 4}}, "config.min.insync.replicas", "as the topic says"),
    ({"config": {"min.insync.replicas": 0}}, "config.min.insync.replicas", "it counts replicas"),
    ({"config": {"min.insync.replicas": "two"}}, "config.min.insync.replicas", "it counts replicas"),
    ({"config": {"retention.mss": 1}}, "config.retention.mss", "did you mean retention.ms"),
    ({"config": {"cleanup.polcy": "compact"}}, "config.cleanup.polcy", "did you mean cleanup.policy"),
    ({"config": {"retention.ms": [1]}}, "config.retention.ms", "this is a list"),
    ({"config": {"retention.ms": None}}, "config.retention.ms", "this is nothing"),
    ({"config": []}, "config", "this is a list"),
    ({"config": {"leader.replication.throttled.replicas": "*"}}, "config.leader.replication.throttled.replicas", "rea"),
    # Others.
    ({"deletionProtection": "no"}, "deletionProtection", "this is a string"),
    ({"deletionprotection": False}, "deletionprotection", "did you mean deletionProtection"),
    ({"replicas": 3}, "replicas", "does not exist"),
]


@pytest.mark.parametrize(("change", "path", "says"), BAD_INPUT)
def test_a_bad_topic_is_one_error_that_names_the_path_and_says_what_to_do(
    change: dict[str, Any], path: str, says: str
) -> None:
    bad = {key: value for key, value in {**GOOD, **change}.items() if value is not None}
    (problem,) = problems(stack({"name": "first", "partitions": 1}, bad))
    assert problem.path == f"kafka-platform:topics[1].{path}"
    assert says in str(problem)
    assert problem.allowed and problem.why and problem.todo


@pytest.mark.parametrize(
    ("first", "second", "says"),
    [("a.b", "a_b", "dots and underscores"), ("a.b", "a.b", "topics[0].name is the same"), ("x_y.z", "x.y_z", "x_y.z")],
)
def test_two_topics_that_would_be_one_are_refused(first: str, second: str, says: str) -> None:
    (problem,) = problems(stack({**GOOD, "name": first}, {**GOOD, "name": second}))
    assert problem.path == "kafka-platform:topics[1].name" and says in str(problem)


@pytest.mark.parametrize(
    ("topics", "says"), [({}, "a list of objects"), ([None], "an object"), (["orders"], "an obje")]
)
def test_topics_are_a_list_of_objects(topics: object, says: str) -> None:
    (problem,) = problems({**kraft_config(), "topics": topics or {"name": "orders"}})
    assert problem.path.startswith("kafka-platform:topics") and says in problem.allowed


def test_a_factor_beyond_the_racks_needs_the_same_word_as_the_clusters() -> None:
    config = changed(stack({**GOOD, "replicationFactor": 4}), "kafka/racks/0/brokers", 2)
    (problem,) = problems(config)
    assert problem.path == "kafka-platform:topics[0].replicationFactor" and "allowFewerRacks: true" in problem.todo
    assert parse_settings(changed(config, "kafka/allowFewerRacks", True)).topics[0].replication_factor == 4


def test_what_is_left_out_has_its_default() -> None:
    (topic,) = parse_settings(stack(GOOD)).topics
    assert (topic.replication_factor, topic.config, topic.deletion_protection) == (3, {}, True)


def test_keys_that_kafka_knows_better_pass() -> None:
    config = {"confluent.placement.constraints": "x", "a.key.of.tomorrow": 1, "retention.ms": 604800000.0}
    (topic,) = parse_settings(stack({**GOOD, "config": config})).topics
    assert topic.config == {
        "confluent.placement.constraints": "x",
        "a.key.of.tomorrow": "1",
        "retention.ms": "604800000",
    }


def deployed(config: dict[str, Any]) -> Recording:
    """Return what a stack registers."""
    return record(lambda: deploy(parse_settings(config), lambda spec, at: None))


def test_topics_are_made_by_one_hook_after_the_brokers() -> None:
    made = deployed(stack(GOOD, {**GOOD, "name": "audit", "config": {"retention.ms": 5}, "deletionProtection": False}))
    (hook,), (brokers,) = made.of(":Topics"), made.of(":Brokers")
    assert hook.name == "streams/kafka-topics" and hook.inputs["ownUrn"] == hook.urn
    assert brokers.urn in made.before(hook)
    assert hook.inputs["connection"] == brokers.inputs["connection"]
    assert hook.inputs["topics"] == {
        "orders": {"partitions": 12, "replicationFactor": 3, "config": {}, "deletionProtection": True},
        "audit": {
            "partitions": 12,
            "replicationFactor": 3,
            "config": {"retention.ms": "5"},
            "deletionProtection": False,
        },
    }


@pytest.mark.parametrize("config", [kraft_config(), zookeeper_config(), stack()])
def test_a_stack_without_topics_has_no_such_hook(config: dict[str, Any]) -> None:
    assert deployed(config).of(":Topics") == []
