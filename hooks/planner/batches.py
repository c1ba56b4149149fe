"""Which brokers restart together: by rack, so that every partition keeps its min ISR while a whole batch is away.

A partition with R staying replicas and min ISR m has room for R - m of them to be away at once (in a tolerant policy,
the live ISR takes the place of R); where there is no room, for one, if the policy lets it go at all. Steps:

1. Pods that are not ready come first and together: they serve nothing, so nothing is lost by their restart. One that
   only a container beside Kafka keeps from being ready may serve, and goes alone.
2. One batch for each rack, split where a cap on brokers or leaders asks for it. With replicas spread over the racks, a
   rack holds at most one replica of a partition, and there is nothing to prove.
3. Where a rack holds more replicas of a partition than it has room for (spread violated), colour the brokers instead
   (DSATUR: who has the fewest batches left comes first, into the first batch that takes it), if that needs fewer.
4. The batch with the leader comes last, and in it the leader.

Guarantee: no batch exceeds the room of any partition or a cap; a cap below one broker still lets one go. This only
proposes: `availability.may_restart_together` proves a batch anew, from the live ISR, before it goes. Racks come before
colours even where colours would need fewer batches: what is created in mid-roll is spread over racks as well.
Source: DSATUR is Brélaz, 1979; the bound is the largest of `bound`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, floor

from hooks.planner.restarts import in_order
from hooks.planner.situation import Situation
from hooks.planner.snapshot import NodeId, ObservedPartition, ObservedPod

Batch = tuple[ObservedPod, ...]


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a batch may not exceed, for the brokers that are to restart."""

    rivals: Mapping[NodeId, int]
    """By broker, as a bit mask over `bits`: who shares with it a partition that has room for one."""
    wide: Mapping[NodeId, Sequence[tuple[int, int]]]
    """By broker: number and room of its partitions that have room for more than one."""
    bits: Mapping[NodeId, int]
    leads: Mapping[NodeId, int]
    """How many partitions each broker leads."""
    brokers: int
    leaders: int
    at_least: int
    """The largest number of batches that a single partition asks for."""


@dataclass
class _Group:
    """A batch that is being filled."""

    limits: Limits
    members: list[NodeId] = field(default_factory=list[NodeId])
    mask: int = 0
    used: dict[int, int] = field(default_factory=dict[int, int])
    leads: int = 0

    def keeps_min_isr(self, node: NodeId) -> bool:
        """Return whether every partition has room for this node as well."""
        if self.limits.rivals[node] & self.mask:
            return False
        return all(self.used.get(number, 0) < room for number, room in self.limits.wide[node])

    def takes(self, node: NodeId) -> bool:
        """Return whether the node fits, the caps included; an empty group takes any."""
        within = len(self.members) < self.limits.brokers
        led = not self.limits.leads[node] or self.leads + self.limits.leads[node] <= self.limits.leaders
        return not self.members or (within and led and self.keeps_min_isr(node))

    def add(self, node: NodeId) -> None:
        """Take the node in."""
        self.members.append(node)
        self.mask |= self.limits.bits[node]
        self.leads += self.limits.leads[node]
        for number, _ in self.limits.wide[node]:
            self.used[number] = self.used.get(number, 0) + 1


def batches(situation: Situation) -> tuple[Batch, ...]:
    """Return the batches in which all stale pods restart, in order; one pod each where one at a time is asked for."""
    candidates = in_order(situation)
    if not in_batches(situation):
        return tuple((pod,) for pod in candidates)
    dead, ailing = _unready(candidates)
    pods = {pod.node_id: pod for pod in candidates if pod.ready}
    found = sorted(_grouped(situation, list(pods)), key=lambda group: _place(situation, group, list(pods)))
    first = (*((dead,) if dead else ()), *((pod,) for pod in ailing))
    return first + tuple(tuple(pods[node] for node in group) for group in found)


def in_batches(situation: Situation) -> bool:
    """Return whether more than one broker may restart at a time; members of a quorum never do."""
    return situation.desired.component == "broker" and situation.desired.batching.by == "rack"


def fewest(situation: Situation) -> int:
    """Return a number of batches that no plan can go below."""
    candidates = in_order(situation)
    if not in_batches(situation):
        return len(candidates)
    dead, ailing = _unready(candidates)
    before = bool(dead) + len(ailing)
    ready = [pod.node_id for pod in candidates if pod.ready]
    return before + (bound(limits(situation, ready), ready) if ready else 0)


def bound(given: Limits, nodes: Sequence[NodeId]) -> int:
    """Return the lower bound: by one partition, by brokers that all share partitions with room for one, by the caps."""
    clique: list[NodeId] = []
    together = 0
    for node in sorted(nodes, key=lambda node: (-given.rivals[node].bit_count(), node)):
        if given.rivals[node] & together == together:
            clique.append(node)
            together |= given.bits[node]
    by_leaders = ceil(sum(given.leads[node] for node in nodes) / max(given.leaders, *given.leads.values(), 1))
    return max(given.at_least, len(clique), ceil(len(nodes) / given.brokers), by_leaders)


def limits(situation: Situation, nodes: Sequence[NodeId]) -> Limits:
    """Return what limits the batches of these brokers."""
    partitions = situation.snapshot.kafka.partitions if situation.snapshot.kafka else ()
    bits = {node: 1 << place for place, node in enumerate(nodes)}
    rivals = dict.fromkeys(nodes, 0)
    wide: dict[NodeId, list[tuple[int, int]]] = {node: [] for node in nodes}
    at_least = 1
    for number, partition in enumerate(partitions):
        ours = [node for node in partition.replicas - partition.removing if node in bits]
        room = _room(partition, situation)
        at_least = max(at_least, ceil(len(ours) / room))
        everyone = sum(bits[node] for node in ours)
        for node in ours if len(ours) > 1 else ():
            if room > 1:
                wide[node].append((number, room))
            else:
                rivals[node] |= everyone ^ bits[node]
    batching = situation.desired.batching
    led = Counter(partition.leader for partition in partitions if partition.leader is not None)
    return Limits(
        rivals=rivals,
        wide=wide,
        bits=bits,
        leads={node: led[node] for node in nodes},
        brokers=max(1, _part(batching.max_share, len(situation.expected))),
        leaders=_part(batching.max_leader_share, led.total()),
        at_least=at_least,
    )


def rack_of(situation: Situation, pod: ObservedPod) -> str:
    """Return the broker's rack: what it registered with, else its pool's name."""
    broker = situation.brokers.get(pod.node_id)
    return (broker.rack if broker else None) or situation.pools[pod.workload].name


def crowded(situation: Situation) -> list[ObservedPartition]:
    """Return the partitions of which one rack holds more stale replicas than may be away at once."""
    kafka = situation.snapshot.kafka
    if kafka is None or not in_batches(situation):
        return []
    racks = {pod.node_id: rack_of(situation, pod) for pod in situation.stale}
    found: list[ObservedPartition] = []
    for partition in kafka.partitions:
        held = Counter(racks[node] for node in partition.replicas - partition.removing if node in racks)
        if max(held.values(), default=0) > _room(partition, situation):
            found.append(partition)
    return found


def _unready(candidates: Iterable[ObservedPod]) -> tuple[Batch, Batch]:
    """Return the pods that serve nothing, and those that may serve although they are not ready."""
    unready = [pod for pod in candidates if not pod.ready]
    dead = tuple(pod for pod in unready if not pod.ailing_beside)
    return dead, tuple(pod for pod in unready if pod.ailing_beside)


def _room(partition: ObservedPartition, situation: Situation) -> int:
    """Return how many replicas of the partition may be away at once; never less than the one that the gates judge."""
    there = partition.replicas - partition.removing
    if situation.desired.policy.foreign_urps == "tolerate":
        there = (there & partition.isr) - situation.down
    return max(1, len(there) - max(partition.min_isr, 1))


def _part(share: float, whole: int) -> int:
    """Return the whole part of a share, one tenth of three being none and one third of it one."""
    return floor(share * whole + 1e-6)


def _grouped(situation: Situation, nodes: list[NodeId]) -> list[list[NodeId]]:
    if not nodes:
        return []
    given = limits(situation, nodes)
    racks: dict[str, list[NodeId]] = {}
    for node in nodes:
        racks.setdefault(rack_of(situation, situation.pods[node]), []).append(node)
    by_rack = [group for members in racks.values() for group in _first_fit(given, members)]
    if all(_keeps_min_isr(given, members) for members in racks.values()):
        return by_rack
    coloured = _coloured(given, nodes)
    return coloured if len(coloured) < len(by_rack) else by_rack


def _first_fit(given: Limits, nodes: Iterable[NodeId]) -> list[list[NodeId]]:
    groups: list[_Group] = []
    for node in nodes:
        _put(node, groups, given)
    return [group.members for group in groups]


def _put(node: NodeId, groups: list[_Group], given: Limits) -> int:
    """Put the node into the first group that takes it, a new one at last, and return its place."""
    place = next((place for place, group in enumerate(groups) if group.takes(node)), len(groups))
    if place == len(groups):
        groups.append(_Group(given))
    groups[place].add(node)
    return place


def _keeps_min_isr(given: Limits, nodes: Iterable[NodeId]) -> bool:
    """Return whether all of these could be away at once, caps left aside."""
    group = _Group(given)
    for node in nodes:
        if not group.keeps_min_isr(node):
            return False
        group.add(node)
    return True


def _coloured(given: Limits, nodes: Sequence[NodeId]) -> list[list[NodeId]]:
    groups: list[_Group] = []
    left = list(nodes)
    closed: dict[NodeId, set[int]] = {node: set() for node in nodes}
    degree = {node: given.rivals[node].bit_count() + len(given.wide[node]) for node in nodes}
    while left:
        node = max(left, key=lambda node: (len(closed[node]), degree[node]))
        left.remove(node)
        place = _put(node, groups, given)
        for other in left:
            if place not in closed[other] and not groups[place].takes(other):
                closed[other].add(place)
    return [sorted(group.members, key=nodes.index) for group in groups]


def _place(situation: Situation, group: list[NodeId], order: list[NodeId]) -> tuple[bool, int]:
    """Return where the group stands: the one with the leader last, the others by their first member."""
    return situation.leader in group, order.index(group[0])
