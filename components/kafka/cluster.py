"""The brokers of a Kafka cluster, over all racks."""

from collections.abc import Mapping
from typing import cast

import pulumi
import pulumi_kubernetes as k8s
from pulumi_kubernetes.core.v1 import ServiceSpecArgs

from components.args import ClusterArgs
from components.kafka.brokers import BrokerPool
from components.network import create_policy
from components.objects import create_component_objects, metadata, resource_name, service_ports
from components.spec.external import bootstraps, doors
from components.spec.model import ClusterSpec
from components.spec.network import component_policy
from components.spec.nodes import node_of
from components.spec.parsing import parse_cluster
from components.spec.pod import component_labels
from components.spec.rendering import render_pool
from components.spec.topology import broker_pools
from components.workload import rack_by_rack
from contract import PORT_INTERNAL, bootstrap_service


class KafkaCluster(pulumi.ComponentResource):
    """All brokers: a BrokerPool per rack, the Services to reach them by, and one disruption budget over them all."""

    bootstrap: pulumi.Output[str]
    """Address to bootstrap from inside Kubernetes."""
    external_bootstrap: pulumi.Output[str]
    """Addresses to bootstrap from outside, comma-separated; empty when there are none."""

    def __init__(self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Check the arguments, all of them, and create the brokers."""
        spec = parse_cluster(cast(Mapping[str, object], args))
        super().__init__("kafka-platform:index:KafkaCluster", name, None, opts)
        within = pulumi.ResourceOptions(parent=self)
        ports = {"internal": PORT_INTERNAL}
        needed = create_component_objects(spec, "broker", ports, within)
        create_policy(spec.namespace, component_policy(spec, "broker", ports), within)
        _create_bootstrap(spec, within)
        self._pools = rack_by_rack(
            broker_pools(spec),
            lambda pool, after: BrokerPool(pool.workload, render_pool(spec, node_of(spec, pool), pool), after),
            pulumi.ResourceOptions(parent=self, depends_on=needed),
            rolling=spec.rolling,
        )
        self.bootstrap = pulumi.Output.from_input(internal_bootstrap(spec))
        self.external_bootstrap = pulumi.Output.from_input(external_bootstrap(spec))
        self.register_outputs({"bootstrap": self.bootstrap, "externalBootstrap": self.external_bootstrap})

    @property
    def pools(self) -> tuple[BrokerPool, ...]:
        """The pools, in the order of their ids."""
        return self._pools


def internal_bootstrap(spec: ClusterSpec) -> str:
    """Return the address that clients inside Kubernetes bootstrap from."""
    return f"{bootstrap_service(spec.kafka.name)}.{spec.namespace}.svc.cluster.local:{PORT_INTERNAL}"


def external_bootstrap(spec: ClusterSpec) -> str:
    """Return where clients outside begin, at the first listener that is there for them."""
    return next(iter(bootstraps(spec).values()), "")


def _create_bootstrap(spec: ClusterSpec, opts: pulumi.ResourceOptions) -> None:
    labels, name = component_labels(spec.kafka.name, "broker"), bootstrap_service(spec.kafka.name)
    ports = {"internal": PORT_INTERNAL}
    for pool in broker_pools(spec):
        ports |= {door.label: door.listener.port for door in doors(spec, pool)}
    k8s.core.v1.Service(
        resource_name(spec.namespace, name),
        metadata=metadata(spec.namespace, name, labels),
        spec=ServiceSpecArgs(
            selector=labels,
            ports=service_ports(ports),
            # Where ready means in sync, a cluster that starts from a stop has nobody who is.
            publish_not_ready_addresses=True if spec.rolling else None,
        ),
        opts=opts,
    )
