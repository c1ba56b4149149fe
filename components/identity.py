"""The identity of a KRaft cluster without hooks: who forms the first quorum, and that it has formed.

Where there are hooks, the Identity hook makes one object of both, and marks it.
"""

import pulumi
import pulumi_kubernetes as k8s
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.objects import resource_name
from components.spec.model import ClusterSpec
from components.spec.rolling import BOOTSTRAPPED, rolling_identity
from contract import LABEL_CLUSTER, bootstrapped_name, identity_name


def create_identity(spec: ClusterSpec, opts: pulumi.ResourceOptions) -> k8s.core.v1.ConfigMap:
    """Create the identity object, which a destroy leaves. Its content is fixed once it exists."""
    seed = f"{pulumi.get_project()}/{pulumi.get_stack()}"
    fixed = pulumi.ResourceOptions(ignore_changes=["data"])
    merged = pulumi.ResourceOptions.merge(opts, fixed)
    return _create(spec, identity_name(spec.kafka.name), rolling_identity(spec, seed), merged)


def mark_bootstrapped(spec: ClusterSpec, opts: pulumi.ResourceOptions) -> None:
    """Record that every first controller has formatted its folder: one that loses it later joins as any other does."""
    _create(spec, bootstrapped_name(spec.kafka.name), BOOTSTRAPPED, opts)


def _create(spec: ClusterSpec, name: str, data: dict[str, str], opts: pulumi.ResourceOptions) -> k8s.core.v1.ConfigMap:
    return k8s.core.v1.ConfigMap(
        resource_name(spec.namespace, name),
        metadata=ObjectMetaArgs(namespace=spec.namespace, name=name, labels={LABEL_CLUSTER: spec.kafka.name}),
        data=data,
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(retain_on_delete=True)),
    )
