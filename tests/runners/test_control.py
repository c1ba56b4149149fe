"""What an operator can say while a roll is under way, and the pace at which it goes."""

from dataclasses import replace
from itertools import pairwise

import pytest

from hooks.interfaces import Fatal, NotYet, Refused
from hooks.planner.desired import Batching, Pace
from hooks.planner.plan import plan
from hooks.planner.window import Window, parse_window
from hooks.runners.brokers import BrokersRun
from hooks.runners.ensemble import EnsembleRun
from hooks.runners.observe import observe
from tests.fakes.cluster import PACE, FakeCluster
from tests.fakes.kubernetes import Behaviour
from tests.fakes.world import Faults


def say(cluster: FakeCluster, word: str) -> None:
    assert cluster.identity is not None
    cluster.identity = replace(cluster.identity, roll=word)


@pytest.mark.parametrize("word", ["pause", "pasue"])
def test_a_paused_roll_waits_as_long_as_it_takes_and_then_goes_on(word: str):
    """A word that has no meaning holds as well."""
    cluster = FakeCluster()
    desired = cluster.apply(config="2")
    cluster.at(1.0, lambda: say(cluster, word))
    cluster.at(1000.0, lambda: say(cluster, ""))
    began = cluster.now
    BrokersRun(cluster.world(), desired).run()
    assert [deletion.at - began >= 1000 for deletion in cluster.deletions] == [False, True, True]
    assert cluster.harm == []
    assert any("kubectl annotate configmap kafka-identity kafka-platform/roll-" in line for line in cluster.said)


def test_the_gates_are_asked_again_after_a_pause():
    cluster = FakeCluster()
    desired = cluster.apply(config="2")
    say(cluster, "pause")
    cluster.at(50.0, lambda: cluster.kubernetes.zone_down("c"))
    cluster.at(60.0, lambda: say(cluster, ""))
    cluster.at(100.0, lambda: cluster.kubernetes.zone_up("c"))
    BrokersRun(cluster.world(), desired).run()
    assert cluster.harm == []
    assert cluster.deletions[0].at > 100.0


def test_an_aborted_roll_proves_what_it_has_restarted_and_stops():
    cluster = FakeCluster()
    desired = cluster.apply(config="2")
    cluster.at(1.0, lambda: say(cluster, "abort"))
    with pytest.raises(Refused, match="the roll was aborted"):
        BrokersRun(cluster.world(), desired).run()
    assert cluster.restarted == [1000]
    assert all(partition.isr == set(partition.replicas) for partition in cluster.kafka.partitions)
    assert cluster.kubernetes.budgets["broker"] == 1
    with pytest.raises(Refused, match="the roll was aborted"):
        BrokersRun(cluster.world(), desired).run()
    say(cluster, "")
    BrokersRun(cluster.world(), desired).run()
    assert cluster.restarted == [1000, 2000, 0]


def test_a_quorum_pauses_as_well():
    cluster = FakeCluster(mode="kraft")
    cluster.apply("controller", config="2")
    say(cluster, "pause")
    cluster.at(500.0, lambda: say(cluster, ""))
    EnsembleRun(cluster.world(), cluster.desired("controller")).run()
    assert min(deletion.at for deletion in cluster.deletions) > 500.0


def test_a_word_that_cannot_be_read_holds_and_in_the_end_stops():
    cluster = FakeCluster()
    desired = cluster.apply(config="2")
    world = cluster.world()

    class Unread:
        def read(self):
            if cluster.deletions:
                raise NotYet("the API server does not answer")
            return cluster.identity

    with pytest.raises(Fatal, match="cannot see whether the roll is to pause"):
        BrokersRun(replace(world, identity=Unread()), desired).run()  # type: ignore[arg-type]
    assert cluster.restarted == [1000]


def test_a_broker_restarts_when_its_pod_is_told_to_and_only_once():
    cluster = FakeCluster()
    cluster.pod(2000).order = "restart"
    desired = cluster.desired()
    shown = plan(observe(cluster.world(), "broker"), desired)
    assert [(restart.pod, restart.reason) for restart in shown.restarts] == [
        ("kafka-c-2000", "asked for by its annotation")
    ]
    BrokersRun(cluster.world(), desired).run()
    assert cluster.restarted == [2000]
    assert not plan(observe(cluster.world(), "broker"), desired).changes


def test_a_broker_that_is_told_to_restart_passes_the_same_gates():
    cluster = FakeCluster()
    cluster.pod(2000).order = "restart"
    cluster.kubernetes.zone_down("a")
    with pytest.raises((Fatal, Refused)):
        BrokersRun(cluster.world(), cluster.desired()).run()
    assert cluster.restarted == []


def test_a_skipped_broker_keeps_its_revision_until_the_word_is_taken_back():
    cluster = FakeCluster()
    desired = cluster.apply(config="2")
    cluster.pod(2000).order = "skip"
    shown = plan(observe(cluster.world(), "broker"), desired)
    assert "kafka-c-2000 keeps its old revision, since its annotation says skip" in shown.notes
    BrokersRun(cluster.world(), desired).run()
    assert cluster.restarted == [1000, 0]
    assert not plan(observe(cluster.world(), "broker"), desired).changes
    cluster.pod(2000).order = ""
    BrokersRun(cluster.world(), desired).run()
    assert cluster.restarted == [1000, 0, 2000]


def test_a_word_without_a_meaning_on_a_pod_is_said_and_changes_nothing():
    cluster = FakeCluster()
    cluster.pod(0).order = "reboot"
    shown = plan(observe(cluster.world(), "broker"), cluster.desired())
    assert not shown.changes
    assert "'reboot', which has no meaning" in shown.notes[0]


def test_batches_begin_no_sooner_after_each_other_than_asked():
    cluster = FakeCluster()
    cluster.apply(config="2")
    pace = replace(PACE, between_batches=600.0)
    BrokersRun(cluster.world(), cluster.desired(pace=pace)).run()
    times = [deletion.at for deletion in cluster.deletions]
    assert [round(later - sooner) for sooner, later in pairwise(times)] == [600, 600]


@pytest.mark.parametrize("by", ["one", "rack"])
def test_a_run_that_has_had_its_time_ends_well_and_the_next_one_goes_on(by):
    cluster = FakeCluster(racks={"a": 2, "b": 2, "c": 2}, spread=True)
    cluster.apply(config="2")
    desired = cluster.desired(pace=replace(PACE, longest_run=1.0), batching=Batching(by=by))
    left: list[int] = []
    while plan(observe(cluster.world(), "broker"), desired).changes:
        report = BrokersRun(cluster.world(), desired).run()
        left.append(report.left)
        assert cluster.kubernetes.budgets["broker"] == 1
        assert not cluster.lease.held(cluster.now)
        assert all(partition.isr == set(partition.replicas) for partition in cluster.kafka.partitions)
        assert bool(report.left) == any("run again, it goes on from there" in line for line in report.lines())
    assert left == ([5, 4, 3, 2, 1, 0] if by == "one" else [4, 2, 0])
    assert sorted(cluster.restarted) == sorted(set(cluster.restarted)) == list(cluster.broker_ids)
    assert cluster.harm == []


def test_a_paced_run_that_ended_early_survives_the_loss_of_a_zone():
    """What came back at its old revision, or at the new one, is put right by the next run."""
    cluster = FakeCluster()
    cluster.apply(config="2")
    desired = cluster.desired(pace=replace(PACE, longest_run=1.0))
    BrokersRun(cluster.world(), desired).run()
    cluster.kubernetes.zone_down("c")
    cluster.sleep(30.0)
    with pytest.raises((Fatal, Refused)):
        BrokersRun(cluster.world(), desired).run()
    cluster.kubernetes.zone_up("c")
    cluster.sleep(30.0)
    BrokersRun(cluster.world(), cluster.desired()).run()
    assert set(cluster.revisions().values()) == {"c2-i3.9"}
    assert cluster.harm == []


def test_what_heals_does_not_wait_for_the_pace():
    cluster = FakeCluster()
    cluster.kubernetes.crash(cluster.pod(2000))
    cluster.pod(2000).problem = "CrashLoopBackOff: x"
    cluster.pod(2000).back_off_until = 10_000.0
    cluster.apply(config="2")
    cluster.sleep(15.0)
    BrokersRun(cluster.world(), cluster.desired(pace=replace(PACE, between_batches=600.0))).run()
    assert cluster.restarted[0] == 2000
    assert cluster.harm == []


def test_the_window_needs_as_many_looks_as_asked_however_long_one_takes():
    """Scenario 12: a slow API server makes a window of two looks, in which anything may have happened between them."""
    cluster = FakeCluster()
    cluster.apply(config="2")
    faults = Faults(state=lambda: cluster.now)
    slow = Pace(stable_window=2.0, stable_samples=5, poll=10.0, ready_timeout=300.0)
    BrokersRun(cluster.world(faults=faults), cluster.desired(pace=slow)).run()
    times = [deletion.at for deletion in cluster.deletions]
    assert all(later - sooner >= 40.0 for sooner, later in pairwise(times))


WINDOW = Window(begin=10, end=20)


def test_outside_its_window_a_run_restarts_nobody_and_ends_well():
    cluster = FakeCluster()
    desired = replace(cluster.apply(config="2"), pace=replace(PACE, window=WINDOW))
    report = BrokersRun(cluster.world(), desired).run()
    assert cluster.restarted == [] and report.left == 3
    assert any("restarts begin between 00:10-00:20 UTC only" in line for line in cluster.said)
    assert cluster.kubernetes.budgets["broker"] == 1 and cluster.lease.holder is None
    shown = plan(observe(cluster.world(), "broker"), desired)
    assert any("between 00:10-00:20 UTC only" in note for note in shown.notes)


def test_within_its_window_a_run_restarts_and_stops_at_its_end():
    cluster = FakeCluster()
    desired = replace(cluster.apply(config="2"), pace=replace(PACE, window=WINDOW))
    cluster.sleep(1195.0 - cluster.now)
    report = BrokersRun(cluster.world(), desired).run()
    assert len(cluster.restarted) == 1 and report.left == 2
    cluster.sleep(86_400.0)
    cluster.sleep(600.0)
    cluster.now = cluster.now // 86_400.0 * 86_400.0 + 600.0
    BrokersRun(cluster.world(), desired).run()
    assert len(cluster.restarted) == 3 and cluster.harm == []


def test_what_is_broken_is_healed_outside_the_window():
    cluster = FakeCluster()
    cluster.apply(config="bad", behaviour=Behaviour(crashes=True))
    with pytest.raises(Fatal):
        BrokersRun(cluster.world(), cluster.desired(pace=PACE)).run()
    desired = replace(cluster.apply(config="2"), pace=replace(PACE, window=WINDOW))
    before = len(cluster.restarted)
    assert not WINDOW.is_open(cluster.world().clock.minute_of_day())
    report = BrokersRun(cluster.world(), desired).run()
    assert len(cluster.restarted) == before + 1 and report.left == 2


def test_the_quorum_has_the_same_window():
    cluster = FakeCluster(mode="kraft")
    desired = replace(cluster.apply("controller", config="2"), pace=replace(PACE, window=WINDOW))
    assert EnsembleRun(cluster.world(), desired).run().left == 3
    assert cluster.restarted == []


@pytest.mark.parametrize(
    ("text", "minutes", "closed"),
    [
        ("10:00-12:30", (600, 749), (599, 750, 0)),
        ("22:00-04:30", (1320, 1439, 0, 269), (270, 1319)),
        ("00:00-23:59", (0, 1438), (1439,)),
    ],
)
def test_a_window_is_open_from_its_first_minute_to_before_its_last(
    text: str, minutes: tuple[int, ...], closed: tuple[int, ...]
):
    window = parse_window(text)
    assert window is not None and str(window) == f"{text} UTC"
    assert all(window.is_open(minute) for minute in minutes)
    assert not any(window.is_open(minute) for minute in closed)


@pytest.mark.parametrize(
    "text", ["", "10:00", "10:00-10:00", "24:00-01:00", "1:00-2:00", "10:60-11:00", "10:00-11:00 "]
)
def test_no_other_text_is_a_window(text: str):
    assert parse_window(text) is None
