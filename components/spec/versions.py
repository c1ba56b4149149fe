"""Versions of Kafka, line by line: what each can do, and which images it comes in.

A *line* is what all patches of one minor version have in common: 3.9, or 7.9 of Confluent Platform, which is Kafka 3.9.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from components.spec.model import Mode


@dataclass(frozen=True, kw_only=True, order=True)
class Version:
    """A version of a distribution, as it is written."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        """Return the version as it is written."""
        return f"{self.major}.{self.minor}.{self.patch}"

    @property
    def line(self) -> str:
        """The line that it belongs to."""
        return f"{self.major}.{self.minor}"


@dataclass(frozen=True, kw_only=True)
class Line:
    """What every patch of one line of Kafka can do."""

    kafka: str
    """Apache Kafka's own number of the line."""
    zookeeper: bool
    """Whether it runs with ZooKeeper."""
    dynamic_quorum: bool
    """Whether controllers join and leave a running quorum (KIP-853), which every KRaft cluster here relies on."""
    log4j: Literal[1, 2]
    """Which logging it brings."""
    java: int
    """The oldest Java that its images bring."""


_VERSION: Final = re.compile(r"([0-9]{1,4})\.([0-9]{1,4})\.([0-9]{1,4})")
#: The last line that can run with ZooKeeper.
LAST_WITH_ZOOKEEPER: Final = "3.9"


def _with_zookeeper(kafka: str, *, dynamic_quorum: bool = False, java: int = 17) -> Line:
    return Line(kafka=kafka, zookeeper=True, dynamic_quorum=dynamic_quorum, log4j=1, java=java)


def _without_zookeeper(kafka: str, *, java: int = 17) -> Line:
    return Line(kafka=kafka, zookeeper=False, dynamic_quorum=True, log4j=2, java=java)


#: Apache Kafka, from the first line that was published as an image.
KAFKA_LINES: Final[Mapping[str, Line]] = {
    "3.7": _with_zookeeper("3.7"),
    "3.8": _with_zookeeper("3.8"),
    "3.9": _with_zookeeper("3.9", dynamic_quorum=True),
    "4.0": _without_zookeeper("4.0"),
    "4.1": _without_zookeeper("4.1"),
    "4.2": _without_zookeeper("4.2"),
    "4.3": _without_zookeeper("4.3"),
}

#: Confluent Platform, and the Kafka in it.
CONFLUENT_LINES: Final[Mapping[str, Line]] = {
    "7.7": _with_zookeeper("3.7", java=11),
    "7.8": _with_zookeeper("3.8", java=11),
    "7.9": _with_zookeeper("3.9", dynamic_quorum=True),
    "8.0": _without_zookeeper("4.0", java=21),
    "8.1": _without_zookeeper("4.1", java=21),
    "8.2": _without_zookeeper("4.2", java=21),
    "8.3": _without_zookeeper("4.3", java=25),
}


def parse_version(text: str) -> Version | None:
    """Return the version, or None when the text is not one."""
    match = _VERSION.fullmatch(text)
    if match is None:
        return None
    major, minor, patch = (int(part) for part in match.groups())
    return Version(major=major, minor=minor, patch=patch)


def runs(line: Line, mode: Mode) -> bool:
    """Tell whether the line runs in the mode."""
    return line.zookeeper if mode == "zookeeper" else line.dynamic_quorum


def refusal(product: str, number: str, lines: Mapping[str, Line], mode: Mode) -> str | None:
    """Return why a line of a product does not run in the mode, or None when it does."""
    line = lines.get(number)
    if line is None:
        return f"no line {number} of {product} is known to this release; it knows {', '.join(lines)}"
    contained = "" if number == line.kafka else f", which is Kafka {line.kafka},"
    if mode == "zookeeper" and not line.zookeeper:
        last = max((own for own, one in lines.items() if one.zookeeper), key=list(lines).index)
        return f"{product} {number}{contained} cannot run with ZooKeeper; {last} is the last line that can"
    if mode == "kraft" and not line.dynamic_quorum:
        first = next(own for own, one in lines.items() if one.dynamic_quorum)
        return f"a quorum whose members can change needs {product} {first} or later (KIP-853)"
    return None
