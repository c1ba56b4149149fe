"""REST of a service in the cluster: any ready pod of it answers, through a port-forward, in plain HTTP.

What an answer means is its client's; here is who is asked, and that silence is NotYet.
"""

import json
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Any, cast

from hooks.clients.forward import Tunnel
from hooks.clients.piped import Pipe, piped
from hooks.clients.redaction import redact
from hooks.clients.rest import ApiServer, Json
from hooks.interfaces import NotYet

Dial = Callable[[str, int], Tunnel]
"""Opens a connection to a port of a pod."""


@dataclass(frozen=True, kw_only=True)
class Servers:
    """Which pods answer."""

    labels: Mapping[str, str]
    port: int
    what: str
    """What one of them is, such as `worker`."""
    of: str
    """And of what, such as `Kafka Connect`."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What one of them said."""

    pod: str
    status: int
    told: Any

    @property
    def words(self) -> str:
        """The words of a refusal, on one line."""
        words = cast("Json", self.told).get("message") if isinstance(self.told, dict) else None
        return redact(" ".join(str(words or "it gave no reason").split()))


class PodRest:
    """One service, of which every pod answers for all."""

    def __init__(self, api: ApiServer, dial: Dial, servers: Servers, seconds: float) -> None:
        """Ask these pods, each answer within so many seconds; nothing is asked yet."""
        self._api = api
        self._dial = dial
        self._servers = servers
        self._seconds = seconds

    def ask(self, method: str, path: str, body: Json | None = None) -> Answer:
        """Ask the first pod that can be reached; what may have been heard is not asked again. Raises NotYet."""
        with ExitStack() as opened:
            return self._line(opened).ask(method, path, body)

    def conversation(self, opened: ExitStack) -> "Conversation":
        """Return what asks many questions over one connection: the way to a pod takes longer than its answers."""
        return Conversation(self._line, opened)

    def _line(self, opened: ExitStack) -> "_Line":
        """Return a connection to the first pod that can be reached. Raises NotYet."""
        missing: NotYet | None = None
        for pod in self._ready():
            try:
                tunnel = self._dial(pod, self._servers.port)
            except NotYet as error:
                missing = error
                continue
            opened.callback(tunnel.close)
            return _Line(opened.enter_context(piped(tunnel, self._seconds)), pod, self._servers, self._seconds)
        raise missing or NotYet(f"no {self._servers.what} of {self._servers.of} is ready")

    def _ready(self) -> list[str]:
        """Return the pods that are ready, sorted."""
        pods = self._api.list(f"{self._api.namespaced}/pods", dict(self._servers.labels))
        return sorted(pod["metadata"]["name"] for pod in pods if _is_ready(pod))


class Conversation:
    """Questions one after the other, over one connection for as long as the pod keeps it."""

    def __init__(self, connect: Callable[[ExitStack], "_Line"], opened: ExitStack) -> None:
        """Ask over what `connect` opens; nothing is opened yet."""
        self._connect = connect
        self._opened = opened
        self._line: _Line | None = None

    def ask(self, method: str, path: str, body: Json | None = None) -> Answer:
        """Return the answer. Raises NotYet."""
        if self._line is None or self._line.ended:
            self._opened.close()
            self._line = self._connect(self._opened)
        return self._line.ask(method, path, body)


class _Line:
    """One connection to one pod."""

    def __init__(self, pipe: Pipe, pod: str, servers: Servers, seconds: float) -> None:
        self._pipe = pipe
        self._pod = pod
        self._what = servers.what
        self._connection = _Piped(pipe, servers.port, seconds)
        self._failed = False

    @property
    def ended(self) -> bool:
        """Whether another question needs another connection."""
        return self._failed or self._connection.sock is None

    def ask(self, method: str, path: str, body: Json | None) -> Answer:
        try:
            text = None if body is None else json.dumps(body)
            self._connection.request(method, path, text, {"Content-Type": "application/json"})
            answer = self._connection.getresponse()
            text = answer.read().decode(errors="replace")
        except (HTTPException, OSError) as error:
            self._failed = True
            why = self._pipe.broken or str(error) or type(error).__name__
            raise NotYet(f"{self._what} {self._pod} did not answer {method} {path}: {why}") from None
        return Answer(pod=self._pod, status=answer.status, told=_parsed(text))


class _Piped(HTTPConnection):
    """HTTP over a pipe that is open already; when it has ended, there is no other way."""

    auto_open = 0

    def __init__(self, pipe: Pipe, port: int, seconds: float) -> None:
        super().__init__("localhost", port, timeout=seconds)
        self.sock = pipe.socket


def _is_ready(pod: Json) -> bool:
    conditions: list[Json] = pod.get("status", {}).get("conditions") or []
    ready = any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)
    return ready and "deletionTimestamp" not in pod["metadata"]


def _parsed(text: str) -> Any:
    try:
        return json.loads(text) if text else {}
    except ValueError:
        return {"message": text[:300]}
