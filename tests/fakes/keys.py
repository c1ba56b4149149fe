"""The live keys of the FakeCluster's brokers, as Kafka has them: own override, shared one, file, default.

It obeys Kafka: a broker that is asked checks all the values that the resource would then have; a number of threads at
most doubles or halves, from the file's at a start too; a file is read at a start; a value reaches the other brokers a
little later; an override of one broker is that broker's to check.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hooks.administration import Rejection
from hooks.interfaces import NotYet
from hooks.planner.key_steps import THREADS
from hooks.planner.live_keys import KeyRequest, ObservedKey
from hooks.planner.snapshot import NodeId

if TYPE_CHECKING:
    from tests.fakes.cluster import FakeCluster

DEFAULTS = {
    "log.cleaner.min.cleanable.ratio": "0.5",
    "message.max.bytes": "1048588",
    "min.insync.replicas": "1",
    "num.io.threads": "8",
    "num.network.threads": "3",
}
KINDS = {"log.cleaner.min.cleanable.ratio": "double"}
LAG = 0.75


def within_reach(key: str, now: str, then: str) -> bool:
    """Return whether a broker goes from one value to the other in one step."""
    return key not in THREADS or int(now) // 2 <= int(then) <= int(now) * 2


@dataclass
class KeyRecords:
    """What files and metadata say."""

    template: dict[str, str] = field(default_factory=dict)
    """What a broker that starts now reads."""
    files: dict[NodeId, dict[str, str]] = field(default_factory=dict)
    """What each broker has read."""
    shared: dict[str, str] = field(default_factory=dict)
    own: dict[tuple[NodeId, str], str] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)
    """Keys that this version does not have."""
    deaf: set[NodeId] = field(default_factory=set)
    """Brokers that apply nothing."""
    pinned: bool = False
    """Eligible leader replicas: the shared floor can be changed and not removed."""
    in_use: dict[tuple[NodeId, str], str] = field(default_factory=dict)

    def start(self, node: NodeId) -> None:
        """A broker reads its file, and the metadata."""
        self.files[node] = dict(self.template)
        for key, default in DEFAULTS.items():
            beneath, value = self.template.get(key, default), self.value(node, key)
            self.in_use[node, key] = value if within_reach(key, beneath, value) else beneath

    def value(self, node: NodeId, key: str) -> str:
        """Return what a broker that has heard of everything uses."""
        file = self.files.get(node, {})
        return self.own.get((node, key)) or self.shared.get(key) or file.get(key) or DEFAULTS[key]

    def heard(self, key: str) -> None:
        """Every broker that hears takes its value over."""
        for node in self.files:
            if node not in self.deaf:
                self.in_use[node, key] = self.value(node, key)


@dataclass
class FakeKeys:
    cluster: "FakeCluster"

    @property
    def records(self) -> KeyRecords:
        return self.cluster.keys

    @property
    def nodes(self) -> list[NodeId]:
        found = [node for node in sorted(self.cluster.kafka.brokers) if self.cluster.kafka.usable(node)]
        if self.cluster.brokers_unreachable or not found:
            raise NotYet("no broker answers on port 9092")
        return found

    def observe(self, keys: Collection[str]) -> Mapping[NodeId, Mapping[str, ObservedKey]]:
        return {node: self._described(node, keys) for node in self.nodes}

    def check(self, requests: Sequence[KeyRequest]) -> tuple[Rejection, ...]:
        return tuple(rejection for group in self._groups(requests) if (rejection := self._refusal(group)) is not None)

    def apply(self, requests: Sequence[KeyRequest]) -> tuple[Rejection, ...]:
        refused: list[Rejection] = []
        for group in self._groups(requests):
            why = self._refusal(group)
            if why is not None:
                refused.append(why)
                continue
            for request in group:
                self._ask(request)
        return tuple(refused)

    def _groups(self, requests: Sequence[KeyRequest]) -> list[list[KeyRequest]]:
        """Return what goes together: all of a resource, and one by one where that is refused."""
        groups: list[list[KeyRequest]] = []
        for node in dict.fromkeys(request.node for request in requests):
            group = [request for request in requests if request.node == node]
            groups += [group] if self._refusal(group) is None else [[request] for request in group]
        return groups

    def _ask(self, request: KeyRequest) -> None:
        identity = self.cluster.identity
        assert identity is not None
        assert request.key == "min.insync.replicas" or request.key in identity.live_keys, "changed before recorded"
        self.cluster.writes.append(f"key {request.key} {request.node} {request.value}")
        self._do(request)
        self.cluster.at(LAG, lambda: self.records.heard(request.key))

    def _do(self, request: KeyRequest) -> None:
        if request.node is not None:
            if request.value is None:
                self.records.own.pop((request.node, request.key), None)
            else:
                self.records.own[request.node, request.key] = request.value
        elif request.value is None:
            self.records.shared.pop(request.key, None)
        else:
            self.records.shared[request.key] = request.value

    def _described(self, node: NodeId, keys: Collection[str]) -> dict[str, ObservedKey]:
        records = self.records
        found = {
            key: ObservedKey(
                value=records.in_use[node, key],
                own=records.own.get((node, key)),
                shared=records.shared.get(key),
                file=records.files[node].get(key),
                default=DEFAULTS[key],
                kind=KINDS.get(key, "int"),
            )
            for key in sorted(DEFAULTS.keys() - records.unknown)
        }
        return {key: o for key, o in found.items() if key in keys or o.own is not None or o.shared is not None}

    def _refusal(self, group: Sequence[KeyRequest]) -> Rejection | None:
        records, name = self.records, group[0].key
        for request in group:
            if request.key == "min.insync.replicas" and records.pinned and (request.value is None or request.node):
                return Rejection(name=name, why="InvalidConfig: with eligible leader replicas it stays")
            if request.value == "0":
                return Rejection(name=name, why="InvalidRequest: Value must be at least 1")
        node = group[0].node
        asked = self.nodes[0] if node is None else node
        changed = {request.key: request.value for request in group}
        for key in sorted(THREADS & DEFAULTS.keys()):
            then = self._then(asked, node, key, changed)
            now = records.in_use[asked, key]
            if not within_reach(key, now, then):
                why = f"InvalidRequest: value {key}={then} should be within a factor of two of {now}"
                return Rejection(name=name, why=why)
        return None

    def _then(self, asked: NodeId, node: NodeId | None, key: str, changed: Mapping[str, str | None]) -> str:
        """Return what the broker that is asked would use."""
        records = self.records
        own, shared = records.own.get((asked, key)), records.shared.get(key)
        if key in changed and node is None:
            shared = changed[key]
        elif key in changed:
            own = changed[key]
        return own or shared or records.files[asked].get(key) or DEFAULTS[key]
