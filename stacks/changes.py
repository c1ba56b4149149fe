"""What a restart will change in a pod, with old and new value: live pods and their files against what is rendered.

The hooks know digests alone; here, where components and hooks meet, both contents are at hand. For previews: what
cannot be seen is left out, and the reasons that the hooks give stand for themselves.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from components.spec.live_keys import is_live
from components.spec.model import ClusterSpec
from components.spec.rendering import RenderedPool, render_cluster
from components.spec.scripts import PROPERTIES, ZOO_CFG
from contract import CONTAINER, Component
from hooks.clients.redaction import MASK, redact
from hooks.planner.text import some, some_lines
from hooks.providers.contents import PodContents, stale_pods
from hooks.providers.wire import ConnectionArgs

_SHOWN: Final = 50
#: Variables whose change has the cause `jvm`; the others belong to the cause `pod`.
_JVM: Final = frozenset({"KAFKA_HEAP_OPTS", "KAFKA_JVM_PERFORMANCE_OPTS", "KAFKA_OPTS"})
_NOT_SET: Final = "not set"

Values = Mapping[tuple[str, str], str]
"""Values by cause and key."""


def changes(spec: ClusterSpec, at: ConnectionArgs) -> tuple[str, ...]:
    """Return a line for each value that restarts will change; none when the cluster cannot be asked."""
    rendered = render_cluster(spec)
    wanted: dict[Component, frozenset[str]] = {
        component: frozenset(pool.revision.digest for pool in pools) for component, pools in rendered.items() if pools
    }
    pools = {pool.pool.workload: pool for found in rendered.values() for pool in found}
    return told(spec, pools, stale_pods(at, wanted))


def told(spec: ClusterSpec, pools: Mapping[str, RenderedPool], pods: Iterable[PodContents]) -> tuple[str, ...]:
    """Return the lines in the order of cause and key, each with the pods that it concerns."""
    found: dict[tuple[str, str, str, str], list[str]] = {}
    for pod in pods:
        pool = pools.get(pod.name.rpartition("-")[0])
        if pool is None:
            continue
        spec_of: Any = pool.template["spec"]
        old, new = values(pod.spec, pod.files), values(spec_of, pool.files)
        for cause, key in sorted(old.keys() | new.keys()):
            before, after = old.get((cause, key), _NOT_SET), new.get((cause, key), _NOT_SET)
            if before != after and not (cause == "config" and _goes_live(spec, key, before, after)):
                found.setdefault((cause, key, *_shown(key, before, after)), []).append(pod.name)
    said = [
        f"{cause}: {key}: {old} -> {new} on {some(names)}" for (cause, key, old, new), names in sorted(found.items())
    ]
    return some_lines(said, _SHOWN)


def values(pod: Mapping[str, Any], files: Mapping[str, str]) -> Values:
    """Return what a pod is made of, as far as it has values of its own: image, resources, variables, configuration."""
    main = next(container for container in pod["containers"] if container["name"] == CONTAINER)
    found = {("image", "image"): str(main["image"])}
    found |= {("resources", key): str(value) for key, value in main["resources"].get("requests", {}).items()}
    for variable in main.get("env", []):
        found["jvm" if variable["name"] in _JVM else "pod", variable["name"]] = str(variable.get("value", ""))
    for name in (PROPERTIES, ZOO_CFG):
        for line in files.get(name, "").splitlines():
            key, _, value = line.partition("=")
            found["config", key] = value
    return found


def _goes_live(spec: ClusterSpec, key: str, before: str, after: str) -> bool:
    return all(value == _NOT_SET or is_live(spec, key, value) for value in (before, after))


def _shown(key: str, *given: str) -> tuple[str, str]:
    """Return both values without secrets: that of a key which names one is a secret as a whole."""
    secret = redact(f"{key}=x") != f"{key}=x"
    before, after = (MASK if secret and value != _NOT_SET else redact(value) for value in given)
    return before, after
