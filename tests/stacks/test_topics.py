"""Topics of a stack file: bad ones get one error each that says the four things; good ones reach the Topics hook."""

from typing import Any

import pytest

from components.spec.problems import Problem, SpecError
from stacks.deploy import deploy
from stacks.settings import parse_settings
from tests.components.engine import Recording, record
from tests.spec.clusters import changed, confluent_kraft_config, kraft_config, zookeeper_config

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
    ({"config": {"min.insync.replicas": 0}}, "config.min.insync.replicas", "a whole number, at least 1"),
    ({"config": {"min.insync.replicas": "two"}}, "config.min.insync.replicas", "a whole number, at least 1"),
    ({"config": {"retention.ms": [1]}}, "config.retention.ms", "this is a list"),
    ({"config": {"retention.ms": None}}, "config.retention.ms", "this is nothing"),
    ({"config": []}, "config", "this is a list"),
    ({"config": {"leader.replication.throttled.replicas": "*"}}, "config.leader.replication.throttled.replicas", "rea"),
    # Others.
    ({"deletionProtection": "no"}, "deletionProtection", "this is a string"),
    ({"deletionprotection": False}, "deletionprotection", "did you mean deletionProtection"),
    ({"replicas": 3}, "replicas", "does not exist"),
]

#: Keys of a topic that Kafka 4.3 refuses: it is asked whether it does in tests/e2e/test_config_definitions.py.
# Each line: the config, its key that the error names being the first, and what the error must say.
REFUSED_BY_KAFKA: list[tuple[dict[str, object], str]] = [
    # Slips, and keys of others.
    ({"retention.mss": 1}, "did you mean retention.ms"),
    ({"cleanup.polcy": "compact"}, "did you mean cleanup.policy"),
    ({"cleanup_policy": "compact"}, "did you mean cleanup.policy"),
    ({"Retention.ms": 1}, "did you mean retention.ms"),
    ({"a.key.of.tomorrow": 1}, "Kafka 4.3: cleanup.policy, compression.gzip"),
    ({"confluent.placement.constraints": 1}, "Kafka 4.3 has no"),
    # Keys of brokers, and of other lines.
    ({"log.retention.ms": 1}, "use retention.ms"),
    ({"log.retention.hours": 1}, "use retention.ms, which has another unit"),
    ({"message.max.bytes": 1}, "use max.message.bytes"),
    ({"num.io.threads": 1}, "a key of brokers, and not of a topic"),
    ({"message.format.version": "3.0"}, "Kafka 4.0 removed it"),
    ({"message.downconversion.enable": True}, "no longer served"),
    (
        {"message.timestamp.difference.max.ms": 5},
        "use message.timestamp.before.max.ms and",
    ),
    # Types, ranges and words.
    ({"retention.ms": "7d"}, "a whole number, at least -1"),
    ({"retention.ms": -2}, "at least -1"),
    ({"retention.bytes": 9223372036854775808}, "a whole number"),
    ({"max.message.bytes": 1.5}, "a whole number, at least 0"),
    ({"segment.bytes": 1048575}, "at least 1048576"),
    ({"cleanup.policy": "keep"}, "a list of compact, delete"),
    ({"compression.type": "brotli"}, "gzip or lz4 or producer"),
    ({"compression.lz4.level": 18}, "from 1 to 17"),
    ({"preallocate": "yes"}, "true or false"),
    ({"min.cleanable.dirty.ratio": 1.1}, "a number from 0 to 1"),
    ({"message.timestamp.type": "now"}, "CreateTime or LogAppendTime"),
    (
        {"min.compaction.lag.ms": 6, "max.compaction.lag.ms": 5},
        "raise max.compaction.lag.ms",
    ),
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


@pytest.mark.parametrize(("config", "says"), REFUSED_BY_KAFKA)
def test_keys_of_a_topic_that_kafka_would_refuse_are_one_error(config: dict[str, object], says: str) -> None:
    (problem,) = problems(stack({**GOOD, "config": config}))
    assert problem.path == f"kafka-platform:topics[0].config.{next(iter(config))}"
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


def test_what_kafka_takes_passes_as_the_text_that_it_reads() -> None:
    given = {"retention.ms": 604800000.0, "cleanup.policy": "compact,delete", "preallocate": False}
    (topic,) = parse_settings(stack({**GOOD, "config": given})).topics
    assert topic.config == {"retention.ms": "604800000", "cleanup.policy": "compact,delete", "preallocate": "false"}


def test_a_key_of_the_edition_passes() -> None:
    config = {"confluent.placement.constraints": "x"}
    stack_file = {**confluent_kraft_config(), "topics": [{**GOOD, "config": config}]}
    assert parse_settings(stack_file).topics[0].config == config


def test_a_key_belongs_to_the_lines_that_have_it() -> None:
    gone, late = {"message.format.version": "3.0"}, {"remote.log.copy.disable": True}
    with_gone, with_late = ({**zookeeper_config(), "topics": [{**GOOD, "config": key}]} for key in (gone, late))
    assert parse_settings(with_gone).topics[0].config == gone
    (problem,) = problems(changed(with_late, "kafka/version", "3.8.1"))
    assert problem.path == "kafka-platform:topics[0].config.remote.log.copy.disable"
    assert problem.why == "it came with Kafka 3.9, and 3.8 refuses it" and "a later version" in problem.todo


def test_a_segment_may_be_small_in_the_lines_that_allow_it() -> None:
    small = {**kraft_config(), "topics": [{**GOOD, "config": {"segment.bytes": 14}}]}
    assert parse_settings(changed(small, "kafka/version", "4.0.1")).topics[0].config == {"segment.bytes": "14"}


def test_one_topic_says_all_that_is_wrong_with_its_keys() -> None:
    found = problems(stack({**GOOD, "config": {"retention.mss": 1, "segment.ms": 0, "preallocate": 1}}))
    assert [problem.path.partition("config.")[2] for problem in found] == ["preallocate", "retention.mss", "segment.ms"]


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
