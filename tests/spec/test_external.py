"""Claims about the ways in from outside: what is advertised, what leads there, what cannot be."""

from typing import Any

import pytest

from components.spec.certificates import certificate_names
from components.spec.external import bootstraps, doors
from components.spec.external_objects import annotations, route, service_spec
from components.spec.problems import Problem, SpecError
from components.spec.properties import broker_configuration
from components.spec.rendering import render_pool
from components.spec.topology import broker_pools
from stacks.settings import parse_settings
from tests.spec.clusters import changed, cluster, kraft_config
from tests.spec.test_access import MTLS, secured

PARTNERS: dict[str, Any] = {
    "name": "PARTNERS",
    "port": 9095,
    "tls": True,
    "authentication": "mtls",
    "nodePorts": {"a": 31100, "b": 31200, "c": 31300},
}
BALANCED: dict[str, Any] = {
    "name": "WORLD",
    "port": 9096,
    "type": "load-balancer",
    "tls": True,
    "authentication": "scram-sha-512",
    "host": "broker-{id}.kafka.example.com",
    "bootstrapHost": "kafka.example.com",
    "annotations": {"external-dns.alpha.kubernetes.io/hostname": "{host}"},
}
ROUTED: dict[str, Any] = {
    "name": "EDGE",
    "port": 9097,
    "type": "tls-route",
    "tls": True,
    "host": "broker-{id}.edge.example.com",
    "gateway": {"name": "edge", "namespace": "gateways", "section": "kafka"},
}
SHIFTED: dict[str, Any] = {
    "name": "SHIFT",
    "port": 9098,
    "type": "openshift-route",
    "tls": True,
    "host": "b-{id}.apps.example.com",
}
PLAIN: dict[str, Any] = {"name": "EXTERNAL"}
ALL = [PLAIN, PARTNERS, BALANCED, ROUTED, SHIFTED]


def opened(*external: dict[str, Any]) -> dict[str, Any]:
    return secured(kraft_config(), listeners={"internal": MTLS, "external": list(external)})


def advertised(config: dict[str, Any], rack: int = 1) -> list[str]:
    spec = cluster(config)
    return broker_configuration(spec, broker_pools(spec)[rack]).file["advertised.listeners"].split(",")[1:]


def test_several_listeners_are_advertised_each_under_its_own_address() -> None:
    assert advertised(opened(*ALL)) == [
        "EXTERNAL://192.0.2.2:@EXTERNAL_PORT@",
        "PARTNERS://192.0.2.2:@PARTNERS_PORT@",
        "WORLD://broker-@NODE_ID@.kafka.example.com:9096",
        "EDGE://broker-@NODE_ID@.edge.example.com:443",
        "SHIFT://b-@NODE_ID@.apps.example.com:443",
    ]


def test_node_ports_by_rack_stand_beside_those_of_the_racks() -> None:
    spec = cluster(opened(*ALL))
    rendered = render_pool(spec, spec.kafka, broker_pools(spec)[1])
    assert rendered.files["external-offset"] == f"{30200 - 1000}\n"
    assert rendered.files["partners-offset"] == f"{31200 - 1000}\n"
    assert "port_PARTNERS=$(($(</etc/kafka-platform/partners-offset) + id))" in rendered.files["start.sh"]


def test_a_listener_that_says_nothing_new_changes_no_property() -> None:
    spec, plain = cluster(changed(kraft_config(), "kafka/listeners", {"external": [PLAIN]})), cluster(kraft_config())
    assert broker_configuration(spec, broker_pools(spec)[0]) == broker_configuration(plain, broker_pools(plain)[0])


def test_each_broker_has_a_service_of_its_own_that_leads_to_it_alone() -> None:
    spec = cluster(opened(*ALL))
    found = {door.listener.name: service_spec(door, 1000) for door in doors(spec, broker_pools(spec)[1])}
    assert {name: one["type"] for name, one in found.items()} == {
        "EXTERNAL": "NodePort",
        "PARTNERS": "NodePort",
        "WORLD": "LoadBalancer",
        "EDGE": "ClusterIP",
        "SHIFT": "ClusterIP",
    }
    for one in found.values():
        assert one["selector"] == {"statefulset.kubernetes.io/pod-name": "kafka-b-1000"}
    partners: Any = found["PARTNERS"]
    assert partners["ports"] == [{"name": "partners", "port": 9095, "targetPort": 9095, "nodePort": 31200}]


def test_routes_lead_by_name_and_pass_tls_through() -> None:
    spec = cluster(opened(ROUTED, SHIFTED))
    gateway, router = (route(door, 1000) for door in doors(spec, broker_pools(spec)[1]))
    assert gateway is not None and router is not None
    assert gateway[1:] == (
        "TLSRoute",
        {
            "parentRefs": [{"name": "edge", "namespace": "gateways", "sectionName": "kafka"}],
            "hostnames": ["broker-1000.edge.example.com"],
            "rules": [{"backendRefs": [{"name": "kafka-b-1000-edge", "port": 9097}]}],
        },
    )
    assert router[1] == "Route"
    assert router[2]["tls"] == {"termination": "passthrough", "insecureEdgeTerminationPolicy": "None"}


def test_annotations_carry_the_brokers_own_host() -> None:
    spec = cluster(opened(BALANCED))
    (door,) = doors(spec, broker_pools(spec)[1])
    assert annotations(door, 1000) == {"external-dns.alpha.kubernetes.io/hostname": "broker-1000.kafka.example.com"}


def test_clients_begin_at_the_bootstrap_host_or_at_the_first_broker_of_each_rack() -> None:
    assert bootstraps(cluster(opened(*ALL))) == {
        "EXTERNAL": "192.0.2.1:30100,192.0.2.2:30200,192.0.2.3:30300",
        "PARTNERS": "192.0.2.1:31100,192.0.2.2:31200,192.0.2.3:31300",
        "WORLD": "kafka.example.com:9096",
        "EDGE": "broker-0.edge.example.com:443,broker-1000.edge.example.com:443,broker-2000.edge.example.com:443",
        "SHIFT": "b-0.apps.example.com:443,b-1000.apps.example.com:443,b-2000.apps.example.com:443",
    }


def test_the_certificate_holds_every_advertised_name_also_of_brokers_to_come() -> None:
    names = certificate_names(cluster(opened(*ALL)))
    assert {"*.kafka.example.com", "kafka.example.com", "*.edge.example.com", "192.0.2.1"} <= set(names)


_AT = "kafka.listeners.external[0]"
# Each line: the listeners, the path that the error names, and what its text must say.
BAD_INPUT: list[tuple[list[dict[str, Any]], str, str]] = [
    ([{**PARTNERS, "nodePorts": {"z": 31100}}], f"{_AT}.nodePorts.z", "no such rack"),
    ([{**PARTNERS, "nodePorts": {"a": 80}}], f"{_AT}.nodePorts.a", "30000 to 32767"),
    ([{**PARTNERS, "nodePorts": {"a": 32768}}], f"{_AT}.nodePorts.a", "30000 to 32767"),
    ([{**PARTNERS, "nodePorts": {"a": "x"}}], f"{_AT}.nodePorts.a", "30000 to 32767"),
    ([{**PARTNERS, "nodePorts": [1]}], f"{_AT}.nodePorts", "an object"),
    ([PLAIN, {**PLAIN, "name": "OTHER", "port": 9095}], "kafka.listeners.external[1].nodePorts", "is that of"),
    ([PLAIN, {**PLAIN, "port": 9095}], "kafka.listeners.external[1].name", "is the same"),
    ([PARTNERS, {**BALANCED, "port": 9095}], "kafka.listeners.external[1].port", "is that of"),
    ([{**PLAIN, "type": "host-port"}], f"{_AT}.type", "node-port or load-balancer"),
    ([{**BALANCED, "host": None}], f"{_AT}.host", "a name of its own"),
    ([{**BALANCED, "host": "kafka.example.com"}], f"{_AT}.host", "{id}"),
    ([{**BALANCED, "host": "broker {id}"}], f"{_AT}.host", "{id}"),
    ([{**BALANCED, "bootstrapHost": "a b"}], f"{_AT}.bootstrapHost", "clients begin"),
    ([{**BALANCED, "advertisedPort": 0}], f"{_AT}.advertisedPort", "1 to 65535"),
    ([{**BALANCED, "nodePorts": {"a": 31100}}], f"{_AT}.nodePorts", "nobody reads it"),
    ([{**BALANCED, "gateway": {"name": "x"}}], f"{_AT}.gateway", "nobody reads it"),
    ([{**PLAIN, "host": "a-{id}"}], f"{_AT}.host", "nobody reads it"),
    ([{**PLAIN, "bootstrapHost": "a"}], f"{_AT}.bootstrapHost", "nobody reads it"),
    ([{**ROUTED, "tls": False}], f"{_AT}.tls", "by the name in TLS"),
    ([{**ROUTED, "gateway": None}], f"{_AT}.gateway", "belongs to a Gateway"),
    ([{**ROUTED, "gateway": {"name": "No Name"}}], f"{_AT}.gateway", "belongs to a Gateway"),
    ([{**ROUTED, "gateway": {"name": "a", "listener": "b"}}], f"{_AT}.gateway.listener", "does not exist"),
    ([{**SHIFTED, "tls": False}], f"{_AT}.tls", "by the name in TLS"),
]


@pytest.mark.parametrize(("external", "path", "said"), BAD_INPUT)
def test_a_way_in_that_cannot_be_is_refused(external: list[dict[str, Any]], path: str, said: str) -> None:
    with pytest.raises(SpecError) as caught:
        parse_settings(opened(*external))
    found: dict[str, Problem] = {problem.path: problem for problem in caught.value.problems}
    assert f"kafka-platform:{path}" in found, list(found)
    assert said in str(found[f"kafka-platform:{path}"])
