"""Bad input about pods and their sizes: each line breaks one rule, and gets one error with its path."""

from typing import Any

import pytest

from stacks.settings import parse_settings
from tests.spec.clusters import changed, zookeeper_config
from tests.stacks.test_settings import problems

LIMIT = {"limits": {"memory": "64Mi"}}
SIDECAR: dict[str, Any] = {"name": "shipper", "image": "shipper:2", "resources": LIMIT}
VOLUME: dict[str, Any] = {"name": "plugins", "secret": "plugins"}
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


def sidecar(**fields: Any) -> dict[str, Any]:
    """Return a section with one sidecar that has these fields."""
    return {"sidecars": [{**SIDECAR, **fields}]}


def secured(**fields: Any) -> dict[str, Any]:
    return sidecar(securityContext=fields)


def volume(**fields: Any) -> dict[str, Any]:
    return {"volumes": [{**VOLUME, **fields}]}


# Each line: the section `pod` of the brokers, the path below it that the error names, and what its text must say.
BAD_PODS: list[tuple[dict[str, Any], str, str]] = [
    # Objects that must exist.
    ({"imagePullSecrets": "registry"}, "imagePullSecrets", "a list of strings"),
    ({"imagePullSecrets": [""]}, "imagePullSecrets[0]", "not empty"),
    ({"imagePullSecrets": ["My Registry"]}, "imagePullSecrets", "names no object so"),
    ({"priorityClass": "High!"}, "priorityClass", "names no object so"),
    ({"priorityClas": "high"}, "priorityClas", "did you mean priorityClass"),
    # Placement.
    ({"nodeSelector": {"topology.kubernetes.io/zone": "b"}}, "nodeSelector.topology.kubernetes.io/zone", "of the rack"),
    ({"nodeSelector": {"nodes": "a b"}}, "nodeSelector.nodes", "refuse the pod"),
    ({"hostAntiAffinity": "require"}, "hostAntiAffinity", "did you mean required"),
    ({"affinity": {"nodeAfinity": {}}}, "affinity.nodeAfinity", "did you mean nodeAffinity"),
    ({"affinity": {"nodeAffinity": {REQUIRED: [{}]}}}, f"affinity.nodeAffinity.{REQUIRED}", "an object"),
    ({"affinity": {"podAffinity": {REQUIRED: {"a": 1}}}}, f"affinity.podAffinity.{REQUIRED}", "a list of objects"),
    # Tolerations.
    ({"tolerations": [{"key": "node.kubernetes.io/not-ready"}]}, "tolerations[0].key", "without end"),
    ({"tolerations": [{"value": "kafka"}]}, "tolerations[0].key", "operator: Exists"),
    (
        {"tolerations": [{"operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 9}]},
        "tolerations[0].tolerationSeconds",
        "evicted from a node that is away",
    ),
    ({"tolerations": [{"key": "a", "tolerationSeconds": 9}]}, "tolerations[0].tolerationSeconds", "NoExecute"),
    ({"tolerations": [{"key": "a", "operator": "Exists", "value": "b"}]}, "tolerations[0].value", "asks for no value"),
    ({"tolerations": [{"key": "a", "effect": "NoShedule"}]}, "tolerations[0].effect", "did you mean NoSchedule"),
    # Labels and annotations.
    ({"labels": {"kafka-platform/pool": "x"}}, "labels.kafka-platform/pool", "for itself"),
    ({"labels": {"controller-revision-hash": "x"}}, "labels.controller-revision-hash", "for itself"),
    ({"labels": {"a/b/c": "x"}}, "labels.a/b/c", "DNS prefix"),
    ({"labels": {"team": "the streams"}}, "labels.team", "refuse the pod"),
    ({"annotations": {"kafka-platform/revision": "x"}}, "annotations.kafka-platform/revision", "for itself"),
    ({"annotations": {"a b": "x"}}, "annotations.a b", "DNS prefix"),
    # Volumes.
    (volume(name="data"), "volumes[0].name", "for itself"),
    (volume(name="data-2"), "volumes[0].name", "for itself"),
    (volume(name="identity"), "volumes[0].name", "for itself"),
    (volume(name="My"), "volumes[0].name", "lower-case"),
    ({"volumes": [VOLUME, VOLUME]}, "volumes[1].name", "another volume"),
    (volume(configMap="rules"), "volumes[0]", "it has 2 of them"),
    ({"volumes": [{"name": "plugins"}]}, "volumes[0]", "it has none of them"),
    (volume(mountPath="opt"), "volumes[0].mountPath", "absolute path"),
    (volume(mountPath="/"), "volumes[0].mountPath", "absolute path"),
    (volume(mountPath="/opt/../etc"), "volumes[0].mountPath", "absolute path"),
    (volume(mountPath="/var/lib/kafka-platform/data"), "volumes[0].mountPath", "would hide the other"),
    (volume(mountPath="/var"), "volumes[0].mountPath", "would hide the other"),
    (volume(hostPath="/"), "volumes[0].hostPath", "does not exist"),
    # Variables.
    ({"env": [{"name": "KAFKA_HEAP_OPTS", "value": "-Xmx9g"}]}, "env[0].name", "jvm.options"),
    ({"env": [{"name": "1A", "value": "b"}]}, "env[0].name", "no digit first"),
    ({"env": [{"name": "A", "value": "b"}, {"name": "A", "value": "c"}]}, "env[1].name", "another variable"),
    ({"env": [{"name": "A"}]}, "env[0]", "exactly one source"),
    ({"env": [{"name": "A", "secret": "s"}]}, "env[0]", "exactly one source"),
    ({"env": [{"name": "A", "value": "b", "secret": "s", "key": "k"}]}, "env[0]", "exactly one source"),
    # Containers.
    (sidecar(name="kafka"), "sidecars[0].name", "the hooks look at it"),
    (sidecar(name="A"), "sidecars[0].name", "lower-case"),
    (sidecar(image=None), "sidecars[0].image", "required"),
    (sidecar(comand=["x"]), "sidecars[0].comand", "did you mean command"),
    (sidecar(resources={}), "sidecars[0].resources.limits.memory", "caches Kafka's files"),
    (sidecar(resources={"limits": {"memory": "lots"}}), "sidecars[0].resources.limits.memory", "not a size"),
    (sidecar(resources="64Mi"), "sidecars[0].resources", "an object"),
    (sidecar(volumeMounts=[{"name": "data", "mountPath": "/d"}]), "sidecars[0].volumeMounts[0].name", "Kafka's alone"),
    (sidecar(ports=[{"containerPort": 9092}]), "sidecars[0].ports[0].containerPort", "share their ports"),
    (sidecar(ports=[{"containerPort": 2182}]), "sidecars[0].ports[0].containerPort", "share their ports"),
    (sidecar(ports=[{"containerPort": 80, "hostPort": 80}]), "sidecars[0].ports[0].hostPort", "restricted"),
    (
        sidecar(livenessProbe={"httpGet": {"port": 1, "host": "example.com"}}),
        "sidecars[0].livenessProbe.httpGet.host",
        "restricted",
    ),
    (sidecar(restartPolicy="Always"), "sidecars[0].restartPolicy", "does not exist"),
    ({"sidecars": [SIDECAR], "initContainers": [SIDECAR]}, "sidecars[0].name", "another container"),
    ({"initContainers": [{**SIDECAR, "restartPolicy": "Never"}]}, "initContainers[0].restartPolicy", "Always"),
    # What the restricted standard forbids.
    (secured(privileged=True), "sidecars[0].securityContext.privileged", "restricted"),
    (secured(allowPrivilegeEscalation=True), "sidecars[0].securityContext.allowPrivilegeEscalation", "restricted"),
    (secured(runAsNonRoot=False), "sidecars[0].securityContext.runAsNonRoot", "restricted"),
    (secured(runAsUser=0), "sidecars[0].securityContext.runAsUser", "any id but 0"),
    (secured(procMount="Unmasked"), "sidecars[0].securityContext.procMount", "restricted"),
    (secured(capabilities={"add": ["NET_RAW"]}), "sidecars[0].securityContext.capabilities.add", "NET_BIND_SERVICE"),
    (secured(capabilities={"drop": ["NET_RAW"]}), "sidecars[0].securityContext.capabilities.drop", "[ALL]"),
    (secured(seccompProfile={"type": "Unconfined"}), "sidecars[0].securityContext.seccompProfile.type", "Localhost"),
    (secured(appArmorProfile={"type": "Unconfined"}), "sidecars[0].securityContext.appArmorProfile.type", "restricted"),
    (secured(windowsOptions={"hostProcess": True}), "sidecars[0].securityContext.windowsOptions", "restricted"),
]

# Each line: the change, the path that the error names, and what its text must say.
BAD_SIZES: list[tuple[str, object, str, str]] = [
    ("kafka/imageRegistry", "https://registry.example.com", "kafka.imageRegistry", "leave out the scheme"),
    ("kafka/imageRegistry", "registry.example.com/", "kafka.imageRegistry", "the last slash"),
    ("kafka/resources", {"cpu": "1", "memory": "4Gi", "heap": "3500Mi"}, "kafka.resources.heap", "at most 3072Mi"),
    ("kafka/config/log.retention.bytes", 10 * 2**30, "kafka.config.log.retention.bytes", "at most 9663676416"),
    (
        "kafka/config/log.cleaner.dedupe.buffer.size",
        2**29,
        "kafka.config.log.cleaner.dedupe.buffer.size",
        "in the heap",
    ),
    ("kafka/config/socket.request.max.bytes", 2**29, "kafka.config.socket.request.max.bytes", "in the heap"),
    ("kafka/config/message.max.bytes", 2**29, "kafka.config.message.max.bytes", "in the heap"),
]


@pytest.mark.parametrize(("pod", "path", "says"), BAD_PODS)
def test_a_wrong_pod_is_one_error_with_its_path(pod: dict[str, Any], path: str, says: str) -> None:
    (found,) = problems(changed(zookeeper_config(), "kafka/pod", pod))
    assert found.path == f"kafka-platform:kafka.pod.{path}"
    assert says in str(found)
    assert found.allowed and found.why and found.todo


@pytest.mark.parametrize(("change", "value", "path", "says"), BAD_SIZES)
def test_sizes_that_do_not_fit_are_one_error(change: str, value: object, path: str, says: str) -> None:
    (found,) = problems(changed(zookeeper_config(), change, value))
    assert found.path == f"kafka-platform:{path}"
    assert says in str(found)


def test_a_segment_is_at_most_half_of_the_volume() -> None:
    config = changed(zookeeper_config(), "kafka/storage/size", "3Gi")
    (found,) = problems(changed(config, "kafka/config/log.segment.bytes", 2 * 10**9))
    assert found.path == "kafka-platform:kafka.config.log.segment.bytes"
    assert "half of the volume" in str(found)


def test_an_image_and_a_registry_for_it_exclude_each_other() -> None:
    config = changed(zookeeper_config(), "kafka/image", "registry.example.com/kafka:1")
    (found,) = problems(changed(config, "kafka/imageRegistry", "registry.example.com"))
    assert found.path == "kafka-platform:kafka.imageRegistry"


@pytest.mark.parametrize(("retention", "right"), [(9 * 2**30, True), (9 * 2**30 + 1, False), (-1, True)])
def test_a_partition_with_its_open_segment_fits_the_volume(retention: int, right: bool) -> None:
    config = changed(zookeeper_config(), "kafka/config/log.retention.bytes", retention)
    if right:
        assert cluster_of(config)
    else:
        assert len(problems(config)) == 1


@pytest.mark.parametrize(("heap", "right"), [("3072Mi", True), ("3073Mi", False)])
def test_a_broker_leaves_a_quarter_of_its_memory_to_the_page_cache(heap: str, right: bool) -> None:
    config = changed(zookeeper_config(), "kafka/resources", {"cpu": "1", "memory": "4Gi", "heap": heap})
    if right:
        assert cluster_of(config)
    else:
        assert len(problems(config)) == 1


def cluster_of(config: dict[str, Any]) -> object:
    """Return the settings of a configuration that is right."""
    return parse_settings(config)


def test_a_sidecar_and_a_listener_never_share_a_port() -> None:
    listener = {"name": "CLIENTS", "type": "load-balancer", "port": 9400, "host": "broker-{id}.kafka.example.com"}
    config = changed(zookeeper_config(), "kafka/listeners", {"external": [listener]})
    (found,) = problems(changed(config, "kafka/pod", sidecar(ports=[{"containerPort": 9400}])))
    assert found.path == "kafka-platform:kafka.listeners.external[0].port"
    assert "that of the sidecar shipper" in str(found)
