"""Where clients outside Kubernetes find each broker, listener by listener.

Addresses are known before anything exists: a template with the broker's id, or a rack's host with one node port for
each broker. So a preview shows them, and brokers restart only when an advertised address really changes.
"""

from dataclasses import dataclass
from typing import Final

from components.spec.access import DEFAULT_EXTERNAL, ExternalListener
from components.spec.model import ClusterSpec
from components.spec.topology import Pool, broker_pools
from contract import PORT_EXTERNAL

ID: Final = "{id}"
_PLAIN: Final = ExternalListener(name=DEFAULT_EXTERNAL, port=PORT_EXTERNAL)
#: What a gateway or a router listens on.
_PORT_TLS: Final = 443


@dataclass(frozen=True, kw_only=True)
class Door:
    """One listener for clients outside, at the brokers of one pool."""

    listener: ExternalListener
    pool: Pool
    host: str
    """The advertised host; `{id}` stands for the broker's id."""
    first_node_port: int | None = None

    @property
    def label(self) -> str:
        """The listener's name as a part of names of objects and ports."""
        return self.listener.name.lower().replace("_", "-")

    @property
    def placeholder(self) -> str:
        """What stands for the advertised port in the configuration until a broker's start."""
        return f"@{self.listener.name}_PORT@"

    @property
    def offset_file(self) -> str:
        """The file that holds a broker's node port less its id."""
        return f"{self.listener.name.lower()}-offset"

    @property
    def offset(self) -> int:
        """A broker's node port less its id."""
        return (self.first_node_port or 0) - self.pool.first_id

    @property
    def advertised_port(self) -> int:
        """The port that is advertised where there is no node port."""
        if self.listener.advertised_port is not None:
            return self.listener.advertised_port
        return self.listener.port if self.listener.type_ == "load-balancer" else _PORT_TLS

    def address(self, node_id: int) -> tuple[str, int]:
        """Return where a broker is reached from outside."""
        port = self.advertised_port if self.first_node_port is None else self.offset + node_id
        return self.host.replace(ID, str(node_id)), port

    def service(self, node_id: int) -> str:
        """Return the name of the Service that leads to one broker."""
        return f"{self.pool.pod(node_id)}-{self.label}"


def doors(spec: ClusterSpec, pool: Pool) -> tuple[Door, ...]:
    """Return every listener that the pool's brokers open for clients outside; without further words one at most."""
    listeners = spec.kafka.listeners.external or (_PLAIN,)
    found = (_door(listener, pool) for listener in listeners if pool.component == "broker")
    return tuple(door for door in found if door is not None)


def bootstraps(spec: ClusterSpec) -> dict[str, str]:
    """Return, by listener, where clients outside begin: the bootstrap host, else the first broker of every rack."""
    found: dict[str, list[str]] = {}
    for pool in broker_pools(spec):
        for door in doors(spec, pool) if pool.count else ():
            whole = door.listener.bootstrap_host
            host, port = door.address(pool.first_id) if whole is None else (whole, door.advertised_port)
            found.setdefault(door.listener.name, []).append(f"{host}:{port}")
    return {name: ",".join(dict.fromkeys(places)) for name, places in found.items()}


def outside_names(spec: ClusterSpec) -> frozenset[str]:
    """Return the names that clients outside look for in a certificate; a wildcard where the id begins the name."""
    names: set[str] = set()
    for pool in broker_pools(spec):
        for door in doors(spec, pool):
            first, _, rest = door.host.partition(".")
            single = {door.host} if ID not in door.host else {door.address(node)[0] for node in pool.ids}
            names |= {f"*.{rest}"} if ID in first and ID not in rest else single
            names |= {door.listener.bootstrap_host} if door.listener.bootstrap_host else set()
    return frozenset(names)


def _door(listener: ExternalListener, pool: Pool) -> Door | None:
    if listener.type_ != "node-port":
        return Door(listener=listener, pool=pool, host=listener.host or "")
    if pool.external is None:
        return None
    first = listener.node_ports.get(pool.name) if listener.node_ports else pool.external.first_node_port
    return None if first is None else Door(listener=listener, pool=pool, host=pool.external.host, first_node_port=first)
