"""The objects of one pool: the ConfigMap that is named by its content, and the StatefulSet."""

import json
from collections.abc import Callable, Sequence
from typing import TypeVar, cast

import pulumi
import pulumi_kubernetes as k8s
from pulumi_kubernetes.apps.v1 import StatefulSetSpecArgs
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.objects import metadata, resource_name
from components.spec.pod import Json, pool_labels
from components.spec.rendering import RenderedPool
from components.spec.topology import Pool
from contract import LABEL_CONTENT, data_volumes, headless_service

R = TypeVar("R", bound=pulumi.Resource)

#: How long Pulumi waits for the nodes of a pool that Kubernetes rolls: a broker may have a day's data to catch up with.
_SECONDS_PER_NODE = 3600


def create_workload(rendered: RenderedPool, opts: pulumi.ResourceOptions) -> k8s.apps.v1.StatefulSet:
    """Create the pool's configuration and its StatefulSet, and return the latter."""
    pool = rendered.pool
    config = _create_config(rendered, opts)
    # Where there are hooks, the count belongs to them once the pool exists, and so do the claims: their template cannot
    # change in place, and Pulumi would replace the StatefulSet with its pods for it.
    ignored = ["spec.volumeClaimTemplates"] if rendered.rolling else ["spec.replicas", "spec.volumeClaimTemplates"]
    return k8s.apps.v1.StatefulSet(
        resource_name(pool.namespace, pool.workload),
        metadata=_awaited(rendered)
        if rendered.rolling
        else metadata(pool.namespace, pool.workload, pool_labels(pool), rendered.annotations),
        spec=cast(StatefulSetSpecArgs, cast(object, stateful_set_spec(rendered))),
        opts=pulumi.ResourceOptions.merge(
            opts,
            pulumi.ResourceOptions(depends_on=[config], ignore_changes=ignored),
        ),
    )


def rack_by_rack(
    pools: Sequence[Pool],
    create: Callable[[Pool, pulumi.ResourceOptions], R],
    opts: pulumi.ResourceOptions,
    *,
    rolling: bool,
) -> tuple[R, ...]:
    """Create what each pool is made of; where Kubernetes rolls it, only once the pool before is there and serves."""
    created: list[R] = []
    for pool in pools:
        before = pulumi.ResourceOptions(depends_on=created[-1:] if rolling else [])
        created.append(create(pool, pulumi.ResourceOptions.merge(opts, before)))
    return tuple(created)


def stateful_set_spec(rendered: RenderedPool) -> Json:
    """Return the StatefulSet's spec.

    Whatever the API server or Pulumi would replace it for is fixed here: the selector, the Service, the way pods are
    managed and the claims follow from names that never change.
    """
    pool, storage = rendered.pool, rendered.node.storage
    claim: Json = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": storage.size}},
    }
    if storage.class_ is not None:
        claim["storageClassName"] = storage.class_
    return {
        "replicas": pool.count,
        "ordinals": {"start": pool.first_id},
        "serviceName": headless_service(pool.cluster, pool.component),
        "selector": {"matchLabels": pool_labels(pool)},
        # A dead node must not hold up the others, and where there are hooks nothing restarts unless they say so.
        "podManagementPolicy": "Parallel",
        "updateStrategy": {"type": "RollingUpdate" if rendered.rolling else "OnDelete"},
        "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"},
        "template": rendered.template,
        "volumeClaimTemplates": [{"metadata": {"name": name}, "spec": claim} for name in data_volumes(pool.volumes)],
    }


def _awaited(rendered: RenderedPool) -> ObjectMetaArgs:
    """Return the metadata of a StatefulSet for which Pulumi waits until Kubernetes has rolled it.

    By these conditions: Pulumi's own may hold of a status that is older than the change, and then every rack would be
    rolled at once.
    """
    pool = rendered.pool
    # A number that is zero is left out of the status, except that of all replicas.
    counted = ("replicas", "updatedReplicas", "readyReplicas") if pool.count else ("replicas",)
    patience = {
        "pulumi.com/waitFor": json.dumps([f"jsonpath={{.status.{each}}}={pool.count}" for each in counted]),
        "pulumi.com/timeoutSeconds": str(_SECONDS_PER_NODE * max(1, pool.count)),
    }
    return ObjectMetaArgs(
        namespace=pool.namespace,
        name=pool.workload,
        labels=pool_labels(pool),
        annotations={**patience, **rendered.annotations},
    )


def _create_config(rendered: RenderedPool, opts: pulumi.ResourceOptions) -> k8s.core.v1.ConfigMap:
    """Create the ConfigMap.

    It outlives the program: an old pod that restarts before its turn still needs its own, and the hook collects those
    that nothing names any more. Without hooks Pulumi removes it at the end of a run in which every pod left it.
    """
    pool = rendered.pool
    labels = {**pool_labels(pool), LABEL_CONTENT: "true"}
    return k8s.core.v1.ConfigMap(
        resource_name(pool.namespace, rendered.config_name),
        metadata=ObjectMetaArgs(namespace=pool.namespace, name=rendered.config_name, labels=labels),
        data=dict(rendered.files),
        immutable=True,
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(retain_on_delete=not rendered.rolling)),
    )
