"""The connectors of the FakeCluster's workers, as Connect keeps them: what is asked for happens a little later.

It obeys Connect: a status is as old as the last report, what has failed stays so until it is restarted, a paused one
keeps its tasks and a stopped one has none, a name is taken once, and a configuration is taken as a whole.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hooks.administration import Rejection
from hooks.interfaces import NotYet
from hooks.planner.connector_checks import Verdict
from hooks.planner.connectors import (
    CLASS,
    TASKS,
    Configure,
    ConnectorChange,
    Create,
    Delete,
    Failure,
    ObservedConnector,
    Restart,
    Switch,
)

if TYPE_CHECKING:
    from tests.fakes.cluster import FakeCluster

SOURCE = "org.example.files.FileSourceConnector"
SINK = "org.example.files.FileSinkConnector"
PASSWORD = "database.password"
TRACE = "org.example.BrokenException: no such host"


@dataclass
class Live:
    """One connector."""

    config: dict[str, str]
    target: str
    state: str
    """What the last report says."""
    changes_at: float
    """When the next report comes."""
    failed: bool = False


@dataclass
class ConnectorRecords:
    """What the workers know, and what is wrong with them."""

    live: dict[str, Live] = field(default_factory=dict)
    offsets: set[str] = field(default_factory=set)
    """Sources that have written where they are."""
    broken: dict[str, int] = field(default_factory=dict)
    """How many starts of a connector will fail yet."""
    plugins: frozenset[str] = frozenset({SOURCE, SINK})
    delay: float = 1.0
    away: bool = False
    disagreeing: bool = False
    slow: float = 0.0
    """How long a plugin takes to look at a configuration."""
    refuses: set[str] = field(default_factory=set)


@dataclass
class FakeConnectors:
    cluster: "FakeCluster"

    @property
    def records(self) -> ConnectorRecords:
        return self.cluster.connectors

    def observe(self, names: Collection[str]) -> Mapping[str, ObservedConnector]:
        self._ask()
        self._report()
        return {name: self._observed(name) for name in sorted(self.records.live) if name in names}

    def plugins(self) -> frozenset[str]:
        self._ask()
        return self.records.plugins

    def check(self, config: Mapping[str, str]) -> Verdict:
        self._ask()
        assert config[CLASS] in self.records.plugins
        self.cluster.sleep(self.records.slow)
        wrong = {"file": ('Missing required configuration "file" which has no default value.',)}
        return Verdict(errors={} if "file" in config else wrong, passwords=frozenset({PASSWORD}))

    def apply(self, change: ConnectorChange) -> Rejection | None:
        self._ask()
        if self.records.disagreeing:
            raise NotYet("the workers agree anew on who runs what")
        name, there = change.connector, change.connector in self.records.live
        if name in self.records.refuses:
            return Rejection(name=name, why="Connector configuration is invalid")
        if there is isinstance(change, Create):
            return None if isinstance(change, Delete) else Rejection(name=name, why="Conflict", soon=True)
        self.cluster.writes.append(f"connector {change}")
        self._do(change)
        return None

    def _ask(self) -> None:
        if self.records.away:
            raise NotYet("no worker of Kafka Connect is ready")

    def _do(self, change: ConnectorChange) -> None:
        records, name, then = self.records, change.connector, self.cluster.now + self.records.delay
        if isinstance(change, Delete):
            del records.live[name]
            return
        if isinstance(change, Create):
            target = {"running": "RUNNING", "paused": "PAUSED", "stopped": "STOPPED"}[change.state]
            records.live[name] = Live(dict(change.config), target, "UNASSIGNED", then)
            return
        live = records.live[name]
        live.changes_at = then
        match change:
            case Configure():
                live.config = dict(change.config)
                live.failed = False
            case Switch():
                live.target = change.after.upper()
            case Restart():
                live.failed = False

    def _report(self) -> None:
        """Let the reports come whose time it is."""
        records = self.records
        for name, live in records.live.items():
            if self.cluster.now < live.changes_at or (live.failed and live.target != "STOPPED"):
                continue
            live.state = live.target
            if live.target == "RUNNING":
                records.offsets.add(name)
                if records.broken.get(name, 0) > 0 and live.changes_at > 0:
                    records.broken[name] -= 1
                    live.failed = True
            live.changes_at = float("inf")

    def _observed(self, name: str) -> ObservedConnector:
        live = self.records.live[name]
        tasks = 0 if live.state in {"STOPPED", "UNASSIGNED"} else int(live.config[TASKS])
        failed = live.failed and live.state == "RUNNING"
        return ObservedConnector(
            name=name,
            config=dict(live.config),
            state=live.state,
            tasks=tuple("FAILED" if failed else live.state for _ in range(tasks)),
            failures=(Failure(what="task 0", trace=TRACE),) if failed else (),
        )
