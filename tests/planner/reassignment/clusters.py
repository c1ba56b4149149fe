"""Random clusters: unequal racks, one to five replicas, giant partitions, capacities, the dead, the frozen."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import strategies as st

from hooks.planner.reassignment.model import (
    Bands,
    Goal,
    Options,
    PlacedPartition,
    Placement,
    PlacementBroker,
)
from hooks.planner.snapshot import NodeId

GiB = 2**30


@st.composite
def placements(draw: st.DrawFn) -> Placement:
    """Any placement, sensible or not: only a partition's replicas are distinct."""
    per_rack = draw(st.lists(st.integers(1, 4), min_size=1, max_size=4))
    named = draw(st.booleans()) or len(per_rack) > 1
    racks = [rack if named else None for rack, count in zip("abcd", per_rack, strict=False) for _ in range(count)]
    ids = [NodeId(100 * (ord(rack or "a") - 97) + number) for number, rack in enumerate(racks)]
    capacity = draw(st.sampled_from([None, None, 400 * GiB]))
    dead = draw(st.sets(st.sampled_from(ids), max_size=draw(st.integers(0, 1))))
    brokers = tuple(
        PlacementBroker(id=node, rack=rack, capacity_bytes=capacity, alive=node not in dead)
        for node, rack in zip(ids, racks, strict=True)
    )
    return Placement(brokers=brokers, partitions=_partitions(draw, ids, dead))


def _partitions(draw: st.DrawFn, ids: Sequence[NodeId], dead: set[NodeId]) -> tuple[PlacedPartition, ...]:
    found: list[PlacedPartition] = []
    for topic in range(draw(st.integers(1, 4))):
        factor = draw(st.integers(1, min(5, len(ids))))
        base = draw(st.sampled_from([0, 2**10, GiB, 40 * GiB]))
        for index in range(draw(st.integers(1, 12))):
            nodes = tuple(draw(st.permutations(ids))[:factor])
            alive = [node for node in nodes if node not in dead]
            found.append(
                PlacedPartition(
                    topic=f"t{topic}",
                    index=index,
                    replicas=nodes,
                    size_bytes=base * draw(st.integers(80, 120)) // 100,
                    leader=alive[0] if alive else None,
                    isr=frozenset(alive or nodes[:1]),
                )
            )
    return tuple(found)


@st.composite
def wishes(draw: st.DrawFn, placement: Placement, goals: Sequence[Goal]) -> Options:
    """A goal for this placement, with everything that may be chosen beside it."""
    ids = [broker.id for broker in placement.brokers]
    goal = draw(st.sampled_from(goals))
    return Options(
        goal=goal,
        drained=frozenset(draw(st.sets(st.sampled_from(ids), min_size=1, max_size=2)))
        if goal == "drain"
        else frozenset(),
        bands=Bands(bytes=draw(st.sampled_from([0.0, 0.02, 0.1]))),
        frozen_topics=frozenset(draw(st.sets(st.just("t0"), max_size=draw(st.integers(0, 1))))),
        excluded=frozenset(draw(st.sets(st.sampled_from(ids), max_size=draw(st.integers(0, 1))))),
        relax_racks=draw(st.booleans()),
        replication_factor=draw(st.integers(1, min(5, len(ids)))) if goal == "replication_factor" else None,
    )


def striped(per_rack: Sequence[int], partitions: int, factor: int, size: int = GiB) -> Placement:
    """Return a healthy, even placement: brokers numbered rack by rack, replicas striped over the racks."""
    racks = "abcdefgh"[: len(per_rack)]
    members = [[NodeId(100 * rack + n) for n in range(count)] for rack, count in enumerate(per_rack)]
    found: list[PlacedPartition] = []
    taken = [0] * len(per_rack)
    for number in range(partitions):
        nodes: list[NodeId] = []
        for step in range(factor):
            rack = (number + step) % len(per_rack)
            nodes.append(members[rack][taken[rack] % len(members[rack])])
            taken[rack] += 1
        assert len(set(nodes)) == factor
        found.append(
            PlacedPartition(
                topic=f"t{number // 10:03}",
                index=number % 10,
                replicas=tuple(nodes),
                size_bytes=size * (80 + number * 7 % 41) // 100,
                leader=nodes[0],
                isr=frozenset(nodes),
            )
        )
    brokers = tuple(PlacementBroker(id=node, rack=racks[rack]) for rack, nodes in enumerate(members) for node in nodes)
    return Placement(brokers=brokers, partitions=tuple(found))


def grown(placement: Placement, racks: str) -> Placement:
    """Return the placement with one new, empty broker in each named rack."""
    new = tuple(PlacementBroker(id=NodeId(900 + number), rack=rack) for number, rack in enumerate(racks))
    return replace(placement, brokers=(*placement.brokers, *new))
