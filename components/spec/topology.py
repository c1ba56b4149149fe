"""Which pools, ids and names follow from a cluster's racks."""

from collections.abc import Sequence
from dataclasses import dataclass

from components.spec.model import ClusterSpec, External, NodeSpec, Rack
from components.spec.quantities import parse_bytes
from contract import (
    PORT_EXTERNAL,
    Component,
    headless_service,
    pod_host,
    pod_name,
    workload_name,
)


@dataclass(frozen=True, kw_only=True)
class Pool:
    """Nodes of one component in one rack that are alike: one StatefulSet."""

    cluster: str
    namespace: str
    component: Component
    name: str
    """The pool's name, which is the rack's unless the rack has several."""
    rack: str
    """The rack's name: `broker.rack`."""
    zone: str
    first_id: int
    count: int
    external: External | None = None
    volumes: int = 1
    """Data volumes of each node."""

    @property
    def workload(self) -> str:
        """The StatefulSet's name."""
        return workload_name(self.cluster, self.component, self.name)

    @property
    def ids(self) -> range:
        """The node ids, ascending."""
        return range(self.first_id, self.first_id + self.count)

    def pod(self, node_id: int) -> str:
        """Return the name of a node's pod."""
        return pod_name(self.workload, node_id)

    def host(self, node_id: int) -> str:
        """Return the DNS name of a node's pod."""
        return pod_host(self.pod(node_id), headless_service(self.cluster, self.component), self.namespace)

    def external_port(self, node_id: int) -> int:
        """Return the node port of a broker."""
        first = self.external.first_node_port if self.external else PORT_EXTERNAL
        return first + node_id - self.first_id


def broker_pools(spec: ClusterSpec) -> tuple[Pool, ...]:
    """Return the pools of the brokers, in the order of their ids."""
    return tuple(
        _pool(spec, "broker", rack, external=rack.external, volumes=(rack.storage or spec.kafka.storage).volumes)
        for rack in sorted(spec.kafka.racks, key=lambda rack: rack.first_broker_id)
    )


def zookeeper_pools(spec: ClusterSpec) -> tuple[Pool, ...]:
    """Return the pools of the ZooKeeper servers, in the order of their ids; none in KRaft."""
    racks = spec.zookeeper.racks if spec.zookeeper else ()
    return tuple(_pool(spec, "zookeeper", rack) for rack in sorted(racks, key=lambda rack: rack.first_server_id))


def controller_pools(spec: ClusterSpec) -> tuple[Pool, ...]:
    """Return the pools of the controllers, in the order of their ids; none with ZooKeeper."""
    racks = spec.controllers.racks if spec.controllers else ()
    return tuple(_pool(spec, "controller", rack) for rack in sorted(racks, key=lambda rack: rack.first_controller_id))


def all_pools(spec: ClusterSpec) -> tuple[Pool, ...]:
    """Return every pool of the cluster, the quorum's first."""
    return (*zookeeper_pools(spec), *controller_pools(spec), *broker_pools(spec))


def hosts(pools: Sequence[Pool]) -> tuple[tuple[int, str], ...]:
    """Return id and DNS name of every node, in the order of ids."""
    return tuple((node_id, pool.host(node_id)) for pool in pools for node_id in pool.ids)


def anchors(pools: Sequence[Pool]) -> tuple[tuple[int, str], ...]:
    """Return id and DNS name of the first node of every pool.

    A list of addresses to begin with stays good while its pools grow; so a restart hangs on the anchors only,
    while files name every node.
    """
    return tuple((pool.first_id, pool.host(pool.first_id)) for pool in pools)


def addresses(nodes: Sequence[tuple[int, str]], port: int) -> str:
    """Return nodes of a quorum as the comma-separated list that brokers take."""
    return ",".join(f"{host}:{port}" for _, host in nodes)


def volume_bytes(node: NodeSpec) -> int:
    """Return the size of each node's data volume in bytes."""
    return parse_bytes(node.storage.size) or 0


def _pool(
    spec: ClusterSpec, component: Component, rack: Rack, *, external: External | None = None, volumes: int = 1
) -> Pool:
    return Pool(
        cluster=spec.kafka.name,
        namespace=spec.namespace,
        component=component,
        name=rack.pool_name,
        rack=rack.name,
        zone=rack.zone,
        first_id=rack.first_id,
        count=rack.count,
        external=external,
        volumes=volumes,
    )
