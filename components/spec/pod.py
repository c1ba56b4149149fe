"""The pod template of a pool as Kubernetes' own JSON, under the restricted pod security standard.

It is plain data so that its digest is ours: an upgrade of a client library cannot change it and so restart brokers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from components.spec.access_properties import CERTIFICATES_MOUNT, LOGINS_MOUNT
from components.spec.data_folders import data_mounts
from components.spec.pod_extras import extend
from components.spec.pod_settings import PodSettings
from components.spec.scripts import CONFIG_MOUNT, IDENTITY_MOUNT, READY, RUN_MOUNT, START
from components.spec.topology import Pool
from components.spec.zookeeper_acl import LOGIN_MOUNT
from components.spec.zookeeper_tls import KEYS_MOUNT
from contract import (
    CONTAINER,
    LABEL_CLUSTER,
    LABEL_COMPONENT,
    LABEL_POOL,
    PORT_CONTROLLER,
    PORT_EXTERNAL,
    PORT_INTERNAL,
    PORT_ZOOKEEPER,
    PORT_ZOOKEEPER_ELECTION,
    PORT_ZOOKEEPER_PEER,
    PORT_ZOOKEEPER_SECURE,
    Component,
    bootstrapped_name,
    headless_service,
    identity_name,
    zookeeper_login_secret,
)

Json = dict[str, object]

USER: Final = 1000
#: Native libraries are unpacked there by the JVM.
TEMPORARY: Final = "/tmp"  # noqa: S108  (a mount point in the container)
SECRET_MODE: Final = 0o440
#: A controlled shutdown in KRaft waits up to five minutes for the controller, and then still has logs to flush.
GRACE_SECONDS: Final[Mapping[Component, int]] = {"broker": 600, "controller": 180, "zookeeper": 120}


@dataclass(frozen=True, kw_only=True)
class PodContent:
    """What fills the template: everything that has a restart cause of its own."""

    image: str = ""
    config_name: str = ""
    """The content-named ConfigMap with the pool's files."""
    cpu: str = ""
    memory: str = ""
    jvm: Mapping[str, str] = field(default_factory=dict[str, str])
    """Environment variables that set up the JVM."""
    runtime: Mapping[str, str] = field(default_factory=dict[str, str])
    """Other environment variables of Kafka's start scripts."""
    identity: bool = False
    """Whether the identity object is mounted (KRaft)."""
    certificates: str = ""
    """The Secret with the nodes' certificate, empty when there is none."""
    keys: bool = False
    """Whether the node speaks TLS with ZooKeeper or as ZooKeeper, for which it keeps its key in memory once more."""
    logins: str = ""
    """The Secret with the users of SASL PLAIN, empty where no listener asks for it."""
    zookeeper_login: str = ""
    """Which key of the Secret with the login at ZooKeeper the node mounts, empty for none."""
    listeners: tuple[tuple[str, int], ...] = ()
    """Name and port of each listener for clients outside, where the spec says something of them."""
    rolling: bool = False
    """Whether Kubernetes restarts the pods by itself, and so must know when one is back in sync."""
    annotations: Mapping[str, str] = field(default_factory=dict[str, str])
    settings: PodSettings = field(default_factory=PodSettings)
    """What the user adds; all of it counts as the cause `pod`."""


def pool_labels(pool: Pool) -> dict[str, str]:
    """Return the labels of a pool's objects and pods; they are also its selector, which can never change."""
    return {LABEL_CLUSTER: pool.cluster, LABEL_COMPONENT: pool.component, LABEL_POOL: pool.name}


def component_labels(cluster: str, component: Component) -> dict[str, str]:
    """Return the labels that all pods of a component share."""
    return {LABEL_CLUSTER: cluster, LABEL_COMPONENT: component}


def pod_template(pool: Pool, content: PodContent) -> Json:
    """Return the whole pod template."""
    return extend(_own_template(pool, content), content.settings, component_labels(pool.cluster, pool.component))


def _own_template(pool: Pool, content: PodContent) -> Json:
    return {
        "metadata": {"labels": pool_labels(pool), "annotations": dict(content.annotations)},
        "spec": {
            "serviceAccountName": headless_service(pool.cluster, pool.component),
            "automountServiceAccountToken": False,
            # Variables such as KAFKA_PORT, made from Services of that name, would be taken for settings.
            "enableServiceLinks": False,
            "terminationGracePeriodSeconds": GRACE_SECONDS[pool.component],
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": USER,
                "runAsGroup": USER,
                "fsGroup": USER,
                "fsGroupChangePolicy": "OnRootMismatch",
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "affinity": _affinity(pool),
            "tolerations": _tolerations(),
            "containers": [_container(pool, content)],
            "volumes": _volumes(pool, content),
        },
    }


def _affinity(pool: Pool) -> Json:
    zone = {"key": "topology.kubernetes.io/zone", "operator": "In", "values": [pool.zone]}
    # A pool that joins others in its rack avoids their hosts too; the rack's first one does not restart for it.
    others = pool_labels(pool) if pool.name == pool.rack else component_labels(pool.cluster, pool.component)
    same = {"labelSelector": {"matchLabels": others}, "topologyKey": "kubernetes.io/hostname"}
    return {
        "nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchExpressions": [zone]}]}
        },
        "podAntiAffinity": {
            "preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 100, "podAffinityTerm": same}]
        },
    }


def _tolerations() -> list[Json]:
    """Tolerate a node that is away without limit: an eviction would recreate the pod at the new template unasked."""
    keys = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
    return [{"key": key, "operator": "Exists", "effect": "NoExecute"} for key in keys]


def _container(pool: Pool, content: PodContent) -> Json:
    environment = {**content.runtime, **content.jvm}
    mounts = [
        *({"name": name, "mountPath": path} for name, path in data_mounts(pool.volumes)),
        {"name": "config", "mountPath": CONFIG_MOUNT, "readOnly": True},
        {"name": "run", "mountPath": RUN_MOUNT},
        {"name": "tmp", "mountPath": TEMPORARY},
    ]
    if content.identity:
        mounts.append({"name": "identity", "mountPath": IDENTITY_MOUNT, "readOnly": True})
    if content.certificates:
        mounts.append({"name": "certificates", "mountPath": CERTIFICATES_MOUNT, "readOnly": True})
    if content.keys:
        mounts.append({"name": "keys", "mountPath": KEYS_MOUNT})
    if content.logins:
        mounts.append({"name": "logins", "mountPath": LOGINS_MOUNT, "readOnly": True})
    if content.zookeeper_login:
        mounts.append({"name": "zookeeper-login", "mountPath": LOGIN_MOUNT, "readOnly": True})
    return {
        "name": CONTAINER,
        "image": content.image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["bash", f"{CONFIG_MOUNT}/{START}"],
        "env": [{"name": name, "value": environment[name]} for name in sorted(environment)],
        "ports": [{"name": name, "containerPort": port} for name, port in _ports(pool.component, content)],
        "resources": {
            "requests": {"cpu": content.cpu, "memory": content.memory},
            "limits": {"memory": content.memory},
        },
        "readinessProbe": _readiness_in_sync() if content.rolling else _readiness(pool.component),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": mounts,
    }


def _ports(component: Component, content: PodContent) -> tuple[tuple[str, int], ...]:
    if component == "zookeeper":
        secure = (("secure", PORT_ZOOKEEPER_SECURE),) if content.keys else ()
        return ("client", PORT_ZOOKEEPER), ("peer", PORT_ZOOKEEPER_PEER), ("election", PORT_ZOOKEEPER_ELECTION), *secure
    if component == "controller":
        return (("controller", PORT_CONTROLLER),)
    return ("internal", PORT_INTERNAL), *(content.listeners or (("external", PORT_EXTERNAL),))


def _readiness(component: Component) -> Json:
    """Return the readiness probe.

    There is no liveness probe: a dead JVM ends the container, and nothing that is slow, such as the recovery of a log,
    is ever killed for it.
    """
    if component == "zookeeper":
        return {
            "exec": {"command": ["bash", f"{CONFIG_MOUNT}/{READY}"]},
            "periodSeconds": 2,
            "timeoutSeconds": 2,
            "failureThreshold": 3,
        }
    # The socket opens at the very end of the start, after the recovery of the logs.
    port = PORT_CONTROLLER if component == "controller" else PORT_INTERNAL
    return {"tcpSocket": {"port": port}, "periodSeconds": 1, "timeoutSeconds": 1, "failureThreshold": 3}


def _readiness_in_sync() -> Json:
    """Return the probe that a rolling update waits for. It may start one of Kafka's tools, which takes its time."""
    return {
        "exec": {"command": ["bash", f"{CONFIG_MOUNT}/{READY}"]},
        "periodSeconds": 2,
        "timeoutSeconds": 60,
        "failureThreshold": 3,
    }


def _identity(pool: Pool, content: PodContent) -> Json:
    """Return the volume of the identity object; without hooks, the mark of a formed quorum is an object of its own."""
    if not content.rolling:
        return {"name": "identity", "configMap": {"name": identity_name(pool.cluster), "optional": False}}
    sources = [
        {"configMap": {"name": identity_name(pool.cluster), "optional": False}},
        {"configMap": {"name": bootstrapped_name(pool.cluster), "optional": True}},
    ]
    return {"name": "identity", "projected": {"sources": sources}}


def _volumes(pool: Pool, content: PodContent) -> list[Json]:
    volumes: list[Json] = [
        {"name": "config", "configMap": {"name": content.config_name}},
        {"name": "run", "emptyDir": {}},
        {"name": "tmp", "emptyDir": {}},
    ]
    if content.identity:
        volumes.append(_identity(pool, content))
    # Readable by the container's group alone; the kubelet keeps them in memory.
    for name, secret in (("certificates", content.certificates), ("logins", content.logins)):
        if secret:
            volumes.append({"name": name, "secret": {"secretName": secret, "defaultMode": SECRET_MODE}})
    if content.zookeeper_login:
        key, name = content.zookeeper_login, zookeeper_login_secret(pool.cluster)
        held = {"secretName": name, "defaultMode": SECRET_MODE, "items": [{"key": key, "path": key}]}
        volumes.append({"name": "zookeeper-login", "secret": held})
    if content.keys:
        volumes.append({"name": "keys", "emptyDir": {"medium": "Memory", "sizeLimit": "1Mi"}})
    return volumes
