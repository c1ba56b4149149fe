"""Nodes, zones and connections that go away: the run waits or stops, and survivors are never restarted."""

import pytest

from hooks.interfaces import Conflict, Fatal, NotYet, Refused
from hooks.planner.snapshot import NodeId
from hooks.runners.brokers import BrokersRun
from hooks.runners.observe import glance, observe
from tests.fakes.cluster import FakeCluster
from tests.fakes.world import Faults


@pytest.mark.parametrize("mode", ["zookeeper", "kraft"])
@pytest.mark.parametrize("zone", ["a", "b", "c"])
@pytest.mark.parametrize("delay", [0.5, 3.0, 6.0, 9.0, 12.0])
def test_a_zone_that_fails_in_mid_roll_stops_it_and_its_return_lets_it_finish(mode, zone, delay):
    """Scenario 68."""
    cluster = FakeCluster(mode=mode)
    desired = cluster.apply(config="2")
    cluster.at(delay, lambda: cluster.kubernetes.zone_down(zone))
    with pytest.raises((Fatal, Refused)):
        BrokersRun(cluster.world(), desired).run()
    assert cluster.harm == []
    survivors = [d for d in cluster.deletions if d.at > 20.0 + delay and not d.pod.startswith(f"kafka-{zone}")]
    assert survivors == []
    assert cluster.kubernetes.budgets["broker"] == 1
    cluster.kubernetes.zone_up(zone)
    before = len(cluster.deletions)
    BrokersRun(cluster.world(), desired).run()
    assert set(cluster.revisions().values()) == {"c2-i3.9"}
    assert len(cluster.restarted) == len(set(cluster.restarted)), "nobody was restarted twice"
    assert len(cluster.deletions) - before <= 3
    assert cluster.harm == []


def test_a_zone_that_returns_in_time_only_delays_the_roll():
    """Scenario 68."""
    cluster = FakeCluster()
    desired = cluster.apply(config="2")
    cluster.at(6.0, lambda: cluster.kubernetes.zone_down("a"))
    cluster.at(80.0, lambda: cluster.kubernetes.zone_up("a"))
    BrokersRun(cluster.world(), desired).run()
    assert sorted(cluster.restarted) == [0, 1000, 2000]
    assert cluster.harm == []


def test_a_dead_zone_before_the_start_is_no_reason_to_restart_anybody():
    """Scenario 6: the node of the stale pod does not answer, so its deletion would hang; the others stay."""
    cluster = FakeCluster()
    cluster.kubernetes.zone_down("b")
    cluster.sleep(20.0)
    with pytest.raises(Refused, match="kafka-b-1000 is on a node that does not answer"):
        BrokersRun(cluster.world(), cluster.apply(config="2")).run()
    assert cluster.deletions == []


@pytest.mark.parametrize("outage", ["api_down", "brokers_unreachable"])
@pytest.mark.parametrize("delay", [0.5, 2.0, 5.0, 8.0, 15.0])
def test_a_lost_connection_in_mid_roll_is_waited_out_and_leads_to_no_restart(outage, delay):
    """Scenario 46."""
    cluster = FakeCluster()
    desired = cluster.apply(config="2")
    cluster.at(delay, lambda: setattr(cluster, outage, True))
    cluster.at(delay + 100.0, lambda: setattr(cluster, outage, False))
    BrokersRun(cluster.world(), desired).run()
    blind = [d for d in cluster.deletions if 20.0 + delay < d.at < 120.0 + delay]
    assert blind == []
    assert sorted(cluster.restarted) == [0, 1000, 2000]
    assert cluster.harm == []


@pytest.mark.parametrize("outage", ["api_down", "brokers_unreachable"])
def test_a_connection_that_stays_lost_ends_the_run_without_a_restart(outage):
    """Scenario 46: missing data never leads to a restart, not even when patience ends."""
    cluster = FakeCluster()
    desired = cluster.apply(config="2")
    cluster.at(2.0, lambda: setattr(cluster, outage, True))
    with pytest.raises((Fatal, Refused)):
        BrokersRun(cluster.world(), desired).run()
    assert cluster.restarted == [1000]


def test_ready_brokers_that_cannot_be_asked_are_never_restarted():
    """Scenario 46: every pod is ready and stale, and no broker answers from the first look on."""
    cluster = FakeCluster()
    cluster.brokers_unreachable = True
    with pytest.raises(Refused, match="no broker answers"):
        BrokersRun(cluster.world(), cluster.apply(config="2")).run()
    assert cluster.deletions == []


def test_an_unreachable_cluster_stops_a_run_at_once_and_degrades_a_preview():
    """Scenario 48 and the issue's bad input."""
    cluster = FakeCluster()
    desired = cluster.apply(config="2")
    cluster.api_down = True
    began = cluster.now
    with pytest.raises(Refused, match="the cluster cannot be seen: the API server does not answer"):
        BrokersRun(cluster.world(), desired).run()
    assert cluster.now == began
    assert glance(cluster.world(), "broker").unseen == "the API server does not answer"


def test_brokers_that_do_not_answer_are_said_in_the_snapshot():
    cluster = FakeCluster()
    cluster.brokers_unreachable = True
    snapshot = observe(cluster.world(), "broker")
    assert snapshot.kafka is None
    assert snapshot.unseen == "no broker answers on port 9092"


def test_a_quorum_without_a_leader_closes_the_gate():
    """Scenarios 71 and 72."""
    cluster = FakeCluster(mode="kraft")
    desired = cluster.apply(config="2")
    cluster.kubernetes.zone_down("b")
    cluster.kubernetes.zone_down("c")
    cluster.sleep(1.0)
    with pytest.raises(Refused):
        BrokersRun(cluster.world(), desired).run()
    assert cluster.deletions == []


def test_a_lagging_controller_majority_closes_the_brokers_gate():
    """Scenario 72."""
    cluster = FakeCluster(mode="kraft")
    cluster.quorum.lag = {NodeId(9100): 60_000, NodeId(9200): 60_000}
    cluster.at(30.0, cluster.quorum.lag.clear)
    BrokersRun(cluster.world(), cluster.apply(config="2")).run()
    assert cluster.deletions[0].at >= 50.0
    assert any("controller quorum: only 9000 of 9000, 9100, 9200 would serve" in line for line in cluster.said)


@pytest.mark.parametrize("error", [NotYet("no answer"), Conflict("replaced")], ids=["no answer", "conflict"])
@pytest.mark.parametrize("after", [False, True], ids=["not done", "done"])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_deletion_of_which_nobody_knows_whether_it_was_done_is_looked_up_and_never_doubled(error, after, number):
    """Scenario 46: a disconnect does not say whether the request was applied."""
    cluster = FakeCluster()
    faults = Faults(at=number, error=lambda: error, after=after, only=lambda name: name == "delete")
    report = BrokersRun(cluster.world(faults=faults), cluster.apply(config="2")).run()
    assert faults.fired
    assert cluster.restarted == [1000, 2000, 0]
    assert [pod.node_id for pod in report.restarted] == [1000, 2000, 0]
    assert cluster.harm == []


def test_calls_that_fail_once_change_nothing():
    """Scenario 46: any single call of a whole roll answers `not yet`."""
    calls = Faults()
    cluster = FakeCluster()
    BrokersRun(cluster.world(faults=calls), cluster.apply(config="2")).run()
    polled = [n for n, name in enumerate(calls.calls, start=1) if name in {"delete", "pods", "workloads", "check"}]
    for number in polled[4::3]:
        cluster = FakeCluster()
        faults = Faults(at=number, error=lambda: NotYet("try again"))
        try:
            BrokersRun(cluster.world(faults=faults), cluster.apply(config="2")).run()
        except Fatal:
            BrokersRun(cluster.world(), cluster.desired()).run()
        assert sorted(cluster.restarted) == [0, 1000, 2000], number
        assert cluster.harm == []
        assert cluster.kubernetes.budgets["broker"] == 1
