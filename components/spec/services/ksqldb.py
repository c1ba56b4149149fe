"""Confluent's ksqlDB: what it is told, and what it needs.

Its published contract: `ksql-server-start` takes a properties file. Servers of one service id are one cluster: they
share a command topic, and pass queries on to each other at the address that each advertises, which is its pod's. State
is kept beside the pod and rebuilt out of changelog topics, so that a pod may go.
"""

from typing import Final

from components.spec.distributions import distribution_of
from components.spec.model import ClusterSpec
from components.spec.naming import TOPIC_RULE, is_topic
from components.spec.quantities import MIB
from components.spec.reading import Reader
from components.spec.scripts import RUN_MOUNT
from components.spec.services import connect, schema_registry
from components.spec.services.kafka_access import (
    access_mounts,
    bootstrap,
    client_properties,
    provider_properties,
    topic_grants,
)
from components.spec.services.model import KsqlDbSpec, Services
from components.spec.services.service import POD_IP, Grant, Service, secret_mounts, service_address, service_object
from components.spec.sizing import Rule

SECTION: Final = "ksqldb"
NAME: Final = "ksqldb"
PORT: Final = 8088
VARIABLES: Final = "KSQL"
#: The stores of its queries (RocksDB) take their memory beside the heap.
RULE: Final = Rule(beside_heap=512 * MIB, share=0.5, largest_heap=16384 * MIB)

_SECURITY: Final = "it follows from the listener: use kafka.listener, kafka.user and kafka.secret"
_REST: Final = "the Service, the probe and the other servers rely on it"
_FACTOR: Final = "it is the cluster's replicationFactor"
_STREAMS: Final = "ksql.streams."
_OWNED: Final = {
    "listeners": _REST,
    "ksql.advertised.listener": _REST,
    "ksql.internal.listener": _REST,
    "bootstrap.servers": "use kafka.listener",
    "ksql.service.id": "use serviceId",
    "ksql.schema.registry.url": "it is that of the stack's own registry: use schemaRegistry",
    "ksql.connect.url": "it is that of the stack's own workers: use connect",
    "ksql.queries.file": "with a file of queries it answers nobody, not even the probe: send it statements",
    "ksql.streams.state.dir": "it is the one folder of the pod that may be written",
    "ksql.streams.replication.factor": _FACTOR,
    "ksql.internal.topic.replicas": _FACTOR,
    "ksql.logging.processing.topic.replication.factor": _FACTOR,
    "config.providers": "use secrets: the provider `directory` reads them",
}
#: Formats whose schemas are in a registry.
_REGISTERED: Final = frozenset({"AVRO", "JSON_SR", "PROTOBUF"})
_FORMATS: Final = ("ksql.persistence.default.format.key", "ksql.persistence.default.format.value")
#: What it does with topics of its own: it makes, fills, empties and drops them.
_ALL: Final = ("All",)


def owner(key: str) -> str | None:
    """Return why the user may not set the key, or None when it is theirs."""
    own = key.removeprefix(_STREAMS)
    if own == "security.protocol" or own.startswith(("ssl.", "sasl.")):
        return _SECURITY
    if key.startswith("config.providers."):
        return _OWNED["config.providers"]
    return _OWNED.get(own if own == "bootstrap.servers" else key)


def check_ksqldb(ksqldb: KsqlDbSpec, services: Services, reader: Reader) -> None:
    """Report an id that no topic could begin with, and a format whose schemas would have no place."""
    if ksqldb.service_id is not None and not is_topic(ksqldb.service_id):
        why, todo = "the names of its topics and groups begin with it", "choose another one, or leave it out"
        field = f"{SECTION}.service_id"
        reader.report(field, ksqldb.service_id, allowed=TOPIC_RULE, why=why, todo=todo)
    for key in _FORMATS:
        wanted = ksqldb.config.get(key, "").upper()
        if wanted in _REGISTERED and services.schema_registry is None:
            why = f"{wanted} keeps its schemas in a registry, and the stack has none"
            todo = f"add {reader.at(schema_registry.SECTION)}, or choose JSON, DELIMITED or KAFKA"
            path = f"{reader.spell(SECTION)}.config.{key}"
            reader.report_key(path, wanted, allowed="a format without a registry", why=why, todo=todo)


def ksqldb_service(spec: ClusterSpec, ksqldb: KsqlDbSpec, services: Services) -> Service:
    """Return the answers of ksqlDB, which asks the stack's registry and its Connect workers where there are any."""
    distribution = distribution_of(spec.kafka)
    mounts = (*access_mounts(spec, NAME, ksqldb.kafka), *secret_mounts(ksqldb.secrets))
    return Service(
        section=SECTION,
        name=NAME,
        image=ksqldb.image or f"confluentinc/cp-ksqldb-server:{spec.kafka.version}",
        start=f"{distribution.scripts}/ksql-server-start{distribution.suffix}",
        file="ksql-server.properties",
        properties={
            **ksqldb.config,
            "listeners": f"http://0.0.0.0:{PORT}",
            "ksql.advertised.listener": f"http://{POD_IP}:{PORT}",
            "bootstrap.servers": bootstrap(spec, ksqldb.kafka),
            "ksql.service.id": service_id(spec, ksqldb),
            "ksql.streams.state.dir": f"{RUN_MOUNT}/state",
            **{key: str(spec.kafka.replication_factor) for key, reason in _OWNED.items() if reason is _FACTOR},
            **_neighbours(spec, services),
            **provider_properties(spec, mounts),
            **client_properties(spec, NAME, ksqldb.kafka),
        },
        variables=VARIABLES,
        port=PORT,
        # Not /healthcheck: that one asks Kafka too, and all servers at once would take themselves out of their Service.
        health="/info",
        rule=RULE,
        mounts=mounts,
        access=ksqldb.kafka,
        grants=_grants(spec, ksqldb),
    )


def service_id(spec: ClusterSpec, ksqldb: KsqlDbSpec) -> str:
    """Return what makes its servers one cluster, and begins the names of its topics and groups."""
    return ksqldb.service_id or f"{service_object(spec.kafka.name, NAME)}_"


def _neighbours(spec: ClusterSpec, services: Services) -> dict[str, str]:
    found: dict[str, str] = {}
    if services.schema_registry is not None:
        found["ksql.schema.registry.url"] = service_address(spec, schema_registry.NAME, schema_registry.PORT)
    if services.connect is not None:
        found["ksql.connect.url"] = service_address(spec, connect.NAME, connect.PORT)
    return found


def _grants(spec: ClusterSpec, ksqldb: KsqlDbSpec) -> tuple[Grant, ...]:
    """Return the rules that its documentation names for servers that take statements."""
    own = service_id(spec, ksqldb)
    return (
        Grant(resource="cluster", name="kafka-cluster", operations=("Describe", "DescribeConfigs")),
        *(
            Grant(resource=kind, name=f"_confluent-ksql-{own}", pattern="prefixed", operations=_ALL)
            for kind in ("topic", "group")
        ),
        # Its log of records that it could not process, and tables and streams that it names by itself.
        Grant(resource="topic", name=own, pattern="prefixed", operations=_ALL),
        Grant(resource="transactionalId", name=own, operations=("Describe", "Write")),
        *topic_grants(ksqldb.kafka.topics, "Read", "Write", "Create", "Describe", "DescribeConfigs"),
    )
