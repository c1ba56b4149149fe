"""Builders of the Kubernetes objects of a small Kafka cluster, as the components would have made them."""

from typing import Any

from contract import (
    ANNOTATION_REVISION,
    CONTAINER,
    LABEL_CLUSTER,
    LABEL_COMPONENT,
    LABEL_CONTENT,
    LABEL_POOL,
    annotation_cause,
)

Json = dict[str, Any]
CORE = "/api/v1/namespaces/streams"
APPS = "/apis/apps/v1/namespaces/streams"
POLICY = "/apis/policy/v1/namespaces/streams"


def labels(component: str = "broker", pool: str = "a", cluster: str = "kafka") -> dict[str, str]:
    """Return the labels of a pool's objects."""
    return {LABEL_CLUSTER: cluster, LABEL_COMPONENT: component, LABEL_POOL: pool}


def stateful_set(name: str = "kafka-a", first_id: int = 0, replicas: int = 1, config: str = "kafka-a-config-1") -> Json:
    """Return a pool's StatefulSet."""
    return {
        "metadata": {"name": name, "labels": labels()},
        "spec": {
            "replicas": replicas,
            "ordinals": {"start": first_id},
            "template": {
                "metadata": {"labels": labels(), "annotations": revision("r1")},
                "spec": {"volumes": [{"name": "config", "configMap": {"name": config}}]},
            },
            "volumeClaimTemplates": [
                {"metadata": {"name": "data"}, "spec": {"resources": {"requests": {"storage": "1Gi"}}}}
            ],
        },
    }


def revision(digest: str) -> dict[str, str]:
    """Return the annotations of a template or a pod."""
    return {ANNOTATION_REVISION: digest, annotation_cause("config"): f"c-{digest}"}


def pod(name: str = "kafka-a-0", owner: str = "kafka-a", **status: Any) -> Json:
    """Return a ready pod of a pool, with any part of its status replaced."""
    return {
        "metadata": {
            "name": name,
            "labels": labels(),
            "annotations": revision("r1"),
            "ownerReferences": [{"kind": "StatefulSet", "name": owner, "uid": f"uid-of-{owner}", "controller": True}],
        },
        "spec": {"nodeName": "zone-a-1", "containers": [{"name": CONTAINER, "image": "localhost/kafka:3.9.2"}]},
        "status": {
            "phase": "Running",
            "conditions": [{"type": "Ready", "status": "True"}],
            "containerStatuses": [container(state={"running": {}}, ready=True, containerID="containerd://1")],
            **status,
        },
    }


def container(name: str = CONTAINER, **state: Any) -> Json:
    """Return the status of a container, the main one unless another is named."""
    return {"name": name, "restartCount": 0, "state": {}, "lastState": {}, "ready": False, **state}


def config_map(name: str, cluster: str = "kafka") -> Json:
    """Return a content-named ConfigMap."""
    return {"metadata": {"name": name, "labels": {LABEL_CLUSTER: cluster, LABEL_CONTENT: "true"}}, "data": {}}


def disruption_budget(pods: int = 1) -> Json:
    """Return the brokers' disruption budget."""
    return {"metadata": {"name": "kafka-brokers"}, "spec": {"maxUnavailable": pods, "selector": {"matchLabels": {}}}}
