"""Kafka's and ZooKeeper's keys that the platform writes itself, and what to use instead of setting them."""

from collections.abc import Mapping
from typing import Final

from contract import Component

_IDS = "node ids follow from the racks: the pod's ordinal is the id"
_LISTENERS = (
    "the hooks, the Services and the other nodes rely on these listeners; use racks[].external for clients outside"
)
_QUORUM = "it follows from the mode and from the racks of the quorum"
_STORAGE = "it is where the volume is mounted"
_CERTIFICATES = "use kafka.tls and kafka.listeners"
_AUTHENTICATION = "use authentication in kafka.listeners"
_AUTHORIZATION = "use kafka.authorization"
_FACTOR = "use replicationFactor"
_MIN_ISR = "use minInsyncReplicas"

KAFKA_KEYS: Final[Mapping[str, str]] = {
    "broker.id": _IDS,
    "node.id": _IDS,
    "broker.id.generation.enable": _IDS,
    "reserved.broker.max.id": _IDS,
    "broker.rack": "it is the rack's name",
    "listeners": _LISTENERS,
    "advertised.listeners": _LISTENERS,
    "advertised.host.name": _LISTENERS,
    "advertised.port": _LISTENERS,
    "host.name": _LISTENERS,
    "port": _LISTENERS,
    "listener.security.protocol.map": _LISTENERS,
    "inter.broker.listener.name": _LISTENERS,
    "security.inter.broker.protocol": _LISTENERS,
    "control.plane.listener.name": _LISTENERS,
    "controller.listener.names": _LISTENERS,
    "ssl.keystore.type": _CERTIFICATES,
    "ssl.keystore.location": _CERTIFICATES,
    "ssl.keystore.password": _CERTIFICATES,
    "ssl.keystore.key": _CERTIFICATES,
    "ssl.keystore.certificate.chain": _CERTIFICATES,
    "ssl.key.password": _CERTIFICATES,
    "ssl.truststore.type": _CERTIFICATES,
    "ssl.truststore.location": _CERTIFICATES,
    "ssl.truststore.password": _CERTIFICATES,
    "ssl.truststore.certificates": _CERTIFICATES,
    "sasl.enabled.mechanisms": _AUTHENTICATION,
    "sasl.mechanism.inter.broker.protocol": _AUTHENTICATION,
    "sasl.mechanism.controller.protocol": _AUTHENTICATION,
    "authorizer.class.name": _AUTHORIZATION,
    "process.roles": _QUORUM,
    "zookeeper.connect": _QUORUM,
    "controller.quorum.voters": _QUORUM,
    "controller.quorum.bootstrap.servers": _QUORUM,
    "zookeeper.set.acl": "use zookeeper.acl",
    "zookeeper.metadata.migration.enable": "a migration is an operation of its own",
    "log.dir": _STORAGE,
    "log.dirs": _STORAGE,
    "metadata.log.dir": _STORAGE,
    "default.replication.factor": _FACTOR,
    "min.insync.replicas": _MIN_ISR,
}

#: Read by the authorizer itself; Kafka's own definitions do not have them.
AUTHORIZER_KEYS: Final[Mapping[str, str]] = {
    "super.users": _AUTHORIZATION,
    "allow.everyone.if.no.acl.found": _AUTHORIZATION,
}

ZOOKEEPER_KEYS: Final[Mapping[str, str]] = {
    "dataDir": _STORAGE,
    "dataLogDir": _STORAGE,
    "clientPort": _LISTENERS,
    "clientPortAddress": _LISTENERS,
    "secureClientPort": _LISTENERS,
    "dynamicConfigFile": _QUORUM,
    "standaloneEnabled": _QUORUM,
    "quorumListenOnAllIPs": _LISTENERS,
    "4lw.commands.whitelist": "the readiness probe and the hooks ask the server by `srvr`, a starting broker by `dump`",
    "authProvider.sasl": "use zookeeper.acl",
    "admin.enableServer": "its port is not part of the pod",
}


def owner_reason(component: Component, key: str) -> str | None:
    """Return why the user may not set the key, or None when it is theirs."""
    if component == "zookeeper":
        return _QUORUM if key.startswith("server.") else ZOOKEEPER_KEYS.get(key)
    if key.startswith("listener.name.") and (".ssl." in key or ".sasl." in key):
        return _AUTHENTICATION
    return KAFKA_KEYS.get(key) or AUTHORIZER_KEYS.get(key)
