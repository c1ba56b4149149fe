"""What is wrong with an assignment, and how even it is: the judge of every plan, and the tests' oracle.

It shares no code with the planner. A judgement looks at one placement; a comparison also at the one it came from.

The rack rule is stated here by what could be better: a partition's spread is broken when one of its replicas could go
to a rack that holds at least two fewer of it, onto a live broker there that takes new replicas and has none of it.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from hooks.planner.reassignment.model import Options, PlacedPartition, Placement, PlacementBroker, TopicPartition
from hooks.planner.snapshot import NodeId


@dataclass(frozen=True, kw_only=True)
class Spreads:
    """The least and the most that a live broker holds."""

    replicas: tuple[int, int]
    leaders: tuple[int, int]
    bytes: tuple[int, int]
    bytes_of_mean: tuple[float, float]
    """The same as shares of the mean; of a broker's own share where all capacities are known."""


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What `check_placement` found."""

    problems: tuple[str, ...]
    """What must not be: a broker twice, an unknown broker, a disk over its limit; against `before` also what a plan
    may not do."""
    rack_violations: tuple[TopicPartition, ...]
    spreads: Spreads


def check_placement(after: Placement, options: Options, before: Placement | None = None) -> Judgement:
    """Judge an assignment; with `before`, judge also what became of that one."""
    violations = rack_violations(after, options)
    problems = [*_impossible(after), *_overfull(after, options, before)]
    if before is not None:
        problems += _forbidden(before, after, options)
        known = set(rack_violations(before, options))
        problems += [
            f"{topic}-{index}: its rack spread was right and is broken now"
            for topic, index in violations
            if (topic, index) not in known
        ]
    return Judgement(problems=tuple(problems), rack_violations=violations, spreads=spreads(after, options))


def rack_violations(placement: Placement, options: Options) -> tuple[TopicPartition, ...]:
    """Return the partitions whose replicas could spread over the racks more evenly."""
    racks = {broker.id: broker.rack or "" for broker in placement.brokers}
    takers: dict[str, set[NodeId]] = {rack: set() for rack in racks.values()}
    for broker in placement.brokers:
        if _takes(broker, options):
            takers[racks[broker.id]].add(broker.id)
    return tuple(p.key for p in placement.partitions if _could_spread_better(p, racks, takers))


def _could_spread_better(partition: PlacedPartition, racks: dict[NodeId, str], takers: dict[str, set[NodeId]]) -> bool:
    held = Counter(racks[node] for node in partition.replicas if node in racks)
    most = max(held.values(), default=0)
    if most < 2:
        return False
    return any(held[rack] <= most - 2 and ids.difference(partition.replicas) for rack, ids in takers.items())


def _takes(broker: PlacementBroker, options: Options) -> bool:
    leaving = broker.id in options.drained or broker.id in options.excluded
    return broker.alive and not broker.excluded and not leaving


def _impossible(placement: Placement) -> Iterator[str]:
    known = {broker.id for broker in placement.brokers}
    for partition in placement.partitions:
        if not partition.replicas:
            yield f"{partition}: no replica"
        if len(set(partition.replicas)) < len(partition.replicas):
            yield f"{partition}: a broker holds it twice: {partition.replicas}"
        if stray := set(partition.replicas) - known:
            yield f"{partition}: replicas on unknown brokers {sorted(stray)}"


def _overfull(after: Placement, options: Options, before: Placement | None) -> Iterator[str]:
    """Name the brokers over the disk limit that were not so full before."""
    held = _bytes(after)
    formerly = _bytes(before) if before is not None else Counter[NodeId]()
    for broker in after.brokers:
        if broker.capacity_bytes is None:
            continue
        others = 0
        if before is not None and broker.used_bytes is not None:
            others = max(0, broker.used_bytes - formerly[broker.id])
        allowed = options.disk_limit * broker.capacity_bytes
        if held[broker.id] + others > max(allowed, formerly[broker.id] + others):
            yield f"broker {broker.id}: {held[broker.id] + others} bytes, over the limit of {allowed:.0f}"


def _forbidden(before: Placement, after: Placement, options: Options) -> Iterator[str]:
    brokers = {broker.id: broker for broker in after.brokers}
    former = {partition.key: partition for partition in before.partitions}
    if set(former) != {partition.key for partition in after.partitions}:
        yield "the partitions are not the same ones"
    for partition in after.partitions:
        was = former.get(partition.key, partition)
        if partition.topic in options.frozen_topics and partition.replicas != was.replicas:
            yield f"{partition}: its topic is frozen and it changed"
        for node in partition.replicas:
            if node not in was.replicas and node in brokers and not _takes(brokers[node], options):
                yield f"{partition}: new on broker {node}, which takes nothing new"
        if len(partition.replicas) != _factor(was, options):
            yield f"{partition}: {len(partition.replicas)} replicas, not {_factor(was, options)}"


def _factor(was: PlacedPartition, options: Options) -> int:
    chosen = not options.topics or was.topic in options.topics
    if options.goal == "replication_factor" and chosen and was.topic not in options.frozen_topics:
        return options.replication_factor or len(was.replicas)
    return len(was.replicas)


def _bytes(placement: Placement) -> Counter[NodeId]:
    held: Counter[NodeId] = Counter()
    for partition in placement.partitions:
        for node in partition.replicas:
            held[node] += partition.size_bytes
    return held


def spreads(placement: Placement, options: Options) -> Spreads:
    """Return how even counts, leaders and bytes are over the brokers that stay."""
    staying = [b for b in placement.brokers if b.alive and b.id not in options.drained]
    replicas = Counter(node for partition in placement.partitions for node in partition.replicas)
    leaders = Counter(p.replicas[0] for p in placement.partitions if p.replicas)
    held = _bytes(placement)
    shares = _shares(staying)
    total = sum(held[b.id] for b in staying) or 1
    relative = [held[b.id] / (total * share) for b, share in zip(staying, shares, strict=True)]
    return Spreads(
        replicas=_range([replicas[b.id] for b in staying]),
        leaders=_range([leaders[b.id] for b in staying]),
        bytes=_range([held[b.id] for b in staying]),
        bytes_of_mean=(min(relative, default=1.0), max(relative, default=1.0)),
    )


def _shares(brokers: list[PlacementBroker]) -> list[float]:
    """Return each broker's fair share of everything: by capacity where all are known, else equal."""
    capacities = [broker.capacity_bytes or 0 for broker in brokers]
    if not all(capacities):
        return [1 / len(brokers) for _ in brokers]
    return [capacity / sum(capacities) for capacity in capacities]


def _range(values: list[int]) -> tuple[int, int]:
    return min(values, default=0), max(values, default=0)
