"""Secrets of the platform's own making go only when no pod needs them to start again."""

from hooks.clients.rest import Absent, ApiServer, Json


def remove_unless_mounted(api: ApiServer, secret: str, labels: dict[str, str]) -> tuple[str, ...]:
    """Delete a Secret, unless pods with these labels mount it still: then return their names, and leave it."""
    using = tuple(
        str(pod["metadata"]["name"]) for pod in api.list(f"{api.namespaced}/pods", labels) if secret in _mounted(pod)
    )
    if not using:
        try:
            api.delete(f"{api.namespaced}/secrets/{secret}")
        except Absent:
            return ()
    return using


def _mounted(pod: Json) -> set[str]:
    """Return the Secrets that a pod mounts."""
    spec: Json = pod.get("spec") or {}
    volumes: list[Json] = spec.get("volumes") or []
    return {str(volume["secret"].get("secretName")) for volume in volumes if volume.get("secret")}
