"""How fast replicas may be copied, and the settings that say so to Kafka (KIP-73).

A broker's rate is what is left of its bandwidth beside its ordinary replication, with a tenth in hand; it is never so
low that a replica could not catch up with what is written meanwhile. Only the replicas that are added are listed as
followers, so that in-sync traffic is never held back; as leaders the present replicas are, since leadership may move.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from hooks.planner.reassignment.model import PartitionMove, Placement
from hooks.planner.snapshot import NodeId

LEADER_RATE: Final = "leader.replication.throttled.rate"
FOLLOWER_RATE: Final = "follower.replication.throttled.rate"
LEADER_REPLICAS: Final = "leader.replication.throttled.replicas"
FOLLOWER_REPLICAS: Final = "follower.replication.throttled.replicas"
CORDONED: Final = "cordoned.log.dirs"

EVERYTHING: Final = "*"
LONGEST_LIST: Final = 30_000
"""Characters of a topic's list; the metadata log takes 32,767 (KAFKA-17993)."""
MOST_MOVES: Final = 20_000
"""Moves of one round: what is recorded of them has to fit one ConfigMap."""
_HEADROOM = 0.9
_ABOVE_WRITES = 1.5
_LEAST = 1 << 20


@dataclass(frozen=True, order=True)
class Setting:
    """One dynamic setting of one broker or topic."""

    kind: Literal["broker", "topic"]
    name: str
    key: str


Settings = Mapping[Setting, str | None]
"""Values by setting; None where nothing is set."""


def rates(moves: Sequence[PartitionMove], placement: Placement, bandwidth: int) -> Settings:
    """Return the rates of all brokers that send or receive, given what a broker may send and receive in all."""
    regular_in, regular_out = _regular(placement)
    writes = {partition.key: partition.rate for partition in placement.partitions}
    floor_in: dict[NodeId, float] = defaultdict(float)
    floor_out: dict[NodeId, float] = defaultdict(float)
    senders: set[NodeId] = set()
    for move in moves:
        rate = writes.get(move.key, 0.0)
        for node in move.adding:
            floor_in[node] += rate
        if move.adding:
            senders |= set(move.current)
            for node in move.current:
                floor_out[node] += rate * len(move.adding)
    alive = {broker.id for broker in placement.brokers if broker.alive}
    found = {
        _rate_of(node, FOLLOWER_RATE): _rate(bandwidth, regular_in[node], floor_in[node])
        for node in sorted(floor_in.keys() & alive)
    }
    return found | {
        _rate_of(node, LEADER_RATE): _rate(bandwidth, regular_out[node], floor_out[node])
        for node in sorted(senders & alive)
    }


def raised(present: Settings) -> Settings:
    """Return the rates doubled: what is written meanwhile is more than what was measured, and nothing gets done."""
    return {setting: str(2 * int(value)) for setting, value in present.items() if value is not None}


def lists(moves: Iterable[PartitionMove]) -> dict[Setting, str]:
    """Return the lists of throttled replicas of all topics that move."""
    entries: dict[Setting, list[str]] = defaultdict(list)
    for move in moves:
        if not move.adding:
            continue
        sources = entries[Setting("topic", move.topic, LEADER_REPLICAS)]
        sources += [f"{move.index}:{node}" for node in move.current]
        entries[Setting("topic", move.topic, FOLLOWER_REPLICAS)] += [f"{move.index}:{node}" for node in move.adding]
    return {setting: ",".join(found) for setting, found in sorted(entries.items())}


def joined(prior: str | None, ours: str) -> str | None:
    """Return a topic's list with ours added; None when every replica of it is throttled already."""
    if prior is None or not prior:
        return ours
    if prior == EVERYTHING:
        return None
    return ",".join(dict.fromkeys((*prior.split(","), *ours.split(","))))


def first_round(moves: Sequence[PartitionMove]) -> tuple[PartitionMove, ...]:
    """Return as many moves, from the first on, as one round may have."""
    length: dict[str, int] = defaultdict(int)
    chosen: list[PartitionMove] = []
    for move in moves:
        needed = sum(len(f"{move.index}:{node},") for node in move.current) if move.adding else 0
        if length[move.topic] + needed > LONGEST_LIST:
            continue
        length[move.topic] += needed
        chosen.append(move)
        if len(chosen) == MOST_MOVES:
            break
    return tuple(chosen)


def _regular(placement: Placement) -> tuple[dict[NodeId, float], dict[NodeId, float]]:
    """Return what ordinary replication makes each broker receive and send."""
    received: dict[NodeId, float] = defaultdict(float)
    sent: dict[NodeId, float] = defaultdict(float)
    for partition in placement.partitions:
        followers = [node for node in partition.replicas if node != partition.leader]
        for node in followers:
            received[node] += partition.rate
        if partition.leader is not None:
            sent[partition.leader] += partition.rate * len(followers)
    return received, sent


def _rate_of(node: NodeId, key: str) -> Setting:
    return Setting("broker", str(node), key)


def _rate(bandwidth: int, regular: float, writes: float) -> str:
    return str(int(max((bandwidth - regular) * _HEADROOM, writes * _ABOVE_WRITES, _LEAST)))
