"""The objects of any service: account, Service, disruption budget, configuration by content, and the Deployment."""

from typing import cast

import pulumi
import pulumi_kubernetes as k8s
from pulumi_kubernetes.apps.v1 import DeploymentSpecArgs
from pulumi_kubernetes.core.v1 import ServiceSpecArgs
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs
from pulumi_kubernetes.policy.v1 import PodDisruptionBudgetSpecArgs

from components.network import create_policy
from components.objects import metadata, resource_name, service_ports
from components.spec.services.rendering import RenderedService


def create_service(namespace: str, rendered: RenderedService, opts: pulumi.ResourceOptions) -> None:
    """Create the service's objects. Pulumi waits until the Deployment's pods serve: nothing else has to agree to it."""
    name, labels = rendered.name, dict(rendered.labels)
    account = k8s.core.v1.ServiceAccount(
        resource_name(namespace, name),
        metadata=metadata(namespace, name, labels),
        automount_service_account_token=False,
        opts=opts,
    )
    k8s.core.v1.Service(
        resource_name(namespace, name),
        metadata=metadata(namespace, name, labels),
        spec=ServiceSpecArgs(selector=labels, ports=service_ports({"http": rendered.port})),
        opts=opts,
    )
    k8s.policy.v1.PodDisruptionBudget(
        resource_name(namespace, name),
        metadata=metadata(namespace, name, labels),
        spec=PodDisruptionBudgetSpecArgs(max_unavailable=1, selector=LabelSelectorArgs(match_labels=labels)),
        opts=opts,
    )
    create_policy(namespace, rendered.policy, opts)
    config = k8s.core.v1.ConfigMap(
        resource_name(namespace, rendered.config_name),
        # Another content is another object; this one goes when the pods that read it have gone.
        metadata=ObjectMetaArgs(namespace=namespace, name=rendered.config_name, labels=labels),
        data=dict(rendered.files),
        immutable=True,
        opts=opts,
    )
    k8s.apps.v1.Deployment(
        resource_name(namespace, name),
        metadata=ObjectMetaArgs(namespace=namespace, name=name, labels=labels),
        spec=cast(DeploymentSpecArgs, cast(object, rendered.deployment)),
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[account, config])),
    )
