"""Filling brokers: their share, by capacity where it is known, and nothing twice."""

from collections import Counter
from dataclasses import replace

from hypothesis import given

from hooks.planner.desired import DesiredCluster
from hooks.planner.fill import filling, needy
from hooks.planner.reassignment.check import rack_violations
from hooks.planner.reassignment.model import Options, Placement, PlacementBroker
from hooks.planner.snapshot import NodeId
from tests.planner.test_draining import MANY, clusters, placed

DESIRED = DesiredCluster(cluster="kafka", component="broker", mode="kraft", pools=(), fill=True)
OPTIONS = Options(goal="grow")


@MANY
@given(clusters())
def test_every_broker_gets_nine_tenths_of_its_racks_share_and_a_second_plan_is_empty(drawn):
    placement, _ = drawn
    planned = filling(placement, DESIRED)
    after = placement.after(planned.moves)
    assert len(rack_violations(after, OPTIONS)) <= len(rack_violations(placement, OPTIONS))
    assert filling(after, DESIRED).moves == ()
    counts = Counter(node for partition in after.partitions for node in partition.replicas)
    for rack in {broker.rack for broker in placement.brokers}:
        nodes = [broker.id for broker in placement.brokers if broker.rack == rack]
        share = sum(counts[node] for node in nodes) // len(nodes)
        assert all(counts[node] * 10 >= share * 9 for node in nodes)


def uneven(*counts: int, capacities: tuple[int | None, ...] = ()) -> Placement:
    """Return brokers of one rack with so many partitions each, all of one size and replica."""
    sizes = capacities or (None,) * len(counts)
    brokers = tuple(
        PlacementBroker(id=NodeId(n), rack="a", capacity_bytes=size, used_bytes=None if size is None else counts[n])
        for n, size in enumerate(sizes)
    )
    holders = [node for node, count in enumerate(counts) for _ in range(count)]
    return Placement(brokers=brokers, partitions=tuple(placed(i, holder) for i, holder in enumerate(holders)))


def after(placement: Placement) -> list[int]:
    moved = placement.after(filling(placement, DESIRED).moves)
    counts = Counter(node for partition in moved.partitions for node in partition.replicas)
    return [counts[broker.id] for broker in moved.brokers]


def test_a_cluster_that_is_a_little_uneven_is_left_alone():
    assert filling(uneven(31, 30, 29, 30), DESIRED).moves == ()


def test_a_broker_that_lacks_more_than_a_tenth_is_filled_and_named():
    planned = filling(uneven(40, 40, 10), DESIRED)
    assert needy(planned) == {2}
    assert after(uneven(40, 40, 10)) == [30, 30, 30]


def test_a_share_is_in_proportion_to_the_capacity_and_what_was_filled_so_asks_for_nothing_more():
    """By counts alone the small broker would lack replicas for ever."""
    capacities = (40_000, 40_000, 10_000)
    assert after(uneven(45, 45, 0, capacities=capacities)) == [40, 40, 10]
    assert filling(uneven(40, 40, 10, capacities=capacities), DESIRED).moves == ()


def test_brokers_that_take_nothing_new_are_no_reason_to_move():
    placement = uneven(40, 40, 0)
    closed = (*placement.brokers[:2], replace(placement.brokers[2], excluded=True))
    assert filling(replace(placement, brokers=closed), DESIRED).moves == ()


def test_frozen_topics_stay_where_they_are_though_a_broker_lacks_replicas():
    placement = uneven(40, 40, 10)
    assert filling(placement, replace(DESIRED, frozen=placement.topics)).moves == ()
