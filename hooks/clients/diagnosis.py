"""Why a pod does not start, in the words of the API server, the kubelet and its own log; secrets masked."""

from typing import Final

from contract import CONTAINER
from hooks.clients.redaction import redact
from hooks.clients.rest import ApiServer, Json
from hooks.clients.translation import main_container
from hooks.interfaces import HookError
from hooks.planner.snapshot import ObservedPod

_LOG_LINES: Final = 8
#: Read, since a stack trace is long and only its first lines say something.
_LOG_READ: Final = 80
_EVENTS: Final = 5
#: Said by the pod's state already: a condition that follows from another, and a probe that fails while nothing runs.
_ECHOES: Final = frozenset({"ContainersReady", "Unhealthy"})
_WIDTH: Final = 400


def explain(api: ApiServer, pod: ObservedPod) -> tuple[str, ...]:
    """Return image, state, last events and last log lines. What cannot be read is said, not raised."""
    path = f"{api.namespaced}/pods/{pod.name}"
    try:
        live = api.find(path)
        if live is None:
            return (f"pod {pod.name} does not exist",)
        return (*_state(live), *_events(api, live), *_log(api, path, live))
    except HookError as error:
        return (f"pod {pod.name}: nothing more can be read: {error}",)


def _state(pod: Json) -> list[str]:
    """Describe where the pod is, what it runs and how its container fares."""
    spec, status = pod["spec"], pod.get("status", {})
    image = next((c["image"] for c in spec["containers"] if c["name"] == CONTAINER), "none")
    node = spec.get("nodeName", "no node yet")
    lines = [f"pod {pod['metadata']['name']} on {node}: {status.get('phase', 'Unknown')}, image {image}"]
    unmet = (c for c in status.get("conditions", []) if c["status"] != "True" and c.get("message"))
    unmet = (c for c in unmet if c["type"] not in _ECHOES)
    lines.extend(f"{c['type']} is {c['status']}: {c['message']}" for c in unmet)
    container = main_container(status)
    for when, state in (("now", container.get("state", {})), ("before", container.get("lastState", {}))):
        lines.extend(f"{when} {kind}: {_detail(detail)}" for kind, detail in sorted(state.items()) if kind != "running")
    return [_line(line) for line in lines]


def _detail(state: Json) -> str:
    """Describe one waiting or terminated state."""
    parts = [str(state.get("reason", ""))]
    if "exitCode" in state:
        parts.append(f"exit code {state['exitCode']}")
    if state.get("message"):
        parts.append(str(state["message"]).strip())
    return ", ".join(part for part in parts if part)


def _events(api: ApiServer, pod: Json) -> list[str]:
    """Return the pod's last warnings, oldest first."""
    selector = f"involvedObject.uid={pod['metadata']['uid']}"
    found = [e for e in api.list(f"{api.namespaced}/events", query=[("fieldSelector", selector)]) if _is_warning(e)]
    found.sort(key=lambda e: str(e.get("lastTimestamp") or e.get("eventTime") or ""))
    return [_line(f"event {e.get('reason', '')} (x{e.get('count') or 1}): {e['message']}") for e in found[-_EVENTS:]]


def _is_warning(event: Json) -> bool:
    return event.get("type") == "Warning" and bool(event.get("message")) and event.get("reason") not in _ECHOES


def _log(api: ApiServer, path: str, pod: Json) -> list[str]:
    """Return the last lines of the life that ended, if one did, and of the present one, if one runs.

    Both, since neither alone is sure to tell: a new life may not have said yet why the former one ended, and one that
    hangs may have nothing to do with a crash of long ago.
    """
    container = main_container(pod.get("status", {}))
    if not container or not (container.get("containerID") or container.get("lastState")):
        return []
    crashed = "terminated" in container.get("lastState", {}) and "terminated" not in container.get("state", {})
    if not crashed:
        return _lines(api, path, "log", previous=False)
    if "running" not in container.get("state", {}):
        return _lines(api, path, "log", previous=True)
    return _lines(api, path, "log before its restart", previous=True) + _lines(api, path, "log", previous=False)


def _lines(api: ApiServer, path: str, title: str, *, previous: bool) -> list[str]:
    query = [("container", CONTAINER), ("tailLines", str(_LOG_READ)), ("previous", str(previous).lower())]
    try:
        lines = api.text(f"{path}/log", query).splitlines()
    except HookError as error:
        return [_line(f"{title}: cannot be read: {error}")]
    telling = [line for line in lines if line.strip() and not line.lstrip().startswith("at ")]
    return [_line(f"{title}: {line}") for line in telling[-_LOG_LINES:]]


def _line(text: str) -> str:
    """Return one line without secrets, of a length that fits a terminal's patience."""
    flat = " ".join(redact(text).split())
    return flat if len(flat) <= _WIDTH else flat[: _WIDTH - 1] + "…"
