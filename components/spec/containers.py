"""Rules for the containers that a user runs beside Kafka, in Kubernetes' own language.

They stand under the restricted pod security standard, as the namespace does: what it forbids would be refused by the
API server only when the StatefulSet makes its pods, hence after a pod was deleted for it. So it is refused here.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from components.spec.naming import LABEL_RULE, is_label
from components.spec.pod_settings import Object
from components.spec.quantities import parse_bytes
from components.spec.reading import Reader
from components.spec.values import is_mapping, is_sequence, whole
from contract import (
    CONTAINER,
    PORT_CONTROLLER,
    PORT_EXTERNAL,
    PORT_INTERNAL,
    PORT_ZOOKEEPER,
    PORT_ZOOKEEPER_ELECTION,
    PORT_ZOOKEEPER_PEER,
    PORT_ZOOKEEPER_SECURE,
)

_RESTRICTED: Final = "the namespace enforces the restricted pod security standard, so no pod would be created"
_PORTS: Final = frozenset(
    {
        PORT_INTERNAL,
        PORT_CONTROLLER,
        PORT_EXTERNAL,
        PORT_ZOOKEEPER,
        PORT_ZOOKEEPER_SECURE,
        PORT_ZOOKEEPER_PEER,
        PORT_ZOOKEEPER_ELECTION,
    }
)
_PROBES: Final = ("livenessProbe", "readinessProbe", "startupProbe")
#: What Kubernetes alone judges.
_PASSED: Final = (
    "imagePullPolicy",
    "command",
    "args",
    "workingDir",
    "env",
    "envFrom",
    "lifecycle",
    "terminationMessagePath",
    "terminationMessagePolicy",
    "resizePolicy",
)
#: What a container gets unless it says so itself.
DEFAULT_CONTEXT: Final[Mapping[str, object]] = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
}
#: Field of the security context, the values that the standard takes, and those in words.
_CONTEXT: Final[tuple[tuple[str, tuple[object, ...], str], ...]] = (
    ("privileged", (False,), "false"),
    ("allowPrivilegeEscalation", (False,), "false"),
    ("runAsNonRoot", (True,), "true"),
    ("procMount", ("Default",), "Default"),
)


def check_container(reader: Reader, volumes: Sequence[str], *, starts_before: bool) -> None:
    """Report what Kubernetes or the platform would not take in a sidecar or an init container."""
    name = reader.text("name")
    if name and not is_label(name):
        reader.report("name", name, allowed=LABEL_RULE, why="Kubernetes would refuse it", todo="choose another name")
    elif name == CONTAINER:
        why = "the platform's own container is called so, and the hooks look at it by this name"
        reader.report("name", name, allowed="any other name", why=why, todo="choose another name")
    _ = reader.text("image")
    if starts_before:
        _ = reader.optional_text("restartPolicy", choices=("Always",))
    _check_memory(reader.section("resources"))
    _check_mounts(reader.optional_sections("volumeMounts"), volumes)
    for port in reader.optional_sections("ports"):
        _check_port(port)
    for probe in _PROBES:
        _check_probe(reader.section(probe))
    _check_context(reader.section("securityContext"))
    for field in _PASSED:
        _ = reader.has(field)
    reader.finish()


def ports_of(container: Object) -> list[int]:
    """Return the ports on which a container says that it listens."""
    ports = container.get("ports")
    numbers = (whole(port.get("containerPort")) for port in ports if is_mapping(port)) if is_sequence(ports) else ()
    return [number for number in numbers if number is not None]


def _check_memory(resources: Reader) -> None:
    limits = resources.section("limits")
    memory = limits.optional_text("memory")
    allowed = "a memory limit such as 64Mi"
    if not resources.clean:
        return
    if memory is None:
        why = "without a limit it takes the memory in which the node caches Kafka's files"
        limits.report("memory", None, allowed=allowed, why=why, todo="add resources.limits.memory")
    elif parse_bytes(memory) is None:
        limits.report("memory", memory, allowed=allowed, why="this is not a size", todo="write a quantity of bytes")


def _check_mounts(mounts: Sequence[Reader], volumes: Sequence[str]) -> None:
    for mount in mounts:
        name, _ = mount.text("name"), mount.text("mountPath")
        if name and name not in volumes:
            allowed = " or ".join(volumes) if volumes else "none, since the section `volumes` has none"
            why = "only the volumes of this section can be mounted; those of the platform are Kafka's alone"
            mount.report("name", name, allowed=allowed, why=why, todo="add the volume to the section's `volumes`")


def _check_port(port: Reader) -> None:
    number = port.integer("containerPort", lowest=1, highest=65535)
    if number in _PORTS:
        why = "the platform listens there, and all containers of a pod share their ports"
        port.report("containerPort", number, allowed="any other port", why=why, todo="choose another port")
    _refuse_given(port, "hostPort")


def _check_probe(probe: Reader) -> None:
    """Report a probe that names a host: the standard lets a kubelet ask the pod itself only."""
    for way in ("httpGet", "tcpSocket"):
        if probe.has(way):
            _refuse_given(probe.section(way), "host")


def _refuse_given(reader: Reader, field: str) -> None:
    given = reader.values.get(field)
    if given:
        reader.report(field, given, allowed="nothing", why=_RESTRICTED, todo="remove it")


def _check_context(context: Reader) -> None:
    for field, values, words in _CONTEXT:
        given = context.values.get(field)
        if given is not None and given not in values:
            context.report(field, given, allowed=words, why=_RESTRICTED, todo=f"write {words}, or leave it out")
    if context.values.get("runAsUser") == 0:
        todo = "choose another id, or leave it out for that of the pod"
        context.report("runAsUser", 0, allowed="any id but 0", why=_RESTRICTED, todo=todo)
    _refuse_given(context, "windowsOptions")
    for field, kinds in (("seccompProfile", ("RuntimeDefault", "Localhost")), ("appArmorProfile", ("RuntimeDefault",))):
        if context.has(field):
            _check_profile(context.section(field), kinds)
    if context.has("capabilities"):
        _check_capabilities(context.section("capabilities"))


def _check_profile(profile: Reader, kinds: tuple[str, ...]) -> None:
    kind = profile.values.get("type")
    if kind not in kinds:
        allowed = " or ".join(kinds)
        profile.report("type", kind, allowed=allowed, why=_RESTRICTED, todo=f"write {kinds[0]}, or leave it out")


def _check_capabilities(capabilities: Reader) -> None:
    dropped, added = capabilities.texts("drop"), capabilities.texts("add")
    if "ALL" not in dropped and capabilities.values.get("drop") is not None:
        todo = "write [ALL], or leave it out"
        capabilities.report("drop", list(dropped), allowed="[ALL]", why=_RESTRICTED, todo=todo)
    wrong = [name for name in added if name != "NET_BIND_SERVICE"]
    if wrong:
        capabilities.report("add", wrong, allowed="[NET_BIND_SERVICE]", why=_RESTRICTED, todo="remove the others")
    capabilities.finish()


def secured(container: Mapping[str, object]) -> dict[str, object]:
    """Return the container with what the standard asks for and it does not say itself."""
    given = container.get("securityContext")
    context = {**DEFAULT_CONTEXT, **(_object(given))}
    context["capabilities"] = {"drop": ["ALL"], **_object(context["capabilities"])}
    return {**container, "securityContext": context}


def _object(value: object) -> dict[str, object]:
    return {str(key): item for key, item in value.items()} if is_mapping(value) else {}
