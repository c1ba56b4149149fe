"""Bad input of distributions, editions and versions: one error each, which says the four things."""

from typing import Any

import pytest

from tests.spec.clusters import (
    changed,
    confluent_kraft_config,
    confluent_zookeeper_config,
    kraft_config,
    zookeeper_config,
)
from tests.stacks.test_settings import problems

ZOOKEEPER, KRAFT = zookeeper_config(), kraft_config()
CONFLUENT_ZOOKEEPER, CONFLUENT_KRAFT = confluent_zookeeper_config(), confluent_kraft_config()

# Each line: the base, the change, the path that the error names, and what its text must say.
BAD_INPUT: list[tuple[dict[str, Any], str, object, str, str]] = [
    # Distributions and editions.
    (ZOOKEEPER, "kafka/distribution", "confluant", "kafka.distribution", "did you mean confluent"),
    (ZOOKEEPER, "kafka/distribution", "cp", "kafka.distribution", "apache or confluent"),
    (ZOOKEEPER, "kafka/edition", "community", "kafka.edition", "one edition only"),
    (CONFLUENT_KRAFT, "kafka/edition", "sever", "kafka.edition", "did you mean server"),
    (CONFLUENT_KRAFT, "kafka/edition", "enterprise", "kafka.edition", "community or server"),
    (CONFLUENT_KRAFT, "kafka/edition", "", "kafka.edition", "an empty string"),
    (CONFLUENT_KRAFT, "kafka/edition", 8, "kafka.edition", "a string"),
    # Versions of the other distribution.
    (ZOOKEEPER, "kafka/version", "7.9.4", "kafka.version", "7.9 is a line of Confluent Platform"),
    (CONFLUENT_KRAFT, "kafka/version", "4.3.1", "kafka.version", "4.3 is a line of Apache Kafka"),
    (CONFLUENT_ZOOKEEPER, "kafka/version", "3.9.2", "kafka.version", "3.9 is a line of Apache Kafka"),
    # Versions that do not exist, or are older or newer than what is known.
    (ZOOKEEPER, "kafka/version", "3.6.2", "kafka.version", "no line 3.6 of Apache Kafka"),
    (ZOOKEEPER, "kafka/version", "3.10.0", "kafka.version", "no line 3.10"),
    (KRAFT, "kafka/version", "4.9.0", "kafka.version", "it knows 3.7, 3.8"),
    (CONFLUENT_ZOOKEEPER, "kafka/version", "7.6.0", "kafka.version", "no line 7.6 of Confluent Platform"),
    (CONFLUENT_ZOOKEEPER, "kafka/version", "7.10.0", "kafka.version", "no line 7.10"),
    (CONFLUENT_KRAFT, "kafka/version", "9.0.0", "kafka.version", "no line 9.0"),
    (CONFLUENT_KRAFT, "kafka/version", "8.3", "kafka.version", "not a version of Confluent Platform"),
    (CONFLUENT_KRAFT, "kafka/version", "8.3.0-1-ubi9", "kafka.version", "three numbers such as 7.9.4"),
    (CONFLUENT_KRAFT, "kafka/version", "latest", "kafka.version", "write the full version"),
    # Versions that do not fit the mode.
    (CONFLUENT_ZOOKEEPER, "kafka/version", "8.0.0", "kafka.version", "7.9 is the last line that can"),
    (CONFLUENT_ZOOKEEPER, "kafka/version", "8.3.0", "kafka.version", "which is Kafka 4.3,"),
    (CONFLUENT_KRAFT, "kafka/version", "7.8.3", "kafka.version", "needs Confluent Platform 7.9 or later"),
    (KRAFT, "kafka/version", "3.7.2", "kafka.version", "needs Apache Kafka 3.9 or later"),
    # Feature levels.
    (ZOOKEEPER, "kafka/metadataVersion", "3.9", "kafka.metadataVersion", "inter.broker.protocol.version"),
    (KRAFT, "kafka/metadataVersion", "4.9", "kafka.metadataVersion", "write 4.3"),
    (KRAFT, "kafka/metadataVersion", "3.8", "kafka.metadataVersion", "3.9, 4.0, 4.1, 4.2, 4.3"),
    (KRAFT, "kafka/metadataVersion", "4.3-IV0", "kafka.metadataVersion", "write 4.3"),
    (KRAFT, "kafka/metadataVersion", 4.3, "kafka.metadataVersion", "a string"),
    (CONFLUENT_KRAFT, "kafka/metadataVersion", "8.3", "kafka.metadataVersion", "Kafka's own lines"),
]


@pytest.mark.parametrize(("base", "change", "value", "path", "says"), BAD_INPUT)
def test_bad_input_is_one_error_that_names_the_path_and_says_what_to_do(
    base: dict[str, Any], change: str, value: object, path: str, says: str
) -> None:
    (problem,) = problems(changed(base, change, value))
    assert problem.path == f"kafka-platform:{path}"
    assert says in str(problem)
    assert problem.allowed and problem.why and problem.todo
