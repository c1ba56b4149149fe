"""Confluent's REST proxy: what it is told, and what it needs.

Its published contract: `kafka-rest-start` takes a properties file and keeps nothing. All its clients are one user in
Kafka, so its rules are those of whoever reaches it.
"""

from typing import Final

from components.spec.distributions import distribution_of
from components.spec.model import ClusterSpec
from components.spec.quantities import MIB
from components.spec.services import schema_registry
from components.spec.services.kafka_access import (
    access_mounts,
    bootstrap,
    client_properties,
    named_grants,
    provider_properties,
    topic_grants,
)
from components.spec.services.model import KafkaRestSpec
from components.spec.services.service import POD_IP, Service, secret_mounts, service_address
from components.spec.sizing import Rule

SECTION: Final = "kafka_rest"
NAME: Final = "kafka-rest"
PORT: Final = 8082
VARIABLES: Final = "KAFKAREST"
RULE: Final = Rule(beside_heap=192 * MIB, share=0.6, largest_heap=4096 * MIB)

_SECURITY: Final = "it follows from the listener: use kafka.listener, kafka.user and kafka.secret"
_REST: Final = "the Service and the probe rely on it"
#: Those of its clients whose settings it takes.
_CLIENTS: Final = ("client.", "admin.", "consumer.", "producer.")
_OWNED: Final = {
    "listeners": _REST,
    "port": _REST,
    "host.name": _REST,
    "bootstrap.servers": "use kafka.listener",
    "zookeeper.connect": "it asks the brokers alone",
    "schema.registry.url": "it is that of the stack's own registry: use schemaRegistry",
    "config.providers": "use secrets: the provider `directory` reads them",
}


def owner(key: str) -> str | None:
    """Return why the user may not set the key, or None when it is theirs."""
    own = key
    for client in _CLIENTS:
        own = own.removeprefix(client)
    if own != key and (own == "security.protocol" or own.startswith(("ssl.", "sasl."))):
        return _SECURITY
    if key.startswith("config.providers."):
        return _OWNED["config.providers"]
    return _OWNED.get(own if own == "bootstrap.servers" else key)


def kafka_rest_service(spec: ClusterSpec, rest: KafkaRestSpec, *, registry: bool) -> Service:
    """Return the answers of the REST proxy, which asks the stack's registry for schemas where there is one."""
    distribution = distribution_of(spec.kafka)
    mounts = (*access_mounts(spec, NAME, rest.kafka), *secret_mounts(rest.secrets))
    security = client_properties(spec, NAME, rest.kafka)
    schemas = service_address(spec, schema_registry.NAME, schema_registry.PORT)
    return Service(
        section=SECTION,
        name=NAME,
        image=rest.image or f"confluentinc/cp-kafka-rest:{spec.kafka.version}",
        start=f"{distribution.scripts}/kafka-rest-start{distribution.suffix}",
        file="kafka-rest.properties",
        properties={
            **rest.config,
            "listeners": f"http://0.0.0.0:{PORT}",
            "host.name": POD_IP,
            "bootstrap.servers": bootstrap(spec, rest.kafka),
            **({"schema.registry.url": schemas} if registry else {}),
            **provider_properties(spec, mounts),
            **{f"client.{key}": value for key, value in security.items()},
        },
        variables=VARIABLES,
        port=PORT,
        health="/",
        rule=RULE,
        mounts=mounts,
        access=rest.kafka,
        grants=(
            *topic_grants(rest.kafka.topics, "Read", "Write", "Create", "Describe", "DescribeConfigs"),
            *named_grants("group", rest.groups, ("Read",)),
        ),
    )
