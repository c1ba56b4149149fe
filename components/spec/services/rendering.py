"""Joins the pieces of one service: its files, and the Deployment that runs them, as Kubernetes' own JSON.

A Deployment and not a StatefulSet: whatever a service has to keep, it keeps in Kafka, so any pod can take another's
place. A new pod must serve before an old one goes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from components.spec.distributions import line_of
from components.spec.model import ClusterSpec
from components.spec.network import Policy, service_policy
from components.spec.pod import TEMPORARY, USER
from components.spec.pod_extras import extend
from components.spec.pod_settings import PodSettings
from components.spec.properties import render
from components.spec.revision import digest_of
from components.spec.runtime_files import JAVA_SECURITY, JAVA_SECURITY_TEXT, logging_file, logging_option
from components.spec.scripts import CONFIG_MOUNT, RUN_MOUNT, START
from components.spec.services.model import ServiceSpec
from components.spec.services.service import POD_IP, Json, Mount, Service, service_object
from components.spec.sizing import heap_options_of
from contract import ANNOTATION_REVISION, CONTAINER, LABEL_CLUSTER, LABEL_COMPONENT

#: Time to leave a group, commit offsets and end tasks.
GRACE_SECONDS: Final = 60
_ZONE: Final = "topology.kubernetes.io/zone"


@dataclass(frozen=True, kw_only=True)
class RenderedService:
    """Everything that a service's Kubernetes objects hold."""

    name: str
    """Name of its objects."""
    labels: Mapping[str, str]
    """Labels of its objects and pods, and its selector."""
    port: int
    config_name: str
    files: Mapping[str, str]
    deployment: Json
    """The Deployment's spec."""
    policy: Policy | None = None
    """Who may reach it, where the spec asks for that."""


def service_labels(cluster: str, service: str) -> dict[str, str]:
    """Return the labels of a service's objects and pods."""
    return {LABEL_CLUSTER: cluster, LABEL_COMPONENT: service}


def render_service(spec: ClusterSpec, wanted: ServiceSpec, service: Service) -> RenderedService:
    """Return everything that the service's objects hold."""
    name, labels = service_object(spec.kafka.name, service.name), service_labels(spec.kafka.name, service.name)
    log_name, log_text = logging_file(line_of(spec.kafka))
    files = {
        service.file: render(service.properties),
        START: _start_script(service),
        log_name: log_text,
        JAVA_SECURITY: JAVA_SECURITY_TEXT,
    }
    config_name = f"{name}-{digest_of(files)}"
    pod = _pod(spec, wanted, service, config_name)
    # A password that is made anew is in no file of ours, and yet only a restart reads it.
    revision = digest_of({"pod": pod, "rotation": service.access.rotation})
    template: Json = {"metadata": {"labels": labels, "annotations": {ANNOTATION_REVISION: revision}}, "spec": pod}
    if wanted.pod != PodSettings():
        open_to_more: Json = {"tolerations": [], **pod, "affinity": {"podAntiAffinity": {}, **_in_zones(spec)}}
        template = extend({**template, "spec": open_to_more}, wanted.pod, labels)
    return RenderedService(
        name=name,
        labels=labels,
        port=service.port,
        config_name=config_name,
        files=files,
        deployment={
            "replicas": wanted.replicas,
            "selector": {"matchLabels": labels},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
            "template": template,
        },
        policy=service_policy(spec, labels, (name, service.port), wanted.clients),
    )


def _start_script(service: Service) -> str:
    """Return the script that says to the service which address its pod has, and becomes it."""
    return f"""#!/bin/bash
set -euo pipefail
while IFS= read -r line; do
  printf '%s\\n' "${{line//{POD_IP}/$POD_IP}}"
done < {CONFIG_MOUNT}/{service.file} > {RUN_MOUNT}/{service.file}
exec {service.start} {RUN_MOUNT}/{service.file}
"""


def _pod(spec: ClusterSpec, wanted: ServiceSpec, service: Service, config_name: str) -> Json:
    volumes: list[Json] = [
        {"name": "config", "configMap": {"name": config_name}},
        {"name": "run", "emptyDir": {}},
        {"name": "tmp", "emptyDir": {}},
        *({"name": mount.name, **mount.source} for mount in service.mounts),
    ]
    labels = service_labels(spec.kafka.name, service.name)
    return {
        "serviceAccountName": service_object(spec.kafka.name, service.name),
        "automountServiceAccountToken": False,
        # Variables made from Services, such as KAFKA_CONNECT_PORT, would be taken for settings.
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": GRACE_SECONDS,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER,
            "runAsGroup": USER,
            "fsGroup": USER,
            "fsGroupChangePolicy": "OnRootMismatch",
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "affinity": _in_zones(spec),
        "topologySpreadConstraints": [_spread(key, labels) for key in (_ZONE, "kubernetes.io/hostname")],
        "containers": [_container(spec, wanted, service)],
        "volumes": volumes,
    }


def _in_zones(spec: ClusterSpec) -> Json:
    zones = sorted({rack.zone for rack in spec.kafka.racks})
    terms = [{"matchExpressions": [{"key": _ZONE, "operator": "In", "values": zones}]}]
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}}


def _spread(key: str, labels: Mapping[str, str]) -> Json:
    """Spread the pods of one revision, as well as can be: a zone that is away must not keep a pod from starting."""
    return {
        "maxSkew": 1,
        "topologyKey": key,
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": dict(labels)},
        "matchLabelKeys": ["pod-template-hash"],
    }


def _container(spec: ClusterSpec, wanted: ServiceSpec, service: Service) -> Json:
    resources = wanted.resources
    mounts = (
        Mount(name="config", path=CONFIG_MOUNT, source={}),
        *service.mounts,
    )
    return {
        "name": CONTAINER,
        "image": service.image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["bash", f"{CONFIG_MOUNT}/{START}"],
        "env": [
            *({"name": name, "value": value} for name, value in sorted(_environment(spec, wanted, service).items())),
            {"name": "POD_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
        ],
        "ports": [{"name": "http", "containerPort": service.port}],
        "resources": {
            "requests": {"cpu": resources.cpu, "memory": resources.memory},
            "limits": {"memory": resources.memory},
        },
        # No liveness probe: a dead JVM ends the container, and a worker that waits for Kafka is no better after a
        # restart.
        "readinessProbe": {
            "httpGet": {"path": service.health, "port": service.port},
            "periodSeconds": 3,
            "timeoutSeconds": 3,
            "failureThreshold": 3,
        },
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [
            *({"name": mount.name, "mountPath": mount.path, "readOnly": True} for mount in mounts),
            {"name": "run", "mountPath": RUN_MOUNT},
            {"name": "tmp", "mountPath": TEMPORARY},
        ],
    }


def _environment(spec: ClusterSpec, wanted: ServiceSpec, service: Service) -> dict[str, str]:
    prefix = service.variables
    environment = {
        f"{prefix}_HEAP_OPTS": heap_options_of(service.rule, wanted.resources),
        f"{prefix}_OPTS": f"-XX:+ExitOnOutOfMemoryError -Djava.security.properties={CONFIG_MOUNT}/{JAVA_SECURITY}",
        f"{prefix}_LOG4J_OPTS": logging_option(line_of(spec.kafka), CONFIG_MOUNT),
        # The scripts' own arguments would write a log of the garbage collector into the image.
        "EXTRA_ARGS": "",
        "LOG_DIR": f"{RUN_MOUNT}/logs",
    }
    if wanted.jvm.options is not None:
        environment[f"{prefix}_JVM_PERFORMANCE_OPTS"] = wanted.jvm.options
    return environment
