"""After a growth: data moves onto new brokers where the spec asks for it, last of all, and once."""

from collections import Counter
from dataclasses import replace

from hooks.planner import render
from hooks.planner.desired import DesiredCluster, Pace
from hooks.planner.plan import plan
from hooks.planner.reassignment.schedule import Limits
from hooks.planner.snapshot import NodeId
from hooks.runners.brokers import BrokersRun
from hooks.runners.observe import holdings, observe
from tests.fakes.cluster import FakeCluster

PACE = Pace(stable_window=1.0, poll=1.0, ready_timeout=120.0)


def built() -> FakeCluster:
    cluster = FakeCluster(mode="kraft", partitions=0)
    orders = ([0, 1000, 2000], [1000, 2000, 0], [2000, 0, 1000])
    cluster.kafka.add_topic("payments", [orders[n % 3] for n in range(12)], min_isr=2)
    cluster.kafka.add_topic("audit", [orders[n % 3] for n in range(6)], min_isr=2)
    return cluster


def larger(cluster: FakeCluster, *, fill: bool = True, **counts: int) -> DesiredCluster:
    wanted = cluster.wanting(cluster.desired(pace=PACE), **counts)
    return replace(wanted, limits=Limits(bandwidth=4 << 20), fill=fill)


def replicas(cluster: FakeCluster) -> dict[int, int]:
    return dict(sorted(Counter(int(n) for p in cluster.kafka.partitions for n in p.replicas).items()))


def test_new_brokers_get_their_share_of_each_topic_and_a_second_run_moves_nothing():
    cluster = built()
    report = BrokersRun(cluster.world(), larger(cluster, a=2, b=2, c=2)).run()
    assert report.grown == (1, 1001, 2001)
    assert replicas(cluster) == {0: 9, 1: 9, 1000: 9, 1001: 9, 2000: 9, 2001: 9}
    audit = Counter(n for p in cluster.kafka.partitions if p.topic == "audit" for n in p.replicas)
    assert audit[NodeId(1)] in (2, 3, 4)
    assert all({n // 1000 for n in p.replicas} == {0, 1, 2} for p in cluster.kafka.partitions)
    assert cluster.kafka.moves.settings == {}
    assert cluster.record is None
    assert cluster.kafka.under_min_isr == []
    writes = list(cluster.writes)
    assert not BrokersRun(cluster.world(), larger(cluster)).run().changed
    assert cluster.writes == writes


def test_without_the_setting_new_brokers_stay_empty():
    cluster = built()
    BrokersRun(cluster.world(), larger(cluster, fill=False, a=2)).run()
    assert 1 not in replicas(cluster)


def test_a_growth_that_was_filled_halfway_goes_on():
    cluster = built()
    BrokersRun(cluster.world(), larger(cluster, fill=False, a=2)).run()
    first = cluster.kafka.partitions[0]
    first.replicas, first.isr, first.leader = (1, 1000, 2000), {1, 1000, 2000}, 1  # type: ignore[assignment]
    BrokersRun(cluster.world(), larger(cluster)).run()
    assert replicas(cluster)[1] == 9


def test_data_moves_after_the_roll():
    cluster = built()
    cluster.apply(config="2")
    BrokersRun(cluster.world(), larger(cluster, a=2)).run()
    steps = [line.split()[0] for line in cluster.writes if line.startswith(("scale", "alter", "delete"))]
    assert steps[0] == "scale"
    assert steps[-1] == "alter"
    assert "delete" not in steps[steps.index("alter") :]
    assert cluster.harm == []


def test_a_preview_of_a_growth_says_how_much_will_move():
    cluster = built()
    world, desired = cluster.world(), larger(cluster, a=2)
    snapshot = observe(world, "broker")
    shown = "\n".join(render.lines(plan(snapshot, desired, placement=holdings(world, snapshot, desired))))
    for line in (
        "broker 1 will hold less than its share; once all are up, data moves there:",
        "  grow: 9 replicas of 9 partitions to copy, 9.0 MiB",
        "across racks: 6.0 MiB; most extra disk on the way: broker 1 9.0 MiB",
        "at 4.0 MiB/s that takes 2 s at least",
        "partitions with a broken rack spread: 0 before, 0 after",
        "broker 1 (a): replicas 0 -> 9, leaders 0 -> 4, 0 B -> 9.0 MiB",
    ):
        assert line in shown, shown
    assert cluster.writes == []
