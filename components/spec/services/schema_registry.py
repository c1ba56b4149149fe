"""Confluent's Schema Registry: what it is told, and what it needs.

Its published contract: `schema-registry-start` takes a properties file, keeps everything in one compacted topic, elects
a leader in a consumer group, and passes writes on to that one at the address that it advertises, which is its pod's.
"""

from typing import Final

from components.spec.distributions import distribution_of
from components.spec.model import ClusterSpec
from components.spec.quantities import MIB
from components.spec.services.kafka_access import (
    access_mounts,
    bootstrap,
    client_properties,
    provider_properties,
    topic_grants,
)
from components.spec.services.model import SchemaRegistrySpec
from components.spec.services.service import POD_IP, Grant, Service, secret_mounts, service_object
from components.spec.sizing import Rule
from contract import PORT_SCHEMA_REGISTRY

SECTION: Final = "schema_registry"
NAME: Final = "schema-registry"
PORT: Final = PORT_SCHEMA_REGISTRY
VARIABLES: Final = "SCHEMA_REGISTRY"
RULE: Final = Rule(beside_heap=192 * MIB, share=0.6, largest_heap=4096 * MIB)

_SECURITY: Final = "it follows from the listener: use kafka.listener, kafka.user and kafka.secret"
_REST: Final = "the Service, the probe and the other instances rely on it"
_OWNED: Final = {
    "listeners": _REST,
    "port": _REST,
    "host.name": _REST,
    "kafkastore.bootstrap.servers": "use kafka.listener",
    "kafkastore.connection.url": "nothing of it is in ZooKeeper any more",
    "kafkastore.topic": "use schemasTopic",
    "kafkastore.topic.replication.factor": "it is the cluster's replicationFactor",
    "schema.registry.group.id": "it is CLUSTER-schema-registry",
    "schema.compatibility.level": "use compatibility",
    "config.providers": "use secrets: the provider `directory` reads them",
    "kafkastore.security.protocol": _SECURITY,
}


def owner(key: str) -> str | None:
    """Return why the user may not set the key, or None when it is theirs."""
    if key.startswith(("kafkastore.ssl.", "kafkastore.sasl.")):
        return _SECURITY
    return _OWNED["config.providers"] if key.startswith("config.providers.") else _OWNED.get(key)


def schema_registry_service(spec: ClusterSpec, registry: SchemaRegistrySpec) -> Service:
    """Return the answers of the Schema Registry."""
    distribution, group = distribution_of(spec.kafka), service_object(spec.kafka.name, NAME)
    topic = registry.schemas_topic or "_schemas"
    mounts = (*access_mounts(spec, NAME, registry.kafka), *secret_mounts(registry.secrets))
    security = client_properties(spec, NAME, registry.kafka)
    return Service(
        section=SECTION,
        name=NAME,
        image=registry.image or f"confluentinc/cp-schema-registry:{spec.kafka.version}",
        start=f"{distribution.scripts}/schema-registry-start{distribution.suffix}",
        file="schema-registry.properties",
        properties={
            **registry.config,
            "listeners": f"http://0.0.0.0:{PORT}",
            "host.name": POD_IP,
            "kafkastore.bootstrap.servers": bootstrap(spec, registry.kafka),
            "kafkastore.topic": topic,
            "kafkastore.topic.replication.factor": str(spec.kafka.replication_factor),
            "schema.registry.group.id": group,
            "schema.compatibility.level": registry.compatibility,
            **provider_properties(spec, mounts),
            **{f"kafkastore.{key}": value for key, value in security.items()},
        },
        variables=VARIABLES,
        port=PORT,
        health="/",
        rule=RULE,
        mounts=mounts,
        access=registry.kafka,
        grants=(
            *topic_grants((topic,), "Read", "Write", "Create", "Describe", "DescribeConfigs"),
            Grant(resource="group", name=group, operations=("Read",)),
        ),
    )
