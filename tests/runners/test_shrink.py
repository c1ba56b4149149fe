"""Shrinking: drained, checked again, scaled down, unregistered; and what is refused before anything is touched."""

import re
from dataclasses import replace

import pytest

from hooks.interfaces import Fatal, Refused
from hooks.planner import render
from hooks.planner.desired import DesiredCluster, Pace
from hooks.planner.plan import plan
from hooks.planner.reassignment.schedule import Limits
from hooks.planner.reassignment.throttling import CORDONED
from hooks.planner.snapshot import NodeId
from hooks.runners.brokers import BrokersRun
from hooks.runners.observe import holdings, observe
from tests.fakes.cluster import FakeCluster
from tests.runners.movements import holders

PACE = Pace(stable_window=1.0, poll=1.0, ready_timeout=120.0)


def built(mode: str = "kraft", partitions: int = 6, **racks: int) -> FakeCluster:
    """Return a cluster whose every broker holds something."""
    cluster = FakeCluster(mode=mode, racks=racks or {"a": 2, "b": 2, "c": 2}, partitions=0)  # type: ignore[arg-type]
    ids = {rack: [node for node in cluster.broker_ids if node // 1000 == n] for n, rack in enumerate("abc")}
    spread = [[ids[rack][n % len(ids[rack])] for rack in "abc"] for n in range(partitions)]
    cluster.kafka.add_topic("payments", [[*r[n % 3 :], *r[: n % 3]] for n, r in enumerate(spread)], min_isr=2)
    cluster.kafka.add_topic("__consumer_offsets", spread, min_isr=2)
    return cluster


def smaller(cluster: FakeCluster, **counts: int) -> DesiredCluster:
    return replace(cluster.wanting(cluster.desired(pace=PACE), **counts), limits=Limits(bandwidth=4 << 20))


def run(cluster: FakeCluster, **counts: int):
    return BrokersRun(cluster.world(), smaller(cluster, **counts)).run()


def nothing_is_left(cluster: FakeCluster) -> None:
    assert cluster.kafka.moves.settings == {}
    assert cluster.kafka.moves.under_way == []
    assert cluster.record is None
    assert cluster.kafka.under_min_isr == []
    assert cluster.kafka.offline == []


@pytest.mark.parametrize("mode", ["kraft", "zookeeper"])
def test_a_broker_leaves_empty_and_its_own_only(mode: str):
    """Scenarios 54 and 63: the internal topics are drained as well."""
    cluster = built(mode)
    report = run(cluster, b=1)
    assert report.gone == (1001,)
    assert [moved.partitions for moved in report.moved] == [6]
    assert holders(cluster) == {0, 1, 1000, 2000, 2001}
    assert sorted(cluster.revisions()) == [0, 1, 1000, 2000, 2001]
    assert cluster.deletions == []
    assert (NodeId(1001) in cluster.kafka.brokers) == (mode == "zookeeper")
    nothing_is_left(cluster)
    assert not BrokersRun(cluster.world(), smaller(cluster)).run().changed


def test_three_racks_shrink_at_once_and_a_replica_stays_in_its_rack():
    cluster = built()
    run(cluster, a=1, b=1, c=1)
    assert sorted(cluster.revisions()) == [0, 1000, 2000]
    assert all(sorted(partition.replicas) == [0, 1000, 2000] for partition in cluster.kafka.partitions)
    nothing_is_left(cluster)


def test_a_pool_that_is_to_go_is_drained_to_nothing_first():
    cluster = built(a=1, b=1, c=1)
    cluster.kafka.partitions = [p for p in cluster.kafka.partitions if p.topic == "payments"]
    for partition in cluster.kafka.partitions:
        partition.replicas = tuple(node for node in partition.replicas if node != 1000)
        partition.isr = set(partition.replicas)
        partition.leader, partition.min_isr = partition.replicas[0], 1
    run(cluster, b=0)
    assert cluster.kubernetes.workloads["kafka-b"].replicas == 0
    nothing_is_left(cluster)


def test_what_leaves_is_cordoned_until_it_goes_where_the_version_can():
    cluster = built()
    run(cluster, b=1)
    cordons = [number for number, line in enumerate(cluster.writes) if CORDONED in line]
    scaled = next(number for number, line in enumerate(cluster.writes) if line.startswith("scale"))
    moved = [number for number, line in enumerate(cluster.writes) if line.startswith("alter")]
    assert cordons[0] < moved[0]
    assert moved[-1] < cordons[-1] < scaled


def test_a_version_without_cordons_is_drained_all_the_same():
    cluster = built()
    cluster.kafka.moves.known.clear()
    run(cluster, b=1)
    assert sorted(cluster.revisions()) == [0, 1, 1000, 2000, 2001]
    assert not any(CORDONED in line for line in cluster.writes)


def test_what_stays_grows_before_and_rolls_after_what_leaves():
    cluster = built()
    cluster.apply(config="2")
    run(cluster, a=3, b=1)
    steps = [line.split()[0] for line in cluster.writes if line.startswith(("scale", "alter", "delete"))]
    assert steps[0] == "scale"
    assert steps.index("alter") < steps.index("delete")
    assert "scale" not in steps[steps.index("delete") :]
    assert 1001 not in cluster.restarted
    assert set(cluster.revisions().values()) == {"c2-i3.9"}
    assert cluster.harm == []
    nothing_is_left(cluster)


def test_a_topic_that_lands_on_the_leaving_broker_at_the_last_moment_is_drained_too():
    """Scenario 57."""
    cluster = built()
    world = cluster.world()

    class Lease:
        """Its last look, after the cordon was taken off and before the count is written, is when the topic is made."""

        late = 0

        def __getattr__(self, name: str):
            return getattr(world.lease, name)

        def check(self):
            world.lease.check()
            uncordoned = [line for line in cluster.writes if CORDONED in line and line.endswith("None")]
            self.late += bool(uncordoned)
            if self.late == 2:
                cluster.kafka.add_topic("late", [[1001, 0, 2000]], min_isr=2)

    BrokersRun(replace(world, lease=Lease()), smaller(cluster, b=1)).run()  # type: ignore[arg-type]
    assert "warning: broker 1001 got new replicas: late-0" in cluster.said
    assert 1001 not in holders(cluster)
    nothing_is_left(cluster)


def test_a_leaving_broker_that_is_down_is_drained_from_the_others():
    """Scenario 59, with replicas elsewhere."""
    cluster = built()
    pod = cluster.pod(1001)
    cluster.kubernetes.crash(pod)
    pod.started = float("inf")
    cluster.sleep(20.0)
    run(cluster, b=1)
    assert holders(cluster) == {0, 1, 1000, 2000, 2001}
    assert NodeId(1001) not in cluster.kafka.brokers
    assert cluster.kafka.moves.settings == {}
    assert cluster.record is None


def test_a_leaving_broker_with_the_only_copy_that_is_down_is_refused():
    """Scenario 59, without: no unclean election, ever."""
    cluster = built()
    cluster.kafka.add_topic("alone", [[1001]], min_isr=1)
    pod = cluster.pod(1001)
    cluster.kubernetes.crash(pod)
    pod.started = float("inf")
    cluster.sleep(20.0)
    with pytest.raises(
        Refused, match=r"nothing to copy from: alone-0 \(preferred leader 1001\); bring the broker back"
    ):
        run(cluster, b=1)
    assert cluster.writes == []


def test_a_shrink_below_a_replication_factor_is_refused_before_anything_is_touched():
    """Scenarios 55 and 56."""
    cluster = built(a=1, b=1, c=1)
    cluster.apply(config="2")
    with pytest.raises(Refused, match=r"3 replicas need 3 brokers, and 2 would be left: __consumer_offsets, payments"):
        run(cluster, b=0)
    assert cluster.writes == []


def test_a_shrink_to_fewer_racks_than_a_topic_is_spread_over_is_refused():
    cluster = built(a=2, b=2, c=1)
    with pytest.raises(Refused, match="2 racks would be left for topics that are spread over more"):
        run(cluster, c=0)
    assert cluster.writes == []


def test_a_shrink_for_which_the_others_disks_are_too_small_is_refused():
    """Scenario 61."""
    cluster = built(partitions=2)
    for partition in cluster.kafka.partitions:
        partition.size = 400 << 20
    with pytest.raises(Refused, match=r"found no broker: __consumer_offsets-1, .* would pass the disk limit of 85%"):
        run(cluster, b=1)
    assert cluster.writes == []


def test_a_preview_names_who_leaves_and_what_moves():
    cluster = built()
    world, desired = cluster.world(), smaller(cluster, b=1)
    snapshot = observe(world, "broker")
    shown = "\n".join(render.lines(plan(snapshot, desired, placement=holdings(world, snapshot, desired))))
    assert "pool b shrinks from 2 to 1: broker 1001 is drained, then leaves" in shown
    assert "6 partitions will move first, 6.3 MB to copy: __consumer_offsets-1 (1001 to 1000)" in shown
    assert "broker 1001: replicas 6 to 0, leaders" in shown
    assert "partitions with a broken rack spread: 0 before, 0 after" in shown
    assert re.search(r"movement [0-9a-f]{16}: while this digest is the same, so are the moves", shown)
    assert cluster.writes == []


def test_a_drain_that_cannot_end_removes_nobody():
    cluster = built()
    cluster.kafka.moves.bandwidth = 0
    with pytest.raises(Fatal, match="nothing has moved"):
        run(cluster, b=1)
    assert cluster.kubernetes.workloads["kafka-b"].replicas == 2
    nothing_is_left(cluster)


def test_a_broker_that_an_interrupted_shrink_left_registered_is_taken_out_by_the_next_run():
    cluster = built()
    cluster.kafka.partitions.clear()
    cluster.kubernetes.workloads["kafka-b"].replicas = 1
    cluster.sleep(30.0)
    assert cluster.kafka.brokers[NodeId(1001)].fenced
    BrokersRun(cluster.world(), smaller(cluster)).run()
    assert NodeId(1001) not in cluster.kafka.brokers
