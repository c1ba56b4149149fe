"""Kafka Connect: distributed workers out of the brokers' own image, or Confluent's image for them.

Its published contract: `connect-distributed` takes a properties file, keeps connectors, offsets and states in three
compacted topics of its group, and answers REST on one port. Workers pass requests on to each other at the address that
each advertises, which is its pod's.
"""

from typing import Final

from components.spec.distributions import DISTRIBUTIONS, distribution_of, line_of
from components.spec.model import ClusterSpec
from components.spec.quantities import MIB
from components.spec.services.kafka_access import (
    access_mounts,
    bootstrap,
    client_properties,
    provider_properties,
    topic_grants,
)
from components.spec.services.model import ConnectSpec
from components.spec.services.service import POD_IP, Grant, Mount, Service, secret_mounts, service_object
from components.spec.sizing import Rule
from contract import PORT_CONNECT

NAME: Final = "connect"
PORT: Final = PORT_CONNECT
VARIABLES: Final = "KAFKA"
CLAIMS_MOUNT: Final = "/etc/kafka-platform-plugins"
RULE: Final = Rule(beside_heap=224 * MIB, share=0.6, largest_heap=8192 * MIB)

_OWN_TOPIC: Final = ("Read", "Write", "Create", "Describe", "DescribeConfigs")
#: Whose clients a worker tells of security: its own, and those that it makes for connectors.
_CLIENTS: Final = ("", "admin.", "consumer.", "producer.")
#: Lines before the one whose workers say by a path of its own whether they serve (KIP-1017).
_WITHOUT_HEALTH: Final = frozenset({"3.7", "3.8"})
_IMAGES: Final = {"community": "confluentinc/cp-kafka-connect", "server": "confluentinc/cp-server-connect"}
#: Where Confluent's images keep the plugins that they bring.
_CONFLUENT_PLUGINS: Final = ("/usr/share/java", "/usr/share/confluent-hub-components")


def group_id(spec: ClusterSpec, connect: ConnectSpec) -> str:
    """Return the group that makes the workers one cluster."""
    return connect.group_id or service_object(spec.kafka.name, NAME)


def internal_topics(spec: ClusterSpec, connect: ConnectSpec) -> dict[str, str]:
    """Return the three topics of the workers, by what they hold."""
    group = group_id(spec, connect)
    return {
        "config": connect.config_topic or f"{group}-configs",
        "offset": connect.offset_topic or f"{group}-offsets",
        "status": connect.status_topic or f"{group}-status",
    }


def connect_service(spec: ClusterSpec, connect: ConnectSpec) -> Service:
    """Return the answers of Kafka Connect."""
    distribution = distribution_of(spec.kafka)
    claims = tuple(
        Mount(
            name=f"data-plugins-{index}",
            path=f"{CLAIMS_MOUNT}/{claim}",
            source={"persistentVolumeClaim": {"claimName": claim, "readOnly": True}},
        )
        for index, claim in enumerate(connect.plugin_claims)
    )
    return Service(
        section=NAME,
        name=NAME,
        image=connect.image or _image(spec),
        start=f"{distribution.scripts}/connect-distributed{distribution.suffix}",
        file="worker.properties",
        properties=_properties(spec, connect),
        variables=VARIABLES,
        port=PORT,
        health="/connectors" if line_of(spec.kafka).kafka in _WITHOUT_HEALTH else "/health",
        rule=RULE,
        mounts=(*_secrets(spec, connect), *claims),
        access=connect.kafka,
        grants=_grants(spec, connect),
    )


def _image(spec: ClusterSpec) -> str:
    """Return the image: Apache Kafka brings Connect along; Confluent packs an image of its own for each edition."""
    distribution = distribution_of(spec.kafka)
    if distribution is DISTRIBUTIONS["apache"]:
        return spec.kafka.image or distribution.image(spec.kafka, "broker")
    return f"{_IMAGES[spec.kafka.edition or 'community']}:{spec.kafka.version}"


def _properties(spec: ClusterSpec, connect: ConnectSpec) -> dict[str, str]:
    factor, topics = str(spec.kafka.replication_factor), internal_topics(spec, connect)
    security = client_properties(spec, NAME, connect.kafka)
    properties = {
        "key.converter": "org.apache.kafka.connect.json.JsonConverter",
        "value.converter": "org.apache.kafka.connect.json.JsonConverter",
        **connect.config,
        "bootstrap.servers": bootstrap(spec, connect.kafka),
        "group.id": group_id(spec, connect),
        **{f"{kind}.storage.topic": topic for kind, topic in topics.items()},
        **{f"{kind}.storage.replication.factor": factor for kind in topics},
        "listeners": f"http://:{PORT}",
        "rest.advertised.host.name": POD_IP,
        "rest.advertised.port": str(PORT),
        **provider_properties(spec, _secrets(spec, connect)),
        **{f"{client}{key}": value for client in _CLIENTS for key, value in security.items()},
    }
    paths = _plugin_path(spec, connect)
    return properties | ({"plugin.path": ",".join(paths)} if paths else {})


def _secrets(spec: ClusterSpec, connect: ConnectSpec) -> tuple[Mount, ...]:
    return (*access_mounts(spec, NAME, connect.kafka), *secret_mounts(connect.secrets))


def _plugin_path(spec: ClusterSpec, connect: ConnectSpec) -> tuple[str, ...]:
    brought = () if distribution_of(spec.kafka) is DISTRIBUTIONS["apache"] else _CONFLUENT_PLUGINS
    claims = tuple(f"{CLAIMS_MOUNT}/{claim}" for claim in connect.plugin_claims)
    return (*brought, *connect.plugin_paths, *claims)


def _grants(spec: ClusterSpec, connect: ConnectSpec) -> tuple[Grant, ...]:
    """Return what the workers need; sinks read in groups that Connect names after them."""
    group = group_id(spec, connect)
    grants = [
        *topic_grants(tuple(internal_topics(spec, connect).values()), *_OWN_TOPIC),
        Grant(resource="group", name=group, operations=("Read",)),
        Grant(resource="group", name="connect-", pattern="prefixed", operations=("Read",)),
        *topic_grants(connect.kafka.topics, *_OWN_TOPIC),
    ]
    if connect.config.get("exactly.once.source.support", "disabled") != "disabled":
        writes = ("Write", "Describe")
        # The names are KIP-618's: one of the leader, and one for each task.
        leader = f"connect-cluster-{group}"
        grants.append(Grant(resource="transactionalId", name=leader, operations=writes))
        grants.append(Grant(resource="transactionalId", name=f"{group}-", pattern="prefixed", operations=writes))
    return tuple(grants)
