"""Boundary tables of the availability rule: below, at and above."""

from dataclasses import replace

import pytest

from hooks.planner import availability
from hooks.planner.availability import forbidden, out_of_sync
from hooks.planner.desired import Policy
from hooks.planner.notes import notes
from hooks.planner.situation import Situation
from hooks.planner.snapshot import NodeId, ObservedPartition
from hooks.planner.verdict import Go, Stop, Verdict, Wait
from tests.planner.situations import NEW, desired, ids, kafka, partition, pod, quorum, servers, situation


def partition_may_lose(asked: ObservedPartition, node: int, found: Situation) -> Verdict:
    return availability.partition_may_lose(asked, ids(node), found)


def may_restart(found: Situation, node: int, *, heals_itself: bool = False) -> Verdict:
    return availability.may_restart(found, NodeId(node), heals_itself=heals_itself)


REPLICAS = {1: (0,), 2: (0, 1000), 3: (0, 1000, 2000)}


@pytest.mark.parametrize(
    ("count", "min_isr", "isr", "candidate", "verdict"),
    [
        # R > m: |E| >= m, where E leaves the candidate out
        (3, 2, (0, 1000, 2000), 0, Go),
        (3, 2, (0, 1000), 0, Wait),
        (3, 2, (1000, 2000), 0, Go),
        (3, 2, (0, 1000), 2000, Go),
        (3, 2, (1000,), 0, Wait),
        (3, 2, (1000,), 2000, Wait),
        (3, 1, (0, 1000, 2000), 0, Go),
        (3, 1, (0, 1000), 0, Go),
        (3, 1, (0,), 0, Wait),
        (3, 1, (0,), 1000, Go),
        (2, 1, (0, 1000), 0, Go),
        (2, 1, (0,), 0, Wait),
        (2, 1, (1000,), 0, Go),
        # 1 < R <= m: every other replica in sync
        (3, 3, (0, 1000, 2000), 0, Go),
        (3, 3, (0, 1000), 0, Wait),
        (3, 3, (1000, 2000), 0, Go),
        (3, 4, (0, 1000, 2000), 0, Go),
        (2, 2, (0, 1000), 0, Go),
        (2, 2, (0,), 0, Wait),
        (2, 2, (1000,), 0, Go),
        # R = 1: the policy's word, whatever min ISR says
        (1, 1, (0,), 0, Go),
        (1, 2, (0,), 0, Go),
    ],
)
def test_a_partition_can_do_without_the_candidate(count, min_isr, isr, candidate, verdict):
    asked = partition(REPLICAS[count], isr, min_isr)
    assert isinstance(partition_may_lose(asked, candidate, situation(state=kafka(asked))), verdict)


@pytest.mark.parametrize(("replicas", "verdict"), [((0, 1000, 2000), Wait), ((1000, 2000), Wait), ((1000,), Go)])
def test_a_replicated_partition_without_a_leader_closes_the_gate_though_its_isr_looks_full(replicas, verdict):
    led = replace(partition(replicas, min_isr=1), leader=None)
    assert isinstance(may_restart(situation(state=kafka(led)), 0), verdict)


def test_a_partition_without_a_replica_on_the_candidate_never_blocks():
    asked = partition((1000, 2000), (1000,), 2)
    assert partition_may_lose(asked, 0, situation(state=kafka(asked))) == Go()


@pytest.mark.parametrize(
    ("pods", "state"),
    [
        pytest.param([pod(0), pod(1000), pod(2000, ready=False)], {}, id="not ready"),
        pytest.param([pod(0), pod(1000), pod(2000, terminating=True)], {}, id="restarting"),
        pytest.param([pod(0), pod(1000)], {}, id="without a pod"),
        pytest.param([pod(0), pod(1000), pod(2000)], {"fenced": [2000]}, id="fenced"),
        pytest.param([pod(0), pod(1000), pod(2000)], {"brokers": [0, 1000]}, id="not registered"),
    ],
)
def test_an_isr_member_that_does_not_serve_does_not_count(pods, state):
    asked = partition(min_isr=2)
    found = situation(*pods, state=kafka(asked, **state))
    assert isinstance(partition_may_lose(asked, 0, found), Wait)
    assert partition_may_lose(asked, 2000, found) == Go()


def test_a_replica_that_is_being_removed_does_not_count():
    asked = partition((0, 1000, 2000), removing=(2000,), min_isr=1)
    assert partition_may_lose(asked, 0, situation(state=kafka(asked))) == Go()
    tight = partition((0, 1000, 2000), (0, 2000), removing=(2000,), min_isr=1)
    assert isinstance(partition_may_lose(tight, 0, situation(state=kafka(tight))), Wait)
    assert partition_may_lose(tight, 2000, situation(state=kafka(tight))) == Go()


def test_the_reason_names_partition_isr_min_isr_and_broker():
    asked = partition((0, 1000, 2000), (0, 1000), 2, topic="orders", index=7)
    verdict = partition_may_lose(asked, 0, situation(state=kafka(asked)))
    assert verdict == Wait(("orders-7: ISR 0, 1000; without broker 0 only 1000 would serve, min ISR is 2",))


@pytest.mark.parametrize(
    ("policy", "asked", "verdict"),
    [
        (Policy(single_replica="block"), partition((0,), min_isr=1), Stop),
        (Policy(single_replica="block"), partition((0,), (), min_isr=1), Go),
        (Policy(no_spare_replica="block"), partition(min_isr=3), Stop),
        (Policy(no_spare_replica="block"), partition(min_isr=2), Go),
    ],
)
def test_the_policy_decides_what_no_waiting_can(policy, asked, verdict):
    found = situation(state=kafka(asked), wanted=desired(policy=policy))
    assert isinstance(partition_may_lose(asked, 0, found), verdict)
    assert bool(forbidden(found)) == (verdict is Stop)


@pytest.mark.parametrize(("given", "verdict"), [("wait", Wait), ("block", Stop), ("tolerate", Go)])
def test_the_policy_decides_what_a_reassignment_of_somebody_else_means(given, verdict):
    """Scenarios 11 and 58."""
    moving = partition((0, 1000, 2000, 3000), (0, 1000, 2000), removing=(2000,), adding=(3000,), min_isr=1)
    found = situation(state=kafka(moving), wanted=desired(policy=Policy(reassignments=given)))
    assert isinstance(may_restart(found, 0), verdict)
    assert bool(forbidden(found)) == (given == "block")


def test_what_restarts_cost_is_said_only_where_the_policy_is_to_warn():
    costly = kafka(partition((0,), min_isr=1), partition(min_isr=3, index=1))
    silent = Policy(single_replica="allow", no_spare_replica="allow")
    for policy, said in ((Policy(), 2), (silent, 0)):
        assert len(notes(situation(state=costly, wanted=desired(policy=policy)))) == said


def test_replicas_out_of_sync_leave_out_those_that_come_and_go():
    moving = partition((0, 1000, 2000, 3000), (0,), adding=(3000,), removing=(2000,))
    assert out_of_sync(moving) == ids(1000)


def test_a_healthy_cluster_lets_any_broker_restart():
    found = situation(state=kafka(partition(), partition(index=1)))
    assert [may_restart(found, node) for node in (0, 1000, 2000)] == [Go()] * 3


def test_another_broker_down_closes_the_gate_whatever_the_partitions_say():
    found = situation(pod(0), pod(1000), pod(2000, ready=False), state=kafka(partition(min_isr=1)))
    assert may_restart(found, 0) == Wait(("kafka-c-2000 is not ready",))


def test_a_replica_of_others_out_of_sync_closes_the_gate_in_the_strict_policy_only():
    asked = partition((0, 1000, 2000), (0, 1000), min_isr=1)
    assert may_restart(situation(state=kafka(asked)), 0) == Wait(("t-0: out of sync on broker 2000 (ISR 0, 1000)",))
    tolerant = desired(policy=Policy(foreign_urps="tolerate"))
    assert may_restart(situation(state=kafka(asked), wanted=tolerant), 0) == Go()


def test_a_replica_of_the_candidate_out_of_sync_opens_only_the_gate_that_heals_it():
    asked = partition((0, 1000), (0,), min_isr=1)
    found = situation(state=kafka(asked))
    assert isinstance(may_restart(found, 1000), Wait)
    assert may_restart(found, 1000, heals_itself=True) == Go()
    assert isinstance(may_restart(found, 0, heals_itself=True), Wait)


def test_a_reassignment_closes_the_gate():
    asked = partition((0, 1000, 2000), adding=(2000,), min_isr=1)
    assert may_restart(situation(state=kafka(asked)), 0) == Wait(
        ("t-0: a reassignment is under way (adding 2000, removing none)",)
    )


def test_an_election_of_the_controller_closes_the_gate_in_zookeeper_mode():
    """Scenario 3: while nobody leads, nobody can be left for last."""
    assert isinstance(may_restart(situation(state=kafka(partition(), controller=None)), 1000), Wait)
    kraft = situation(state=kafka(partition(), controller=None, quorum=quorum()), wanted=desired(mode="kraft"))
    assert may_restart(kraft, 1000) == Go()


def test_no_answer_closes_the_gate():
    assert isinstance(may_restart(situation(state=None), 0), Wait)


@pytest.mark.parametrize(
    ("state", "ensemble", "verdict"),
    [
        (kafka(quorum=quorum()), (), Go),
        (kafka(quorum=quorum(leader=None)), (), Wait),
        (kafka(quorum=quorum(lags={9000: 0, 9100: 0, 9200: None})), (), Go),
        (kafka(quorum=quorum(lags={9000: 0, 9100: None, 9200: None})), (), Wait),
        (kafka(), servers(_1="leader", _11="follower", _21="follower"), Go),
        (kafka(), servers(_1="leader", _11="follower", _21=None), Go),
        (kafka(), servers(_1=None, _11=None, _21=None), Wait),
        (kafka(), servers(_1="leader", _11=None, _21=None), Wait),
    ],
)
def test_brokers_restart_only_on_a_healthy_quorum(state, ensemble, verdict):
    """Scenario 72."""
    assert isinstance(may_restart(situation(state=state, ensemble=ensemble), 0), verdict)


def test_brokers_that_the_spec_does_not_know_count_while_they_serve():
    asked = partition((0, 1000, 7), min_isr=2)
    found = situation(pod(0), pod(1000), pod(2000, NEW), state=kafka(asked, brokers=(0, 1000, 2000, 7)))
    assert may_restart(found, 0) == Go()
    gone = situation(pod(0), pod(1000), pod(2000, NEW), state=kafka(asked))
    assert isinstance(may_restart(gone, 0), Wait)
