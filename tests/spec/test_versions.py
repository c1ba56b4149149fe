"""Versions: what is one, and which line runs in which mode."""

import pytest

from components.spec.distributions import DISTRIBUTIONS
from components.spec.model import Mode
from components.spec.versions import KAFKA_LINES, parse_version, refusal, runs


@pytest.mark.parametrize("text", ["", "3.9", "v3.9.2", "3.9.2-rc1", "latest", "3.9.2\n"])
def test_what_is_no_full_version_is_none(text: str) -> None:
    assert parse_version(text) is None


@pytest.mark.parametrize(
    ("name", "text", "mode", "fits"),
    [
        ("apache", "3.6.2", "zookeeper", False),
        ("apache", "3.7.0", "zookeeper", True),
        ("apache", "3.9.2", "zookeeper", True),
        ("apache", "4.0.0", "zookeeper", False),
        ("apache", "3.8.1", "kraft", False),
        ("apache", "3.9.0", "kraft", True),
        ("apache", "4.3.1", "kraft", True),
        ("apache", "5.0.0", "kraft", False),
        ("apache", "7.9.4", "kraft", False),
        ("confluent", "7.6.0", "zookeeper", False),
        ("confluent", "7.7.0", "zookeeper", True),
        ("confluent", "7.9.4", "zookeeper", True),
        ("confluent", "8.0.0", "zookeeper", False),
        ("confluent", "7.8.3", "kraft", False),
        ("confluent", "7.9.4", "kraft", True),
        ("confluent", "8.3.0", "kraft", True),
        ("confluent", "3.9.2", "zookeeper", False),
    ],
)
def test_a_version_runs_only_in_the_modes_that_it_has(name: str, text: str, mode: Mode, fits: bool) -> None:
    version, distribution = parse_version(text), DISTRIBUTIONS[name]
    assert version is not None
    assert (refusal(distribution.product, version.line, distribution.lines, mode) is None) is fits
    assert fits is (version.line in distribution.lines and runs(distribution.lines[version.line], mode))


def test_every_line_of_a_distribution_is_a_line_of_kafka() -> None:
    for distribution in DISTRIBUTIONS.values():
        for own, line in distribution.lines.items():
            kafka = KAFKA_LINES[line.kafka]
            facts = (line.zookeeper, line.dynamic_quorum, line.log4j)
            assert facts == (kafka.zookeeper, kafka.dynamic_quorum, kafka.log4j), own
            assert line.java >= 11 and (line.zookeeper or line.java >= 17), "Kafka 4 needs Java 17"


def test_the_lines_of_a_distribution_are_in_order() -> None:
    for distribution in DISTRIBUTIONS.values():
        numbers = [tuple(map(int, own.split("."))) for own in distribution.lines]
        assert numbers == sorted(numbers)
