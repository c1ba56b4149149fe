"""The workers of Kafka Connect by their REST interface, which one ready pod of them answers through a port-forward.

Every worker answers for all of them and passes a write on to the one that leads. While they agree anew on who runs what
they answer 409, which is no refusal.
"""

import json
from collections.abc import Callable, Collection, Mapping
from http.client import HTTPConnection, HTTPException
from typing import Any, Final, cast
from urllib.parse import quote

from contract import LABEL_CLUSTER, LABEL_COMPONENT, PORT_CONNECT
from hooks.administration import Rejection
from hooks.clients.forward import Tunnel
from hooks.clients.piped import Pipe, piped
from hooks.clients.redaction import redact
from hooks.clients.rest import ApiServer, Json
from hooks.interfaces import NotYet, Refused
from hooks.planner.connector_checks import Verdict
from hooks.planner.connectors import (
    CLASS,
    NAME,
    Configure,
    ConnectorChange,
    Create,
    Delete,
    Failure,
    ObservedConnector,
    Restart,
    Switch,
)

Dial = Callable[[str, int], Tunnel]
"""Opens a connection to a port of a pod."""
_OPEN: Final = (
    "connectors are declared over the workers' own REST interface, which must ask for no login: take the extension "
    "out of connect.config, and close the interface by kafka.networkPolicies"
)
_VERBS: Final = {"running": "resume", "paused": "pause", "stopped": "stop"}
_STRANGER: Final = frozenset({401, 403})
_GONE, _DISAGREEING = 404, 409


class WorkerConnectors:
    """`hooks.workers.Connectors` over REST."""

    def __init__(self, api: ApiServer, dial: Dial, seconds: float) -> None:
        """Ask the cluster's workers, each answer within so many seconds; nothing is asked yet."""
        self._api = api
        self._dial = dial
        self._seconds = seconds

    def observe(self, names: Collection[str]) -> Mapping[str, ObservedConnector]:
        """Return those of the named connectors that exist."""
        found: Json = self._read("/connectors?expand=info&expand=status")
        return {
            name: _observed(name, told) for name, told in sorted(found.items()) if name in names and "status" in told
        }

    def plugins(self) -> frozenset[str]:
        """Return the classes of all connectors that the workers can run."""
        return frozenset(str(plugin["class"]) for plugin in self._read("/connector-plugins"))

    def check(self, config: Mapping[str, str]) -> Verdict:
        """Ask the connector's plugin what it thinks of a configuration."""
        path = f"/connector-plugins/{quote(config[CLASS], safe='')}/config/validate"
        status, told = self._ask("PUT", path, dict(config))
        if status >= 300:
            return Verdict(errors={CLASS: (_message(told),)})
        keys = [each["value"] for each in told["configs"]]
        return Verdict(
            errors={str(key["name"]): tuple(map(str, key["errors"])) for key in keys if key["errors"]},
            passwords=frozenset(
                str(each["definition"]["name"]) for each in told["configs"] if each["definition"]["type"] == "PASSWORD"
            ),
        )

    def apply(self, change: ConnectorChange) -> Rejection | None:
        """Make this change, and return why it was not made."""
        at = f"/connectors/{quote(change.connector, safe='')}"
        match change:
            case Create():
                first = {"name": change.connector, "config": dict(change.config), "initial_state": change.state.upper()}
                status, told = self._ask("POST", "/connectors", first, passing=(_DISAGREEING,))
            case Configure():
                status, told = self._ask("PUT", f"{at}/config", dict(change.config))
            case Switch():
                status, told = self._ask("PUT", f"{at}/{_VERBS[change.after]}")
            case Restart():
                status, told = self._ask("POST", f"{at}/restart?includeTasks=true&onlyFailed=true")
            case Delete():
                status, told = self._ask("DELETE", at)
        if status < 300 or (status == _GONE and isinstance(change, Delete)):
            return None
        # Somebody else made it, or took it away: the next look shows what is left to do.
        soon = status in {_GONE, _DISAGREEING}
        return Rejection(name=change.connector, why=_message(told), soon=soon)

    def _read(self, path: str) -> Any:
        status, told = self._ask("GET", path)
        if status >= 300:
            raise NotYet(f"a worker of Kafka Connect answered {status} to GET {path}: {_message(told)}")
        return told

    def _ask(self, method: str, path: str, body: Json | None = None, passing: Collection[int] = ()) -> tuple[int, Any]:
        """Ask the first worker that can be reached; what may have been heard is not asked again. Raises Refused."""
        missing: NotYet | None = None
        for pod in self._ready():
            try:
                tunnel = self._dial(pod, PORT_CONNECT)
            except NotYet as error:
                missing = error
                continue
            try:
                status, told = self._exchange(tunnel, pod, (method, path, body))
            finally:
                tunnel.close()
            if status in _STRANGER:
                raise Refused((f"worker {pod} answered {status} to {method} {path}: {_message(told)}", _OPEN))
            if status >= 500 or (status == _DISAGREEING and status not in passing):
                raise NotYet(f"worker {pod} answered {status} to {method} {path}: {_message(told)}")
            return status, told
        raise missing or NotYet("no worker of Kafka Connect is ready")

    def _exchange(self, tunnel: Tunnel, pod: str, request: tuple[str, str, Json | None]) -> tuple[int, Any]:
        method, path, body = request
        with piped(tunnel, self._seconds) as pipe:
            connection = _Piped(pipe, self._seconds)
            try:
                text = None if body is None else json.dumps(body)
                connection.request(method, path, text, {"Content-Type": "application/json"})
                answer = connection.getresponse()
                text = answer.read().decode(errors="replace")
            except (HTTPException, OSError) as error:
                why = pipe.broken or str(error) or type(error).__name__
                raise NotYet(f"worker {pod} did not answer {method} {path}: {why}") from None
        return answer.status, _parsed(text)

    def _ready(self) -> list[str]:
        """Return the pods of the workers that are ready, sorted."""
        labels = {LABEL_CLUSTER: self._api.connection.cluster, LABEL_COMPONENT: "connect"}
        pods = self._api.list(f"{self._api.namespaced}/pods", labels)
        return sorted(pod["metadata"]["name"] for pod in pods if _is_ready(pod))


class _Piped(HTTPConnection):
    """HTTP over a pipe that is open already."""

    def __init__(self, pipe: Pipe, seconds: float) -> None:
        super().__init__("localhost", PORT_CONNECT, timeout=seconds)
        self.sock = pipe.socket


def _is_ready(pod: Json) -> bool:
    conditions: list[Json] = pod.get("status", {}).get("conditions") or []
    ready = any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)
    return ready and "deletionTimestamp" not in pod["metadata"]


def _observed(name: str, told: Json) -> ObservedConnector:
    status: Json = told["status"]
    tasks = sorted(status["tasks"], key=lambda task: int(task["id"]))
    ended = [("the connector", status["connector"]), *((f"task {task['id']}", task) for task in tasks)]
    return ObservedConnector(
        name=name,
        config={str(key): str(value) for key, value in told["info"]["config"].items()} | {NAME: name},
        state=str(status["connector"]["state"]),
        tasks=tuple(str(task["state"]) for task in tasks),
        failures=tuple(
            Failure(what=what, trace=_first_line(str(one.get("trace") or "")))
            for what, one in ended
            if one["state"] == "FAILED"
        ),
    )


def _first_line(trace: str) -> str:
    """Return the first line of a trace, and the last cause, which is what went wrong."""
    first, *others = trace.strip().splitlines() or ["it left no trace"]
    causes = [line.strip().removeprefix("Caused by: ") for line in others if line.startswith("Caused by: ")]
    return redact(f"{first}, caused by {causes[-1]}" if causes else first)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text) if text else {}
    except ValueError:
        return {"message": text[:300]}


def _message(told: Any) -> str:
    """Return the words of a refusal, on one line."""
    words = cast("Json", told).get("message") if isinstance(told, dict) else None
    return redact(" ".join(str(words or "it gave no reason").split()))
