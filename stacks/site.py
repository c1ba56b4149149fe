"""Where everything of a stack goes: what each component and each hook is given."""

from dataclasses import dataclass, fields
from typing import Final, Literal, cast

import pulumi
import pulumi_kubernetes as k8s
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.objects import resource_name
from components.spec.model import ClusterSpec
from components.spec.reading import camel_case
from hooks.providers.rolling import RollingArgs
from hooks.providers.wire import ConnectionArgs, MovementArgs, PaceArgs
from stacks.settings import PROJECT, KubernetesSettings, Rebalance, Settings
from stacks.updates import Updates

#: The restricted pod security standard, enforced by the API server for every pod of the namespace.
_RESTRICTED: Final = {
    "pod-security.kubernetes.io/enforce": "restricted",
    "pod-security.kubernetes.io/warn": "restricted",
}


@dataclass(frozen=True, kw_only=True)
class Site:
    """One cluster's place, and how the hooks find it and how fast they go."""

    spec: ClusterSpec
    connection: ConnectionArgs
    pace: PaceArgs
    movement: MovementArgs
    rolling: RollingArgs
    provider: k8s.Provider
    namespace: k8s.core.v1.Namespace

    @property
    def quorum(self) -> Literal["zookeeper", "controller"]:
        """The component that the brokers depend on."""
        return "zookeeper" if self.spec.kafka.mode == "zookeeper" else "controller"

    def named(self, name: str) -> str:
        """Return the logical name of a hook's resource, which holds the namespace as that of an object does."""
        return resource_name(self.spec.namespace, name)

    def after(self, *resources: pulumi.Resource) -> pulumi.ResourceOptions:
        """Return the options of a component that comes after others."""
        return pulumi.ResourceOptions(provider=self.provider, depends_on=[self.namespace, *resources])


def create_site(settings: Settings) -> Site:
    """Create the provider and the namespace."""
    provider = _create_provider(settings.kubernetes)
    return Site(
        spec=settings.cluster,
        connection=connection_of(settings),
        pace=pace_of(settings.updates),
        movement=movement_of(settings.rebalance),
        rolling=rolling_of(settings.updates),
        provider=provider,
        namespace=_create_namespace(settings.cluster.namespace, provider),
    )


def movement_of(rebalance: Rebalance) -> MovementArgs:
    """Return how replicas move."""
    args: MovementArgs = {
        "bandwidthBytesPerSecond": rebalance.bandwidth_bytes_per_second,
        "afterGrowth": rebalance.after_growth,
    }
    if rebalance.frozen_topics:
        args["frozenTopics"] = list(rebalance.frozen_topics)
    if rebalance.lost_brokers:
        args["lostBrokers"] = list(rebalance.lost_brokers)
    if rebalance.level is not None:
        args["level"] = {
            "thresholdPercent": rebalance.level.threshold_percent,
            "bytesPerRun": rebalance.level.bytes_per_run,
        }
    return args


def connection_of(settings: Settings) -> ConnectionArgs:
    """Return how the hooks find the cluster."""
    return {
        "kubeconfig": settings.kubernetes.kubeconfig or "",
        "context": settings.kubernetes.context or "",
        "namespace": settings.cluster.namespace,
        "cluster": settings.cluster.kafka.name,
    }


def pace_of(updates: Updates) -> PaceArgs:
    """Return how long the hooks wait."""
    return {
        "stableWindowSeconds": updates.stable_window_seconds,
        "pollSeconds": updates.poll_seconds,
        "readyTimeoutSeconds": updates.ready_timeout_seconds,
    }


def rolling_of(updates: Updates) -> RollingArgs:
    """Return how brokers roll, by what differs from the defaults: a hook's inputs do not change with a new option."""
    default, told = Updates(), RollingArgs.__annotations__
    given = {camel_case(each.name): getattr(updates, each.name) for each in fields(updates)}
    plain = {camel_case(each.name): getattr(default, each.name) for each in fields(default)}
    return cast("RollingArgs", {key: value for key, value in given.items() if key in told and value != plain[key]})


def _create_provider(settings: KubernetesSettings) -> k8s.Provider:
    """Create the provider. It is pinned to the stack: another kubeconfig entry must never replace every resource."""
    return k8s.Provider(
        "kubernetes",
        kubeconfig=settings.kubeconfig,
        context=settings.context,
        cluster_identifier=f"{PROJECT}/{pulumi.get_stack()}",
    )


def _create_namespace(name: str, provider: k8s.Provider) -> k8s.core.v1.Namespace:
    """Create the namespace, or take over the one that an earlier destroy left with its claims."""
    return k8s.core.v1.Namespace(
        name,
        metadata=ObjectMetaArgs(name=name, labels=_RESTRICTED, annotations={"pulumi.com/patchForce": "true"}),
        opts=pulumi.ResourceOptions(provider=provider, retain_on_delete=True),
    )
