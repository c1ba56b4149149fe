"""What of a live cluster forbids another version of Kafka. Values only.

Topics that a version does not load stop its first broker at its start. With ZooKeeper, brokers speak to each other as
`inter.broker.protocol.version` says, which must not rise while any of them runs the former version: the upgrade is two
rolls, one for the version and one for the protocol, and there is no way back after the second.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from hooks.planner.features import RELEASES
from hooks.planner.snapshot import NodeId
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


PROTOCOL: Final = "inter.broker.protocol.version"


@dataclass(frozen=True, kw_only=True)
class ProtocolWish:
    """How the brokers of a cluster with ZooKeeper are to speak to each other."""

    kafka: str
    """The line of Kafka that they are to run, such as 3.9."""
    protocol: str | None = None
    """What the spec sets; None is the line's own."""


def protocol_problems(wish: ProtocolWish, live: Mapping[NodeId, str], *, restarts: bool) -> tuple[str, ...]:
    """Return why the brokers cannot go to this version and protocol in one step.

    `live` is the protocol that each broker speaks now; `restarts` says whether any of them runs another image than the
    spec wants. Nothing is known of a cluster without brokers that answer, and nothing forbidden.
    """
    if not live:
        return ()
    lines = [_line(value) for value in live.values()]
    lowest, highest, wanted = min(lines), max(lines), _line(wish.protocol or wish.kafka)
    if max(highest, wanted) > _line(wish.kafka) or wanted < highest:
        return (
            f"brokers speak {PROTOCOL} {_text(highest)}, and the stack asks for Kafka {wish.kafka} with "
            + f"{_text(wanted)}: Kafka does not take the protocol back, nor run under a later one than its own. Set "
            + f"kafka.version to {_text(highest)} or later, and kafka.config.{PROTOCOL} to {_text(highest)}",
        )
    if restarts and wanted > lowest:
        return (
            f"brokers speak {PROTOCOL} {_text(lowest)}, and while they restart one by one into another image those at "
            + f"{_text(wanted)} could not be understood by the others. Set kafka.config.{PROTOCOL} to "
            + f"{_text(lowest)!r} for this `up`; once all run the new version, take it out for the next one",
        )
    return ()


def _line(value: str) -> tuple[int, ...]:
    """Return the line of a version or of a protocol: 3.9 of 3.9.2 as of 3.9-IV0."""
    return tuple(int(part) for part in value.partition("-")[0].split(".")[:2])


def _text(line: tuple[int, ...]) -> str:
    return ".".join(map(str, line))
