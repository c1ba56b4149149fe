"""Is the quorum safe, and is it still when one member is away? KRaft controllers and ZooKeeper servers alike.

A majority of all members, the candidate not counted, has to serve. A voter serves when it is the leader or has caught
up within the fetch timeout; a ZooKeeper server when it reports a mode. A quorum of one is away while its only member
restarts; the plan says so. Source: KIP-595; Strimzi's KafkaQuorumCheck, which counts the same way.
"""

from hooks.planner.situation import Situation
from hooks.planner.snapshot import NodeId
from hooks.planner.standing import standing
from hooks.planner.text import ids
from hooks.planner.verdict import Go, Verdict, Wait

_NOBODY: frozenset[NodeId] = frozenset()


def majority(members: int) -> int:
    """Return how many of the members make a majority."""
    return members // 2 + 1


def healthy(situation: Situation, going: frozenset[NodeId] = frozenset()) -> Verdict:
    """Return whether the cluster's quorum has a leader and a majority; what it does not know, it does not block.

    `going` are brokers that restart: those that vote as well (combined nodes) are not counted.
    """
    if situation.voters:
        return _kraft(situation, going & situation.voters.keys())
    if situation.servers:
        return _ensemble(situation, _NOBODY)
    return Go()


def may_restart_member(situation: Situation, member: NodeId) -> Verdict:
    """Return whether the quorum can do without this member for the time of a restart."""
    down = [node for node in situation.expected if node in situation.down and node != member]
    if down:
        return Wait(tuple(standing(situation, node) for node in down))
    away = frozenset({member})
    return _kraft(situation, away) if situation.voters else _ensemble(situation, away)


def serving(situation: Situation) -> frozenset[NodeId]:
    """Return the members that count for a majority now."""
    if situation.voters:
        return frozenset(voter.id for voter in situation.voters.values() if not situation.lags(voter))
    return frozenset(server.id for server in situation.servers.values() if server.mode is not None)


def has_majority(situation: Situation) -> bool:
    """Return whether a majority of the members serves under one leader."""
    if situation.voters:
        return isinstance(_kraft(situation, _NOBODY), Go)
    return isinstance(_ensemble(situation, _NOBODY), Go)


def _kraft(situation: Situation, away: frozenset[NodeId]) -> Verdict:
    assert situation.snapshot.kafka is not None and situation.snapshot.kafka.quorum is not None
    if situation.snapshot.kafka.quorum.leader is None:
        return Wait(("the controller quorum has no leader",))
    return _counted(situation, frozenset(situation.voters), away, "controller quorum")


def _ensemble(situation: Situation, away: frozenset[NodeId]) -> Verdict:
    what = "ZooKeeper ensemble" if situation.desired.mode == "zookeeper" else "controller quorum"
    modes = [server.mode for server in situation.servers.values()]
    if modes.count("leader") + modes.count("standalone") != 1:
        return Wait((f"the {what} has no single leader",))
    members = frozenset(situation.servers)
    if situation.desired.component != "broker":
        members |= frozenset(situation.expected)
    return _counted(situation, members, away, what)


def _counted(situation: Situation, members: frozenset[NodeId], away: frozenset[NodeId], what: str) -> Verdict:
    left = (serving(situation) & members) - away
    needed = majority(len(members))
    # One or two members cannot restart without the majority going away; the others must be there, no more.
    if len(away) == 1:
        needed = min(needed, len(members) - 1)
    if len(left) >= needed:
        return Go()
    without = f" without {ids(away)}" if away else ""
    return Wait((f"{what}: only {ids(left)} of {ids(members)} would serve{without}; {needed} are needed",))
