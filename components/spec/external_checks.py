"""Rules for the listeners of clients outside: names, ports and addresses that can be, and that nobody else has."""

import re
from typing import Final

from components.spec.access import DEFAULT_EXTERNAL, ExternalListener
from components.spec.containers import ports_of
from components.spec.external import ID, doors
from components.spec.model import ClusterSpec, KafkaSpec
from components.spec.naming import is_host, is_object_name
from components.spec.rack_checks import NODE_PORTS
from components.spec.reading import Reader
from components.spec.topology import broker_pools
from contract import LISTENER_CONTROLLER, LISTENER_INTERNAL, PORT_CONTROLLER, PORT_INTERNAL

_NAME: Final = re.compile(r"[A-Z][A-Z0-9_]*")
_NAME_RULE: Final = "capital letters, digits and '_', a letter first, at most 15 characters"
#: Names of listeners and of Kafka's own protocols, which would be mistaken for each other.
_RESERVED: Final = frozenset(
    {LISTENER_INTERNAL, LISTENER_CONTROLLER, "PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL", "REPLICATION"}
)
_PORTS: Final = {
    PORT_INTERNAL: "that of the internal listener",
    PORT_CONTROLLER: "that of the controllers' listener",
}
_ROUTES: Final = ("tls-route", "openshift-route")


def check_external_listeners(spec: ClusterSpec, reader: Reader) -> None:
    """Report listeners that could not be opened or reached."""
    names: dict[str, str] = {}
    ports = _sidecar_ports(spec.kafka) | _PORTS
    for index, one in enumerate(spec.kafka.listeners.external):
        field = f"kafka.listeners.external[{index}]"
        _check_name(field, one.name, reader)
        owner = names.setdefault(one.name, field)
        if owner != field:
            why, todo = f"{reader.at(owner)}.name is the same", "rename one of the two"
            allowed = "a name that no other listener has"
            reader.report(f"{field}.name", one.name, allowed=allowed, why=why, todo=todo)
        if one.port in ports:
            why, todo = f"the port is {ports[one.port]} already", "choose another, such as 9095"
            reader.report(f"{field}.port", one.port, allowed="a port of its own", why=why, todo=todo)
        ports.setdefault(one.port, f"that of {reader.at(field)}")
        if one.type_ == "node-port":
            _check_racks(spec, (field, one), reader)
        else:
            _check_host(field, one, reader)
        _check_fields(field, one, reader)
    _check_node_ports(spec, reader)


def _sidecar_ports(kafka: KafkaSpec) -> dict[int, str]:
    """Return the ports of the containers that run beside Kafka in its pods, with whose they are."""
    pods = [kafka.pod, *(rack.pod for rack in kafka.racks if rack.pod is not None)]
    return {
        port: f"that of the sidecar {container['name']}"
        for pod in pods
        for container in pod.sidecars
        for port in ports_of(container)
    }


def _check_name(field: str, name: str, reader: Reader) -> None:
    if name in _RESERVED:
        why, todo = "Kafka or the platform uses this name itself", f"choose another, such as {DEFAULT_EXTERNAL}"
        reader.report(f"{field}.name", name, allowed="a name of your own", why=why, todo=todo)
    elif not _NAME.fullmatch(name) or len(name) > 15:
        why = "Kafka takes it for a part of property names, and Kubernetes for that of a port"
        todo = f"choose a name such as {DEFAULT_EXTERNAL}"
        reader.report(f"{field}.name", name, allowed=_NAME_RULE, why=why, todo=todo)


def _check_racks(spec: ClusterSpec, listener: tuple[str, ExternalListener], reader: Reader) -> None:
    field, one = listener
    racks = {rack.name: rack for rack in spec.kafka.racks}
    if not any(rack.external for rack in racks.values()):
        why = "no rack says under which host its brokers are reached, so nothing would be opened"
        todo = f"add {reader.spell('external')} to the racks, choose another type, or remove the listener"
        allowed = f"racks with {reader.spell('external')}"
        reader.report(field, one.name, allowed=allowed, why=why, todo=todo)
    for name, first in one.node_ports.items():
        rack = racks.get(name)
        if rack is None or rack.external is None:
            why = "there is no such rack" if rack is None else "the rack does not say under which host it is reached"
            todo = f"correct the name, or give the rack {reader.spell('external')}"
            allowed = ", ".join(sorted(one for one, held in racks.items() if held.external)) or "no rack"
            path = f"{field}.{reader.spell('node_ports')}.{name}"
            reader.report_key(path, name, allowed=allowed, why=why, todo=todo)
        elif first not in NODE_PORTS or first + rack.brokers > NODE_PORTS.stop:
            why = f"the rack's {rack.brokers} brokers would take the ports from there on"
            allowed = f"a port from {NODE_PORTS.start} to {NODE_PORTS.stop - 1} with room for every broker"
            path = f"{field}.{reader.spell('node_ports')}.{name}"
            reader.report_key(path, first, allowed=allowed, why=why, todo="choose a port in the range")


def _check_host(field: str, one: ExternalListener, reader: Reader) -> None:
    """Report a template under which brokers could not be told apart."""
    if one.host is None or ID not in one.host or not is_host(one.host.replace(ID, "0")):
        why = "a client must reach exactly the broker that it was told of, so each has a name of its own"
        todo = "write a template such as broker-{id}.kafka.example.com, and have DNS lead there"
        allowed = "a host name with {id} in it"
        reader.report(f"{field}.host", one.host, allowed=allowed, why=why, todo=todo)
    if one.type_ in _ROUTES and not one.tls:
        why = "a router or gateway tells the brokers apart by the name in TLS alone"
        reader.report(f"{field}.tls", one.tls, allowed="true with this type", why=why, todo="set it to true")
    if one.type_ == "tls-route" and (one.gateway is None or not is_object_name(one.gateway.name)):
        why, todo = (
            "a TLSRoute belongs to a Gateway, which passes TLS through",
            "name it, and its namespace and section",
        )
        given = one.gateway.name if one.gateway else None
        reader.report(f"{field}.gateway", given, allowed="an object with a name", why=why, todo=todo)


def _check_fields(field: str, one: ExternalListener, reader: Reader) -> None:
    """Report what would have no effect with the listener's type."""
    with_template = {"host": one.host, "bootstrap_host": one.bootstrap_host, "advertised_port": one.advertised_port}
    useless: dict[str, object] = dict(with_template) if one.type_ == "node-port" else {"node_ports": one.node_ports}
    if one.type_ != "tls-route":
        useless["gateway"] = one.gateway
    for name, value in useless.items():
        if value:
            why, todo = f"with type {one.type_} nobody reads it", "remove it, or choose the type that it belongs to"
            given = value if isinstance(value, str | int) else "an object"
            reader.report(f"{field}.{name}", given, allowed="not with this type", why=why, todo=todo)
    if one.bootstrap_host is not None and not is_host(one.bootstrap_host):
        why, todo = "clients begin at exactly this name, followed by a port", "write a host name"
        reader.report(f"{field}.bootstrap_host", one.bootstrap_host, allowed="a host name", why=why, todo=todo)


def _check_node_ports(spec: ClusterSpec, reader: Reader) -> None:
    """Report a node port that two listeners would take: it is one for the whole of Kubernetes."""
    taken: dict[int, tuple[str, str]] = {}
    fields = {one.name: f"kafka.listeners.external[{i}]" for i, one in enumerate(spec.kafka.listeners.external)}
    for pool in broker_pools(spec):
        for door in doors(spec, pool) if spec.kafka.listeners.external else ():
            for node_id in pool.ids if door.first_node_port is not None else ():
                port, field = door.address(node_id)[1], fields[door.listener.name]
                listener, rack = taken.setdefault(port, (field, pool.name))
                if listener != field:
                    why = f"port {port} is that of {reader.at(listener)} in rack {rack} already"
                    todo = f"give each listener {reader.spell('node_ports')} of its own"
                    path = f"{field}.{reader.spell('node_ports')}"
                    reader.report_key(path, port, allowed="ports of its own", why=why, todo=todo)
                    return
