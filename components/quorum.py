"""What the ZooKeeper ensemble and the KRaft controllers share: one workload per rack behind one headless Service."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components.identity import create_identity, mark_bootstrapped
from components.network import create_policy
from components.objects import create_component_objects
from components.spec.model import ClusterSpec, NodeSpec
from components.spec.network import component_policy
from components.spec.rendering import render_pool
from components.spec.topology import Pool
from components.workload import create_workload, rack_by_rack


@dataclass(frozen=True, kw_only=True)
class Members:
    """Who makes up a quorum."""

    spec: ClusterSpec
    node: NodeSpec
    pools: tuple[Pool, ...]
    """At least one."""
    ports: Mapping[str, int]


class Quorum(pulumi.ComponentResource):
    """The members of a quorum, rack by rack."""

    def __init__(self, token: str, name: str, members: Members, opts: pulumi.ResourceOptions | None) -> None:
        """Create the quorum's objects; the subclass registers its outputs."""
        super().__init__(token, name, None, opts)
        within = pulumi.ResourceOptions(parent=self)
        component, rolling = members.pools[0].component, members.spec.rolling
        needed = [*create_component_objects(members.spec, component, members.ports, within)]
        create_policy(members.spec.namespace, component_policy(members.spec, component, members.ports), within)
        own_identity = rolling and component == "controller"
        if own_identity:
            needed.append(create_identity(members.spec, within))
        self._workloads = rack_by_rack(
            members.pools,
            lambda pool, after: create_workload(render_pool(members.spec, members.node, pool), after),
            pulumi.ResourceOptions(parent=self, depends_on=needed),
            rolling=rolling,
        )
        if own_identity:
            mark_bootstrapped(members.spec, pulumi.ResourceOptions(parent=self, depends_on=[*self._workloads]))

    @property
    def workloads(self) -> tuple[k8s.apps.v1.StatefulSet, ...]:
        """The StatefulSets, in the order of their ids."""
        return self._workloads
