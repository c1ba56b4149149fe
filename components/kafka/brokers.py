"""The brokers of one rack."""

import pulumi
import pulumi_kubernetes as k8s
from pulumi_kubernetes.core.v1 import ServicePortArgs, ServiceSpecArgs

from components.objects import metadata, resource_name
from components.spec.pod import pool_labels
from components.spec.rendering import RenderedPool
from components.spec.topology import Pool
from components.workload import create_workload
from contract import PORT_EXTERNAL


class BrokerPool(pulumi.ComponentResource):
    """One rack's brokers: configuration, StatefulSet, and a node port for each broker if clients come from outside."""

    def __init__(self, name: str, rendered: RenderedPool, opts: pulumi.ResourceOptions | None = None) -> None:
        """Create the pool's objects from what was rendered for it."""
        super().__init__("kafka-platform:index:BrokerPool", name, None, opts)
        pool = rendered.pool
        within = pulumi.ResourceOptions(parent=self)
        self._workload = create_workload(rendered, within)
        if pool.external is not None:
            for node_id in pool.ids:
                _create_node_port(pool, node_id, within)
        self.register_outputs({})

    @property
    def workload(self) -> k8s.apps.v1.StatefulSet:
        """The StatefulSet, for those who must come after it or before its end."""
        return self._workload


def _create_node_port(pool: Pool, node_id: int, opts: pulumi.ResourceOptions) -> None:
    """Create the Service that leads from a broker's own node port to it, and to no other broker."""
    name, port = f"{pool.pod(node_id)}-external", pool.external_port(node_id)
    k8s.core.v1.Service(
        resource_name(pool.namespace, name),
        metadata=metadata(pool.namespace, name, pool_labels(pool)),
        spec=ServiceSpecArgs(
            type="NodePort",
            selector={"statefulset.kubernetes.io/pod-name": pool.pod(node_id)},
            ports=[ServicePortArgs(name="external", port=PORT_EXTERNAL, target_port=PORT_EXTERNAL, node_port=port)],
        ),
        opts=opts,
    )
