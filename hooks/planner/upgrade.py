"""What live topics have that a version does not load: its first broker would stop at its start. Values only."""

from collections.abc import Iterable
from typing import Final

from hooks.planner.features import RELEASES
from hooks.planner.text import some
from hooks.planner.topics import ObservedTopic

_SEGMENT: Final = "segment.bytes"
_LEAST: Final = 1 << 20
_SINCE: Final = "4.1"
"""The first line that refuses a smaller segment, in the topic's own settings too; 4.0 takes 14 bytes."""


def topics_that_stop(kafka: str, topics: Iterable[ObservedTopic]) -> tuple[str, ...]:
    """Return why brokers of this line of Kafka would not start with these topics; empty when they would."""
    lines = list(RELEASES)
    if lines.index(kafka) < lines.index(_SINCE):
        return ()
    small = sorted(topic.name for topic in topics if int(topic.config.get(_SEGMENT, _LEAST)) < _LEAST)
    if not small:
        return ()
    return (
        f"topic {some(small)}: {_SEGMENT} is under {_LEAST}, which no broker of Kafka {_SINCE} or later loads, so that "
        + f"the first one of {kafka} would stop at its start. Raise it in an `up` of its own at the present version, "
        + "or by kafka-configs.sh, and run again",
    )
