"""The desired cluster as plain, frozen values: what is left of the input once it has been read and checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from components.spec.access import Authorization, Listeners, Tls
from components.spec.peers import NetworkPolicies
from components.spec.pod_settings import PodSettings
from contract import ZooKeeperAcl, ZooKeeperTls

Mode = Literal["zookeeper", "kraft"]
Updates = Literal["hooks", "rolling"]


@dataclass(frozen=True, kw_only=True)
class External:
    """How clients outside Kubernetes reach the brokers of a rack."""

    host: str
    """Name or address that is advertised for every broker of the rack."""
    first_node_port: int
    """Node port of the rack's first broker; the port of another one is this plus the distance of its id."""


@dataclass(frozen=True, kw_only=True)
class Resources:
    """What one pod asks of its node, as Kubernetes quantities."""

    cpu: str
    """CPU request; there is no CPU limit, which would only throttle."""
    memory: str
    """Memory request and limit."""
    heap: str | None = None
    """Heap of the JVM; None derives it from the memory."""


@dataclass(frozen=True, kw_only=True)
class Storage:
    """One node's data volumes, which are alike."""

    size: str
    class_: str | None = None
    """StorageClass; None is the cluster's default one."""
    volumes: int = 1
    """How many a broker has; the nodes of a quorum have one."""


@dataclass(frozen=True, kw_only=True)
class Jvm:
    """The JVM beside its heap."""

    options: str | None = None
    """Replaces Kafka's own performance options when given."""


@dataclass(frozen=True, kw_only=True)
class BrokerRack:
    """The brokers of one rack, or a pool of them that differs from the rack's others."""

    name: str
    zone: str
    first_broker_id: int
    brokers: int
    external: External | None = None
    pool: str | None = None
    """Name of the pool; None where it is the rack's own."""
    resources: Resources | None = None
    storage: Storage | None = None
    jvm: Jvm | None = None
    config: Mapping[str, str] = field(default_factory=dict[str, str])
    pod: PodSettings | None = None

    @property
    def pool_name(self) -> str:
        """The name that the StatefulSet is called by."""
        return self.pool or self.name

    @property
    def first_id(self) -> int:
        """The first node id, which is the StatefulSet's first ordinal."""
        return self.first_broker_id

    @property
    def count(self) -> int:
        """How many nodes the rack has."""
        return self.brokers


@dataclass(frozen=True, kw_only=True)
class ServerRack:
    """The ZooKeeper servers of one rack."""

    name: str
    zone: str
    first_server_id: int
    servers: int

    @property
    def pool_name(self) -> str:
        """The name that the StatefulSet is called by."""
        return self.name

    @property
    def first_id(self) -> int:
        """The first node id, which is the StatefulSet's first ordinal."""
        return self.first_server_id

    @property
    def count(self) -> int:
        """How many nodes the rack has."""
        return self.servers


@dataclass(frozen=True, kw_only=True)
class ControllerRack:
    """The KRaft controllers of one rack."""

    name: str
    zone: str
    first_controller_id: int
    controllers: int

    @property
    def pool_name(self) -> str:
        """The name that the StatefulSet is called by."""
        return self.name

    @property
    def first_id(self) -> int:
        """The first node id, which is the StatefulSet's first ordinal."""
        return self.first_controller_id

    @property
    def count(self) -> int:
        """How many nodes the rack has."""
        return self.controllers


Rack = BrokerRack | ServerRack | ControllerRack


@dataclass(frozen=True, kw_only=True)
class NodeSpec:
    """What brokers, servers and controllers have in common."""

    resources: Resources
    storage: Storage
    jvm: Jvm = Jvm()
    config: Mapping[str, str] = field(default_factory=dict[str, str])
    """Kafka's or ZooKeeper's own keys, as text."""
    pod: PodSettings = field(default_factory=PodSettings)


@dataclass(frozen=True, kw_only=True)
class KafkaSpec(NodeSpec):
    """The brokers, and what holds for the whole cluster."""

    name: str
    distribution: str
    version: str
    """The distribution's own, of which Kafka's follows."""
    mode: Mode
    racks: tuple[BrokerRack, ...]
    replication_factor: int = 3
    min_insync_replicas: int = 2
    allow_fewer_racks: bool = False
    edition: str | None = None
    """Which of the distribution's products; None is its first one."""
    metadata_version: str | None = None
    """The line of Kafka whose feature levels the cluster is to have; None leaves them as they are."""
    follower_fetching: bool = False
    """Whether consumers that name their rack read from the replica in it."""
    image: str | None = None
    listeners: Listeners = field(default_factory=Listeners)
    tls: Tls | None = None
    authorization: Authorization | None = None
    network_policies: NetworkPolicies | None = None
    """Who comes in over the network; None leaves it open."""
    image_registry: str | None = None
    """Where the distribution's own image is taken from instead."""


@dataclass(frozen=True, kw_only=True)
class ZooKeeperSpec(NodeSpec):
    """The ZooKeeper ensemble."""

    racks: tuple[ServerRack, ...]
    tls: ZooKeeperTls = "disabled"
    acl: ZooKeeperAcl = "disabled"


@dataclass(frozen=True, kw_only=True)
class ControllersSpec(NodeSpec):
    """The KRaft controllers."""

    racks: tuple[ControllerRack, ...]


@dataclass(frozen=True, kw_only=True)
class ClusterSpec:
    """One Kafka cluster: brokers and the quorum that they depend on, which is exactly one of the two."""

    namespace: str
    kafka: KafkaSpec
    zookeeper: ZooKeeperSpec | None = None
    controllers: ControllersSpec | None = None
    updates: Updates = "hooks"
    """Who restarts nodes after a change: our hooks, or Kubernetes by itself."""

    @property
    def rolling(self) -> bool:
        """Whether Kubernetes restarts nodes by itself."""
        return self.updates == "rolling"
