"""The configuration files of brokers, controllers and ZooKeeper servers: the same spec, the same bytes.

Each comes in two readings. The *file* is what the node gets. The *restart* reading is what its revision hangs on: it
is the same except that lists of addresses to begin with are cut down to their anchors, so that a quorum that grows
restarts nobody, and that keys which running brokers take over are not in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from components.spec.access_properties import broker_security, controller_security, node_security
from components.spec.data_folders import DATA_FOLDER, data_folders
from components.spec.distributions import distribution_of, line_of
from components.spec.external import doors
from components.spec.listeners import NODE_ID, broker_listeners, controller_listeners
from components.spec.live_keys import live_keys
from components.spec.model import ClusterSpec, KafkaSpec
from components.spec.nodes import node_of
from components.spec.topology import Pool, addresses, anchors, controller_pools, hosts, zookeeper_pools
from components.spec.zookeeper_acl import broker_access, server_access
from components.spec.zookeeper_stages import client_port
from components.spec.zookeeper_tls import broker_tls, server_tls
from contract import PORT_CONTROLLER, PORT_ZOOKEEPER, PORT_ZOOKEEPER_ELECTION, PORT_ZOOKEEPER_PEER

#: How a leader chooses the replica that a consumer is sent to (KIP-392).
SELECTOR: Final = "replica.selector.class"

_NOTHING: Final[Mapping[str, str]] = {}

#: The broker keys that controllers act on as well: they create the topics and choose their leaders.
CONTROLLER_SHARES: Final = frozenset(
    {
        "alter.config.policy.class.name",
        "auto.leader.rebalance.enable",
        "broker.heartbeat.interval.ms",
        "broker.session.timeout.ms",
        "create.topic.policy.class.name",
        "delete.topic.enable",
        "leader.imbalance.check.interval.seconds",
        "leader.imbalance.per.broker.percentage",
        "num.partitions",
        "unclean.leader.election.enable",
    }
)


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """One configuration file as key and value, in both readings."""

    file: Mapping[str, str]
    restart: Mapping[str, str]


def broker_configuration(spec: ClusterSpec, pool: Pool) -> Configuration:
    """Return the server.properties of a pool's brokers."""
    kraft = spec.kafka.mode == "kraft"
    quorum = controller_pools(spec) if kraft else zookeeper_pools(spec)
    key = "controller.quorum.bootstrap.servers" if kraft else "zookeeper.connect"
    port = PORT_CONTROLLER if kraft else client_port(spec)
    edition, live = distribution_of(spec.kafka).edition(spec.kafka), live_keys(spec).live
    common = {
        **_broker_defaults(spec.kafka),
        **edition.defaults(spec.kafka),
        **node_of(spec, pool).config,
        **edition.fixed,
        **_broker_replication(spec.kafka),
        **broker_listeners(spec, pool),
        **node_security(spec),
        **broker_security(spec, frozenset(door.listener.name for door in doors(spec, pool))),
        **broker_tls(spec),
        **broker_access(spec),
        **(_kraft_identity("broker") if kraft else {"broker.id": NODE_ID, "broker.id.generation.enable": "false"}),
        "broker.rack": pool.rack,
        **_log_dirs(spec, pool),
    }
    return Configuration(
        file=common | {key: addresses(hosts(quorum), port)},
        restart={name: value for name, value in common.items() if name not in live}
        | {key: addresses(anchors(quorum), port)},
    )


def controller_configuration(spec: ClusterSpec, pool: Pool) -> Configuration:
    """Return the properties of a pool's controllers. The quorum is dynamic: no voters, only where to begin."""
    quorum, own = controller_pools(spec), spec.controllers.config if spec.controllers else _NOTHING
    key, edition = "controller.quorum.bootstrap.servers", distribution_of(spec.kafka).edition(spec.kafka)
    shared = {
        name: value
        for name, value in spec.kafka.config.items()
        if name in CONTROLLER_SHARES or (edition.shared and name.startswith(edition.shared))
    }
    common = {
        **edition.defaults(spec.kafka),
        **shared,
        **own,
        **edition.fixed,
        **_replication(spec.kafka),
        **controller_listeners(spec, pool),
        **node_security(spec),
        **controller_security(spec),
        **_kraft_identity("controller"),
        "log.dirs": DATA_FOLDER,
    }
    return Configuration(
        file=common | {key: addresses(hosts(quorum), PORT_CONTROLLER)},
        restart=common | {key: addresses(anchors(quorum), PORT_CONTROLLER)},
    )


def zookeeper_configuration(spec: ClusterSpec) -> Configuration:
    """Return the zoo.cfg of every server; each finds its own line by the id that its start script writes."""
    quorum, own = zookeeper_pools(spec), spec.zookeeper.config if spec.zookeeper else _NOTHING
    common = {
        "tickTime": "2000",
        "initLimit": "10",
        "syncLimit": "5",
        "autopurge.purgeInterval": "24",
        "autopurge.snapRetainCount": "3",
        **own,
        "4lw.commands.whitelist": "dump,srvr",
        "admin.enableServer": "false",
        "clientPort": str(PORT_ZOOKEEPER),
        "dataDir": DATA_FOLDER,
        # A pod may start before its own name resolves; listening everywhere does not need the name.
        "quorumListenOnAllIPs": "true",
        # One server that may become three is a quorum of one, not the mode without a quorum.
        "standaloneEnabled": "false",
        **server_tls(spec),
        **server_access(spec),
    }
    return Configuration(file=common | _servers(hosts(quorum)), restart=common | _servers(anchors(quorum)))


def render(properties: Mapping[str, str]) -> str:
    """Return the text of a properties file, in the order of the keys."""
    return "".join(f"{_escape(key)}={_escape(properties[key])}\n" for key in sorted(properties))


def _broker_defaults(kafka: KafkaSpec) -> dict[str, str]:
    """Return what we set unless the user does: internal topics as safe as the user's own, none by a typing error."""
    factor, least = str(kafka.replication_factor), str(kafka.min_insync_replicas)
    defaults = {
        "auto.create.topics.enable": "false",
        "offsets.topic.replication.factor": factor,
        "transaction.state.log.min.isr": least,
        "transaction.state.log.replication.factor": factor,
    }
    if kafka.follower_fetching:
        defaults[SELECTOR] = "org.apache.kafka.common.replica.RackAwareReplicaSelector"
    if not line_of(kafka).zookeeper:
        defaults |= {
            "share.coordinator.state.topic.min.isr": least,
            "share.coordinator.state.topic.replication.factor": factor,
        }
    return defaults


def _broker_replication(kafka: KafkaSpec) -> dict[str, str]:
    """Return the brokers' share of it: from Kafka 4 on it is the controllers that know how many replicas to create."""
    if kafka.mode == "kraft" and not line_of(kafka).zookeeper:
        return {"min.insync.replicas": str(kafka.min_insync_replicas)}
    return _replication(kafka)


def _replication(kafka: KafkaSpec) -> dict[str, str]:
    return {
        "default.replication.factor": str(kafka.replication_factor),
        "min.insync.replicas": str(kafka.min_insync_replicas),
    }


def _log_dirs(spec: ClusterSpec, pool: Pool) -> dict[str, str]:
    """Return where a broker keeps its logs, and the metadata where there is a choice."""
    metadata = {"metadata.log.dir": DATA_FOLDER} if pool.volumes > 1 and spec.kafka.mode == "kraft" else {}
    return {"log.dirs": ",".join(data_folders(pool.volumes)), **metadata}


def _kraft_identity(role: str) -> dict[str, str]:
    return {"process.roles": role, "node.id": NODE_ID}


def _servers(nodes: tuple[tuple[int, str], ...]) -> dict[str, str]:
    ports = f"{PORT_ZOOKEEPER_PEER}:{PORT_ZOOKEEPER_ELECTION}"
    return {f"server.{node_id}": f"{host}:{ports}" for node_id, host in nodes}


def _escape(text: str) -> str:
    """Escape what the format of Java's properties would read otherwise."""
    escaped = text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    if escaped.startswith(" "):
        escaped = f"\\{escaped}"
    return "".join(character if ord(character) < 127 else _unicode_escape(character) for character in escaped)


def _unicode_escape(character: str) -> str:
    encoded = character.encode("utf-16-be")
    return "".join(f"\\u{encoded[at : at + 2].hex()}" for at in range(0, len(encoded), 2))
