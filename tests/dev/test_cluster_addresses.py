"""The plan of addresses: disjoint ranges inside one, and none that other tools take by default."""

from ipaddress import IPv4Network
from itertools import combinations

import pytest

from dev.cluster.addresses import (
    CLUSTER_RANGE,
    CONTROL_PLANE,
    DNS_SERVICE,
    KUBERNETES_SERVICE,
    LOOPBACK,
    NODE_ADDRESSES,
    NODE_RANGE,
    POD_RANGE,
    SERVICE_RANGE,
    ZONES,
    zone_named,
)

TAKEN_BY_OTHERS = {
    "Podman": "10.88.0.0/16",
    "Podman networks": "10.89.0.0/16",
    "Docker": "172.16.0.0/12",
    "Docker's second choice": "192.168.0.0/16",
    "k3s": "10.42.0.0/15",
    "Kubernetes services": "10.96.0.0/12",
    "Kubernetes pods": "10.244.0.0/16",
}


def test_nodes_pods_and_services_are_disjoint_parts_of_the_one_range() -> None:
    parts = (NODE_RANGE, POD_RANGE, SERVICE_RANGE)
    assert all(part.subnet_of(CLUSTER_RANGE) for part in parts)
    assert not any(one.overlaps(other) for one, other in combinations(parts, 2))


@pytest.mark.parametrize("tool", TAKEN_BY_OTHERS)
def test_the_range_is_not_one_that_another_tool_takes_by_default(tool: str) -> None:
    assert not CLUSTER_RANGE.overlaps(IPv4Network(TAKEN_BY_OTHERS[tool]))


def test_the_cluster_is_in_private_addresses_that_no_router_of_the_internet_forwards() -> None:
    assert CLUSTER_RANGE.is_private
    assert LOOPBACK.is_loopback


def test_each_zone_has_a_node_address_and_pods_of_its_own() -> None:
    addresses = [zone.address for zone in ZONES]
    assert len({*addresses, CONTROL_PLANE}) == len(ZONES) + 1
    assert all(address in NODE_RANGE for address in (*addresses, CONTROL_PLANE))
    assert all(zone.pods.subnet_of(POD_RANGE) for zone in ZONES)
    assert not any(one.pods.overlaps(other.pods) for one, other in combinations(ZONES, 2))


def test_the_first_services_are_where_clients_look_for_them() -> None:
    assert str(KUBERNETES_SERVICE) == "10.213.128.1"
    assert str(DNS_SERVICE) == "10.213.128.10"


def test_node_addresses_are_published_by_zone_label() -> None:
    assert dict(NODE_ADDRESSES) == {"local-a": "10.213.0.11", "local-b": "10.213.0.12", "local-c": "10.213.0.13"}


def test_names_of_links_are_short_enough_for_the_kernel() -> None:
    assert all(len(zone.link) <= 15 for zone in ZONES)


@pytest.mark.parametrize("name", ["b", "zone-b", "local-b"])
def test_a_zone_is_found_by_letter_node_and_label(name: str) -> None:
    assert zone_named(name) == ZONES[1]


def test_an_unknown_zone_is_refused_with_the_names_that_exist() -> None:
    with pytest.raises(KeyError, match="zone 'd' does not exist; zones are a, b, c"):
        zone_named("d")
