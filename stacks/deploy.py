"""The graph of one `pulumi up`: namespace, quorum, brokers, and the day-two hooks in between."""

from typing import Final

import pulumi
import pulumi_kubernetes as k8s
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components import ControllerQuorum, KafkaCluster, ZooKeeperEnsemble
from components.args import cluster_args
from components.spec.rendering import image_of
from stacks.settings import PROJECT, KubernetesSettings, Settings

#: The restricted pod security standard, enforced by the API server for every pod of the namespace.
_RESTRICTED: Final = {
    "pod-security.kubernetes.io/enforce": "restricted",
    "pod-security.kubernetes.io/warn": "restricted",
}


def deploy(settings: Settings) -> dict[str, pulumi.Input[object]]:
    """Create everything of a stack and return its outputs."""
    provider = _create_provider(settings.kubernetes)
    namespace = _create_namespace(settings.cluster.namespace, provider)
    args, name = cluster_args(settings.cluster), settings.cluster.kafka.name
    opts = pulumi.ResourceOptions(provider=provider, depends_on=[namespace])
    if settings.cluster.kafka.mode == "zookeeper":
        quorum: ZooKeeperEnsemble | ControllerQuorum = ZooKeeperEnsemble(name, args, opts)
    else:
        quorum = ControllerQuorum(name, args, opts)
    after = pulumi.ResourceOptions(provider=provider, depends_on=[namespace, *quorum.workloads])
    cluster = KafkaCluster(name, args, after)
    return _outputs(settings, cluster)


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


def _outputs(settings: Settings, cluster: KafkaCluster) -> dict[str, pulumi.Input[object]]:
    spec = settings.cluster
    return {
        "cluster": spec.kafka.name,
        "namespace": spec.namespace,
        "mode": spec.kafka.mode,
        "version": spec.kafka.version,
        "image": image_of(spec),
        "bootstrap": cluster.bootstrap,
        "externalBootstrap": cluster.external_bootstrap,
        "replicationFactor": spec.kafka.replication_factor,
        "minInsyncReplicas": spec.kafka.min_insync_replicas,
        "racks": [
            {
                "name": rack.name,
                "zone": rack.zone,
                "brokerIds": list(range(rack.first_id, rack.first_id + rack.count)),
            }
            for rack in spec.kafka.racks
        ],
    }
