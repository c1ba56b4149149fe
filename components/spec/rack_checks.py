"""Rules for the racks of one section: their names, zones, ids and what they show to the outside."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from components.spec.model import BrokerRack, Rack
from components.spec.naming import HOST_RULE, LABEL_RULE, LABEL_VALUE_RULE, is_host, is_label, is_label_value
from components.spec.reading import Reader
from contract import Component

#: The range from which Kubernetes takes node ports, unless its API server was told otherwise.
NODE_PORTS: Final = range(30000, 32768)
ZOOKEEPER_IDS: Final = range(1, 255)


@dataclass(frozen=True, kw_only=True)
class Section:
    """One section of the input that has racks, with the names of its own fields."""

    name: str
    component: Component
    racks: Sequence[Rack]
    first_field: str
    count_field: str

    @classmethod
    def of(cls, name: str, component: Component, racks: Sequence[Rack], fields: tuple[str, str]) -> "Section":
        """Return the section whose racks call their first id and their count by these fields."""
        return cls(name=name, component=component, racks=racks, first_field=fields[0], count_field=fields[1])

    def field(self, index: int, name: str) -> str:
        """Return the field of a rack, from the top of the input."""
        return f"{self.name}.racks[{index}].{name}"

    def ids(self, index: int) -> range:
        """Return the node ids of a rack."""
        rack = self.racks[index]
        return range(rack.first_id, rack.first_id + rack.count)


def check_racks(section: Section, reader: Reader) -> None:
    """Report racks whose names or zones cannot be, or are those of another rack."""
    names: dict[str, int] = {}
    zones: dict[str, int] = {}
    for index, rack in enumerate(section.racks):
        if not is_label(rack.name):
            why = "StatefulSets and pods are named after it, and Kubernetes would refuse them"
            field = section.field(index, "name")
            reader.report(field, rack.name, allowed=LABEL_RULE, why=why, todo="choose another name")
        if not is_label_value(rack.zone):
            why = "a zone is the value of the nodes' topology.kubernetes.io/zone label, and this cannot be one"
            todo = "copy it from `kubectl get nodes -L topology.kubernetes.io/zone`"
            reader.report(section.field(index, "zone"), rack.zone, allowed=LABEL_VALUE_RULE, why=why, todo=todo)
        _check_unique(section, index, ("name", rack.name, names), reader)
        _check_unique(section, index, ("zone", rack.zone, zones), reader)
        if section.component == "zookeeper" and section.ids(index).stop > ZOOKEEPER_IDS.stop:
            why = f"its last server would have the id {section.ids(index).stop - 1}, and ZooKeeper's ids end at 254"
            field = section.field(index, section.first_field)
            todo = "move the rack's first id down; 1, 11 and 21 leave room for ten servers each"
            reader.report(field, rack.first_id, allowed="ids from 1 to 254 for every server", why=why, todo=todo)


def _check_unique(section: Section, index: int, value: tuple[str, str, dict[str, int]], reader: Reader) -> None:
    field, text, seen = value
    first = seen.setdefault(text, index)
    if first == index:
        return
    reader.report(
        section.field(index, field),
        text,
        allowed=f"a {field} that no other rack of the section has",
        why=f"{reader.at(section.field(first, field))} is the same, and a rack is one zone and one StatefulSet",
        todo="merge the two racks into one with the sum of their counts, or correct the value",
    )


def check_external(racks: Sequence[BrokerRack], reader: Reader) -> None:
    """Report advertised hosts and node ports that cannot serve clients outside the cluster."""
    for index, rack in enumerate(racks):
        if rack.external is None:
            continue
        field = f"kafka.racks[{index}].external"
        if not is_host(rack.external.host):
            why = "clients connect to exactly this name, followed by a port"
            todo = "write the address of a node of the zone, or a name that leads to one"
            reader.report(f"{field}.host", rack.external.host, allowed=HOST_RULE, why=why, todo=todo)
        ports = _ports(rack)
        if ports.start not in NODE_PORTS or ports.stop > NODE_PORTS.stop:
            why = f"the rack's {rack.brokers} brokers would take {ports.start} to {ports.stop - 1}"
            allowed = f"ports from {NODE_PORTS.start} to {NODE_PORTS.stop - 1} for every broker"
            todo = "choose a first port in the range, with room for the rack to grow"
            reader.report(f"{field}.first_node_port", ports.start, allowed=allowed, why=why, todo=todo)
    for (first, one), (second, other) in combinations(enumerate(racks), 2):
        if one.external is None or other.external is None:
            continue
        shared = range(max(_ports(one).start, _ports(other).start), min(_ports(one).stop, _ports(other).stop))
        if shared:
            taken = reader.at(f"kafka.racks[{first}].external.first_node_port")
            why = f"port {shared.start} is already that of {taken}, and a node port is one for the whole cluster"
            todo = "leave a gap between racks, such as 30100, 30200, 30300"
            field, allowed = f"kafka.racks[{second}].external.first_node_port", "ports that no other rack has"
            reader.report(field, other.external.first_node_port, allowed=allowed, why=why, todo=todo)


def _ports(rack: BrokerRack) -> range:
    first = rack.external.first_node_port if rack.external else 0
    return range(first, first + rack.brokers)
