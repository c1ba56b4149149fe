"""Bad input of JVM options: with each of these the JVM would not start, or take another heap than was checked."""

from typing import Any

import pytest

from stacks.settings import parse_settings
from tests.spec.clusters import changed, confluent_zookeeper_config, kraft_config, zookeeper_config
from tests.stacks.test_settings import problems

ZOOKEEPER, KRAFT = zookeeper_config(), kraft_config()

BAD_INPUT: list[tuple[dict[str, Any], str, str, str]] = [
    (ZOOKEEPER, "kafka", "-XX:+UseConcMarkSweepGC", "bring Java 17"),
    (ZOOKEEPER, "zookeeper", "-XX:+UseParNewGC", "bring Java 17"),
    (KRAFT, "kafka", "-XX:+UseG1GC -XX:+PrintGCDateStamps", "-Xlog:gc*"),
    (KRAFT, "controllers", "-XX:MaxPermSize=64m", "does not start with it"),
    (KRAFT, "kafka", "-XX:CMSInitiatingOccupancyFraction=70", "does not start with it"),
    (KRAFT, "kafka", "-d64", "does not start with it"),
    (KRAFT, "kafka", "-Xmx2g", "set resources.heap instead"),
    (KRAFT, "controllers", "-XX:+UseG1GC -Xms512m", "set resources.heap instead"),
    (KRAFT, "kafka", "-XX:MaxRAMPercentage=75", "set resources.heap instead"),
    (ZOOKEEPER, "zookeeper", "-XX:MaxHeapSize=1g", "set resources.heap instead"),
    (KRAFT, "kafka", "XX:+UseG1GC", "write -XX:+UseG1GC"),
    (KRAFT, "kafka", "-XX:+UseG1GC server", "for the class that it starts"),
    (KRAFT, "kafka", '-Dname="two words"', "word by word"),
    (KRAFT, "kafka", "-Dhome=$HOME", "word by word"),
]


@pytest.mark.parametrize(("base", "section", "options", "says"), BAD_INPUT)
def test_an_option_that_cannot_work_is_one_error(base: dict[str, Any], section: str, options: str, says: str) -> None:
    (problem,) = problems(changed(base, f"{section}/jvm", {"options": options}))
    assert problem.path == f"kafka-platform:{section}.jvm.options"
    assert says in str(problem)
    assert problem.allowed and problem.why and problem.todo


@pytest.mark.parametrize(
    "options",
    [
        "-XX:+UseSerialGC -XX:TieredStopAtLevel=1",
        "-server -XX:+UseG1GC -XX:MaxGCPauseMillis=20 -XX:InitiatingHeapOccupancyPercent=35",
        "-Xlog:gc*:stdout -XX:+ExplicitGCInvokesConcurrent -Djava.awt.headless=true",
        "-Xmn256m -XX:MaxMetaspaceFreeRatio=80 -XX:G1HeapRegionSize=16M",
    ],
)
def test_options_that_work_are_taken(options: str) -> None:
    assert parse_settings(changed(KRAFT, "kafka/jvm", {"options": options})).cluster.kafka.jvm.options == options


def test_an_option_is_refused_only_where_the_java_is_known_to_be_too_new() -> None:
    older = changed(confluent_zookeeper_config(), "kafka/version", "7.7.1")
    options = {"options": "-XX:+UseConcMarkSweepGC"}
    assert parse_settings(changed(older, "kafka/jvm", options)).cluster.kafka.jvm.options
