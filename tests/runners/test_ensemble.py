"""The Ensemble run: a quorum that forms, is marked once, and rolls with its majority in place."""

from dataclasses import replace

import pytest

from hooks.interfaces import Fatal, Refused
from hooks.planner.snapshot import NodeId
from hooks.runners.ensemble import EnsembleRun
from tests.fakes.cluster import FakeCluster
from tests.fakes.kubernetes import Behaviour

MODES = pytest.mark.parametrize(("mode", "component"), [("zookeeper", "zookeeper"), ("kraft", "controller")])


@MODES
def test_followers_restart_first_and_the_leader_last(mode, component):
    """Scenarios 71 and 78."""
    cluster = FakeCluster(mode=mode)
    leader = cluster.quorum.leader
    EnsembleRun(cluster.world(), cluster.apply(component, config="2")).run()
    assert cluster.restarted[-1] == leader
    assert sorted(cluster.restarted) == sorted(cluster.quorum.members)
    assert cluster.harm == []
    assert cluster.quorum.elections == 2, "one at the start, one for the leader's own restart"


@MODES
def test_a_leader_elected_in_mid_roll_is_deferred(mode, component):
    """Scenario 78: the leader is read again at each step."""
    cluster = FakeCluster(mode=mode)
    members = cluster.quorum.members
    cluster.quorum.leader = members[2]
    desired = cluster.apply(component, config="2")

    def elect():
        cluster.quorum.leader = members[1]

    cluster.at(1.0, elect)
    EnsembleRun(cluster.world(), desired).run()
    assert cluster.restarted[-1] == members[1]
    assert len(cluster.restarted) == 3


@MODES
def test_nothing_changed_means_nothing_written(mode, component):
    """Scenario 2."""
    cluster = FakeCluster(mode=mode)
    assert not EnsembleRun(cluster.world(), cluster.desired(component)).run().changed
    assert cluster.writes == []


@MODES
def test_a_bad_revision_stops_at_the_first_member_and_the_corrected_spec_heals_that_one(mode, component):
    cluster = FakeCluster(mode=mode)
    with pytest.raises(Fatal, match="does not start"):
        EnsembleRun(cluster.world(), cluster.apply(component, behaviour=Behaviour(crashes=True), config="bad")).run()
    first = cluster.restarted[0]
    assert cluster.quorum.serves
    EnsembleRun(cluster.world(), cluster.apply(component)).run()
    assert cluster.restarted == [first, first]
    assert cluster.harm == []


@MODES
def test_a_member_that_is_down_keeps_the_others_from_restarting(mode, component):
    """Scenarios 70 and 78: a majority of two would be left with one."""
    cluster = FakeCluster(mode=mode)
    cluster.kubernetes.zone_down("b")
    cluster.sleep(5.0)
    with pytest.raises(Refused, match="is on a node that does not answer"):
        EnsembleRun(cluster.world(), cluster.apply(component, config="2")).run()
    assert cluster.deletions == []


def test_a_lagging_voter_keeps_the_others_from_restarting():
    """Scenario 70."""
    cluster = FakeCluster(mode="kraft")
    cluster.quorum.lag = {NodeId(9200): 2000}
    cluster.at(40.0, cluster.quorum.lag.clear)
    EnsembleRun(cluster.world(), cluster.apply("controller", config="2")).run()
    assert cluster.deletions[0].at >= 60.0
    assert cluster.harm == []


def test_controllers_are_rolled_though_no_broker_answers():
    cluster = FakeCluster(mode="kraft")
    cluster.brokers_unreachable = True
    EnsembleRun(cluster.world(), cluster.apply("controller", config="2")).run()
    assert sorted(cluster.restarted) == [9000, 9100, 9200]
    assert cluster.harm == []


def test_the_first_quorum_is_marked_when_every_first_controller_serves():
    cluster = FakeCluster(mode="kraft", started=False)
    cluster.kubernetes.zone_down("c")
    cluster.at(30.0, lambda: cluster.kubernetes.zone_up("c"))
    EnsembleRun(cluster.world(), cluster.desired("controller")).run()
    assert cluster.identity is not None
    assert cluster.identity.bootstrapped
    assert cluster.quorum.formatted == {9000: True, 9100: True, 9200: True}
    assert cluster.now >= 30.0


def test_a_quorum_that_never_formed_in_full_is_never_marked():
    cluster = FakeCluster(mode="kraft", started=False)
    cluster.kubernetes.zone_down("c")
    with pytest.raises(Fatal):
        EnsembleRun(cluster.world(), cluster.desired("controller")).run()
    assert cluster.identity is not None
    assert not cluster.identity.bootstrapped


def test_zookeeper_is_awaited_and_not_marked():
    cluster = FakeCluster(started=False)
    EnsembleRun(cluster.world(), cluster.desired("zookeeper")).run()
    assert cluster.quorum.serves
    assert [write for write in cluster.writes if write.startswith("identity")] == []


@MODES
def test_members_that_need_each_other_to_become_ready_are_healed_together(mode, component):
    """Scenario 77's kind: every member crashes at the first start, so no majority is there to be kept."""
    cluster = FakeCluster(mode=mode, started=False)
    with pytest.raises(Fatal):
        EnsembleRun(cluster.world(), cluster.apply(component, behaviour=Behaviour(crashes=True), config="bad")).run()
    EnsembleRun(cluster.world(), cluster.apply(component, config="good")).run()
    assert sorted(cluster.restarted) == sorted(cluster.quorum.members)
    assert cluster.quorum.serves


@MODES
def test_an_ensemble_that_a_broken_off_destroy_scaled_to_zero_comes_back(mode, component):
    cluster = FakeCluster(mode=mode)
    desired = cluster.desired(component)
    for workload in cluster.kubernetes.workloads.values():
        workload.replicas = 0 if workload.component == component else workload.replicas
    cluster.sleep(10.0)
    EnsembleRun(cluster.world(), desired).run()
    assert cluster.quorum.serves


@MODES
def test_a_resize_is_refused_before_anything_is_touched(mode, component):
    cluster = FakeCluster(mode=mode)
    desired = cluster.desired(component)
    with pytest.raises(Refused, match=r"cannot be resized yet\. Set its racks and counts back"):
        EnsembleRun(cluster.world(), replace(desired, pools=desired.pools[:2])).run()
    with pytest.raises(Refused, match="cannot be resized yet"):
        EnsembleRun(cluster.world(), cluster.wanting(desired, a=3)).run()
    more = replace(desired.pools[0], name="d", workload=f"kafka-{component}-d", first_id=NodeId(77))
    with pytest.raises(Refused, match=r"pool d would add 1 .* cannot be resized yet"):
        EnsembleRun(cluster.world(), replace(desired, pools=(*desired.pools, more))).run()
    assert cluster.writes == []
