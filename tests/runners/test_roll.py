"""The roll on a healthy cluster, and what a calm one never does. Numbers are those of the catalogue of scenarios."""

import pytest

from hooks.interfaces import Fatal, Refused
from hooks.planner.desired import Policy
from hooks.planner.plan import plan
from hooks.planner.snapshot import NodeId
from hooks.runners.brokers import BrokersRun
from hooks.runners.observe import observe
from tests.fakes.cluster import PACE, FakeCluster
from tests.fakes.kubernetes import Behaviour

MODES = pytest.mark.parametrize("mode", ["zookeeper", "kraft"])


@MODES
def test_a_changed_template_restarts_every_broker_once_and_one_at_a_time(mode):
    """Scenario 1."""
    cluster = FakeCluster(mode=mode)
    report = BrokersRun(cluster.world(), cluster.apply(config="2")).run()
    assert sorted(cluster.restarted) == [0, 1000, 2000]
    assert set(cluster.revisions().values()) == {"c2-i3.9"}
    assert cluster.harm == []
    assert cluster.kafka.under_min_isr == []
    assert [pod.reason for pod in report.restarted] == ["config changed"] * 3


def test_the_active_controller_rolls_last():
    """Scenario 1, ZooKeeper mode: the controller is broker 0 here."""
    cluster = FakeCluster()
    assert cluster.kafka.controller == 0
    BrokersRun(cluster.world(), cluster.apply(config="2")).run()
    assert cluster.restarted == [1000, 2000, 0]


def test_a_controller_elected_in_mid_roll_is_deferred_and_the_roll_ends():
    """Scenario 3."""
    cluster = FakeCluster(racks={"a": 2, "b": 2, "c": 2})
    desired = cluster.apply(config="2")

    def elect():
        cluster.kafka.controller = NodeId(1000)

    cluster.at(2.0, elect)
    BrokersRun(cluster.world(), desired).run()
    assert cluster.restarted == [1, 0, 1001, 2000, 2001, 1000]
    assert set(cluster.revisions().values()) == {"c2-i3.9"}


@MODES
def test_nothing_changed_means_nothing_deleted_and_nothing_written(mode):
    """Scenario 2."""
    cluster = FakeCluster(mode=mode)
    report = BrokersRun(cluster.world(), cluster.desired()).run()
    assert not report.changed
    assert cluster.writes == []
    assert cluster.said == []


@MODES
def test_a_second_run_does_nothing(mode):
    """Scenario 2."""
    cluster = FakeCluster(mode=mode)
    desired = cluster.apply(config="2")
    BrokersRun(cluster.world(), desired).run()
    cluster.writes.clear()
    assert not BrokersRun(cluster.world(), desired).run().changed
    assert cluster.writes == []
    assert not plan(observe(cluster.world(), "broker"), desired).changes


def test_a_restart_costs_its_own_time_and_one_stable_window_and_no_more():
    cluster = FakeCluster()
    report = BrokersRun(cluster.world(), cluster.apply(config="2")).run()
    # Stopping takes 1 s, starting 2 s, the last of six replicas 1.5 s; each is seen at most one poll later.
    for pod in report.restarted:
        assert pod.back <= 4.5 + 2 * PACE.poll
        assert pod.seconds == pytest.approx(pod.back + PACE.stable_window)
    assert report.seconds == pytest.approx(sum(pod.seconds for pod in report.restarted))


def test_a_broker_that_freezes_after_its_start_keeps_the_next_one_waiting():
    """Scenario 12: fenced a moment after it is back, for eight seconds, inside the stable window."""
    cluster = FakeCluster(mode="kraft")
    desired = cluster.apply(behaviour=Behaviour(freeze=(3.0, 8.0)), config="2")
    report = BrokersRun(cluster.world(), desired).run()
    assert len(report.restarted) == 3
    for pod in report.restarted:
        assert pod.back > 11.0
        assert pod.seconds == pytest.approx(pod.back + PACE.stable_window), "the window began anew"
    assert cluster.harm == []
    assert cluster.kafka.under_min_isr == []


def test_a_resumed_roll_lets_the_stable_window_pass_before_its_first_restart():
    """Scenarios 4 and 12: the broker that a former run restarted may have come back a moment ago."""
    cluster = FakeCluster()
    desired = cluster.apply(config="2")
    cluster.kubernetes.terminate(cluster.pod(1000))
    cluster.sleep(10.0)
    began = cluster.now
    BrokersRun(cluster.world(), desired).run()
    assert cluster.restarted == [2000, 0]
    assert cluster.deletions[0].at - began >= PACE.stable_window


@MODES
def test_a_roll_ends_only_when_its_last_broker_is_back_in_full_isr(mode):
    cluster = FakeCluster(mode=mode)
    cluster.kafka.catch_up = 20.0
    BrokersRun(cluster.world(), cluster.apply(config="2")).run()
    assert all(partition.isr == set(partition.replicas) for partition in cluster.kafka.partitions)


def test_evictions_are_forbidden_exactly_while_pods_of_two_revisions_exist():
    cluster = FakeCluster()
    BrokersRun(cluster.world(), cluster.apply(config="2")).run()
    assert cluster.writes == [
        "lease acquire",
        "budget broker 0",
        "delete kafka-b-1000",
        "delete kafka-c-2000",
        "delete kafka-a-0",
        "budget broker 1",
        "lease release",
    ]


def test_a_template_that_was_not_applied_stops_the_run_before_anything_is_touched():
    cluster = FakeCluster()
    desired = cluster.apply(config="2")
    cluster.apply(config="3")
    with pytest.raises(Refused, match=r"StatefulSet kafka-a is at revision c3-i3\.9, the spec wants c2-i3\.9"):
        BrokersRun(cluster.world(), desired).run()
    assert cluster.writes == []


def test_a_pod_that_never_takes_the_template_is_given_up_instead_of_restarted_for_ever():
    cluster = FakeCluster()
    desired = cluster.apply(config="2")
    kubernetes, old = cluster.kubernetes, cluster.pod(1000).revision

    def meddle():
        cluster.pod(1000).revision = old

    for second in range(1, 100):
        cluster.at(float(second), meddle)
    with pytest.raises(Fatal, match=r"kafka-b-1000 was restarted and came back at revision c1-i3\.9"):
        BrokersRun(cluster.world(), desired).run()
    assert cluster.restarted == [1000, 1000]
    assert kubernetes.budgets["broker"] == 1


def test_under_replicated_partitions_of_others_are_waited_for():
    """Scenario 5: the replica comes back in time."""
    cluster = FakeCluster()
    _lag(cluster, 2000)
    cluster.at(30.0, lambda: _catch_up(cluster))
    desired = cluster.apply(config="2")
    BrokersRun(cluster.world(), desired).run()
    assert cluster.deletions[0].at >= 50.0
    assert cluster.kafka.under_min_isr == []


def test_under_replicated_partitions_that_stay_are_refused_by_name():
    """Scenario 5: broker 2000 is already at the revision, so its restart is not ours to try."""
    cluster = FakeCluster(racks={"a": 1, "b": 1, "c": 1, "d": 1})
    cluster.kafka.add_topic("audit", [[0, 1000, 2000]], min_isr=1)
    desired = cluster.apply(config="2")
    cluster.pod(2000).revision = cluster.kubernetes.workloads["kafka-c"].revision
    _lag(cluster, 2000, "audit")
    with pytest.raises(Exception, match="audit-0: broker 2000 is not in its ISR yet") as refused:
        BrokersRun(cluster.world(), desired).run()
    assert "no node came nearer for 120 s" in str(refused.value)
    assert cluster.deletions == []
    assert cluster.kubernetes.budgets["broker"] == 1


def test_a_replica_that_only_a_restart_brings_back_is_healed_by_its_own_broker_first():
    """Scenario 5, and the deadlock of an internal topic: the missing replica is on a candidate, which goes first."""
    cluster = FakeCluster()
    cluster.kafka.add_topic("audit", [[0, 2000]], min_isr=1)
    _lag(cluster, 2000, "audit")
    BrokersRun(cluster.world(), cluster.apply(config="2")).run()
    assert cluster.restarted[0] == 2000
    assert sorted(cluster.restarted) == [0, 1000, 2000]
    assert cluster.kafka.offline == []
    assert any("stay out of sync without a restart" in line for line in cluster.said)


def test_tolerated_under_replication_leaves_the_min_isr_rule_alone_in_charge():
    """Scenario 5, with the policy that says so."""
    cluster = FakeCluster(racks={"a": 1, "b": 1, "c": 1, "d": 1})
    cluster.kafka.add_topic("audit", [[0, 1000, 3000]], min_isr=1)
    _lag(cluster, 3000, "audit")
    policy = Policy(foreign_urps="tolerate")
    cluster.apply(config="2")
    BrokersRun(cluster.world(), cluster.desired(policy=policy)).run()
    assert sorted(cluster.restarted) == [0, 1000, 2000, 3000]
    assert cluster.kafka.offline == []


def test_a_running_reassignment_is_waited_for_and_its_leaving_replicas_do_not_count():
    """Scenario 11."""
    cluster = FakeCluster()
    moved = cluster.kafka.partitions[0]
    moved.removing = frozenset({moved.replicas[2]})

    def finish():
        moved.removing = frozenset()

    cluster.at(15.0, finish)
    BrokersRun(cluster.world(), cluster.apply(config="2")).run()
    assert cluster.deletions[0].at >= 35.0
    assert any("a reassignment is under way" in line for line in cluster.said)


def test_a_single_replica_does_not_block_the_roll_when_the_policy_allows_it():
    """Scenario 8."""
    cluster = FakeCluster()
    cluster.kafka.add_topic("scratch", [[1000]], min_isr=2)
    desired = cluster.apply(config="2")
    shown = plan(observe(cluster.world(), "broker"), desired)
    assert "offline while their only broker restarts: 1 partition (scratch-0)" in shown.notes
    BrokersRun(cluster.world(), desired).run()
    assert sorted(cluster.restarted) == [0, 1000, 2000]


def test_a_policy_that_forbids_a_restart_is_known_before_the_first_one():
    """Scenarios 8 and 9."""
    cluster = FakeCluster()
    cluster.kafka.add_topic("scratch", [[2000]], min_isr=1)
    cluster.kafka.add_topic("ledger", [[0, 1000, 2000]], min_isr=3)
    cluster.apply(config="2")
    desired = cluster.desired(policy=Policy(single_replica="block", no_spare_replica="block"))
    with pytest.raises(Refused) as refused:
        BrokersRun(cluster.world(), desired).run()
    assert "scratch-0: its only replica is on broker 2000" in str(refused.value)
    assert "ledger-0: 3 replicas with min ISR 3" in str(refused.value)
    assert cluster.writes == []


def test_min_isr_of_all_replicas_asks_for_all_others_in_sync():
    """Scenario 9."""
    cluster = FakeCluster()
    cluster.kafka.add_topic("ledger", [[0, 1000, 2000]], min_isr=3)
    BrokersRun(cluster.world(), cluster.apply(config="2")).run()
    assert sorted(cluster.restarted) == [0, 1000, 2000]
    assert cluster.kafka.offline == []


def test_a_preview_never_changes_anything_and_names_each_pod_in_order_with_its_reason():
    """Scenario 48."""
    cluster = FakeCluster()
    desired = cluster.apply(config="2", image="4.0")
    shown = plan(observe(cluster.world(), "broker"), desired)
    assert [(restart.pod, restart.reason) for restart in shown.restarts] == [
        ("kafka-b-1000", "config and image changed"),
        ("kafka-c-2000", "config and image changed"),
        ("kafka-a-0", "config and image changed"),
    ]
    assert shown.restarts[-1].leads
    assert cluster.writes == []
    BrokersRun(cluster.world(), desired).run()
    assert [deletion.pod for deletion in cluster.deletions] == [restart.pod for restart in shown.restarts]


def test_progress_says_which_pod_of_how_many_for_how_long_and_what_it_waits_for():
    cluster = FakeCluster()
    BrokersRun(cluster.world(), cluster.apply(config="2")).run()
    assert "kafka-c-2000: restarting (2 of 3): config changed" in cluster.said
    assert "… kafka-c-2000 (2 of 3), 4 s: waiting for the ISR of 6 partitions" in cluster.said
    assert cluster.said[-1].startswith("restarted 3 pods in ")


def _lag(cluster: FakeCluster, broker: int, topic: str = "orders") -> None:
    node = NodeId(broker)
    for partition in cluster.kafka.partitions:
        if partition.topic == topic and node in partition.replicas:
            partition.stuck.add(node)
            partition.isr.discard(node)
            if partition.leader == node:
                partition.leader = min(partition.isr)


def _catch_up(cluster: FakeCluster) -> None:
    for partition in cluster.kafka.partitions:
        partition.stuck.clear()
