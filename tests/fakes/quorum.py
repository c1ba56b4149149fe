"""The quorum half of the FakeCluster: ZooKeeper servers or KRaft controllers, their elections and directories."""

from dataclasses import dataclass, field

from hooks.planner.snapshot import NodeId, ObservedQuorum, ObservedServer, ObservedVoter

ELECTION = 1.0
CATCH_UP = 1.0


@dataclass
class FakeQuorum:
    """The members by id; `running` maps those with a live process to when it started."""

    mode: str
    members: tuple[NodeId, ...]
    bootstrapped: bool = False
    """What the identity object says when a controller formats its directory."""
    formatted: dict[NodeId, bool] = field(default_factory=dict)
    """Controllers with a directory, and whether it is one of an initial member."""
    running: dict[NodeId, float] = field(default_factory=dict)
    leader: NodeId | None = None
    elections: int = 0
    _election_at: float | None = None
    lag: dict[NodeId, int] = field(default_factory=dict)

    def start(self, node: NodeId, now: float) -> None:
        """Start the process, formatting its directory when it is empty."""
        self.running[node] = now
        self.formatted.setdefault(node, not self.bootstrapped)

    def stop(self, node: NodeId) -> None:
        """End the process; a leader's end starts an election."""
        self.running.pop(node, None)
        if self.leader == node:
            self.leader = None

    def tick(self, now: float) -> None:
        """Elect a leader when a majority of voters runs, and depose one that lost it."""
        voters = [node for node in self.members if self.formatted.get(node, True)]
        alive = sorted(node for node in self.running if node in voters)
        if len(alive) <= len(self.members) // 2:
            self.leader, self._election_at = None, None
        elif self.leader is None and self._election_at is None:
            self._election_at = now + ELECTION
        elif self.leader is None and self._election_at is not None and now >= self._election_at:
            # ZooKeeper prefers the highest id; KRaft whoever asked first.
            self.leader = alive[-1] if self.mode == "zookeeper" else alive[0]
            self.elections += 1
            self._election_at = None

    @property
    def serves(self) -> bool:
        """Whether there is a leader with a majority."""
        return self.leader is not None

    def servers(self) -> tuple[ObservedServer, ...]:
        """What every member reports of itself."""
        return tuple(ObservedServer(id=node, mode=self.mode_of(node)) for node in sorted(self.members))

    def mode_of(self, node: NodeId) -> str | None:
        """`leader`, `follower`, `standalone`, or None for a member that does not serve."""
        if self.leader is None or node not in self.running or not self.formatted.get(node, True):
            return None
        if len(self.members) == 1:
            return "standalone" if self.mode == "zookeeper" else "leader"
        return "leader" if node == self.leader else "follower"

    def observed(self, now: float) -> ObservedQuorum:
        """What the quorum's leader says of all voters."""
        return ObservedQuorum(
            leader=self.leader,
            voters=tuple(
                ObservedVoter(id=node, directory_id=f"dir-{node}", log_end_offset=100, lag_ms=self._lag(node, now))
                for node in sorted(self.members)
                if self.formatted.get(node, False)
            ),
        )

    def _lag(self, node: NodeId, now: float) -> int | None:
        if node in self.lag:
            return self.lag[node]
        started = self.running.get(node)
        if started is None or self.leader is None:
            return None
        return 0 if now - started >= CATCH_UP else 5000
