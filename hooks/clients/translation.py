"""Kubernetes objects into observed values: pure functions from JSON to `hooks.planner.snapshot`."""

from contract import (
    ANNOTATION_REVISION,
    ANNOTATION_ROLL,
    ANNOTATION_ZOOKEEPER_ACL,
    ANNOTATION_ZOOKEEPER_TLS,
    CAUSES,
    CONTAINER,
    LABEL_POOL,
    VOLUME_DATA,
    Component,
    annotation_cause,
    data_volumes,
)
from hooks.clients.rest import Json
from hooks.planner.snapshot import NodeId, ObservedClaim, ObservedPod, ObservedWorkload, Revision

#: Reasons for which a container waits and will not start by waiting longer.
BROKEN_WAITING = frozenset(
    {
        "CrashLoopBackOff",
        "CreateContainerConfigError",
        "CreateContainerError",
        "ErrImageNeverPull",
        "ErrImagePull",
        "ImageInspectError",
        "ImagePullBackOff",
        "InvalidImageName",
        "RegistryUnavailable",
        "RunContainerError",
    }
)
_BINARY = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "Pi": 2**50, "Ei": 2**60}
_DECIMAL = {"k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15, "E": 10**18}


def observed_workload(stateful_set: Json, component: Component) -> ObservedWorkload:
    """Translate a StatefulSet."""
    spec, metadata = stateful_set["spec"], stateful_set["metadata"]
    claim = _data_claim(spec)
    return ObservedWorkload(
        name=metadata["name"],
        component=component,
        pool=metadata.get("labels", {}).get(LABEL_POOL, ""),
        first_id=NodeId(spec.get("ordinals", {}).get("start", 0)),
        replicas=spec.get("replicas", 1),
        revision=revision(spec["template"]["metadata"]),
        volume_bytes=_volume_bytes(claim),
        storage_class=claim.get("storageClassName") or "",
        volumes=max(1, len(spec.get("volumeClaimTemplates", []))),
        template_seen=stateful_set.get("status", {}).get("observedGeneration", 0) >= metadata.get("generation", 0),
    )


def observed_claim(claim: Json, workload: ObservedWorkload) -> ObservedClaim | None:
    """Translate the claim of a data volume; None for one that is not the pool's."""
    name, status = claim["metadata"]["name"], claim.get("status", {})
    stem, _, ordinal = name.rpartition("-")
    if stem not in {f"{volume}-{workload.name}" for volume in data_volumes(workload.volumes)} or not ordinal.isdigit():
        return None
    node = int(ordinal)
    conditions = (one for one in status.get("conditions", []) if one.get("status") == "True")
    return ObservedClaim(
        name=name,
        node_id=NodeId(node),
        requested=quantity_bytes(str(claim["spec"]["resources"]["requests"]["storage"])),
        capacity=quantity_bytes(str(status.get("capacity", {}).get("storage", "0"))),
        storage_class=claim["spec"].get("storageClassName") or "",
        mounted=workload.first_id <= node < workload.first_id + workload.replicas,
        state=", ".join(_described(one["type"], one.get("message")) for one in conditions),
    )


def observed_pod(pod: Json, component: Component) -> ObservedPod | None:
    """Translate a pod; None for a pod that is no member of a StatefulSet, whatever its labels say."""
    metadata, status = pod["metadata"], pod.get("status", {})
    stem, _, ordinal = metadata["name"].rpartition("-")
    if not stem or not ordinal.isdigit():
        return None
    owner = next((o for o in metadata.get("ownerReferences", []) if o.get("controller")), None)
    if owner is not None and owner["kind"] != "StatefulSet":
        return None
    terminating = "deletionTimestamp" in metadata
    ready = _condition(status, "Ready").get("status") == "True"
    main = main_container(status)
    beside = _ailing_beside(status) if main.get("ready") and not ready else None
    return ObservedPod(
        name=metadata["name"],
        uid=metadata["uid"],
        node_id=NodeId(int(ordinal)),
        component=component,
        workload=owner["name"] if owner else stem,
        revision=revision(metadata),
        ready=ready and not terminating,
        terminating=terminating,
        problem=problem(pod),
        restarts=main.get("restartCount", 0),
        # The node controller turns only the condition; what the kubelet last said stays.
        node_lost=not ready and bool(main.get("ready")) and beside is None,
        ailing_beside=beside,
        order=order(metadata),
        zookeeper_acl=stage(metadata, ANNOTATION_ZOOKEEPER_ACL),
        zookeeper_tls=stage(metadata, ANNOTATION_ZOOKEEPER_TLS),
    )


def order(metadata: Json) -> str:
    """Read what somebody has written into a pod's annotation about its restart."""
    annotations: Json = metadata.get("annotations") or {}
    return annotations.get(ANNOTATION_ROLL, "")


def stage(metadata: Json, annotation: str) -> str:
    """Read which stage of ZooKeeper's TLS, or of the access to it, a pod says it has or needs."""
    annotations: Json = metadata.get("annotations") or {}
    return annotations.get(annotation, "")


def revision(metadata: Json) -> Revision:
    """Read the content revision from a pod's or a template's annotations."""
    annotations: Json = metadata.get("annotations") or {}
    found = {cause: annotations.get(annotation_cause(cause)) for cause in CAUSES}
    return Revision(
        digest=annotations.get(ANNOTATION_REVISION, ""),
        causes={cause: digest for cause, digest in found.items() if digest is not None},
    )


def problem(pod: Json) -> str | None:
    """Say why the pod's main container cannot start by itself, or None when nothing of the kind is known.

    Init containers are asked until it runs; any other container beside it, ours or injected, is not.
    """
    status = pod.get("status", {})
    main = main_container(status)
    before: list[Json] = [] if "running" in main.get("state", {}) else status.get("initContainerStatuses", [])
    for container in [main, *before]:
        waiting = container.get("state", {}).get("waiting", {})
        if waiting.get("reason") in BROKEN_WAITING:
            return _described(waiting["reason"], waiting.get("message"))
    scheduled = _condition(status, "PodScheduled")
    if scheduled.get("status") == "False" and scheduled.get("reason") == "Unschedulable":
        return _described("Unschedulable", scheduled.get("message"))
    if status.get("phase") == "Failed":
        return _described(status.get("reason", "Failed"), status.get("message"))
    return None


def _ailing_beside(status: Json) -> str | None:
    """Name a container beside the main one that is not ready; native sidecars are among the init containers."""
    for container in [*status.get("containerStatuses", []), *status.get("initContainerStatuses", [])]:
        if container["name"] != CONTAINER and not container.get("ready"):
            reason = container.get("state", {}).get("waiting", {}).get("reason")
            return f"{container['name']}: {reason}" if reason else str(container["name"])
    return None


def main_container(status: Json) -> Json:
    """Return the status of the one main container, or nothing while the kubelet has not reported it."""
    nothing: Json = {}
    return next((c for c in status.get("containerStatuses", []) if c["name"] == CONTAINER), nothing)


def quantity_bytes(quantity: str) -> int:
    """Read a Kubernetes quantity of bytes, such as `1Gi`, `500M` or `1073741824`."""
    for suffixes in (_BINARY, _DECIMAL):
        for suffix, factor in suffixes.items():
            if quantity.endswith(suffix):
                return int(float(quantity.removesuffix(suffix)) * factor)
    return int(float(quantity))


def _data_claim(spec: Json) -> Json:
    """Return the spec of the first data volume's claim template, which all share, or nothing."""
    nothing: Json = {}
    claims = spec.get("volumeClaimTemplates", [])
    return next((claim["spec"] for claim in claims if claim["metadata"]["name"] == VOLUME_DATA), nothing)


def _volume_bytes(claim: Json) -> int:
    """Return the requested size of the data volume, 0 where there is none."""
    return quantity_bytes(str(claim["resources"]["requests"]["storage"])) if claim else 0


def _condition(status: Json, kind: str) -> Json:
    """Return one condition of a pod, or nothing."""
    nothing: Json = {}
    return next((c for c in status.get("conditions", []) if c["type"] == kind), nothing)


def _described(reason: str, message: str | None) -> str:
    """Join a reason and its first line."""
    first = (message or "").strip().split("\n")[0]
    return f"{reason}: {first[:300]}" if first else reason
