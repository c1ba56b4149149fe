"""The Kafka half of the FakeCluster: replicas, ISR, leaders, controlled shutdown, fencing and catch-up.

It obeys Kafka's rules and refuses impossible states: an ISR within the replicas, a leader within the ISR and alive,
the last in-sync replica never dropped, no replica in sync before it has caught up with a living leader.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from hooks.planner.snapshot import KafkaState, NodeId, ObservedBroker, ObservedPartition, ObservedQuorum
from tests.fakes.moves import FakeMoves

SESSION_TIMEOUT = 9.0
"""How long a broker that died without a controlled shutdown stays in the ISR."""


@dataclass
class FakeBroker:
    """One broker's place in the cluster's metadata."""

    id: NodeId
    rack: str
    alive: bool = False
    fenced: bool = True
    stopping: bool = False
    session_ends: float | None = None
    """When a dead broker will be noticed."""


@dataclass
class FakePartition:
    """One partition."""

    topic: str
    index: int
    replicas: tuple[NodeId, ...]
    min_isr: int
    isr: set[NodeId]
    leader: NodeId | None
    adding: frozenset[NodeId] = frozenset()
    removing: frozenset[NodeId] = frozenset()
    caught_up_at: dict[NodeId, float] = field(default_factory=dict)
    size: int = 1 << 20
    copied: dict[NodeId, int] = field(default_factory=dict)
    """Bytes that a replica which is being added has by now."""
    stuck: set[NodeId] = field(default_factory=set)
    """Replicas that stay out of sync until their broker restarts (KAFKA-15230)."""

    def __str__(self) -> str:
        return f"{self.topic}-{self.index}"


class FakeKafka:
    """Brokers and partitions."""

    def __init__(self, mode: str, cluster_id: str = "fake-cluster") -> None:
        self.mode = mode
        self.cluster_id = cluster_id
        self.catch_up = 1.0
        self.brokers: dict[NodeId, FakeBroker] = {}
        self.partitions: list[FakePartition] = []
        self.controller: NodeId | None = None
        self._election_at: float | None = None
        self.under_min_isr: list[str] = []
        self.offline: list[str] = []
        self.moves = FakeMoves(self)

    def add_topic(self, topic: str, assignments: Iterable[Iterable[int]], min_isr: int) -> None:
        """Create a topic in full ISR on brokers that are alive."""
        for index, replicas in enumerate(assignments):
            ids = tuple(NodeId(replica) for replica in replicas)
            self.partitions.append(FakePartition(topic, index, ids, min_isr, set(ids), ids[0]))

    # What pods do to brokers

    def start(self, node: NodeId, rack: str, now: float) -> None:
        """The broker's socket opens: it is registered, unfenced, and begins to catch up."""
        broker = self.brokers.setdefault(node, FakeBroker(node, rack))
        if broker.session_ends is not None:
            self._notice(broker)
        broker.alive, broker.fenced, broker.stopping, broker.session_ends = True, False, False, None
        for number, partition in enumerate(self._of(node)):
            partition.stuck.discard(node)
            partition.caught_up_at[node] = now + self.catch_up * (1 + number * 0.1)

    def shut_down(self, node: NodeId) -> None:
        """Controlled shutdown: leaderships move, the broker leaves every ISR in which it is not the last."""
        broker = self.brokers.get(node)
        if broker is None or not broker.alive:
            return
        broker.stopping = True
        self._leave(node)

    def stop(self, node: NodeId) -> None:
        """The process ends after its controlled shutdown."""
        broker = self.brokers.get(node)
        if broker is None:
            return
        broker.alive, broker.stopping = False, False
        self._notice(broker)

    def kill(self, node: NodeId, now: float) -> None:
        """The process dies; the others notice after the session timeout."""
        broker = self.brokers.get(node)
        if broker is None or not broker.alive:
            return
        broker.alive = False
        broker.session_ends = now + SESSION_TIMEOUT

    # Time

    def tick(self, now: float, quorum: ObservedQuorum | None, ensemble_serves: bool) -> None:
        """Let time pass: sessions end, replicas catch up, leaders and the controller are elected."""
        for broker in self.brokers.values():
            if broker.session_ends is not None and now >= broker.session_ends:
                self._notice(broker)
        self.moves.copy(now)
        for partition in self.partitions:
            self._tick_partition(partition, now)
        self.moves.complete()
        self._elect_controller(now, quorum, ensemble_serves)
        self.check()
        self._note_harm(now)

    def freeze(self, node: NodeId, frozen: bool, now: float) -> None:
        """Fence a running broker (it does not answer the controller), or let it come back."""
        broker = self.brokers[node]
        if frozen and not broker.fenced:
            broker.fenced = True
            self._leave(node)
        elif not frozen and broker.fenced and broker.alive:
            self.start(node, broker.rack, now)

    def _tick_partition(self, partition: FakePartition, now: float) -> None:
        for node in partition.replicas:
            broker = self.brokers.get(node)
            if broker is None or not broker.alive or broker.fenced or broker.stopping:
                continue
            if partition.leader is None and node in partition.isr:
                partition.leader = node
            leader = self.brokers.get(partition.leader) if partition.leader is not None else None
            if leader is None or not leader.alive or node in partition.isr or node in partition.stuck:
                continue
            if node in partition.adding and partition.copied.get(node, 0) < partition.size:
                continue
            if now >= partition.caught_up_at.get(node, now):
                partition.isr.add(node)

    def _elect_controller(self, now: float, quorum: ObservedQuorum | None, ensemble_serves: bool) -> None:
        if self.mode == "kraft":
            self.controller = quorum.leader if quorum else None
            return
        present = self.brokers.get(self.controller) if self.controller is not None else None
        if present is not None and present.alive:
            return
        alive = sorted(broker.id for broker in self.brokers.values() if broker.alive and not broker.stopping)
        if not alive or not ensemble_serves:
            self.controller, self._election_at = None, None
        elif self._election_at is None:
            self.controller, self._election_at = None, now + 0.5
        elif now >= self._election_at:
            self.controller, self._election_at = alive[0], None

    # Metadata

    def _notice(self, broker: FakeBroker) -> None:
        broker.session_ends = None
        broker.fenced = True
        self._leave(broker.id)

    def _leave(self, node: NodeId) -> None:
        for partition in self._of(node):
            if partition.isr != {node}:
                partition.isr.discard(node)
            if partition.leader == node:
                usable = [other for other in partition.replicas if other in partition.isr and self.usable(other)]
                partition.leader = usable[0] if usable else None

    def usable(self, node: NodeId) -> bool:
        broker = self.brokers.get(node)
        return broker is not None and broker.alive and not broker.fenced and not broker.stopping

    def _of(self, node: NodeId) -> list[FakePartition]:
        return [partition for partition in self.partitions if node in partition.replicas]

    def check(self) -> None:
        """Refuse impossible states."""
        for partition in self.partitions:
            assert partition.isr, f"{partition} has an empty ISR"
            assert partition.isr <= set(partition.replicas), f"{partition}: ISR outside its replicas"
            if partition.leader is not None:
                assert partition.leader in partition.isr, f"{partition}: leader outside its ISR"

    def _note_harm(self, now: float) -> None:
        for partition in self.partitions:
            serving = {node for node in partition.isr if self.usable(node)}
            if len(partition.replicas) > partition.min_isr and len(serving) < partition.min_isr:
                self.under_min_isr.append(f"{now:.2f} {partition} ISR {sorted(partition.isr)}")
            if len(partition.replicas) > 1 and not serving:
                self.offline.append(f"{now:.2f} {partition}")

    def state(self, quorum: ObservedQuorum | None) -> KafkaState | None:
        """What any broker that is alive says; None when none is."""
        if not any(broker.alive and not broker.stopping for broker in self.brokers.values()):
            return None
        known = [b for b in self.brokers.values() if self.mode == "kraft" or not b.fenced]
        return KafkaState(
            cluster_id=self.cluster_id,
            controller=self.controller,
            brokers=tuple(
                ObservedBroker(id=b.id, rack=b.rack, fenced=b.fenced) for b in sorted(known, key=lambda b: b.id)
            ),
            partitions=tuple(
                ObservedPartition(
                    topic=p.topic,
                    index=p.index,
                    leader=p.leader,
                    replicas=frozenset(p.replicas),
                    isr=frozenset(p.isr),
                    min_isr=p.min_isr,
                    adding=p.adding,
                    removing=p.removing,
                )
                for p in self.partitions
            ),
            quorum=quorum,
        )
