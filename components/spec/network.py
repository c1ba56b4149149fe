"""Who may reach which port, as NetworkPolicies in Kubernetes' own JSON; only where the spec asks for them.

Policies close what they select to everybody whom no rule names, and add up with others that select the same pods. What
the platform itself needs is open without a word:

1. A quorum is reached by its own members, and by brokers at the ports that serve clients. Nobody else is ever let in.
2. Brokers' listeners, and the services' own ports, are reached by every pod of the same Kafka cluster.
3. Everybody else is named by the user: for the internal listener, for the external ones (left out, those are open to
   everybody), and for each service.

The kubelet's probes and the hooks, which come through the kubelet's port-forward, are on no list: Kubernetes always
lets a node reach its own pods. Nothing is said of what pods send.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from components.spec.external import doors
from components.spec.model import ClusterSpec
from components.spec.peers import Peer
from components.spec.pod import Json, component_labels
from components.spec.topology import broker_pools
from contract import LABEL_CLUSTER, Component, headless_service

#: Ports by which the members of an ensemble speak among themselves alone.
_AMONG_MEMBERS: Final = frozenset({"peer", "election"})


@dataclass(frozen=True, kw_only=True)
class Policy:
    """One NetworkPolicy."""

    name: str
    labels: Mapping[str, str]
    """Labels of the object, and of the pods that it is about."""
    spec: Json


def component_policy(spec: ClusterSpec, component: Component, ports: Mapping[str, int]) -> Policy | None:
    """Return the policy of a component's pods, given its ports by name; None where the spec asks for no policies."""
    if spec.kafka.network_policies is None:
        return None
    rules = _broker_rules(spec, ports) if component == "broker" else _quorum_rules(spec, component, ports)
    cluster = spec.kafka.name
    return _policy(headless_service(cluster, component), component_labels(cluster, component), rules)


def service_policy(
    spec: ClusterSpec, labels: Mapping[str, str], service: tuple[str, int], clients: Sequence[Peer]
) -> Policy | None:
    """Return the policy of a service's pods, given its name and port; None where the spec asks for no policies."""
    if spec.kafka.network_policies is None:
        return None
    name, port = service
    return _policy(name, labels, [_rule([port], [_platform(spec), *map(_source, clients)])])


def _broker_rules(spec: ClusterSpec, ports: Mapping[str, int]) -> list[Json]:
    policies = spec.kafka.network_policies
    assert policies is not None
    internal = _rule(ports.values(), [_platform(spec), *map(_source, policies.internal)])
    outer = {door.listener.port for pool in broker_pools(spec) for door in doors(spec, pool)}
    if not outer:
        return [internal]
    outside = policies.external
    sources = None if outside is None else [_platform(spec), *map(_source, outside)]
    return [internal, _rule(outer, sources)]


def _quorum_rules(spec: ClusterSpec, component: Component, ports: Mapping[str, int]) -> list[Json]:
    served = [port for name, port in ports.items() if name not in _AMONG_MEMBERS]
    members, brokers = (_pods(component_labels(spec.kafka.name, each)) for each in (component, "broker"))
    return [_rule(ports.values(), [members]), _rule(served, [brokers])]


def _policy(name: str, labels: Mapping[str, str], rules: list[Json]) -> Policy:
    body: Json = {"podSelector": {"matchLabels": dict(labels)}, "policyTypes": ["Ingress"], "ingress": rules}
    return Policy(name=name, labels=labels, spec=body)


def _rule(ports: Iterable[int], sources: list[Json] | None) -> Json:
    """Return the rule that opens ports to sources, to everybody where that is None."""
    opened: Json = {"ports": [{"port": port, "protocol": "TCP"} for port in sorted(ports)]}
    return opened if sources is None else {"from": sources, **opened}


def _platform(spec: ClusterSpec) -> Json:
    """Return every pod of the Kafka cluster and of the services on top."""
    return _pods({LABEL_CLUSTER: spec.kafka.name})


def _pods(labels: Mapping[str, str]) -> Json:
    return {"podSelector": {"matchLabels": dict(labels)}}


def _source(peer: Peer) -> Json:
    if peer.cidr is not None:
        return {"ipBlock": {"cidr": peer.cidr} | ({"except": list(peer.except_)} if peer.except_ else {})}
    selectors = {"namespaceSelector": peer.namespaces, "podSelector": peer.pods}
    return {name: {"matchLabels": dict(labels)} for name, labels in selectors.items() if labels}
