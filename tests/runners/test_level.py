"""Levelling on a live cluster: where the spec asks for it, in a run that moves nothing else, and once."""

from collections import Counter
from dataclasses import replace

from hooks.planner import render
from hooks.planner.desired import DesiredCluster, Level, Pace
from hooks.planner.plan import plan
from hooks.planner.promise import promises
from hooks.planner.reassignment.schedule import Limits
from hooks.runners.brokers import BrokersRun
from hooks.runners.observe import holdings, observe
from tests.fakes.cluster import FakeCluster

WANTED = Level(threshold=0.2)
PACE = Pace(stable_window=1.0, poll=1.0, ready_timeout=120.0)


def crowded() -> FakeCluster:
    """Return two brokers in each rack, the first of which hold everything."""
    cluster = FakeCluster(mode="kraft", racks={"a": 2, "b": 2, "c": 2}, partitions=0)
    orders = ([0, 1000, 2000], [1000, 2000, 0], [2000, 0, 1000])
    cluster.kafka.add_topic("payments", [orders[n % 3] for n in range(12)], min_isr=2)
    return cluster


def wanted(cluster: FakeCluster, level: Level | None = WANTED) -> DesiredCluster:
    return replace(cluster.desired(pace=PACE), limits=Limits(bandwidth=4 << 20), level=level)


def replicas(cluster: FakeCluster) -> dict[int, int]:
    return dict(sorted(Counter(int(n) for p in cluster.kafka.partitions for n in p.replicas).items()))


def test_brokers_far_from_their_share_are_levelled_and_a_second_run_moves_nothing() -> None:
    cluster = crowded()
    report = BrokersRun(cluster.world(), wanted(cluster)).run()
    assert replicas(cluster) == {0: 6, 1: 6, 1000: 6, 1001: 6, 2000: 6, 2001: 6}
    assert any(line.startswith("levelling the brokers: ") for line in report.lines())
    assert all({n // 1000 for n in p.replicas} == {0, 1, 2} for p in cluster.kafka.partitions)
    assert (cluster.kafka.moves.settings, cluster.record, cluster.kafka.under_min_isr) == ({}, None, [])
    writes = list(cluster.writes)
    assert not BrokersRun(cluster.world(), wanted(cluster)).run().changed
    assert cluster.writes == writes


def test_without_the_setting_nothing_is_levelled() -> None:
    cluster = crowded()
    assert not BrokersRun(cluster.world(), wanted(cluster, None)).run().changed


def test_a_budget_ends_a_run_and_the_next_one_goes_on() -> None:
    cluster = crowded()
    size = max(p.size for p in cluster.kafka.partitions)
    level = Level(threshold=0.2, budget=4 * size)
    copied: list[int] = []
    while (report := BrokersRun(cluster.world(), wanted(cluster, level)).run()).changed:
        copied.append(sum(moved.bytes for moved in report.moved))
        assert len(copied) < 10
    assert len(copied) > 2 and max(copied) <= 4 * size
    assert max(replicas(cluster).values()) <= 7


def test_what_moves_for_another_reason_is_not_levelled_in_the_same_run() -> None:
    cluster = crowded()
    BrokersRun(cluster.world(), cluster.wanting(wanted(cluster), a=3)).run()
    assert 1 not in replicas(cluster)
    BrokersRun(cluster.world(), cluster.wanting(wanted(cluster), a=3)).run()
    assert len(replicas(cluster)) == 7


def test_a_frozen_topic_that_does_not_exist_is_named_in_the_preview() -> None:
    cluster = crowded()
    world, desired = cluster.world(), replace(wanted(cluster), frozen=frozenset({"payments", "paymets"}))
    snapshot = observe(world, "broker")
    planned = plan(snapshot, desired, placement=holdings(world, snapshot, desired))
    assert planned.levelling is not None and not planned.levelling.movement.changes
    assert "note: frozenTopics names paymets, and there is no such topic" in render.lines(planned)
    assert not BrokersRun(cluster.world(), desired).run().changed


def test_the_preview_shows_and_promises_what_a_run_moves() -> None:
    cluster = crowded()
    world, desired = cluster.world(), wanted(cluster)
    snapshot = observe(world, "broker")
    planned = plan(snapshot, desired, placement=holdings(world, snapshot, desired))
    said = "\n".join(render.lines(planned))
    assert planned.changes and "20% from its share" in said and "broker 1 (a): replicas 0 -> 6" in said
    data = render.data(planned)
    assert len(data["levelling"]) == sum(" to " in line for line in promises(planned)) > 0  # type: ignore[arg-type]
    assert cluster.writes == []
