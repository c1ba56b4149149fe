"""Distributions of Kafka: each is a value that answers which image, which paths, which command starts what.

What was read of the published images stands here and nowhere else: components ask, and never look at a name.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from components.spec.model import KafkaSpec
from components.spec.versions import CONFLUENT_LINES, KAFKA_LINES, Line, Version, parse_version
from contract import Component

Keys = Mapping[str, str]


def _no_keys(_kafka: KafkaSpec) -> Keys:
    return {}


@dataclass(frozen=True, kw_only=True)
class Edition:
    """One of the products that a distribution packs."""

    repository: str
    """Image of brokers and controllers, without its tag; the tag is the version."""
    defaults: Callable[[KafkaSpec], Keys] = _no_keys
    """Keys of its own, in brokers and controllers, unless the user sets them."""
    owned: Mapping[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    """Keys of its own that the platform writes itself: the value, and why."""
    prefixes: tuple[str, ...] = ()
    """How the keys begin that it has beside Kafka's own."""
    shared: tuple[str, ...] = ()
    """How those of them begin that controllers act on as well, and so take over from the brokers' keys."""

    @property
    def fixed(self) -> Keys:
        """The keys that the platform writes itself, with their values."""
        return {key: value for key, (value, _) in self.owned.items()}


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """Where a distribution keeps what we need of it."""

    name: str
    product: str
    """What its versions are versions of."""
    lines: Mapping[str, Line]
    """Its lines, by its own numbers, the oldest first."""
    editions: Mapping[str, Edition]
    """By the name in the setting `edition`; the first one is the default."""
    zookeeper: str
    """Image of ZooKeeper servers, without its tag."""
    scripts: str
    """Folder of Kafka's own start scripts in the image."""
    suffix: str
    """How the names of the scripts end."""
    volumes: tuple[str, ...]
    """Where its images declare volumes of their own; nothing of ours is mounted above one of them."""

    def edition(self, kafka: KafkaSpec) -> Edition:
        """Return the edition that was chosen."""
        return self.editions.get(kafka.edition or "", next(iter(self.editions.values())))

    def line(self, version: Version) -> Line:
        """Return the line of Kafka that a version is of; the newest one for a version that no check has seen."""
        return self.lines.get(version.line, list(self.lines.values())[-1])

    def image(self, kafka: KafkaSpec, component: Component) -> str:
        """Return the image of a component's nodes."""
        repository = self.zookeeper if component == "zookeeper" else self.edition(kafka).repository
        return f"{repository}:{kafka.version}"

    @property
    def start_kafka(self) -> str:
        """The command that runs a broker or a controller; its argument is the properties file."""
        return f"{self.scripts}/kafka-server-start{self.suffix}"

    @property
    def start_zookeeper(self) -> str:
        """The command that runs a ZooKeeper server; its argument is its configuration file."""
        return f"{self.scripts}/zookeeper-server-start{self.suffix}"

    @property
    def describe_topics(self) -> str:
        """The command that says how topics and their replicas are."""
        return f"{self.scripts}/kafka-topics{self.suffix}"

    @property
    def ask_zookeeper(self) -> str:
        """The command that asks ZooKeeper as brokers do, by TLS if need be: what the shell for ZooKeeper starts."""
        return f"{self.run_class} org.apache.zookeeper.ZooKeeperMainWithTlsSupportForKafka"

    @property
    def run_class(self) -> str:
        """The command that runs a class out of Kafka's jars."""
        return f"{self.scripts}/kafka-run-class{self.suffix}"

    @property
    def format_storage(self) -> str:
        """The command that formats a KRaft directory."""
        return f"{self.scripts}/kafka-storage{self.suffix}"


def _server_defaults(kafka: KafkaSpec) -> Keys:
    """Return what Confluent Server would otherwise have otherwise: topics with three replicas, and an open door.

    A licence topic that cannot get its replicas stops the broker. The REST server at port 8090 takes administrative
    requests from whoever reaches the pod, without asking who it is.
    """
    factor = str(kafka.replication_factor)
    return {
        "confluent.balancer.topic.replication.factor": factor,
        "confluent.cluster.link.metadata.topic.replication.factor": factor,
        "confluent.license.topic.replication.factor": factor,
        "confluent.metadata.topic.replication.factor": factor,
        "confluent.security.event.logger.exporter.kafka.topic.replicas": factor,
        "kafka.rest.enable": "false",
    }


APACHE: Final = Distribution(
    name="apache",
    product="Apache Kafka",
    lines=KAFKA_LINES,
    editions={"": Edition(repository="apache/kafka")},
    zookeeper="apache/kafka",
    scripts="/opt/kafka/bin",
    suffix=".sh",
    volumes=("/etc/kafka/secrets", "/mnt/shared/config", "/var/lib/kafka/data"),
)

#: The images' own entry point is not used: it renders a file from the environment, and so refuses what a properties
#: file may say (an advertised listener of a controller), and formats storage only for a static quorum.
CONFLUENT: Final = Distribution(
    name="confluent",
    product="Confluent Platform",
    lines=CONFLUENT_LINES,
    editions={
        "community": Edition(repository="confluentinc/cp-kafka"),
        "server": Edition(
            repository="confluentinc/cp-server",
            defaults=_server_defaults,
            owned={
                "confluent.balancer.enable": (
                    "false",
                    "the hooks place replicas, and a second balancer would undo what they do",
                )
            },
            prefixes=("confluent.", "kafka.rest."),
            shared=("confluent.",),
        ),
    },
    zookeeper="confluentinc/cp-zookeeper",
    scripts="/usr/bin",
    suffix="",
    volumes=(
        "/etc/kafka/secrets",
        "/etc/zookeeper/secrets",
        "/var/lib/kafka/data",
        "/var/lib/zookeeper/data",
        "/var/lib/zookeeper/log",
    ),
)

DISTRIBUTIONS: Final = {distribution.name: distribution for distribution in (APACHE, CONFLUENT)}


def distribution_of(kafka: KafkaSpec) -> Distribution:
    """Return the distribution of a checked spec."""
    return DISTRIBUTIONS.get(kafka.distribution, APACHE)


def line_of(kafka: KafkaSpec) -> Line:
    """Return the line of Kafka that a checked spec runs."""
    distribution, version = distribution_of(kafka), parse_version(kafka.version)
    return next(iter(distribution.lines.values())) if version is None else distribution.line(version)


def image_of(kafka: KafkaSpec, component: Component) -> str:
    """Return the image of a component's nodes: the one that was given for all of them, else the distribution's own."""
    if kafka.image is not None:
        return kafka.image
    own = distribution_of(kafka).image(kafka, component)
    return f"{kafka.image_registry}/{own}" if kafka.image_registry else own
