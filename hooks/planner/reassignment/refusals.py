"""What forbids a plan altogether, each in a sentence that says what was given, why it cannot be, and what to do.

Everything that can be known before planning is found here at once; what only the planning itself finds out (no disk has
room) refuses the plan afterwards, by `unplaced`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from hooks.planner.reassignment.model import Options, PlacedPartition, Placement, PlacementBroker
from hooks.planner.reassignment.spread import rack_of
from hooks.planner.snapshot import NodeId
from hooks.planner.text import count, ids, some


def refusals(placement: Placement, options: Options) -> tuple[str, ...]:
    """Return every reason why there can be no plan."""
    if not placement.brokers:
        return ("the placement names no broker: nothing can be planned; observe the cluster first",)
    return tuple(
        reason
        for check in (_unknown, _frozen, _too_few_brokers, _lost_racks, _sole_replicas, _wrong_factor)
        for reason in check(placement, options)
    )


def _moving(placement: Placement, options: Options) -> list[PlacedPartition]:
    """Return the partitions that a drain has to move."""
    if options.goal != "drain":
        return []
    return [p for p in placement.partitions if options.drained.intersection(p.replicas)]


def _staying(placement: Placement, options: Options) -> list[PlacementBroker]:
    return [broker for broker in placement.brokers if broker.alive and broker.id not in options.drained]


def _unknown(placement: Placement, options: Options) -> Iterator[str]:
    known = {broker.id for broker in placement.brokers}
    if unknown := options.drained - known:
        yield f"to drain: {ids(unknown)}, but the cluster has brokers {ids(known)}; name brokers that exist"
    if options.goal == "drain" and not options.drained:
        yield "a drain that names no broker: say which brokers to empty"


def _frozen(placement: Placement, options: Options) -> Iterator[str]:
    stuck = sorted({p.topic for p in _moving(placement, options)} & options.frozen_topics)
    if stuck:
        yield (
            f"frozen topics have replicas on the drained brokers {ids(options.drained)}: {some(stuck)}; "
            + "thaw them, or keep these brokers"
        )


def _too_few_brokers(placement: Placement, options: Options) -> Iterator[str]:
    staying = len(_staying(placement, options))

    def needs(partition: PlacedPartition) -> int:
        return _factor(partition, options)

    concerned = placement.partitions if options.goal == "replication_factor" else _moving(placement, options)
    without = f"without broker {ids(options.drained)}, " if options.drained else ""
    for factor, topics in _by(concerned, needs, lambda factor: factor > staying):
        yield (
            f"{without}topics with {count(factor, 'replica')} need {factor} brokers, and {staying} would be left: "
            + f"{some(topics)}; keep more brokers, or lower the topics' replication factor first"
        )


def _factor(partition: PlacedPartition, options: Options) -> int:
    chosen = not options.topics or partition.topic in options.topics
    wanted = options.replication_factor
    return wanted if options.goal == "replication_factor" and chosen and wanted else len(partition.replicas)


def _by(
    partitions: Iterable[PlacedPartition], key: Callable[[PlacedPartition], int], wrong: Callable[[int], bool]
) -> list[tuple[int, list[str]]]:
    """Group the topics by a number that is wrong for them."""
    found: dict[int, set[str]] = defaultdict(set)
    for partition in partitions:
        if wrong(number := key(partition)):
            found[number].add(partition.topic)
    return [(number, sorted(topics)) for number, topics in sorted(found.items())]


def _lost_racks(placement: Placement, options: Options) -> Iterator[str]:
    """A drain that leaves fewer racks than replicas, where there were enough before, takes the spread away."""
    if options.goal != "drain" or options.relax_racks:
        return
    before = {rack_of(broker.rack) for broker in placement.brokers if broker.alive}
    after = {rack_of(broker.rack) for broker in _staying(placement, options)}
    lost = before - after
    if not lost:
        return

    def spread(partition: PlacedPartition) -> int:
        return len(partition.replicas)

    for factor, topics in _by(
        _moving(placement, options), spread, lambda factor: len(after) < min(factor, len(before))
    ):
        yield (
            f"draining {ids(options.drained)} empties rack {some(sorted(lost))}: topics with {factor} replicas would "
            + f"have two of them in one of the {len(after)} racks that are left: {some(topics)}; keep a broker there, "
            + "or allow it by relax_racks"
        )


def _sole_replicas(placement: Placement, options: Options) -> Iterator[str]:
    """A drained or healed partition whose data is on dead brokers only has no source to copy from.

    Where lost brokers are named, such a partition is left as it is and refuses nothing: the others are healed.
    """
    if options.goal not in ("drain", "heal") or options.lost:
        return
    lost: dict[NodeId, list[str]] = defaultdict(list)
    for partition in placement.without_source:
        if options.goal == "heal" or options.drained.intersection(partition.replicas):
            lost[partition.replicas[0]].append(str(partition))
    for node, names in sorted(lost.items()):
        yield (
            f"no in-sync replica is on a live broker, so there is nothing to copy from: {some(names)} (preferred "
            + f"leader {node}); bring the broker back with its data, or delete the topics"
        )


def _wrong_factor(placement: Placement, options: Options) -> Iterator[str]:
    if options.goal != "replication_factor":
        return
    wanted = options.replication_factor
    if wanted is None or wanted < 1:
        yield f"replication factor {wanted}: it must be at least 1"
        return
    if missing := options.topics - {partition.topic for partition in placement.partitions}:
        yield f"replication factor of unknown topics: {some(sorted(missing))}; name topics that exist"

    def least(partition: PlacedPartition) -> int:
        return partition.min_isr

    concerned = (p for p in placement.partitions if not options.topics or p.topic in options.topics)
    for min_isr, topics in _by(concerned, least, lambda min_isr: min_isr > wanted):
        yield (
            f"replication factor {wanted} is below min.insync.replicas {min_isr}, so nobody could write with acks=all: "
            + f"{some(topics)}; lower min.insync.replicas first"
        )
