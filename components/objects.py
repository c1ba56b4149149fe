"""The Kubernetes objects that every component has once, beside its pools."""

from collections.abc import Mapping

import pulumi
import pulumi_kubernetes as k8s
from pulumi_kubernetes.core.v1 import ServicePortArgs, ServiceSpecArgs
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs
from pulumi_kubernetes.policy.v1 import PodDisruptionBudgetSpecArgs

from components.spec.model import ClusterSpec
from components.spec.pod import component_labels
from contract import Component, disruption_budget, headless_service

#: The hooks wait for pods, by rules that know Kafka; Pulumi would wait for endpoints, and block the run that heals.
SKIP_AWAIT = {"pulumi.com/skipAwait": "true"}


def metadata(
    namespace: str, name: str, labels: dict[str, str], annotations: Mapping[str, str] | None = None
) -> ObjectMetaArgs:
    """Return the metadata of an object that Pulumi does not wait for."""
    return ObjectMetaArgs(
        namespace=namespace, name=name, labels=labels, annotations={**SKIP_AWAIT, **(annotations or {})}
    )


def resource_name(namespace: str, name: str) -> str:
    """Return the logical name of an object.

    It holds the namespace: a move to another one is another object, and never the replacement of this one.
    """
    return f"{namespace}/{name}"


def create_component_objects(
    spec: ClusterSpec, component: Component, ports: Mapping[str, int], opts: pulumi.ResourceOptions
) -> tuple[pulumi.Resource, ...]:
    """Create the component's service account, its headless Service and its disruption budget.

    Returns those that the pools need before their pods can start.
    """
    cluster, labels = spec.kafka.name, component_labels(spec.kafka.name, component)
    name = headless_service(cluster, component)
    account = k8s.core.v1.ServiceAccount(
        resource_name(spec.namespace, name),
        metadata=metadata(spec.namespace, name, labels),
        automount_service_account_token=False,
        opts=opts,
    )
    service = k8s.core.v1.Service(
        resource_name(spec.namespace, name),
        metadata=metadata(spec.namespace, name, labels),
        spec=ServiceSpecArgs(
            cluster_ip="None",
            selector=labels,
            # Nodes find each other before they are ready: a quorum forms only so, and a shutdown ends only so.
            publish_not_ready_addresses=True,
            ports=service_ports(ports),
        ),
        opts=opts,
    )
    k8s.policy.v1.PodDisruptionBudget(
        resource_name(spec.namespace, disruption_budget(cluster, component)),
        metadata=metadata(spec.namespace, disruption_budget(cluster, component), labels),
        spec=PodDisruptionBudgetSpecArgs(max_unavailable=1, selector=LabelSelectorArgs(match_labels=labels)),
        # The hook takes the allowance away while a revision is unproven, and gives it back.
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(ignore_changes=["spec.maxUnavailable"])),
    )
    return account, service


def service_ports(ports: Mapping[str, int]) -> list[ServicePortArgs]:
    """Return the ports of a Service, each leading to the port of the same number."""
    return [ServicePortArgs(name=name, port=port, target_port=port) for name, port in ports.items()]
