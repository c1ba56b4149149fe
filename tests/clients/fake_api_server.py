"""A small Kubernetes API server on loopback: objects by path, with the preconditions that the clients rely on.

It obeys what matters here: resource versions and UIDs, AlreadyExists, NotFound, Conflict, label and field selectors,
merge patches, JSON patches with tests, logs as text. `away` makes it answer 503, as a restarting one behind a load
balancer does; `requests` records what was asked.
"""

import copy
import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Json = dict[str, Any]


class Failure(Exception):
    """An answer that is a Status object."""

    def __init__(self, code: int, reason: str, message: str) -> None:
        """Keep what the Status says."""
        super().__init__(message)
        self.code, self.reason = code, reason


class FakeApiServer:
    """The objects and the rules; `serve` puts it on a port."""

    def __init__(self) -> None:
        """Begin empty."""
        self.objects: dict[str, Json] = {}
        self.logs: dict[str, str] = {}
        self.former_logs: dict[str, str] = {}
        """What the container before the present one wrote."""
        self.requests: list[str] = []
        self.away = 0
        """How many requests are still to be answered with 503."""
        self.nodes_away = False
        """The nodes do not answer the API server, so that nobody's log can be read."""
        self.forbidden = False
        self.ahead = 0.0
        """Seconds by which its clock is ahead of this machine's; raise it to let time pass for Leases."""
        self.before_write: Callable[[], None] = lambda: None
        """Called between a client's reading and its writing, to stage a race."""
        self._versions = itertools.count(1)
        self._uids = itertools.count(1)
        self._lock = threading.RLock()

    def put(self, path: str, body: Json) -> Json:
        """Store an object under its collection, as kubectl apply would."""
        return self.answer("POST", path, {}, body, "application/json")

    def answer(self, method: str, path: str, query: dict[str, str], body: Any, content: str) -> Any:
        """Serve one request."""
        if method in {"PATCH", "DELETE"}:
            hook, self.before_write = self.before_write, lambda: None
            hook()
        with self._lock:
            if self.away > 0:
                self.away -= 1
                raise Failure(503, "ServiceUnavailable", "the apiserver is shutting down")
            if self.forbidden:
                raise Failure(403, "Forbidden", 'pods is forbidden: User "ci" cannot list resource "pods"')
            if method == "GET":
                return self._read(path, query)
            if method == "POST":
                return self._create(path, body)
            if path not in self.objects and content == "application/apply-patch+yaml":
                return self._create(path.rsplit("/", 1)[0], body)
            if path not in self.objects:
                raise Failure(404, "NotFound", f"{path} not found")
            return self._delete(path, body) if method == "DELETE" else self._patch(path, body, content)

    def _read(self, path: str, query: dict[str, str]) -> Any:
        if path.endswith("/log"):
            if self.nodes_away:
                raise Failure(500, "InternalError", "dial tcp 127.0.0.1:10250: connect: no route to host")
            logs = self.former_logs if query.get("previous") == "true" else self.logs
            return logs.get(path.removesuffix("/log"), "")
        if path in self.objects:
            return copy.deepcopy(self.objects[path])
        if path.rsplit("/", 1)[1] not in COLLECTIONS:
            raise Failure(404, "NotFound", f"{path} not found")
        found = [o for p, o in sorted(self.objects.items()) if p.rsplit("/", 1)[0] == path]
        chosen = [o for o in found if _labelled(o, query.get("labelSelector", "")) and _fields(o, query)]
        return {"kind": "List", "items": copy.deepcopy(chosen)}

    def _create(self, path: str, body: Json) -> Json:
        key = f"{path}/{body['metadata']['name']}"
        if key in self.objects:
            raise Failure(409, "AlreadyExists", f"{key} already exists")
        stored = copy.deepcopy(body)
        stored["metadata"] = {"creationTimestamp": "2026-01-01T00:00:00Z"} | stored["metadata"]
        stored["metadata"] |= {"uid": f"uid-{next(self._uids)}", "resourceVersion": str(next(self._versions))}
        self.objects[key] = stored
        return copy.deepcopy(stored)

    def _delete(self, path: str, options: Json) -> Json:
        metadata = self.objects[path]["metadata"]
        for field, expected in (options or {}).get("preconditions", {}).items():
            if metadata[field] != expected:
                raise Failure(409, "Conflict", f"the {field} in the precondition ({expected}) does not match")
        return self.objects.pop(path)

    def _patch(self, path: str, body: Any, content: str) -> Json:
        changed = copy.deepcopy(self.objects[path])
        if content == "application/json-patch+json":
            _edit(changed, body)
        else:
            expected = body.get("metadata", {}).get("resourceVersion")
            if expected is not None and expected != changed["metadata"]["resourceVersion"]:
                raise Failure(409, "Conflict", "the object has been modified")
            _merge(changed, body)
        changed["metadata"]["resourceVersion"] = str(next(self._versions))
        self.objects[path] = changed
        return copy.deepcopy(changed)


COLLECTIONS = frozenset(
    {
        "configmaps",
        "controllerrevisions",
        "events",
        "leases",
        "persistentvolumeclaims",
        "poddisruptionbudgets",
        "pods",
        "statefulsets",
    }
)


def _labelled(found: Json, selector: str) -> bool:
    labels = found["metadata"].get("labels", {})
    wanted = [term.partition("=") for term in selector.split(",") if term]
    return all(labels.get(key) == value if equals else key in labels for key, equals, value in wanted)


def _fields(found: Json, query: dict[str, str]) -> bool:
    key, equals, value = query.get("fieldSelector", "").partition("=")
    at: Any = found
    for step in key.split(".") if equals else ():
        at = at.get(step, {})
    return not equals or at == value


def _merge(target: Json, patch: Json) -> None:
    for key, value in patch.items():
        if value is None:
            target.pop(key, None)
        elif isinstance(value, dict):
            _merge(target.setdefault(key, {}), value)
        else:
            target[key] = value


def _edit(target: Json, operations: list[Json]) -> None:
    for operation in operations:
        *steps, last = operation["path"].strip("/").split("/")
        at: Any = target
        for step in steps:
            at = at.get(step, {})
        if operation["op"] == "test" and at.get(last) != operation["value"]:
            raise Failure(422, "Invalid", "the server rejected our request due to an error in our request")
        if operation["op"] == "replace":
            at[last] = operation["value"]


@contextmanager
def serve(server: FakeApiServer) -> Iterator[str]:
    """Serve on a free loopback port; yields the address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _handle(self) -> None:
            split = urlsplit(self.path)
            query = {key: values[0] for key, values in parse_qs(split.query).items()}
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            server.requests.append(f"{self.command} {split.path}")
            code, found = 200, None
            try:
                found = server.answer(self.command, split.path, query, body, self.headers.get("Content-Type", ""))
            except Failure as failure:
                code = failure.code
                found = {"kind": "Status", "code": code, "reason": failure.reason, "message": str(failure)}
            data = found.encode() if isinstance(found, str) else json.dumps(found).encode()
            self.send_response(code)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = do_DELETE = _handle

        def date_time_string(self, timestamp: float | None = None) -> str:
            """Return the server's own time."""
            return super().date_time_string(time.time() + server.ahead)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Stay silent."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{http.server_address[1]}"
    finally:
        http.shutdown()
        http.server_close()
        thread.join()
