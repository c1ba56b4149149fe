"""One snapshot seen through one spec: which nodes are expected, which pods are stale, and what serves.

Everything below is derived; two situations with equal fields answer every question alike.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

from hooks.planner.desired import DesiredCluster, DesiredPool
from hooks.planner.snapshot import NodeId, ObservedBroker, ObservedPod, ObservedServer, ObservedVoter, Snapshot

CAUGHT_UP_MS = 2000
"""A voter further behind the leader than this (Kafka's default fetch timeout) does not count for a majority."""


class Stage(IntEnum):
    """How far a node is on its way to serving; a lower number is nearer."""

    SERVING = 0
    BEHIND = 1
    """A fenced broker, or a voter that has not caught up."""
    UNKNOWN = 2
    """Not registered, not in the quorum, or without a mode."""
    NOT_READY = 3
    ABSENT = 4
    """No pod, or one that is terminating."""


@dataclass(frozen=True, kw_only=True)
class Situation:
    """What a decision about one component looks at."""

    snapshot: Snapshot
    desired: DesiredCluster
    broken: frozenset[str] = frozenset()
    """UIDs of pods that do not start: they had their chance, as the run has watched (see `Pace.doubt`)."""
    proving: frozenset[NodeId] = frozenset()
    """Nodes that must be seen fully back before the run may end, besides those that the roll itself asks for."""

    @cached_property
    def pools(self) -> Mapping[str, DesiredPool]:
        """The desired pools by the name of their StatefulSet."""
        return {pool.workload: pool for pool in self.desired.pools}

    @cached_property
    def expected(self) -> Mapping[NodeId, str]:
        """The name of the pod of every node that the spec wants and does not call lost, by ascending id.

        One that it calls lost and that serves all the same is like any other; so is one that the run itself took down.
        """
        ids = ((pool, node) for pool in self.desired.pools for node in pool.ids)
        names = {node: f"{pool.workload}-{node}" for pool, node in ids if not self._is_lost(node)}
        return {node: names[node] for node in sorted(names)}

    @cached_property
    def pods(self) -> Mapping[NodeId, ObservedPod]:
        """The live pods of the desired pools by ascending node id; pods of other pools are none of our business."""
        found = [pod for pod in self.snapshot.pods if pod.workload in self.pools]
        return {pod.node_id: pod for pod in sorted(found, key=lambda pod: pod.node_id)}

    @cached_property
    def stale(self) -> tuple[ObservedPod, ...]:
        """Pods that are to restart and are not being deleted already.

        They run other content than the spec wants, unless they are to be skipped; or somebody has asked for it.
        """
        return tuple(pod for pod in self._staying if self._is_due(pod))

    @cached_property
    def current(self) -> tuple[ObservedPod, ...]:
        """Pods that run what the spec wants, ready or not, and stay."""
        return tuple(pod for pod in self._staying if self.is_desired(pod) and not self._is_due(pod))

    @cached_property
    def skipped(self) -> tuple[ObservedPod, ...]:
        """Pods that run other content than the spec wants and stay, since somebody has asked for it."""
        return tuple(pod for pod in self._staying if pod.order == "skip" and not self.is_desired(pod))

    @cached_property
    def _staying(self) -> tuple[ObservedPod, ...]:
        """Pods of wanted nodes: one that leaves is drained and not restarted."""
        return tuple(pod for pod in self.pods.values() if not pod.terminating and pod.node_id in self.expected)

    @cached_property
    def stages(self) -> Mapping[NodeId, Stage]:
        """How far every expected node is."""
        return {node: self._stage(node) for node in self.expected}

    @cached_property
    def down(self) -> frozenset[NodeId]:
        """Nodes that cannot be counted on: expected ones that do not serve, and any other pod that is not ready."""
        others = {pod.node_id for pod in self.snapshot.pods if pod.terminating or not pod.ready}
        return frozenset(node for node, stage in self.stages.items() if stage is not Stage.SERVING) | others

    @cached_property
    def brokers(self) -> Mapping[NodeId, ObservedBroker]:
        """The registered brokers by id."""
        kafka = self.snapshot.kafka
        return {broker.id: broker for broker in kafka.brokers} if kafka else {}

    @cached_property
    def voters(self) -> Mapping[NodeId, ObservedVoter]:
        """The voters of the KRaft quorum by id; empty when no broker can be asked."""
        quorum = self.snapshot.kafka.quorum if self.snapshot.kafka else None
        return {voter.id: voter for voter in quorum.voters} if quorum else {}

    @cached_property
    def servers(self) -> Mapping[NodeId, ObservedServer]:
        """The servers of the ensemble by id."""
        return {server.id: server for server in self.snapshot.ensemble}

    @cached_property
    def leader(self) -> NodeId | None:
        """The node that restarts last: the active controller, the quorum's leader or ZooKeeper's."""
        if self.desired.component == "broker":
            return self.snapshot.kafka.controller if self.snapshot.kafka else None
        if self.desired.component == "controller" and self.snapshot.kafka and self.snapshot.kafka.quorum:
            return self.snapshot.kafka.quorum.leader
        leaders = [server.id for server in self.snapshot.ensemble if server.mode in ("leader", "standalone")]
        return min(leaders) if leaders else None

    def lags(self, voter: ObservedVoter) -> bool:
        """Return whether a voter is too far behind to count for a majority."""
        assert self.snapshot.kafka is not None and self.snapshot.kafka.quorum is not None
        is_leader = voter.id == self.snapshot.kafka.quorum.leader
        return not is_leader and (voter.lag_ms is None or voter.lag_ms >= CAUGHT_UP_MS)

    def is_desired(self, pod: ObservedPod) -> bool:
        """Return whether the pod runs what the spec wants."""
        return pod.revision.digest == self.pools[pod.workload].revision

    def _is_lost(self, node: NodeId) -> bool:
        named = node in self.desired.lost and node not in self.proving
        return named and self._stage(node) is not Stage.SERVING

    def _is_due(self, pod: ObservedPod) -> bool:
        return pod.order == "restart" or (pod.order != "skip" and not self.is_desired(pod))

    def _stage(self, node: NodeId) -> Stage:
        pod = self.pods.get(node)
        if pod is None or pod.terminating:
            return Stage.ABSENT
        if not pod.ready:
            return Stage.NOT_READY
        if self.desired.component == "broker":
            broker = self.brokers.get(node)
            return Stage.UNKNOWN if broker is None else Stage.BEHIND if broker.fenced else Stage.SERVING
        if self.voters:
            voter = self.voters.get(node)
            return Stage.UNKNOWN if voter is None else Stage.BEHIND if self.lags(voter) else Stage.SERVING
        server = self.servers.get(node)
        return Stage.SERVING if server is not None and server.mode is not None else Stage.UNKNOWN
