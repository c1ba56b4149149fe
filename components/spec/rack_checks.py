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

    def name_field(self, index: int) -> str:
        """Return the field that names the rack's pool: its own, else that of the rack."""
        rack = self.racks[index]
        return self.field(index, "pool" if isinstance(rack, BrokerRack) and rack.pool is not None else "name")

    def ids(self, index: int) -> range:
        """Return the node ids of a rack."""
        rack = self.racks[index]
        return range(rack.first_id, rack.first_id + rack.count)


def check_racks(section: Section, reader: Reader) -> None:
    """Report racks whose names or zones cannot be, or are those of another rack."""
    pools: dict[str, int] = {}
    for index, rack in enumerate(section.racks):
        if not is_label(rack.name):
            why = "StatefulSets and pods are named after it, and Kubernetes would refuse them"
            field = section.field(index, "name")
            reader.report(field, rack.name, allowed=LABEL_RULE, why=why, todo="choose another name")
        elif not is_label(rack.pool_name):
            why = "a StatefulSet and its pods are named after it, and Kubernetes would refuse them"
            field = section.name_field(index)
            reader.report(field, rack.pool_name, allowed=LABEL_RULE, why=why, todo="choose another name")
        if not is_label_value(rack.zone):
            why = "a zone is the value of the nodes' topology.kubernetes.io/zone label, and this cannot be one"
            todo = "copy it from `kubectl get nodes -L topology.kubernetes.io/zone`"
            reader.report(section.field(index, "zone"), rack.zone, allowed=LABEL_VALUE_RULE, why=why, todo=todo)
        first = pools.setdefault(rack.pool_name, index)
        if first != index:
            _report_twice(section, index, first, reader)
        else:
            _check_zone(section, index, reader)
        if section.component == "zookeeper" and section.ids(index).stop > ZOOKEEPER_IDS.stop:
            why = f"its last server would have the id {section.ids(index).stop - 1}, and ZooKeeper's ids end at 254"
            field = section.field(index, section.first_field)
            todo = "move the rack's first id down; 1, 11 and 21 leave room for ten servers each"
            reader.report(field, rack.first_id, allowed="ids from 1 to 254 for every server", why=why, todo=todo)


def _report_twice(section: Section, index: int, first: int, reader: Reader) -> None:
    """Report a pool that is called as another one is."""
    todo = "merge the two into one with the sum of their counts, or correct the name"
    if section.component == "broker":
        todo += "; where they differ in more than the count, give one of them a `pool` name of its own"
    reader.report(
        section.name_field(index),
        section.racks[index].pool_name,
        allowed="a name that no other pool of the section has",
        why=f"{reader.at(section.name_field(first))} is the same, and a pool is one StatefulSet",
        todo=todo,
    )


def _check_zone(section: Section, index: int, reader: Reader) -> None:
    """Report a rack that is in two zones, or a zone with two racks."""
    rack, field = section.racks[index], section.field(index, "zone")
    for other, before in enumerate(section.racks[:index]):
        if rack.name == before.name and rack.zone != before.zone:
            why = f"{reader.at(section.field(other, 'zone'))} is {before.zone}, and a rack is one zone"
            todo = "write the same zone, or name the rack otherwise"
            return reader.report(field, rack.zone, allowed=before.zone, why=why, todo=todo)
        if rack.name != before.name and rack.zone == before.zone:
            allowed = "a zone that no other rack of the section has"
            why = f"{reader.at(section.field(other, 'zone'))} is the same, and a zone is one rack"
            todo = "merge the two racks into one with the sum of their counts, or correct the value"
            if section.component == "broker":
                todo += f"; or call both racks {before.name}, and give this one a `pool` name of its own"
            return reader.report(field, rack.zone, allowed=allowed, why=why, todo=todo)
    return None


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
