"""The few calls to the API server that bringing a cluster up takes, as its administrator, over verified TLS."""

import http.client
import json
import ssl
from typing import Any

from dev.cluster.addresses import API_PORT, CONTROL_PLANE
from dev.cluster.certificates import CLUSTER_CA
from dev.cluster.errors import ClusterError
from dev.cluster.state import PKI

TIMEOUT_SECONDS = 10
FIELD_MANAGER = "kafka-platform-local"


class Api:
    """The API server of the running cluster. Opens a connection of its own for each call: any thread may use it."""

    def __init__(self) -> None:
        try:
            self._tls = ssl.create_default_context(cafile=str(PKI / f"{CLUSTER_CA}.crt"))
            self._tls.load_cert_chain(PKI / "admin.crt", PKI / "admin.key")
        except FileNotFoundError:
            raise ClusterError("there is no local cluster on this machine; `make up` starts one") from None
        except PermissionError:
            raise ClusterError("the local cluster belongs to root: use root, or sudo") from None

    def ready(self) -> bool:
        """Whether the API server says that it serves, its own start-up work included."""
        try:
            return self._call("GET", "/readyz", None, "application/json")[0] == 200
        except OSError:
            return False

    def get(self, path: str) -> dict[str, Any] | None:
        """Return an object or a list, or None when there is no such thing."""
        status, body = self._call("GET", path, None, "application/json")
        return None if status == 404 else self._checked(f"GET {path}", status, body)

    def items(self, path: str) -> list[dict[str, Any]]:
        """Return the items of a list."""
        return (self.get(path) or {}).get("items", [])

    def apply(self, path: str, value: dict[str, Any]) -> dict[str, Any]:
        """Make an object be so, created or changed (server-side apply)."""
        query = f"{path}?fieldManager={FIELD_MANAGER}&force=true"
        return self._checked(f"apply {path}", *self._call("PATCH", query, value, "application/apply-patch+yaml"))

    def merge_lists(self, path: str, value: dict[str, Any]) -> dict[str, Any]:
        """Change an object that exists, lists by the key of their items (strategic merge patch)."""
        content = "application/strategic-merge-patch+json"
        return self._checked(f"patch {path}", *self._call("PATCH", path, value, content))

    def merge(self, path: str, value: dict[str, Any]) -> dict[str, Any]:
        """Change an object that exists (merge patch)."""
        return self._checked(f"patch {path}", *self._call("PATCH", path, value, "application/merge-patch+json"))

    def _call(self, method: str, path: str, value: Any, content: str) -> tuple[int, bytes]:
        connection = http.client.HTTPSConnection(
            str(CONTROL_PLANE), API_PORT, context=self._tls, timeout=TIMEOUT_SECONDS
        )
        try:
            body = None if value is None else json.dumps(value)
            connection.request(method, path, body, {"Content-Type": content, "Accept": "application/json"})
            response = connection.getresponse()
            return response.status, response.read()
        except http.client.HTTPException as error:
            raise ConnectionError(f"{method} {path}: {error!r}") from error
        finally:
            connection.close()

    @staticmethod
    def _checked(call: str, status: int, body: bytes) -> dict[str, Any]:
        if status >= 300:
            raise ClusterError(f"the API server refused `{call}` ({status}): {body.decode(errors='replace')[:400]}")
        return json.loads(body)
