"""The six clusters: three replicas, Pareto widths and log-normal sizes of topics, striped evenly over the racks."""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

from hooks.planner.reassignment.model import Options, PlacedPartition, Placement, PlacementBroker
from hooks.planner.snapshot import NodeId

REPLICAS = 3
MiB = 2**20


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """One of the six."""

    name: str
    brokers: int
    grown: int
    racks: int
    partitions: int

    def __str__(self) -> str:
        """Return it as a table's heading."""
        return f"{self.name}: {self.brokers} -> {self.grown} brokers, {self.racks} racks, {self.partitions} partitions"


CLUSTERS = {
    name: Cluster(name=name, brokers=brokers, grown=grown, racks=racks, partitions=partitions)
    for name, brokers, grown, racks, partitions in (
        ("A", 12, 18, 3, 1_000),
        ("B", 30, 36, 3, 10_000),
        ("C", 60, 72, 3, 30_000),
        ("D", 100, 120, 5, 50_000),
        ("E", 300, 330, 3, 100_000),
        ("F", 1_000, 1_050, 5, 200_000),
    )
}


def task(cluster: Cluster, task_name: str, band: float) -> tuple[Placement, Options]:
    """Return what a planner starts from and what it should do: `grow` by the new brokers, or `drain` broker 0."""
    placement = _placement(cluster)
    options = Options(goal="grow")
    if task_name == "drain":
        return placement, replace(options, goal="drain", drained=frozenset({NodeId(0)}))
    new = tuple(_broker(cluster, number) for number in range(cluster.brokers, cluster.grown))
    bands = replace(options.bands, bytes=band)
    return replace(placement, brokers=(*placement.brokers, *new)), replace(options, bands=bands)


def _broker(cluster: Cluster, number: int) -> PlacementBroker:
    return PlacementBroker(id=NodeId(number), rack=f"r{number % cluster.racks}")


def _placement(cluster: Cluster) -> Placement:
    chance = random.Random(1)  # noqa: S311 - the same cluster every time
    sets = _striped(cluster)
    partitions: list[PlacedPartition] = []
    for topic, width in enumerate(_widths(cluster, chance)):
        size = chance.lognormvariate(6, 1.3)
        for index in range(width):
            replicas = next(sets)
            partitions.append(
                PlacedPartition(
                    topic=f"t{topic:05}",
                    index=index,
                    replicas=replicas,
                    size_bytes=max(1, int(size * chance.uniform(0.8, 1.2))) * MiB,
                    leader=replicas[0],
                    isr=frozenset(replicas),
                )
            )
    brokers = tuple(_broker(cluster, number) for number in range(cluster.brokers))
    return Placement(brokers=brokers, partitions=tuple(partitions))


def _widths(cluster: Cluster, chance: random.Random) -> list[int]:
    """Return the partitions of each topic, twenty on the average."""
    weights = [chance.paretovariate(1.2) for _ in range(cluster.partitions // 20)]
    widths = [max(1, math.floor(weight / sum(weights) * cluster.partitions)) for weight in weights]
    number = 0
    while sum(widths) != cluster.partitions:
        step = 1 if sum(widths) < cluster.partitions else -1
        if widths[number % len(widths)] + step >= 1:
            widths[number % len(widths)] += step
        number += 1
    return widths


def _striped(cluster: Cluster) -> Iterator[tuple[NodeId, ...]]:
    """Yield replica sets: the racks in turn, in each rack the brokers in turn."""
    members = [list(range(rack, cluster.brokers, cluster.racks)) for rack in range(cluster.racks)]
    turns = [0] * cluster.racks
    first = 0
    while True:
        chosen: list[NodeId] = []
        for step in range(REPLICAS):
            rack = (first + step) % cluster.racks
            chosen.append(NodeId(members[rack][turns[rack] % len(members[rack])]))
            turns[rack] += 1
        first += 1
        yield tuple(chosen)
