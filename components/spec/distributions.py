"""Distributions of Kafka: each is a value that answers which image, which paths, which command starts what."""

from dataclasses import dataclass
from typing import Final

from components.spec.versions import Version


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """Where a distribution keeps what we need of it."""

    name: str
    repository: str
    """Image without its tag; the tag is the version."""
    scripts: str
    """Folder of Kafka's own start scripts in the image."""
    volumes: tuple[str, ...]
    """Where its images declare volumes of their own; nothing of ours is mounted above one of them."""

    def image(self, version: Version) -> str:
        """Return the image of a version."""
        return f"{self.repository}:{version}"

    @property
    def start_kafka(self) -> str:
        """The command that runs a broker or a controller; its argument is the properties file."""
        return f"{self.scripts}/kafka-server-start.sh"

    @property
    def start_zookeeper(self) -> str:
        """The command that runs a ZooKeeper server; its argument is its configuration file."""
        return f"{self.scripts}/zookeeper-server-start.sh"

    @property
    def format_storage(self) -> str:
        """The command that formats a KRaft directory."""
        return f"{self.scripts}/kafka-storage.sh"


APACHE: Final = Distribution(
    name="apache",
    repository="apache/kafka",
    scripts="/opt/kafka/bin",
    volumes=("/etc/kafka/secrets", "/mnt/shared/config", "/var/lib/kafka/data"),
)

DISTRIBUTIONS: Final = {APACHE.name: APACHE}
#: Names that mean something, and why they are not here.
NOT_YET: Final = {"confluent": "the images of Confluent Platform are not supported by this release yet"}
