"""When waiting ends: once no node has come nearer for the time that the setting gives, and not a moment later."""

from typing import get_args

import pytest

from hooks.interfaces import Refused
from hooks.planner.desired import Pace
from hooks.planner.snapshot import NodeId
from hooks.runners.brokers import BrokersRun
from hooks.runners.patience import Patience
from tests.fakes.cluster import FakeCluster, Mode

TIMEOUT = 100.0
A, B = NodeId(0), NodeId(1000)
Seen = tuple[float, dict[NodeId, tuple[int, int]]]

WAITS: dict[str, tuple[list[Seen], float]] = {
    "nothing was ever seen": ([], 100.0),
    "nothing moves": ([(0.0, {A: (3, 0)}), (50.0, {A: (3, 0)}), (99.0, {A: (3, 0)})], 100.0),
    "a stage is progress": ([(0.0, {A: (3, 0)}), (60.0, {A: (2, 0)})], 160.0),
    "a replica that catches up is progress": ([(0.0, {A: (0, 5)}), (60.0, {A: (0, 4)})], 160.0),
    "a slow recovery goes on": ([(90.0 * n, {A: (0, 50 - n)}) for n in range(51)], 90.0 * 50 + 100.0),
    "one node gains while another one stands": (
        [(0.0, {A: (3, 0), B: (0, 9)}), (60.0, {A: (3, 0), B: (0, 8)})],
        160.0,
    ),
    "one node gains after another one has fallen": (
        [(0.0, {A: (0, 9), B: (0, 0)}), (50.0, {A: (0, 9), B: (4, 90)}), (80.0, {A: (0, 8), B: (4, 90)})],
        180.0,
    ),
    "a setback gives no time": ([(0.0, {A: (1, 0)}), (90.0, {A: (4, 0)})], 100.0),
    "the way back from a setback gives no time": (
        [(0.0, {A: (1, 0)}), (50.0, {A: (4, 0)}), (90.0, {A: (1, 0)})],
        100.0,
    ),
    "what comes and goes for ever is not waited for": (
        [(3.0 * n, {A: (n % 2 * 4, 0), B: (3, 0)}) for n in range(30)],
        100.0,
    ),
    "a look in which nothing was seen changes nothing": ([(0.0, {A: (3, 0)}), (50.0, {}), (60.0, {A: (3, 0)})], 100.0),
    "getting further than before the setback is progress": (
        [(0.0, {A: (1, 0)}), (50.0, {A: (4, 0)}), (90.0, {A: (0, 7)})],
        190.0,
    ),
}


@pytest.mark.parametrize(("seen", "ends"), WAITS.values(), ids=WAITS.keys())
def test_a_wait_ends_when_no_node_has_come_nearer_for_the_time_given(seen: list[Seen], ends: float):
    patience = Patience(TIMEOUT, 0.0)
    for when, distances in seen:
        assert not patience.spent(when), "the table goes on after the end"
        patience.note(distances, when)
    assert [patience.spent(ends - 0.1), patience.spent(ends), patience.spent(ends + 0.1)] == [False, True, True]


@pytest.mark.parametrize("mode", get_args(Mode))
@pytest.mark.parametrize("seconds", [15.0, 300.0])
def test_an_outage_with_a_flickering_connection_is_waited_for_as_long_as_the_setting_says(mode: Mode, seconds: float):
    """The lost zone stays lost; that the brokers cannot always be asked meanwhile gives no time."""
    cluster = FakeCluster(mode=mode)
    cluster.apply(config="2")
    desired = cluster.desired(pace=Pace(stable_window=1.0, ready_timeout=seconds))
    cluster.kubernetes.zone_down("b")
    cluster.sleep(20.0)
    began = cluster.now
    for n in range(1, int(seconds)):
        cluster.at(n - 0.3, lambda: setattr(cluster, "brokers_unreachable", True))
        cluster.at(n + 0.3, lambda: setattr(cluster, "brokers_unreachable", False))
    with pytest.raises(Refused, match=f"no node came nearer for {seconds:.0f} s"):
        BrokersRun(cluster.world(), desired).run()
    assert seconds <= cluster.now - began < seconds + 10.0
    assert cluster.deletions == []


def test_replicas_that_catch_up_one_by_one_are_waited_for_longer_than_the_setting():
    """A slow recovery that never stands still: twelve partitions, one every 20 s, with 30 s of patience."""
    cluster = FakeCluster(partitions=12)
    late = NodeId(2000)
    for partition in cluster.kafka.partitions:
        partition.isr.discard(late)
        partition.stuck.add(late)
        partition.leader = min(partition.isr)
    for n, partition in enumerate(cluster.kafka.partitions, start=1):
        cluster.at(20.0 * n, lambda partition=partition: partition.isr.add(late))
    began = cluster.now
    cluster.apply(config="2")
    BrokersRun(cluster.world(), cluster.desired(pace=Pace(stable_window=1.0, ready_timeout=30.0))).run()
    assert cluster.deletions[0].at >= began + 240.0
    assert sorted(cluster.restarted) == [0, 1000, 2000]
    assert cluster.harm == []
