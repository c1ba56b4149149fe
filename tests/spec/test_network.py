"""Who reaches what with network policies: asked of the very objects, by the rules that Kubernetes reads them by."""

from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from components import ControllerQuorum, KafkaCluster, ZooKeeperEnsemble
from components.args import cluster_args
from stacks.deploy import deploy
from stacks.settings import parse_settings
from tests.components.engine import record
from tests.spec.clusters import changed, cluster, kraft_config, zookeeper_config
from tests.spec.services import confluent_config
from tests.stacks.test_deploy import seen

SHOP = {"namespaces": {"kubernetes.io/metadata.name": "shop"}, "pods": {"app": "cart"}}
OFFICE = {"cidr": "192.0.2.0/24", "except": ["192.0.2.128/25"]}
POLICIES = "kafka/networkPolicies"

Pod = tuple[str, dict[str, str]]
CART: Pod = ("shop", {"app": "cart"})
STRANGER: Pod = ("shop", {"app": "other"})
NEIGHBOUR: Pod = ("streams", {"app": "cart"})


def node(component: str, cluster_name: str = "kafka") -> Pod:
    """Return a pod of the platform."""
    return "streams", {"kafka-platform/cluster": cluster_name, "kafka-platform/component": component}


def policies(config: dict[str, Any]) -> dict[str, Any]:
    """Return the specs of the policies that a stack makes, by name."""
    made = record(lambda: deploy(parse_settings(config), seen)).of(":NetworkPolicy")
    return {one.inputs["metadata"]["name"]: one.inputs["spec"] for one in made}


def reached(policy: Any, source: Pod | str) -> set[int]:
    """Return the ports that a source, a pod or an address, reaches at the pods of a policy."""
    ports: set[int] = set()
    for rule in policy["ingress"]:
        if "from" not in rule or any(_is(peer, source) for peer in rule["from"]):
            ports |= {int(port["port"]) for port in rule["ports"]}
    return ports


def _is(peer: Any, source: Pod | str) -> bool:
    if isinstance(source, str) or "ipBlock" in peer:
        block = peer.get("ipBlock")
        if block is None or not isinstance(source, str) or ip_address(source) not in ip_network(block["cidr"]):
            return False
        return not any(ip_address(source) in ip_network(away) for away in block.get("except", []))
    namespace, labels = source
    there = {"kubernetes.io/metadata.name": namespace}
    wanted = peer.get("namespaceSelector", {"matchLabels": {"kubernetes.io/metadata.name": "streams"}})
    return _has(there, wanted) and _has(labels, peer.get("podSelector", {"matchLabels": {}}))


def _has(labels: dict[str, str], selector: Any) -> bool:
    return set(selector["matchLabels"].items()) <= set(labels.items())


NETWORK: dict[str, Any] = {"internal": [SHOP], "external": [OFFICE]}
ZOOKEEPER = policies(changed(zookeeper_config(), POLICIES, NETWORK))
KRAFT = policies(changed(kraft_config(), POLICIES, NETWORK))
BROKERS, ENSEMBLE, CONTROLLERS = ZOOKEEPER["kafka-brokers"], ZOOKEEPER["kafka-zookeepers"], KRAFT["kafka-controllers"]

# Each line: a policy, who comes, and the ports that they reach; in the fast tier this is the matrix of the network.
REACHED: list[tuple[str, Any, Pod | str, set[int]]] = [
    ("broker", BROKERS, node("broker"), {9092, 9094}),
    ("broker", BROKERS, node("connect"), {9092, 9094}),
    ("broker", BROKERS, node("schema-registry"), {9092, 9094}),
    ("broker", BROKERS, node("broker", "another"), set()),
    ("broker", BROKERS, CART, {9092}),
    ("broker", BROKERS, STRANGER, set()),
    ("broker", BROKERS, NEIGHBOUR, set()),
    ("broker", BROKERS, "192.0.2.7", {9094}),
    ("broker", BROKERS, "192.0.2.200", set()),
    ("broker", BROKERS, "198.51.100.1", set()),
    ("ensemble", ENSEMBLE, node("zookeeper"), {2181, 2888, 3888}),
    ("ensemble", ENSEMBLE, node("broker"), {2181}),
    ("ensemble", ENSEMBLE, node("connect"), set()),
    ("ensemble", ENSEMBLE, CART, set()),
    ("ensemble", ENSEMBLE, "192.0.2.7", set()),
    ("controllers", CONTROLLERS, node("controller"), {9093}),
    ("controllers", CONTROLLERS, node("broker"), {9093}),
    ("controllers", CONTROLLERS, node("connect"), set()),
    ("controllers", CONTROLLERS, CART, set()),
]


@pytest.mark.parametrize(("at", "policy", "source", "ports"), REACHED)
def test_each_reaches_what_it_needs_and_nothing_else(at: str, policy: Any, source: Pod | str, ports: set[int]) -> None:
    assert reached(policy, source) == ports, at


def test_without_a_word_nobody_reaches_the_internal_listener_and_everybody_the_external_ones() -> None:
    brokers = policies(changed(kraft_config(), POLICIES, {}))["kafka-brokers"]
    assert reached(brokers, CART) == reached(brokers, "198.51.100.1") == {9094}
    assert reached(brokers, node("broker")) == {9092, 9094}


def test_brokers_without_external_listeners_open_none() -> None:
    config = kraft_config()
    racks = [{key: value for key, value in rack.items() if key != "external"} for rack in config["kafka"]["racks"]]
    brokers = policies(changed(changed(config, "kafka/racks", racks), POLICIES, {}))["kafka-brokers"]
    assert reached(brokers, node("broker")) == {9092}
    assert reached(brokers, "198.51.100.1") == set()


def test_pods_of_a_namespace_and_namespaces_as_a_whole_can_be_named() -> None:
    named = [{"pods": {"app": "cart"}}, {"namespaces": {"kubernetes.io/metadata.name": "shop"}}]
    brokers = policies(changed(kraft_config(), POLICIES, {"internal": named, "external": [OFFICE]}))["kafka-brokers"]
    assert reached(brokers, NEIGHBOUR) == reached(brokers, STRANGER) == {9092}
    assert reached(brokers, ("elsewhere", {"app": "cart"})) == set()


def test_a_service_is_reached_by_the_platform_and_by_its_clients() -> None:
    config = changed(confluent_config(listener="CLIENTS"), POLICIES, {})
    found = policies(changed(config, "schemaRegistry/clients", [SHOP]))
    registry, connect = found["kafka-schema-registry"], found["kafka-connect"]
    assert reached(registry, node("connect")) == reached(registry, node("kafka-rest")) == {8081}
    assert reached(registry, CART) == {8081} and reached(registry, STRANGER) == set()
    # Workers pass requests on to their leader.
    assert reached(connect, node("connect")) == {8083} and reached(connect, CART) == set()
    assert reached(found["kafka-kafka-rest"], CART) == set()
    # Every door of the cluster itself is for its services too.
    assert reached(found["kafka-brokers"], node("connect")) == {9092, 9095}


def test_a_policy_selects_the_pods_of_its_component_whatever_their_pool() -> None:
    config = changed(zookeeper_config(), POLICIES, {})
    made = record(lambda: deploy(parse_settings(config), seen))
    sets = [one.inputs["spec"]["template"]["metadata"]["labels"] for one in made.of(":StatefulSet")]
    selectors = [one.inputs["spec"]["podSelector"]["matchLabels"] for one in made.of(":NetworkPolicy")]
    for labels in sets:
        assert sum(selector.items() <= labels.items() for selector in selectors) == 1
    assert all(one.inputs["spec"]["policyTypes"] == ["Ingress"] for one in made.of(":NetworkPolicy"))


def test_the_policy_of_an_ensemble_as_the_api_server_gets_it() -> None:
    def pods(component: str) -> dict[str, Any]:
        return {"podSelector": {"matchLabels": node(component)[1]}}

    def tcp(*ports: int) -> list[dict[str, Any]]:
        return [{"port": port, "protocol": "TCP"} for port in ports]

    assert {
        **pods("zookeeper"),
        "policyTypes": ["Ingress"],
        "ingress": [
            {"from": [pods("zookeeper")], "ports": tcp(2181, 2888, 3888)},
            {"from": [pods("broker")], "ports": tcp(2181)},
        ],
    } == ENSEMBLE


@pytest.mark.parametrize("config", [zookeeper_config(), kraft_config()], ids=["zookeeper", "kraft"])
def test_policies_come_by_their_section_alone_and_restart_nobody(config: dict[str, Any]) -> None:
    def made(config: dict[str, Any]) -> dict[tuple[str, str], Any]:
        args = cluster_args(cluster(config))

        def program() -> None:
            (ZooKeeperEnsemble if "zookeeper" in config else ControllerQuorum)("kafka", args)
            KafkaCluster("kafka", args)

        return {(one.type, one.name): one.inputs for one in record(program).registrations}

    open_to_all, closed = made(config), made(changed(config, POLICIES, NETWORK))
    assert {key: closed[key] for key in open_to_all} == open_to_all
    assert {kind.rpartition(":")[2] for kind, _ in set(closed) - set(open_to_all)} == {"NetworkPolicy"}
    assert len(closed) == len(open_to_all) + 2
