"""What pods of another revision were made of: their spec and the files that they mount, for a preview to compare."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from contract import LABEL_CLUSTER, LABEL_COMPONENT, Component
from hooks.clients.rest import Absent, ApiServer, Json
from hooks.clients.translation import order, revision


@dataclass(frozen=True, kw_only=True)
class PodContents:
    """One live pod, as the API server tells of it."""

    name: str
    spec: Json
    files: Mapping[str, str] = field(default_factory=dict[str, str])
    """Text by name; empty when the object that held them is gone."""


def contents(api: ApiServer, component: Component, current: frozenset[str]) -> tuple[PodContents, ...]:
    """Return the pods whose revision is none of these and that no word keeps at theirs, sorted by name."""
    labels = {LABEL_CLUSTER: api.connection.cluster, LABEL_COMPONENT: component}
    pods = [
        pod
        for pod in api.list(f"{api.namespaced}/pods", labels)
        if revision(pod["metadata"]).digest not in current and order(pod["metadata"]) != "skip"
    ]
    files = {name: _files(api, name) for name in {_config_name(pod) for pod in pods}}
    found = [
        PodContents(name=pod["metadata"]["name"], spec=pod["spec"], files=files[_config_name(pod)]) for pod in pods
    ]
    return tuple(sorted(found, key=lambda pod: pod.name))


def _config_name(pod: Json) -> str:
    """Return the ConfigMap that a pod mounts as its configuration, empty for none."""
    mounted = (volume["configMap"]["name"] for volume in pod["spec"].get("volumes", []) if volume["name"] == "config")
    return next(mounted, "")


def _files(api: ApiServer, name: str) -> Mapping[str, str]:
    try:
        return api.get(f"{api.namespaced}/configmaps/{name}").get("data") or {} if name else {}
    except Absent:
        return {}
