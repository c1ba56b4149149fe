"""Versions of Kafka, and what each of them can do."""

import re
from dataclasses import dataclass
from typing import Final

from components.spec.model import Mode


@dataclass(frozen=True, kw_only=True, order=True)
class Version:
    """A version of Apache Kafka."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        """Return the version as it is written."""
        return f"{self.major}.{self.minor}.{self.patch}"


_VERSION: Final = re.compile(r"(\d+)\.(\d+)\.(\d+)")
#: The first version published as an image of the Apache project.
OLDEST: Final = Version(major=3, minor=7, patch=0)
#: KIP-853: controllers join and leave a running quorum.
DYNAMIC_QUORUM: Final = Version(major=3, minor=9, patch=0)
#: The first version without ZooKeeper.
WITHOUT_ZOOKEEPER: Final = Version(major=4, minor=0, patch=0)
_KNOWN_MAJOR: Final = 4


def parse_version(text: str) -> Version | None:
    """Return the version, or None when the text is not one."""
    match = _VERSION.fullmatch(text)
    if match is None:
        return None
    major, minor, patch = (int(part) for part in match.groups())
    return Version(major=major, minor=minor, patch=patch)


def allowed_versions(mode: Mode) -> str:
    """Return in words which versions run in the mode."""
    if mode == "zookeeper":
        return f"{OLDEST} or later, before {WITHOUT_ZOOKEEPER}"
    return f"{DYNAMIC_QUORUM} or later"


def refusal(version: Version, mode: Mode) -> str | None:
    """Return why the version does not run in the mode, or None when it does."""
    if version.major > _KNOWN_MAJOR:
        return f"Kafka {version.major} is not known to this release"
    if mode == "zookeeper" and version >= WITHOUT_ZOOKEEPER:
        return f"Kafka {version} cannot run with ZooKeeper; 3.9 is the last line that can"
    if mode == "zookeeper" and version < OLDEST:
        return f"there is no image of Kafka {version}, and nothing older than {OLDEST} was tried"
    if mode == "kraft" and version < DYNAMIC_QUORUM:
        return f"a quorum whose members can change needs Kafka {DYNAMIC_QUORUM} or later (KIP-853)"
    return None
