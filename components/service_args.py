"""The arguments of the services on top of Kafka; see `components.args`."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import NotRequired, TypedDict, cast

from components.args import ClusterArgs, JvmArgs, ResourcesArgs, cluster_args, given
from components.network_args import PeerArgs
from components.pod_args import PodArgs
from components.spec.model import ClusterSpec
from components.spec.services.model import Services


class KafkaAccessArgs(TypedDict):
    """How a service reaches Kafka. Its user, with the rules that it needs and no more, is made by the platform."""

    listener: NotRequired[str]
    """Name of an external listener to go through; the internal one when left out. It begins at the Service in the
    cluster, and then follows the addresses that the listener advertises, which pods must reach."""
    user: NotRequired[str]
    """Name of its user: by SCRAM the service's own when left out; by mTLS with ACLs the subject of its certificate."""
    secret: NotRequired[str]
    """Secret with `tls.crt`, `tls.key` and `ca.crt`, exactly where the listener asks for a certificate."""
    rotation: NotRequired[int]
    """Of its generated password: another number makes a new one, and restarts the service. Default 1."""
    topics: NotRequired[list[str]]
    """With ACLs, topics that it may read, write and create beside its own; a last asterisk stands for any rest."""


class ConnectArgs(TypedDict):
    """Kafka Connect: one cluster of distributed workers, spread over the zones of the brokers."""

    replicas: NotRequired[int]
    """How many workers; default 2, so that one may go."""
    resources: ResourcesArgs
    """Processor, memory and heap of each worker."""
    jvm: NotRequired[JvmArgs]
    """The JVM of each worker."""
    image: NotRequired[str]
    """Image with plugins of yours baked in. By default that of the brokers (`apache`), or in their version
    cp-kafka-connect, for the edition `server` cp-server-connect."""
    kafka: NotRequired[KafkaAccessArgs]
    """How the workers, and the connectors in them, reach Kafka."""
    secrets: NotRequired[list[str]]
    """Secrets that connectors look values up in: `${directory:/etc/kafka-platform-secrets/SECRET:KEY}`."""
    config: NotRequired[dict[str, str | int | float | bool]]
    """Connect's own worker keys. Those that the platform writes itself are refused, and so are passwords in clear."""
    pod: NotRequired[PodArgs]
    """The pods beside the service: its container stands for Kafka's, and all zones for the rack's."""
    clients: NotRequired[list[PeerArgs]]
    """With `kafka.networkPolicies`, who reaches it beside the platform; nobody when left out."""
    group_id: NotRequired[str]
    """Group of the workers; `CLUSTER-connect` when left out. Another one is another Connect cluster."""
    config_topic: NotRequired[str]
    """Topic of the connectors' configurations; `GROUP-configs` when left out."""
    offset_topic: NotRequired[str]
    """Topic of the sources' positions; `GROUP-offsets` when left out."""
    status_topic: NotRequired[str]
    """Topic of what is running; `GROUP-status` when left out."""
    plugin_paths: NotRequired[list[str]]
    """Folders or jars of the image that hold plugins. Those that Confluent's images bring are always found."""
    plugin_claims: NotRequired[list[str]]
    """Volume claims that hold plugins, mounted read-only; with more than one worker they must allow many nodes."""


class SchemaRegistryArgs(TypedDict):
    """Confluent's Schema Registry (`confluent` only): any instance answers, and one of them leads and writes."""

    replicas: NotRequired[int]
    """How many instances; default 2, so that one may go."""
    resources: ResourcesArgs
    """Processor, memory and heap of each instance."""
    jvm: NotRequired[JvmArgs]
    """The JVM of each instance."""
    image: NotRequired[str]
    """Image; cp-schema-registry in the brokers' version when left out."""
    kafka: NotRequired[KafkaAccessArgs]
    """How it reaches Kafka."""
    secrets: NotRequired[list[str]]
    """Secrets that its keys look values up in: `${directory:/etc/kafka-platform-secrets/SECRET:KEY}`."""
    config: NotRequired[dict[str, str | int | float | bool]]
    """The registry's own keys. Those that the platform writes itself are refused, and so are passwords in clear."""
    pod: NotRequired[PodArgs]
    """The pods beside the service: its container stands for Kafka's, and all zones for the rack's."""
    clients: NotRequired[list[PeerArgs]]
    """With `kafka.networkPolicies`, who reaches it beside the platform; nobody when left out."""
    schemas_topic: NotRequired[str]
    """Topic that holds all schemas; `_schemas` when left out. Another one is another registry."""
    compatibility: NotRequired[str]
    """What a new schema must be able to read where its subject says nothing else: `BACKWARD` (the default), `FORWARD`,
    `FULL`, each also with `_TRANSITIVE`, or `NONE`."""


class KafkaRestArgs(TypedDict):
    """Confluent's REST proxy (`confluent` only). It asks the stack's own Schema Registry, where there is one."""

    replicas: NotRequired[int]
    """How many instances; default 2, so that one may go."""
    resources: ResourcesArgs
    """Processor, memory and heap of each instance."""
    jvm: NotRequired[JvmArgs]
    """The JVM of each instance."""
    image: NotRequired[str]
    """Image; cp-kafka-rest in the brokers' version when left out."""
    kafka: NotRequired[KafkaAccessArgs]
    """How it reaches Kafka. All its clients are this one user."""
    secrets: NotRequired[list[str]]
    """Secrets that its keys look values up in: `${directory:/etc/kafka-platform-secrets/SECRET:KEY}`."""
    config: NotRequired[dict[str, str | int | float | bool]]
    """The proxy's own keys. Those that the platform writes itself are refused, and so are passwords in clear."""
    pod: NotRequired[PodArgs]
    """The pods beside the service: its container stands for Kafka's, and all zones for the rack's."""
    clients: NotRequired[list[PeerArgs]]
    """With `kafka.networkPolicies`, who reaches it beside the platform; nobody when left out."""
    groups: NotRequired[list[str]]
    """With ACLs, consumer groups that its clients may be of; a last asterisk stands for any rest."""


class KsqlDbArgs(TypedDict):
    """Confluent's ksqlDB (`confluent` only), which takes statements. It asks the stack's own Schema Registry and its
    Connect workers, where there are any. What its queries keep is rebuilt out of Kafka where a pod begins anew.
    """

    replicas: NotRequired[int]
    """How many servers; default 2, so that one may go."""
    resources: ResourcesArgs
    """Processor, memory and heap of each server. The stores of its queries take their memory beside the heap."""
    jvm: NotRequired[JvmArgs]
    """The JVM of each server."""
    image: NotRequired[str]
    """Image; cp-ksqldb-server in the brokers' version when left out."""
    kafka: NotRequired[KafkaAccessArgs]
    """How it reaches Kafka. With ACLs, `topics` names what its statements read and write beside its own."""
    secrets: NotRequired[list[str]]
    """Secrets that its keys look values up in: `${directory:/etc/kafka-platform-secrets/SECRET:KEY}`."""
    config: NotRequired[dict[str, str | int | float | bool]]
    """The server's own keys. Those that the platform writes itself are refused, and so are passwords in clear."""
    pod: NotRequired[PodArgs]
    """The pods beside the service: its container stands for Kafka's, and all zones for the rack's."""
    clients: NotRequired[list[PeerArgs]]
    """With `kafka.networkPolicies`, who reaches it beside the platform; nobody when left out."""
    service_id: NotRequired[str]
    """What makes the servers one cluster and begins the names of its topics; `CLUSTER-ksqldb_` when left out. Another
    one is another cluster, which knows none of the statements."""


class ServicesArgs(ClusterArgs):
    """The cluster, and the services on top of it."""

    connect: NotRequired[ConnectArgs]
    """Kafka Connect."""
    schema_registry: NotRequired[SchemaRegistryArgs]
    """The Schema Registry."""
    kafka_rest: NotRequired[KafkaRestArgs]
    """The REST proxy."""
    ksqldb: NotRequired[KsqlDbArgs]
    """ksqlDB."""


def services_args(spec: ClusterSpec, services: Services) -> ServicesArgs:
    """Return the arguments that describe a cluster and services which were read elsewhere."""
    fields = {key: value for key, value in asdict(services).items() if value is not None}
    sections = cast(Mapping[str, object], given(fields))
    return cast(ServicesArgs, cast(object, {**cluster_args(spec), **sections}))
