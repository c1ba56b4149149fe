"""Rules for the section `pod`: what is the platform's own, what Kubernetes would refuse or read otherwise."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from components.spec.access_properties import CERTIFICATES_MOUNT, LOGINS_MOUNT
from components.spec.data_folders import MOST_VOLUMES, data_mounts
from components.spec.naming import (
    LABEL_KEY_RULE,
    LABEL_RULE,
    LABEL_VALUE_RULE,
    is_label,
    is_label_key,
    is_label_value,
)
from components.spec.pod_settings import ExtraVolume, PodSettings, Toleration, Variable
from components.spec.reading import Reader
from components.spec.scripts import CONFIG_MOUNT, IDENTITY_MOUNT, RUN_MOUNT
from components.spec.zookeeper_acl import LOGIN_MOUNT
from components.spec.zookeeper_tls import KEYS_MOUNT
from contract import PREFIX, VOLUME_DATA

ZONE_LABEL: Final = "topology.kubernetes.io/zone"
#: Volumes of the platform, and those that it may have in a later release.
_OWN_VOLUME: Final = re.compile(
    rf"{VOLUME_DATA}(-.*)?|config|run|tmp|identity|credentials|certificates|keys|logins|zookeeper-login"
)
_OWN_MOUNTS: Final = (
    *(path for _, path in data_mounts(MOST_VOLUMES)),
    CONFIG_MOUNT,
    RUN_MOUNT,
    IDENTITY_MOUNT,
    CERTIFICATES_MOUNT,
    LOGINS_MOUNT,
    KEYS_MOUNT,
    LOGIN_MOUNT,
    # Of the services' pods.
    f"{CONFIG_MOUNT}-user",
    f"{CONFIG_MOUNT}-secrets",
    f"{CONFIG_MOUNT}-plugins",
    "/tmp",  # noqa: S108  (a mount point)
)
_OWN_LABELS: Final = (f"{PREFIX}/", "statefulset.kubernetes.io/", "apps.kubernetes.io/", "controller-revision-hash")
_OWN_VARIABLE: Final = re.compile(r"(KAFKA|ZOOKEEPER|ZOO|CONFLUENT)_.*|EXTRA_ARGS|LOG_DIR|HOSTNAME|PATH")
#: Without end, so that no eviction recreates a pod at the new template unasked.
_OWN_TAINTS: Final = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OWN_WHY: Final = "the platform has it for itself"


def check_pod(path: str, pod: PodSettings, reader: Reader) -> None:
    """Report everything in the section at `path` that cannot be."""
    for field, names in (("image_pull_secrets", pod.image_pull_secrets), ("priority_class", (pod.priority_class,))):
        for name in names:
            if name is not None and not _is_object_name(name):
                why, todo = "Kubernetes names no object so", "correct its spelling"
                reader.report(f"{path}.{field}", name, allowed="an object's name", why=why, todo=todo)
    _check_map(f"{path}.node_selector", pod.node_selector, reader)
    if ZONE_LABEL in pod.node_selector:
        given, todo = pod.node_selector[ZONE_LABEL], "remove it, and set the zone of the rack"
        field, why = f"{path}.node_selector", "it is the zone of the rack"
        _report_key(reader, field, ZONE_LABEL, given, ("other labels", why, todo))
    _check_map(f"{path}.labels", pod.labels, reader)
    _check_map(f"{path}.annotations", pod.annotations, reader, values=False)
    for index, toleration in enumerate(pod.tolerations):
        _check_toleration(f"{path}.tolerations[{index}]", toleration, reader)
    _check_volumes(path, pod.volumes, reader)
    _check_variables(path, pod.env, reader)
    _check_container_names(path, pod, reader)


def _check_map(path: str, given: Mapping[str, str], reader: Reader, *, values: bool = True) -> None:
    for key, value in given.items():
        if not is_label_key(key):
            why = "Kubernetes would refuse the pod"
            _report_key(reader, path, key, key, (LABEL_KEY_RULE, why, "correct its spelling"))
        elif key.startswith(_OWN_LABELS) and not path.endswith("node_selector"):
            todo = "remove it, or choose a key with a prefix of your own"
            _report_key(reader, path, key, value, ("keys that are not the platform's", _OWN_WHY, todo))
        elif values and value and not is_label_value(value):
            why = "Kubernetes would refuse the pod"
            _report_key(reader, path, key, value, (LABEL_VALUE_RULE, why, "choose another value"))


def _report_key(reader: Reader, path: str, key: str, given: str, said: tuple[str, str, str]) -> None:
    """Report a key that is not ours, below a field that is."""
    allowed, why, todo = said
    reader.report_key(f"{reader.spell(path)}.{key}", given, allowed=allowed, why=why, todo=todo)


def _check_toleration(path: str, toleration: Toleration, reader: Reader) -> None:
    key, seconds = toleration.key, toleration.toleration_seconds
    if key in _OWN_TAINTS:
        why = "pods tolerate it without end, so that an eviction never brings one back at another revision unasked"
        reader.report(f"{path}.key", key, allowed="any other taint", why=why, todo="remove it")
    elif key is None and toleration.operator != "Exists":
        why = "a toleration without a key means every taint, and Kubernetes takes that with `Exists` only"
        reader.report(f"{path}.key", None, allowed="a taint's key", why=why, todo="add the key, or operator: Exists")
    elif key is None and seconds is not None:
        why = f"without a key it holds for {_OWN_TAINTS[1]} too, so pods would be evicted from a node that is away"
        reader.report(f"{path}.toleration_seconds", seconds, allowed="nothing", why=why, todo="remove it, or add a key")
    elif seconds is not None and toleration.effect != "NoExecute":
        why, todo = "only NoExecute evicts, so only there a time has a meaning", "remove it, or set effect: NoExecute"
        reader.report(f"{path}.toleration_seconds", seconds, allowed="nothing", why=why, todo=todo)
    if toleration.operator == "Exists" and toleration.value is not None:
        why, todo = "`Exists` asks for no value", "remove it, or set operator: Equal"
        reader.report(f"{path}.value", toleration.value, allowed="nothing", why=why, todo=todo)


def _check_volumes(path: str, volumes: Sequence[ExtraVolume], reader: Reader) -> None:
    names: set[str] = set()
    mounts: list[str] = list(_OWN_MOUNTS)
    for index, volume in enumerate(volumes):
        field = f"{path}.volumes[{index}]"
        if not is_label(volume.name):
            why = "Kubernetes would refuse it"
            reader.report(f"{field}.name", volume.name, allowed=LABEL_RULE, why=why, todo="choose another name")
        elif _OWN_VOLUME.fullmatch(volume.name):
            todo = "choose another name"
            reader.report(f"{field}.name", volume.name, allowed="any other name", why=_OWN_WHY, todo=todo)
        elif volume.name in names:
            why, todo = "another volume of the section is called so", "choose another name"
            reader.report(f"{field}.name", volume.name, allowed="a name of its own", why=why, todo=todo)
        names.add(volume.name)
        if volume.sources != 1:
            allowed = f"exactly one of secret, {reader.spell('config_map')} and {reader.spell('empty_dir')}: true"
            why = f"it has {volume.sources or 'none'} of them"
            reader.report(field, volume.name, allowed=allowed, why=why, todo="keep one")
        mount = volume.mount_path
        if mount is not None and not _report_mount(f"{field}.mount_path", mount, mounts, reader):
            mounts.append(mount.rstrip("/"))


def _report_mount(field: str, given: str, taken: Sequence[str], reader: Reader) -> bool:
    """Report a mount point that cannot be, and return whether it was one."""
    mount = given.rstrip("/")
    if not given.startswith("/") or not mount or ":" in given or "/../" in f"{given}/":
        why, todo = "Kubernetes would refuse it", "write the full path of a folder below the root"
        reader.report(field, given, allowed="an absolute path such as /opt/plugins", why=why, todo=todo)
        return True
    for other in taken:
        if f"{mount}/".startswith(f"{other}/") or f"{other}/".startswith(f"{mount}/"):
            why, todo = f"{other} is a mount already, and one of the two would hide the other", "choose another folder"
            reader.report(field, given, allowed="a folder of its own", why=why, todo=todo)
            return True
    return False


def _check_variables(path: str, variables: Sequence[Variable], reader: Reader) -> None:
    names: set[str] = set()
    for index, variable in enumerate(variables):
        field = f"{path}.env[{index}]"
        if not _VARIABLE.fullmatch(variable.name):
            allowed, todo = "letters, digits and '_', no digit first", "correct its spelling"
            reader.report(f"{field}.name", variable.name, allowed=allowed, why="no shell would take it", todo=todo)
        elif _OWN_VARIABLE.fullmatch(variable.name):
            why = "the start scripts or the image would take it for a setting of Kafka"
            todo = "use `config`, `jvm.options` or `resources` for settings, and another name for a plugin's own"
            reader.report(f"{field}.name", variable.name, allowed="any other name", why=why, todo=todo)
        elif variable.name in names:
            why, todo = "another variable of the section is called so", "remove one of the two"
            reader.report(f"{field}.name", variable.name, allowed="a name of its own", why=why, todo=todo)
        names.add(variable.name)
        secret = variable.secret is not None and variable.key is not None
        if (variable.value is not None) == secret or (variable.secret is None) != (variable.key is None):
            allowed, why = "either value, or secret and key", "a variable has exactly one source"
            reader.report(field, variable.name, allowed=allowed, why=why, todo="keep one source, and make it complete")


def _check_container_names(path: str, pod: PodSettings, reader: Reader) -> None:
    names: set[object] = set()
    for field, index, name in _containers(pod):
        if name in names:
            why, todo = "another container of the pod is called so", "choose another name"
            where = f"{path}.{field}[{index}].name"
            reader.report(where, name, allowed="a name of its own", why=why, todo=todo)
        names.add(name)


def _containers(pod: PodSettings) -> Iterator[tuple[str, int, object]]:
    for field, containers in (("init_containers", pod.init_containers), ("sidecars", pod.sidecars)):
        for index, container in enumerate(containers):
            yield field, index, container.get("name")


def _is_object_name(name: str) -> bool:
    return len(name) <= 253 and all(is_label(part) for part in name.split("."))
