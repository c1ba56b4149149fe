"""The addresses of the local cluster: one private range, cut into nodes, pods and services.

Everything lies in one /16, so that one route and one firewall match cover the cluster. The range is none that Podman
(10.88.0.0/16, 10.89.0.0/24 and up), Docker (172.16.0.0/12, 192.168.0.0/16), k3s (10.42.0.0/15) or a default
Kubernetes (10.96.0.0/12, 10.244.0.0/16) would take.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from types import MappingProxyType
from typing import Final

CLUSTER_RANGE: Final = IPv4Network("10.213.0.0/16")
"""All addresses of the cluster. One without a route of its own is unreachable, never sent by a default route."""
NODE_RANGE: Final = IPv4Network("10.213.0.0/24")
POD_RANGE: Final = IPv4Network("10.213.64.0/18")
SERVICE_RANGE: Final = IPv4Network("10.213.128.0/17")

CONTROL_PLANE: Final = IPv4Address("10.213.0.1")
"""The host's address on the bridge; the API server and DNS listen here."""
LOOPBACK: Final = IPv4Address("127.0.213.1")
"""A loopback address of our own, so that no port of etcd or a manager meets a service of the host."""
API_PORT: Final = 6443
API_SERVER: Final = f"https://{CONTROL_PLANE}:{API_PORT}"
KUBERNETES_SERVICE: Final = SERVICE_RANGE[1]
DNS_SERVICE: Final = SERVICE_RANGE[10]
CLUSTER_DOMAIN: Final = "cluster.local"

BRIDGE: Final = "kp0"
REGION: Final = "local"


@dataclass(frozen=True)
class Zone:
    """One availability zone: a network namespace with one node in it."""

    name: str
    """Its letter, as people type it: `a`."""
    index: int

    @property
    def node(self) -> str:
        """The name of the Kubernetes node."""
        return f"zone-{self.name}"

    @property
    def label(self) -> str:
        """The value of the node's topology.kubernetes.io/zone label."""
        return f"{REGION}-{self.name}"

    @property
    def address(self) -> IPv4Address:
        """The node's address on the bridge; node ports are reached here."""
        return NODE_RANGE[10 + self.index]

    @property
    def pods(self) -> IPv4Network:
        """The addresses of this zone's pods."""
        return list(POD_RANGE.subnets(new_prefix=24))[self.index]

    @property
    def namespace(self) -> str:
        """The name of the network namespace."""
        return f"kafka-platform-{self.name}"

    @property
    def link(self) -> str:
        """The host's end of the cable into the zone; setting it down is a zone outage."""
        return f"{BRIDGE}-{self.name}"


ZONES: Final = (Zone("a", 1), Zone("b", 2), Zone("c", 3))

NODE_ADDRESSES: Final[Mapping[str, str]] = MappingProxyType({zone.label: str(zone.address) for zone in ZONES})
"""Zone label -> address at which a client on this machine reaches the zone's node ports."""


def zone_named(name: str) -> Zone:
    """Return the zone for `b`, `zone-b` or `local-b`. Raises KeyError with the allowed names."""
    for zone in ZONES:
        if name in (zone.name, zone.node, zone.label):
            return zone
    raise KeyError(f"zone {name!r} does not exist; zones are {', '.join(zone.name for zone in ZONES)}")
