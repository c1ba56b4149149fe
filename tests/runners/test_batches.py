"""Rolls by rack on nine brokers: what goes together, what is awaited, and how an interrupted batch goes on."""

import pytest

from hooks.interfaces import Conflict, Fatal, NotYet
from hooks.planner.desired import Batching, DesiredCluster
from hooks.planner.plan import plan
from hooks.planner.snapshot import NodeId
from hooks.runners.brokers import BrokersRun
from hooks.runners.observe import observe
from tests.fakes.cluster import PACE, FakeCluster
from tests.fakes.kubernetes import Behaviour
from tests.fakes.world import Faults

MODES = pytest.mark.parametrize("mode", ["zookeeper", "kraft"])


def nine(mode: str = "zookeeper") -> tuple[FakeCluster, DesiredCluster]:
    cluster = FakeCluster(mode=mode, racks={"a": 3, "b": 3, "c": 3}, spread=True, partitions=9)  # type: ignore[arg-type]
    cluster.apply(config="2")
    return cluster, cluster.desired(batching=Batching(by="rack"))


def together(cluster: FakeCluster) -> list[list[int]]:
    """The node ids that were deleted at the same moment, batch by batch."""
    found: dict[float, list[int]] = {}
    for deletion in cluster.deletions:
        found.setdefault(deletion.at, []).append(int(deletion.pod.rsplit("-", 1)[1]))
    return list(found.values())


@MODES
def test_a_rack_restarts_as_a_whole_and_every_partition_keeps_its_min_isr(mode):
    cluster, desired = nine(mode)
    report = BrokersRun(cluster.world(), desired).run()
    racks = [[0, 1, 2], [1000, 1001, 1002], [2000, 2001, 2002]]
    assert sorted(sorted(batch) for batch in together(cluster)) == racks
    assert cluster.harm == []
    assert cluster.kafka.under_min_isr == []
    assert cluster.kafka.offline == []
    assert len(report.batches) == 3
    assert report.lines()[0].startswith("restarted 9 pods in 3 batches in ")


def test_the_rack_with_the_active_controller_comes_last():
    """Scenario 1, by rack."""
    cluster, desired = nine()
    cluster.kafka.controller = NodeId(1000)
    BrokersRun(cluster.world(), desired).run()
    assert together(cluster)[-1] == [1001, 1002, 1000]


def test_a_batch_waits_until_all_of_the_one_before_are_back_and_a_stable_window_has_passed():
    cluster, desired = nine()
    report = BrokersRun(cluster.world(), desired).run()
    for batch in report.batches:
        assert {pod.batch for pod in batch} == {batch[0].batch}
        assert batch[0].seconds == pytest.approx(batch[0].back + PACE.stable_window)
    times = sorted({deletion.at for deletion in cluster.deletions})
    assert times[1] - times[0] == pytest.approx(report.batches[0][0].seconds, abs=PACE.poll)


def test_the_run_takes_as_many_batches_as_the_preview_said():
    cluster, desired = nine()
    shown = plan(observe(cluster.world(), "broker"), desired)
    BrokersRun(cluster.world(), desired).run()
    assert [[int(restart.node_id) for restart in batch] for batch in shown.batches] == together(cluster)
    assert len(shown.batches) == shown.fewest == 3


def test_by_rack_takes_a_third_of_the_time_of_one_at_a_time():
    cluster, desired = nine()
    by_rack = BrokersRun(cluster.world(), desired).run().seconds
    cluster, _ = nine()
    assert by_rack <= BrokersRun(cluster.world(), cluster.desired()).run().seconds * 0.34


def test_a_broken_revision_stops_at_its_first_rack():
    """Scenario 26, by rack: the others stay on the old revision, and the corrected spec heals that rack at once."""
    cluster, _ = nine()
    cluster.apply(behaviour=Behaviour(unpullable=True), image="9")
    desired = cluster.desired(batching=Batching(by="rack"))
    with pytest.raises(Fatal, match="ImagePullBackOff"):
        BrokersRun(cluster.world(), desired).run()
    first = together(cluster)
    assert len(first) == 1
    cluster.apply()
    BrokersRun(cluster.world(), cluster.desired(batching=Batching(by="rack"))).run()
    assert [sorted(batch) for batch in together(cluster)] == [sorted(first[0])] * 2, "nobody else restarted"
    assert cluster.kafka.under_min_isr == []


@pytest.mark.parametrize("error", [NotYet, Conflict])
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_deletion_in_doubt_leaves_the_rest_of_its_batch_until_that_is_known(error, after, at):
    cluster, desired = nine()
    faults = Faults(at=at, error=lambda: error("no answer"), after=after, only=lambda name: name == "delete")
    BrokersRun(cluster.world(faults=faults), desired).run()
    assert sorted(cluster.restarted) == sorted({*cluster.restarted}), "nobody was restarted twice"
    assert set(cluster.revisions().values()) == {"c2-i3.9"}
    assert cluster.harm == []
    assert cluster.kafka.under_min_isr == []


def test_a_broker_elsewhere_that_goes_down_keeps_the_next_batch_waiting():
    """Scenario 17, by rack."""
    cluster, desired = nine()
    cluster.at(3.0, lambda: cluster.kubernetes.crash(cluster.pod(2000)))
    BrokersRun(cluster.world(), desired).run()
    assert cluster.harm == []
    assert len(together(cluster)) == 3


def test_a_topic_that_is_not_spread_over_the_racks_splits_the_batches_and_never_its_isr():
    """Scenario 24: it comes in mid-roll."""
    cluster, desired = nine()
    cluster.at(3.0, lambda: cluster.kafka.add_topic("late", [[2000, 2001, 0], [1, 2, 2002]], min_isr=2))
    BrokersRun(cluster.world(), desired).run()
    assert cluster.harm == []
    assert cluster.kafka.under_min_isr == []
    assert len(together(cluster)) > 3
