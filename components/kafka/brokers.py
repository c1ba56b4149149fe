"""The brokers of one rack."""

from typing import cast

import pulumi
import pulumi_kubernetes as k8s
from pulumi_kubernetes.core.v1 import ServiceSpecArgs

from components.objects import metadata, resource_name
from components.spec.external import Door
from components.spec.external_objects import annotations, route, service_spec
from components.spec.pod import pool_labels
from components.spec.rendering import RenderedPool
from components.workload import create_workload


class BrokerPool(pulumi.ComponentResource):
    """One rack's brokers: configuration, StatefulSet, and each broker's own way in for clients outside."""

    def __init__(self, name: str, rendered: RenderedPool, opts: pulumi.ResourceOptions | None = None) -> None:
        """Create the pool's objects from what was rendered for it."""
        super().__init__("kafka-platform:index:BrokerPool", name, None, opts)
        pool = rendered.pool
        within = pulumi.ResourceOptions(parent=self)
        self._workload = create_workload(rendered, within)
        for door in rendered.doors:
            for node_id in pool.ids:
                _create_access(rendered, door, node_id, within)
        self.register_outputs({})

    @property
    def workload(self) -> k8s.apps.v1.StatefulSet:
        """The StatefulSet, for those who must come after it or before its end."""
        return self._workload


def _create_access(rendered: RenderedPool, door: Door, node_id: int, opts: pulumi.ResourceOptions) -> None:
    """Create what leads from outside to one broker, and to no other."""
    pool, name, own = door.pool, door.service(node_id), annotations(door, node_id)
    # Where ready means in sync, a broker that is not yet serves what it leads all the same.
    early = {"publishNotReadyAddresses": True} if rendered.rolling else {}
    service = k8s.core.v1.Service(
        resource_name(pool.namespace, name),
        metadata=metadata(pool.namespace, name, pool_labels(pool), own),
        spec=cast(ServiceSpecArgs, cast(object, service_spec(door, node_id) | early)),
        opts=opts,
    )
    way = route(door, node_id)
    if way is not None:
        version, kind, spec = way
        k8s.apiextensions.CustomResource(
            resource_name(pool.namespace, f"{name}-route"),
            api_version=version,
            kind=kind,
            metadata=metadata(pool.namespace, name, pool_labels(pool), own),
            spec=spec,
            opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[service])),
        )
