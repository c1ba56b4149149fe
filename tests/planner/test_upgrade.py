"""What live topics forbid an upgrade."""

import pytest

from hooks.planner.topics import ObservedTopic
from hooks.planner.upgrade import topics_that_stop


def topic(name: str, **config: str) -> ObservedTopic:
    settings = {key.replace("_", "."): value for key, value in config.items()}
    return ObservedTopic(name=name, topic_id="", partitions=1, factors=frozenset({3}), config=settings)


@pytest.mark.parametrize(("kafka", "stops"), [("3.9", False), ("4.0", False), ("4.1", True), ("4.3", True)])
def test_a_segment_that_a_line_does_not_load_forbids_it_and_names_the_topics(kafka: str, stops: bool) -> None:
    live = [topic("b", segment_bytes="524288"), topic("a", segment_bytes="14"), topic("c", segment_bytes="1048576")]
    found = topics_that_stop(kafka, [*live, topic("d"), topic("e", retention_ms="1")])
    assert len(found) == stops
    assert all(reason.startswith("topic a, b: segment.bytes is under 1048576") for reason in found)


def test_topics_that_every_line_loads_forbid_nothing() -> None:
    assert topics_that_stop("4.3", [topic("d"), topic("c", segment_bytes="1048576")]) == ()
