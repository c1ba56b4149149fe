"""What does not start, hangs, or never comes back: one broker at most, said with its reason, healed first later."""

import pytest

from hooks.interfaces import Fatal, Refused
from hooks.runners.brokers import BrokersRun
from tests.fakes.cluster import FakeCluster
from tests.fakes.kubernetes import Behaviour

MODES = pytest.mark.parametrize("mode", ["zookeeper", "kraft"])


@MODES
@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        pytest.param(Behaviour(unpullable=True), "ImagePullBackOff", id="26-image-cannot-be-pulled"),
        pytest.param(Behaviour(crashes=True), "ConfigException", id="27-29-crashes"),
        pytest.param(Behaviour(never_in_sync=True), "is not in its ISR yet", id="28-never-joins-the-isr"),
        pytest.param(Behaviour(hangs=True), "is not ready", id="hangs"),
        pytest.param(Behaviour(unschedulable=True), "Unschedulable", id="14-unschedulable"),
    ],
)
def test_a_bad_revision_stops_at_the_first_broker_and_the_corrected_spec_heals_that_one(mode, behaviour, said):
    """Scenarios 14, 26, 27, 28 and 29."""
    cluster = FakeCluster(mode=mode)
    with pytest.raises(Fatal, match=said):
        BrokersRun(cluster.world(), cluster.apply(behaviour=behaviour, image="bad")).run()
    assert len(cluster.deletions) == 1
    first = cluster.restarted[0]
    assert cluster.kubernetes.budgets["broker"] == 1
    assert not cluster.lease.held(cluster.now)
    # The spec goes back to what the others run: the broken one is healed, nobody else is restarted.
    BrokersRun(cluster.world(), cluster.apply()).run()
    assert cluster.restarted == [first, first]
    assert set(cluster.revisions().values()) == {"c1-i3.9"}
    assert cluster.harm == []
    assert cluster.kafka.offline == []


def test_a_corrected_spec_that_goes_forward_heals_the_broken_broker_first_and_rolls_the_others():
    """Scenario 15, old revision."""
    cluster = FakeCluster()
    with pytest.raises(Fatal):
        BrokersRun(cluster.world(), cluster.apply(behaviour=Behaviour(crashes=True), config="bad")).run()
    BrokersRun(cluster.world(), cluster.apply(config="good")).run()
    assert cluster.restarted == [1000, 1000, 2000, 0]
    assert cluster.harm == []


def test_a_broken_pod_at_the_desired_revision_keeps_every_other_broker_untouched_however_often_one_tries():
    """Scenario 15, current revision: repeated runs must not take one more broker each time."""
    cluster = FakeCluster()
    desired = cluster.apply(behaviour=Behaviour(crashes=True), config="bad")
    for _ in range(3):
        with pytest.raises(Fatal, match=r"kafka-b-1000 does not start at revision cbad-i3\.9"):
            BrokersRun(cluster.world(), desired).run()
    assert cluster.restarted == [1000]


def test_the_message_says_what_was_seen_and_what_to_do():
    cluster = FakeCluster()
    with pytest.raises(Fatal) as fatal:
        BrokersRun(cluster.world(), cluster.apply(behaviour=Behaviour(unpullable=True), image="bad")).run()
    assert fatal.value.reasons[0].startswith("kafka-b-1000 does not start at revision c1-ibad: ImagePullBackOff")
    assert "kafka-b-1000: last log line: ConfigException" in fatal.value.reasons
    assert fatal.value.reasons[-1].startswith("no other pod was restarted after it; correct the spec and run again")


def test_one_crash_at_a_start_is_forgiven():
    cluster = FakeCluster()
    desired = cluster.apply(behaviour=Behaviour(start=6.0), config="2")
    cluster.at(3.0, lambda: cluster.kubernetes.crash(cluster.pod(1000)))
    BrokersRun(cluster.world(), desired).run()
    assert cluster.restarted == [1000, 2000, 0]


def test_a_slow_start_is_no_fault_while_it_stays_within_the_deadline():
    cluster = FakeCluster()
    BrokersRun(cluster.world(), cluster.apply(behaviour=Behaviour(start=100.0), config="2")).run()
    assert cluster.restarted == [1000, 2000, 0]


def test_restarts_of_long_ago_do_not_make_a_pod_broken():
    cluster = FakeCluster()
    for node in (0, 1000, 2000):
        cluster.pod(node).restarts = 7
    desired = cluster.apply(config="2")
    cluster.kubernetes.crash(cluster.pod(2000))
    BrokersRun(cluster.world(), desired).run()
    assert cluster.restarted == [1000, 2000, 0]
    assert cluster.kafka.under_min_isr == []


def test_an_unready_broker_of_the_old_revision_is_given_its_time_and_then_restarted_without_the_gates():
    """Scenarios 7 and 10: it hangs because of its old config, and holds the only replica of a partition."""
    cluster = FakeCluster()
    cluster.kafka.add_topic("only", [[2000]], min_isr=1)
    cluster.kubernetes.behaviours["c1-i3.9"] = Behaviour(hangs=True)
    cluster.kubernetes.crash(cluster.pod(2000))
    cluster.sleep(30.0)
    began = cluster.now
    BrokersRun(cluster.world(), cluster.apply(config="2")).run()
    assert cluster.restarted == [2000, 1000, 0]
    assert cluster.deletions[0].at - began >= 120.0
    assert cluster.harm == []


def test_a_broker_of_the_old_revision_that_loads_its_logs_is_waited_for_and_not_restarted_meanwhile():
    """Scenario 13: nobody but its own log knows that it gains; a restart would have it begin anew."""
    cluster = FakeCluster()
    cluster.kubernetes.behaviours["c1-i3.9"] = Behaviour(loads=1000.0)
    cluster.kubernetes.crash(cluster.pod(2000))
    began = cluster.now
    BrokersRun(cluster.world(), cluster.apply(config="2")).run()
    assert sorted(cluster.restarted) == [0, 1000, 2000]
    assert cluster.deletions[0].at - began >= 1000.0
    assert any("kafka-c-2000 loads its logs and is given more time" in said for said in cluster.said)
    assert cluster.harm == []


def test_a_broker_of_the_new_revision_that_loads_its_logs_does_not_end_the_run():
    cluster = FakeCluster()
    BrokersRun(cluster.world(), cluster.apply(behaviour=Behaviour(loads=500.0), config="2")).run()
    assert cluster.restarted == [1000, 2000, 0]


def test_a_broker_that_stands_still_while_it_loads_its_logs_is_judged_as_any_other():
    cluster = FakeCluster()
    wish = cluster.apply(behaviour=Behaviour(loads=1.0, hangs=True), config="2")
    began = cluster.now
    with pytest.raises(Fatal, match="kafka-b-1000 is not ready"):
        BrokersRun(cluster.world(), wish).run()
    assert cluster.restarted == [1000]
    assert cluster.now - began < 4 * wish.pace.ready_timeout


def test_a_crash_looping_broker_of_the_old_revision_goes_first_at_once():
    """Scenario 15 and the heal exit: nothing is lost by restarting what is down."""
    cluster = FakeCluster()
    cluster.kubernetes.behaviours["c1-i3.9"] = Behaviour(crashes=True)
    cluster.kubernetes.crash(cluster.pod(2000))
    cluster.sleep(20.0)
    began = cluster.now
    BrokersRun(cluster.world(), cluster.apply(config="2")).run()
    assert cluster.restarted == [2000, 1000, 0]
    assert cluster.deletions[0].at - began < 10.0


def test_several_broken_brokers_are_healed_one_after_the_other():
    """Scenario 30: two at a bad revision; each healed one is up before the next, and nobody else is touched."""
    cluster = FakeCluster()
    cluster.apply(behaviour=Behaviour(crashes=True), config="bad")
    for node in (1000, 2000):
        cluster.kubernetes.terminate(cluster.pod(node))
    cluster.sleep(30.0)
    BrokersRun(cluster.world(), cluster.apply()).run()
    assert cluster.restarted == [1000, 2000]
    assert set(cluster.revisions().values()) == {"c1-i3.9"}


def test_a_first_start_with_a_bad_config_is_healed_by_the_corrected_spec():
    cluster = FakeCluster(started=False)
    desired = cluster.apply(behaviour=Behaviour(crashes=True), config="bad")
    cluster.sleep(30.0)
    with pytest.raises(Fatal, match="kafka-b-1000 does not start either"):
        BrokersRun(cluster.world(), desired).run()
    assert cluster.deletions == []
    BrokersRun(cluster.world(), cluster.apply(config="good")).run()
    assert sorted(cluster.restarted) == [0, 1000, 2000]


def test_a_broker_that_dies_while_another_restarts_is_waited_for():
    """Scenarios 17 and 18: another actor takes a broker in mid-roll; it counts as down, nobody else is restarted."""
    cluster = FakeCluster()
    desired = cluster.apply(config="2")
    cluster.at(9.0, lambda: cluster.kubernetes.terminate(cluster.pod(0)))
    BrokersRun(cluster.world(), desired).run()
    # Broker 0 came back at the new revision by itself, hence needs no restart of ours.
    assert cluster.restarted == [1000, 2000]
    assert cluster.harm == []
    assert set(cluster.revisions().values()) == {"c2-i3.9"}


def test_a_gate_that_stays_closed_is_a_refusal_that_says_so():
    cluster = FakeCluster()
    moved = cluster.kafka.partitions[0]
    moved.adding = frozenset({moved.replicas[0]})
    with pytest.raises(Refused, match="orders-0: a reassignment is under way"):
        BrokersRun(cluster.world(), cluster.apply(config="2")).run()
    assert cluster.deletions == []
