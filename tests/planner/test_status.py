"""What `python -m hooks status` says of what is there."""

from dataclasses import replace

import pytest

from hooks.planner.snapshot import Revision
from hooks.planner.status import status, steering
from tests.planner.situations import NEW, OLD, PodState, kafka, partition, pod, seeing, situation


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({}, "ready"),
        ({"ready": False}, "not ready"),
        ({"ready": False, "problem": "CrashLoopBackOff: back-off"}, "CrashLoopBackOff: back-off"),
        ({"ready": False, "terminating": True}, "terminating"),
        ({"ready": False, "node_lost": True}, "on a node that does not answer"),
        ({"ready": False, "ailing_beside": "proxy"}, "not ready, though its Kafka is: container proxy"),
    ],
)
def test_every_pod_is_told_with_its_revision_and_state(state: PodState, said: str):
    lines = status("broker", situation(pod(0, NEW, **state)).snapshot)
    assert lines == (f"broker 0: kafka-a-0, revision new, {said}",)


def test_a_pod_without_a_revision_says_so():
    (line,) = status("broker", situation(pod(0, Revision(digest=""))).snapshot)
    assert "revision none, ready" in line


@pytest.mark.parametrize(
    ("controller", "said"),
    [(0, "cluster c, active controller 0: "), (None, "cluster c, no active controller: ")],
    ids=["one is active", "none is"],
)
def test_the_partitions_are_counted_under_the_active_controller(controller: int | None, said: str):
    parts = [partition(), partition(isr=(0, 1000), index=1), partition(isr=(0,), index=2)]
    lines = status("broker", situation(state=kafka(*parts, controller=controller)).snapshot)
    assert lines[-1] == f"{said}3 partitions, 2 under-replicated, 1 under min ISR"


@pytest.mark.parametrize(("budget", "told"), [(0, True), (1, False), (None, False)])
def test_a_budget_at_zero_is_told_with_what_gives_it_back(budget: int | None, told: bool):
    lines = status("broker", seeing(situation(), disruptions=budget).snapshot)
    assert any("evictions are forbidden" in line and "`pulumi up`" in line for line in lines) == told


def test_what_could_not_be_seen_is_said():
    lines = status("broker", seeing(situation(), unseen="no broker is ready").snapshot)
    assert lines[-1] == "broker: could not be seen: no broker is ready"


def test_a_pod_says_what_a_roll_would_do_with_it():
    stale, steered = pod(0, OLD), replace(pod(1000, NEW), order="skip")
    lines = status("broker", situation(stale, steered).snapshot)
    assert lines[0].endswith("ready; stale, its template is at new")
    assert lines[1].endswith("ready; its annotation kafka-platform/roll says skip")


@pytest.mark.parametrize(
    ("word", "said"),
    [("pause", "no further restart"), ("abort", "stops with an error"), ("hold", "no further restart")],
)
def test_the_word_that_steers_every_roll_is_told_with_how_it_is_taken_back(word: str, said: str):
    (line,) = steering("kafka", word)
    assert said in line and f"of configmap kafka-identity says {word}" in line and "kafka-platform/roll-" in line
    assert steering("kafka", "") == ()
