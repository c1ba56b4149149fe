"""The objects of one pool: the ConfigMap that is named by its content, and the StatefulSet."""

from typing import cast

import pulumi
import pulumi_kubernetes as k8s
from pulumi_kubernetes.apps.v1 import StatefulSetSpecArgs
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.objects import metadata, resource_name
from components.spec.pod import Json, pool_labels
from components.spec.rendering import RenderedPool
from contract import LABEL_CONTENT, VOLUME_DATA, headless_service


def create_workload(rendered: RenderedPool, opts: pulumi.ResourceOptions) -> k8s.apps.v1.StatefulSet:
    """Create the pool's configuration and its StatefulSet, and return the latter."""
    pool = rendered.pool
    config = _create_config(rendered, opts)
    return k8s.apps.v1.StatefulSet(
        resource_name(pool.namespace, pool.workload),
        metadata=metadata(pool.namespace, pool.workload, pool_labels(pool), rendered.annotations),
        spec=cast(StatefulSetSpecArgs, cast(object, stateful_set_spec(rendered))),
        opts=pulumi.ResourceOptions.merge(
            opts,
            pulumi.ResourceOptions(
                depends_on=[config],
                # The count belongs to the hook once the pool exists, and so do the claims: their template cannot change
                # in place, and Pulumi would replace the StatefulSet with its pods for it.
                ignore_changes=["spec.replicas", "spec.volumeClaimTemplates"],
            ),
        ),
    )


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
        # A dead node must not hold up the others, and nothing restarts unless the hook says so.
        "podManagementPolicy": "Parallel",
        "updateStrategy": {"type": "OnDelete"},
        "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"},
        "template": rendered.template,
        "volumeClaimTemplates": [{"metadata": {"name": VOLUME_DATA}, "spec": claim}],
    }


def _create_config(rendered: RenderedPool, opts: pulumi.ResourceOptions) -> k8s.core.v1.ConfigMap:
    """Create the ConfigMap.

    It outlives the program: an old pod that restarts before its turn still needs its own, and the hook collects those
    that nothing names any more.
    """
    pool = rendered.pool
    labels = {**pool_labels(pool), LABEL_CONTENT: "true"}
    return k8s.core.v1.ConfigMap(
        resource_name(pool.namespace, rendered.config_name),
        metadata=ObjectMetaArgs(namespace=pool.namespace, name=rendered.config_name, labels=labels),
        data=dict(rendered.files),
        immutable=True,
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(retain_on_delete=True)),
    )
