"""The Kubernetes API server of one connection: JSON in, JSON out, failures as errors by type.

Reads are repeated while the API server does not answer, so that its restart does not end a run. Writes are sent once:
the observation on which a write was decided grows old, so after an unanswered write the caller must look again.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode

import urllib3

from hooks.clients.connection import PREVIEW, RUN, Connection, Patience
from hooks.clients.kubeconfig import Access, access
from hooks.clients.redaction import redact
from hooks.interfaces import Clock, Conflict, HookError, NotYet, Refused

_Query = Sequence[tuple[str, str]]
Json = dict[str, Any]

MANAGER = "kafka-platform-hooks"
_MERGE = "application/merge-patch+json"
_APPLY = "application/apply-patch+yaml"
_JSON_PATCH = "application/json-patch+json"
#: An API server that has just started may refuse everybody until its policies are read.
_SETTLING_SECONDS = 5.0
_CONNECTIONS = 16


class Absent(HookError):
    """There is no such object."""


class Exists(HookError):
    """There is such an object already."""


class Rejected(HookError):
    """The API server found the request invalid."""


class ApiServer:
    """The API server of one connection. Safe to share between threads."""

    def __init__(
        self,
        connection: Connection,
        clock: Clock,
        patience: Patience = RUN,
        way: Access | None = None,
    ) -> None:
        """Read the kubeconfig, if it was not read already; nothing is asked of the cluster yet. Raises Refused."""
        self.connection = connection
        self.access = way or access(connection)
        self._pool = _pool(self.access)
        self._clock = clock
        self._patience = patience
        self._ahead = timedelta()

    def prompt(self) -> "ApiServer":
        """Return the same API server for a caller that does not wait for its return."""
        return ApiServer(self.connection, self._clock, PREVIEW, self.access)

    @property
    def namespaced(self) -> str:
        """Path of the namespace in the core API."""
        return f"/api/v1/namespaces/{self.connection.namespace}"

    def group(self, group: str) -> str:
        """Return the path of the namespace in an API group, such as `apps/v1`."""
        return f"/apis/{group}/namespaces/{self.connection.namespace}"

    def server_time(self) -> datetime:
        """Return the API server's time as of its last answer, so that Leases do not depend on this machine's clock."""
        return datetime.now(UTC) + self._ahead

    def get(self, path: str, query: _Query = ()) -> Json:
        """Read one object. Raises Absent when there is none."""
        return json.loads(self._read(path, query))

    def find(self, path: str) -> Json | None:
        """Read one object, or return None when there is none."""
        try:
            return self.get(path)
        except Absent:
            return None

    def list(self, path: str, labels: Mapping[str, str] | None = None, query: _Query = ()) -> list[Json]:
        """Read all objects of a kind that carry the labels; an empty value asks for the label's presence."""
        selector = ",".join(f"{key}={value}" if value else key for key, value in sorted((labels or {}).items()))
        return self.get(path, [("labelSelector", selector), *query])["items"]

    def text(self, path: str, query: _Query = ()) -> str:
        """Read a log, once: it comes from the pod's node, and one that is lost would be waited for in vain."""
        return self._ask("GET", path, query).decode(errors="replace")

    def create(self, path: str, body: Json) -> Json:
        """Create an object. Raises Exists when there is one of that name."""
        return json.loads(self._send("POST", path, body, "application/json"))

    def merge(self, path: str, body: Json) -> Json:
        """Merge fields into an object. Raises Absent, or Conflict when `metadata.resourceVersion` is another one."""
        return json.loads(self._send("PATCH", path, body, _MERGE))

    def apply(self, path: str, body: Json, manager: str) -> Json:
        """Apply an object in the name of a field manager. Raises Conflict when others own fields that differ."""
        return json.loads(self._ask("PATCH", path, [("fieldManager", manager)], body, _APPLY))

    def edit(self, path: str, operations: Sequence[Json]) -> Json:
        """Apply JSON-patch operations. Raises Rejected when a `test` among them does not hold."""
        return json.loads(self._send("PATCH", path, list(operations), _JSON_PATCH))

    def delete(self, path: str, options: Json | None = None) -> None:
        """Delete an object. Raises Absent, or Conflict when a precondition in the options does not hold."""
        self._send("DELETE", path, {"apiVersion": "v1", "kind": "DeleteOptions", **(options or {})}, "application/json")

    def close(self) -> None:
        """Give the connections back."""
        self._pool.clear()

    def _read(self, path: str, query: _Query) -> bytes:
        """Ask until there is an answer or patience ends."""
        started = self._clock.now()
        pause = 0.5
        while True:
            try:
                return self._ask("GET", path, query)
            except NotYet:
                if self._clock.now() + pause - started > self._patience.outage:
                    raise
            except Refused:
                if self._clock.now() + pause - started > min(_SETTLING_SECONDS, self._patience.outage):
                    raise
            self._clock.sleep(pause)
            pause = min(5.0, pause * 2)

    def _send(self, method: str, path: str, body: object, content: str) -> bytes:
        """Write once."""
        query = [] if method == "DELETE" else [("fieldManager", MANAGER)]
        return self._ask(method, path, query, body, content)

    def _ask(
        self, method: str, path: str, query: _Query, body: object = None, content: str = "application/json"
    ) -> bytes:
        """Exchange one request for one answer."""
        try:
            response = self._pool.request(
                method,
                f"{self.access.server}{path}?{urlencode(query)}",
                body=None if body is None else json.dumps(body).encode(),
                headers={**self.access.headers(), "Accept": "application/json, */*", "Content-Type": content},
                timeout=urllib3.Timeout(connect=min(3.0, self._patience.answer), read=self._patience.answer),
                # Our own loop decides what is repeated; this one would repeat writes and print warnings.
                retries=False,
            )
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise NotYet(f"the API server at {self.access.server} does not answer: {_reason(error)}") from None
        self._learn_time(response.headers.get("Date"))
        if response.status >= 300:
            raise _translated(response.status, response.data, f"{method} {path}")
        return response.data

    def _learn_time(self, date: str | None) -> None:
        """Keep how far the API server's clock is ahead of this machine's."""
        if date:
            self._ahead = parsedate_to_datetime(date) - datetime.now(UTC)


def _pool(way: Access) -> urllib3.PoolManager:
    """Return the connections to the API server."""
    tls: dict[str, Any] = {}
    if way.tls is not None:
        tls = {"ssl_context": way.tls, "server_hostname": way.tls_name, "assert_hostname": way.tls_name}
        if not way.verified:
            # Whoever wrote the kubeconfig chose this; a warning with each request would bury everything else.
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    if way.proxy:
        return urllib3.ProxyManager(way.proxy, maxsize=_CONNECTIONS, **tls)
    return urllib3.PoolManager(maxsize=_CONNECTIONS, **tls)


def _reason(error: BaseException) -> str:
    """Return the words of the first cause: what wraps it names objects of the library."""
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    return str(error) or type(error).__name__


def _translated(code: int, body: bytes, what: str) -> HookError:
    """Turn an answer that is a failure into the error by whose type the caller decides."""
    reason, message = _status(body)
    if code == 404:
        return Absent(message)
    if code == 409:
        return Exists(message) if reason == "AlreadyExists" else Conflict(message)
    if code == 422:
        return Rejected(message)
    if code in (401, 403):
        return Refused(
            [f"{what} was refused: {message}; allow it to the user of this kubeconfig, see the README's RBAC"]
        )
    if code == 429 or code >= 500:
        return NotYet(f"the API server answered {code} to {what}: {message}")
    return Refused([f"the API server answered {code} to {what}: {message}"])


def _status(body: bytes) -> tuple[str, str]:
    """Return the reason and the message of a failure."""
    text = body.decode(errors="replace")
    try:
        status = json.loads(text)
        return str(status.get("reason", "")), redact(str(status.get("message", "")))
    except (ValueError, AttributeError):
        return "", redact(text.strip()[:300])
