"""The desired services as plain, frozen values: what is left of the input once it has been read and checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from components.spec.model import Jvm, Resources
from components.spec.peers import Peer
from components.spec.pod_settings import PodSettings


@dataclass(frozen=True, kw_only=True)
class KafkaAccess:
    """How a service reaches Kafka, and as whom."""

    listener: str | None = None
    """An external listener; None is the internal one."""
    user: str | None = None
    """The user's name as Kafka's rules have it; None is the service's own name."""
    secret: str | None = None
    """The Secret with its certificate, where the listener asks for one."""
    rotation: int = 1
    """Which of its generated passwords is in use."""
    topics: tuple[str, ...] = ()
    """What it may read and write beside its own topics; an asterisk at the end stands for any rest."""


@dataclass(frozen=True, kw_only=True)
class ServiceSpec:
    """What all services have in common."""

    replicas: int
    resources: Resources
    jvm: Jvm = field(default_factory=Jvm)
    image: str | None = None
    kafka: KafkaAccess = field(default_factory=KafkaAccess)
    secrets: tuple[str, ...] = ()
    """Secrets that its configuration looks values up in."""
    config: Mapping[str, str] = field(default_factory=dict[str, str])
    """The service's own keys, as text."""
    pod: PodSettings = field(default_factory=PodSettings)
    clients: tuple[Peer, ...] = ()
    """Who reaches it beside the platform, where network policies close it."""


@dataclass(frozen=True, kw_only=True)
class ConnectSpec(ServiceSpec):
    """A cluster of Kafka Connect workers."""

    group_id: str | None = None
    config_topic: str | None = None
    offset_topic: str | None = None
    status_topic: str | None = None
    plugin_paths: tuple[str, ...] = ()
    """Folders of the image, or jars, that hold plugins."""
    plugin_claims: tuple[str, ...] = ()
    """Volume claims that hold plugins."""


@dataclass(frozen=True, kw_only=True)
class SchemaRegistrySpec(ServiceSpec):
    """Confluent's Schema Registry."""

    schemas_topic: str | None = None
    compatibility: str = "BACKWARD"
    """What a new schema must be able to read, where a subject says nothing else."""


@dataclass(frozen=True, kw_only=True)
class KafkaRestSpec(ServiceSpec):
    """Confluent's REST proxy."""

    groups: tuple[str, ...] = ()
    """Consumer groups of its clients, with ACLs; an asterisk at the end stands for any rest."""


@dataclass(frozen=True, kw_only=True)
class KsqlDbSpec(ServiceSpec):
    """Confluent's ksqlDB."""

    service_id: str | None = None
    """What makes the servers one cluster; None is the name of their objects and an underscore."""


@dataclass(frozen=True, kw_only=True)
class Services:
    """Every service of a stack."""

    connect: ConnectSpec | None = None
    schema_registry: SchemaRegistrySpec | None = None
    kafka_rest: KafkaRestSpec | None = None
    ksqldb: KsqlDbSpec | None = None
