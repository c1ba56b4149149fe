"""One run at a time: the Lease refuses the second, and a dead holder's hold ends by itself."""

import pytest

from hooks.interfaces import Conflict, LeaseLost
from hooks.runners.brokers import BrokersRun
from tests.fakes.cluster import FakeCluster


def test_a_second_run_is_refused_while_the_first_one_lives():
    """Scenario 18."""
    cluster = FakeCluster()
    desired = cluster.apply(config="2")
    cluster.world("other").lease.acquire()
    with pytest.raises(LeaseLost, match="held by other"):
        BrokersRun(cluster.world("me"), desired).run()
    assert cluster.deletions == []
    assert cluster.kubernetes.budgets["broker"] == 1
    assert cluster.lease.holder == "other"
    assert cluster.now - 20.0 < 5.0, "a holder that renews is soon known to live"


@pytest.mark.parametrize("rounding", [-1.0, 0.0, 1.0])
def test_the_lease_of_a_dead_run_expires_and_is_taken(rounding):
    """Scenario 18; what is said of its end is exact to the second only."""
    cluster = FakeCluster()
    desired = cluster.apply(config="2")
    cluster.world("other").lease.acquire()
    cluster.lease.holder_lives = False
    cluster.lease.rounding = rounding
    BrokersRun(cluster.world("me"), desired).run()
    assert sorted(cluster.restarted) == [0, 1000, 2000]
    assert cluster.deletions[0].at == pytest.approx(20.0 + 15.0, abs=1.5)


@pytest.mark.parametrize("delay", [0.5, 3.0, 8.0, 12.0])
def test_a_run_whose_lease_was_taken_over_stops_and_leaves_the_budget_to_the_other(delay):
    """Scenario 18."""
    cluster = FakeCluster()
    desired = cluster.apply(config="2")

    def take_over():
        cluster.lease.holder = "other"

    cluster.at(delay, take_over)
    with pytest.raises(LeaseLost, match="taken over by other"):
        BrokersRun(cluster.world("me"), desired).run()
    assert all(deletion.at <= 20.0 + delay for deletion in cluster.deletions)
    assert cluster.kubernetes.budgets["broker"] == 0
    assert cluster.lease.holder == "other"


def test_a_run_with_nothing_to_do_needs_no_lease():
    cluster = FakeCluster()
    cluster.world("other").lease.acquire()
    cluster.writes.clear()
    BrokersRun(cluster.world("me"), cluster.desired()).run()
    assert cluster.writes == []


def test_a_pod_that_somebody_else_deletes_first_is_not_deleted_by_us():
    """Scenario 18: the UID is the precondition."""
    cluster = FakeCluster()
    desired = cluster.apply(config="2")
    world = cluster.world()
    observed = {pod.name: pod for pod in world.pods.pods("broker")}
    cluster.kubernetes.terminate(cluster.pod(1000))
    cluster.sleep(10.0)
    with pytest.raises(Conflict):
        world.pods.delete(observed["kafka-b-1000"])
    BrokersRun(world, desired).run()
    assert cluster.restarted == [2000, 0]
