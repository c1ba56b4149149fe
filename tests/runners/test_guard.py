"""Deletion is guarded: nothing that holds data goes while others need it, unless the cluster as a whole goes."""

import pytest

from hooks.interfaces import Fatal, IdentityRecord, LeaseLost, Refused
from hooks.planner.desired import Pace
from hooks.runners import guard, identity
from hooks.runners.brokers import BrokersRun, mark_going
from tests.fakes.cluster import FakeCluster
from tests.fakes.kubernetes import Behaviour
from tests.fakes.world import Faults


def test_brokers_with_data_are_not_deleted_while_others_remain():
    cluster = FakeCluster()
    with pytest.raises(Refused, match="the brokers of kafka-b hold replicas of 6 partitions: orders-0, orders-1"):
        guard.release(cluster.world(), "kafka-b", "broker")
    assert cluster.writes == []


def test_brokers_without_data_are_stopped_gracefully():
    cluster = FakeCluster()
    cluster.kafka.partitions.clear()
    guard.release(cluster.world(), "kafka-b", "broker")
    assert sorted(cluster.revisions()) == [0, 2000]
    assert cluster.kubernetes.workloads["kafka-b"].replicas == 0


def test_brokers_of_which_nobody_knows_whether_they_hold_data_are_not_deleted():
    cluster = FakeCluster()
    cluster.brokers_unreachable = True
    with pytest.raises(Refused, match="cannot see whether the brokers of kafka-b hold data"):
        guard.release(cluster.world(), "kafka-b", "broker")
    assert cluster.writes == []


def test_a_cluster_that_is_going_lets_every_part_go():
    cluster = FakeCluster(mode="kraft")
    mark_going(cluster.world(), deletion_protection=False)
    for workload in ("kafka-a", "kafka-b", "kafka-c"):
        guard.release(cluster.world(), workload, "broker")
    for rack in "abc":
        guard.release(cluster.world(), f"kafka-controller-{rack}", "controller")
    assert cluster.kubernetes.pods == {}
    assert cluster.deletions == [], "scaled down, never deleted one by one"


@pytest.mark.parametrize(("mode", "component"), [("zookeeper", "zookeeper"), ("kraft", "controller")])
def test_a_quorum_is_not_deleted_under_its_brokers(mode, component):
    cluster = FakeCluster(mode=mode)
    with pytest.raises(Refused, match="serves the brokers of kafka-a, kafka-b, kafka-c, which are still there"):
        guard.release(cluster.world(), f"kafka-{component}-a", component)
    assert cluster.writes == []


def test_an_unreachable_api_server_never_releases_anything():
    cluster = FakeCluster()
    cluster.api_down = True
    with pytest.raises(Fatal, match="the API server does not answer"):
        guard.release(cluster.world(), "kafka-b", "broker")


def test_a_workload_that_is_gone_or_empty_is_released_without_a_write():
    cluster = FakeCluster()
    guard.release(cluster.world(), "kafka-z", "broker")
    cluster.kubernetes.workloads["kafka-b"].replicas = 0
    cluster.sleep(5.0)
    guard.release(cluster.world(), "kafka-b", "broker")
    assert cluster.writes == []


def test_a_pod_that_does_not_stop_is_named():
    cluster = FakeCluster()
    mark_going(cluster.world(), deletion_protection=False)
    cluster.kubernetes.behaviours["c1-i3.9"] = Behaviour(stop=10_000.0)
    with pytest.raises(Fatal, match="kafka-b-1000 has not stopped: it is terminating"):
        guard.release(cluster.world(), "kafka-b", "broker", Pace(poll=1.0, ready_timeout=30.0))


def test_guards_of_several_racks_share_the_lease():
    cluster = FakeCluster()
    mark_going(cluster.world(), deletion_protection=False)
    cluster.world("guard of rack a").lease.acquire()
    cluster.at(3.0, cluster.world("guard of rack a").lease.release)
    guard.release(cluster.world("guard of rack b"), "kafka-b", "broker")
    assert sorted(cluster.revisions()) == [0, 2000]


def test_replicas_that_came_while_the_lease_was_another_runs_keep_their_broker():
    cluster = FakeCluster()
    held = list(cluster.kafka.partitions)
    cluster.kafka.partitions.clear()
    cluster.world("another run").lease.acquire()
    cluster.at(2.0, lambda: cluster.kafka.partitions.extend(held))
    cluster.at(3.0, cluster.world("another run").lease.release)
    with pytest.raises(Refused, match="the brokers of kafka-b hold replicas"):
        guard.release(cluster.world(), "kafka-b", "broker")
    assert cluster.kubernetes.workloads["kafka-b"].replicas == 1


def test_nothing_is_scaled_down_without_the_lease():
    cluster = FakeCluster()
    mark_going(cluster.world(), deletion_protection=False)
    lost = Faults(at=1, error=lambda: LeaseLost("taken over"), only=lambda name: name == "check", for_good=True)
    with pytest.raises(LeaseLost):
        guard.release(cluster.world(faults=lost), "kafka-b", "broker")
    assert cluster.kubernetes.workloads["kafka-b"].replicas == 1


def test_deletion_protection_refuses_the_mark():
    cluster = FakeCluster()
    with pytest.raises(Refused, match="deletionProtection is true, so the brokers are not deleted"):
        mark_going(cluster.world(), deletion_protection=True)
    assert cluster.writes == []


def test_an_up_clears_the_mark_of_a_destroy_that_was_broken_off():
    cluster = FakeCluster()
    mark_going(cluster.world(), deletion_protection=False)
    BrokersRun(cluster.world(), cluster.desired()).run()
    assert cluster.identity is not None
    assert not cluster.identity.going


def test_an_identity_is_made_once_and_read_ever_after():
    cluster = FakeCluster()
    cluster.identity = None
    first = identity.ensure(cluster.world().identity, IdentityRecord(cluster_id="one"))
    second = identity.ensure(cluster.world().identity, IdentityRecord(cluster_id="two"))
    assert (first.cluster_id, second.cluster_id) == ("one", "one")
    assert cluster.writes == ["identity create"]
