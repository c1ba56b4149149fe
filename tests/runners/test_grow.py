"""Growing, and the shapes that are refused before anything is touched."""

from dataclasses import replace

import pytest

from hooks.interfaces import Fatal, LeaseLost, Refused
from hooks.planner.snapshot import NodeId
from hooks.runners.brokers import BrokersRun
from tests.fakes.cluster import FakeCluster
from tests.fakes.kubernetes import Behaviour
from tests.fakes.world import Faults


def test_pools_grow_at_once_and_new_brokers_are_awaited():
    """Scenario 49, without the moves that do not exist yet."""
    cluster = FakeCluster()
    desired = cluster.wanting(cluster.desired(), a=3, b=2)
    report = BrokersRun(cluster.world(), desired).run()
    assert report.grown == (1, 2, 1001)
    assert sorted(cluster.revisions()) == [0, 1, 2, 1000, 1001, 2000]
    assert {node for node, broker in cluster.kafka.brokers.items() if not broker.fenced} == set(cluster.revisions())
    assert cluster.deletions == []
    assert cluster.now - 20.0 < 10.0


def test_new_brokers_are_up_before_anything_restarts():
    """Scenario 52."""
    cluster = FakeCluster()
    desired = cluster.wanting(cluster.apply(config="2"), b=2)
    BrokersRun(cluster.world(), desired).run()
    assert cluster.restarted == [1000, 2000, 0]
    assert cluster.deletions[0].at >= 20.0 + 2.0
    assert set(cluster.revisions().values()) == {"c2-i3.9"}
    assert cluster.harm == []


def test_a_new_broker_that_does_not_start_stops_the_run_before_any_restart():
    cluster = FakeCluster()
    desired = cluster.wanting(cluster.apply(behaviour=Behaviour(crashes=True), config="bad"), b=2)
    with pytest.raises(Fatal, match="kafka-b-1001 does not start"):
        BrokersRun(cluster.world(), desired).run()
    assert cluster.deletions == []
    BrokersRun(cluster.world(), cluster.apply(config="good")).run()
    assert cluster.restarted == [1001, 1000, 2000, 0]


def test_nothing_grows_without_the_lease():
    cluster = FakeCluster()
    lost = Faults(at=1, error=lambda: LeaseLost("taken over"), only=lambda name: name == "check", for_good=True)
    with pytest.raises(LeaseLost):
        BrokersRun(cluster.world(faults=lost), cluster.wanting(cluster.desired(), a=2)).run()
    assert cluster.kubernetes.workloads["kafka-a"].replicas == 1


def test_a_pool_scaled_to_zero_by_a_destroy_that_was_broken_off_comes_back():
    cluster = FakeCluster()
    desired = cluster.desired()
    cluster.kubernetes.workloads["kafka-b"].replicas = 0
    cluster.sleep(10.0)
    cluster.world().identity.mark_going(True)
    BrokersRun(cluster.world(), desired).run()
    assert sorted(cluster.revisions()) == [0, 1000, 2000]
    assert cluster.identity is not None
    assert not cluster.identity.going


REFUSED = {
    "shrink": (
        lambda d: d,
        {"a": 0},
        r"without broker 0, topics with 3 replicas need 3 brokers, and 2 would be left: orders",
    ),
    "removed pool": (
        lambda d: replace(d, pools=d.pools[:2]),
        {},
        r"pool c \(kafka-c\) has 1 broker and is not in the spec any more; .* with brokers: 0",
    ),
    "moved first id": (
        lambda d: replace(d, pools=(replace(d.pools[0], first_id=NodeId(5)), *d.pools[1:])),
        {},
        "pool a: the first id is 5 in the spec and 0 in the cluster; it cannot move",
    ),
    "smaller volume": (
        lambda d: replace(d, pools=(replace(d.pools[0], volume_bytes=1 << 20), *d.pools[1:])),
        {},
        "pool a: storage size is 1048576 bytes in the spec and 1073741824 bytes in the cluster; a volume never shrinks",
    ),
    "another storage class": (
        lambda d: replace(d, pools=(replace(d.pools[0], storage_class="fast"), *d.pools[1:])),
        {},
        "pool a: the storage class is fast in the spec and none",
    ),
    "renamed pool": (
        lambda d: replace(d, pools=(replace(d.pools[0], name="z", workload="kafka-z"), *d.pools[1:])),
        {},
        r"pool z \(kafka-z\) wants the ids 0, which the live pool a \(kafka-a\) has",
    ),
    "missing StatefulSet": (
        lambda d: replace(
            d, pools=(*d.pools, replace(d.pools[0], name="d", workload="kafka-d", first_id=NodeId(3000)))
        ),
        {},
        "StatefulSet kafka-d does not exist",
    ),
}


@pytest.mark.parametrize(("change", "counts", "said"), REFUSED.values(), ids=REFUSED.keys())
def test_a_shape_that_cannot_be_reached_is_refused_before_anything_is_touched(change, counts, said):
    cluster = FakeCluster()
    cluster.apply(config="2")
    desired = change(cluster.wanting(cluster.desired(), **counts))
    with pytest.raises(Refused, match=said):
        BrokersRun(cluster.world(), desired).run()
    assert cluster.writes == []


def test_brokers_on_volumes_of_another_cluster_are_refused():
    """Scenario 69."""
    cluster = FakeCluster(mode="kraft")
    cluster.kafka.cluster_id = "another-cluster"
    with pytest.raises(Refused, match="the brokers serve cluster id another-cluster"):
        BrokersRun(cluster.world(), cluster.apply(config="2")).run()
    assert cluster.writes == []


def test_the_ensembles_cluster_id_is_recorded_once_the_brokers_serve_it():
    cluster = FakeCluster(started=False)
    BrokersRun(cluster.world(), cluster.desired()).run()
    assert cluster.identity is not None
    assert cluster.identity.cluster_id == "fake-cluster"


def test_a_first_start_awaits_everybody_and_restarts_nobody():
    cluster = FakeCluster(started=False)
    report = BrokersRun(cluster.world(), cluster.desired()).run()
    assert not report.changed
    assert len([broker for broker in cluster.kafka.brokers.values() if broker.alive]) == 3
    assert cluster.deletions == []
