"""What live topics and brokers forbid an upgrade. Numbers are those of the catalogue of scenarios."""

import pytest

from hooks.planner.snapshot import NodeId
from hooks.planner.topics import ObservedTopic
from hooks.planner.upgrade import ProtocolWish, protocol_problems, topics_that_stop


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


def spoken(*values: str) -> dict[NodeId, str]:
    return {NodeId(number): value for number, value in enumerate(values)}


@pytest.mark.parametrize(
    ("kafka", "protocol", "live", "restarts", "said"),
    [
        # The two rolls, one after the other, and each of them taken up again half-way.
        ("3.9", "3.8", spoken("3.8-IV0", "3.8-IV0"), True, ""),
        ("3.9", "3.8", spoken("3.8", "3.8-IV0"), True, ""),
        ("3.9", None, spoken("3.8", "3.8"), False, ""),
        ("3.9", None, spoken("3.9-IV0", "3.8"), False, ""),
        ("3.9", None, spoken("3.9-IV0", "3.9-IV0"), True, ""),
        # Both at once, or the second before the first has ended.
        (
            "3.9",
            None,
            spoken("3.8-IV0", "3.8-IV0"),
            True,
            "Set kafka.config.inter.broker.protocol.version to '3.8' for",
        ),
        ("3.9", "3.9", spoken("3.8", "3.8-IV0"), True, "could not be understood by the others"),
        # Back again: before the second roll, and after it began.
        ("3.8", None, spoken("3.8", "3.8"), True, ""),
        ("3.8", None, spoken("3.9-IV0", "3.8"), True, "Set kafka.version to 3.9 or later"),
        ("3.9", "3.8", spoken("3.9-IV0", "3.9-IV0"), False, "Kafka does not take the protocol back"),
        ("3.8", "3.9", spoken("3.8-IV0", "3.8-IV0"), False, "nor run under a later one than its own"),
        ("3.9", None, {}, True, ""),
    ],
)
def test_version_and_protocol_change_one_after_the_other_and_not_back(kafka, protocol, live, restarts, said):
    """Scenarios 32 to 34, 37 and 38, with ZooKeeper."""
    found = "".join(protocol_problems(ProtocolWish(kafka=kafka, protocol=protocol), live, restarts=restarts))
    assert said in found and bool(said) == bool(found)
