"""The NetworkPolicy beside the other objects of a component or a service, where the spec asks for one."""

from typing import cast

import pulumi
import pulumi_kubernetes as k8s
from pulumi_kubernetes.networking.v1 import NetworkPolicySpecArgs

from components.objects import metadata, resource_name
from components.spec.network import Policy


def create_policy(namespace: str, policy: Policy | None, opts: pulumi.ResourceOptions) -> None:
    """Create the policy, if there is one. It acts on pods that run, and restarts nobody."""
    if policy is None:
        return
    k8s.networking.v1.NetworkPolicy(
        resource_name(namespace, policy.name),
        metadata=metadata(namespace, policy.name, dict(policy.labels)),
        spec=cast(NetworkPolicySpecArgs, cast(object, policy.spec)),
        opts=opts,
    )
