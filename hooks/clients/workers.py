"""The workers of Kafka Connect by their REST interface, which one ready pod of them answers through a port-forward.

Every worker answers for all of them and passes a write on to the one that leads. While they agree anew on who runs what
they answer 409, which is no refusal.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final
from urllib.parse import quote

from contract import LABEL_CLUSTER, LABEL_COMPONENT, PORT_CONNECT
from hooks.administration import Rejection
from hooks.clients.pod_rest import Answer, Dial, PodRest, Servers
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
        labels = {LABEL_CLUSTER: api.connection.cluster, LABEL_COMPONENT: "connect"}
        servers = Servers(labels=labels, port=PORT_CONNECT, what="worker", of="Kafka Connect")
        self._rest = PodRest(api, dial, servers, seconds)

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
        answer = self._ask("PUT", path, dict(config))
        if answer.status >= 300:
            return Verdict(errors={CLASS: (answer.words,)})
        keys = [each["value"] for each in answer.told["configs"]]
        return Verdict(
            errors={str(key["name"]): tuple(map(str, key["errors"])) for key in keys if key["errors"]},
            passwords=frozenset(
                str(each["definition"]["name"])
                for each in answer.told["configs"]
                if each["definition"]["type"] == "PASSWORD"
            ),
        )

    def apply(self, change: ConnectorChange) -> Rejection | None:
        """Make this change, and return why it was not made."""
        at = f"/connectors/{quote(change.connector, safe='')}"
        match change:
            case Create():
                first = {"name": change.connector, "config": dict(change.config), "initial_state": change.state.upper()}
                answer = self._ask("POST", "/connectors", first, passing=(_DISAGREEING,))
            case Configure():
                answer = self._ask("PUT", f"{at}/config", dict(change.config))
            case Switch():
                answer = self._ask("PUT", f"{at}/{_VERBS[change.after]}")
            case Restart():
                answer = self._ask("POST", f"{at}/restart?includeTasks=true&onlyFailed=true")
            case Delete():
                answer = self._ask("DELETE", at)
        if answer.status < 300 or (answer.status == _GONE and isinstance(change, Delete)):
            return None
        # Somebody else made it, or took it away: the next look shows what is left to do.
        soon = answer.status in {_GONE, _DISAGREEING}
        return Rejection(name=change.connector, why=answer.words, soon=soon)

    def _read(self, path: str) -> Any:
        answer = self._ask("GET", path)
        if answer.status >= 300:
            raise NotYet(f"a worker of Kafka Connect answered {answer.status} to GET {path}: {answer.words}")
        return answer.told

    def _ask(self, method: str, path: str, body: Json | None = None, passing: Collection[int] = ()) -> Answer:
        """Ask a worker, which must be one that lets us in and agrees with the others. Raises Refused and NotYet."""
        answer = self._rest.ask(method, path, body)
        said = f"worker {answer.pod} answered {answer.status} to {method} {path}: {answer.words}"
        if answer.status in _STRANGER:
            raise Refused((said, _OPEN))
        if answer.status >= 500 or (answer.status == _DISAGREEING and answer.status not in passing):
            raise NotYet(said)
        return answer


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
