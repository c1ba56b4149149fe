"""The majority rule for KRaft controllers and ZooKeeper servers."""

import pytest

from hooks.planner import quorum as rule
from hooks.planner.quorum import has_majority, majority
from hooks.planner.situation import Situation
from hooks.planner.snapshot import NodeId
from hooks.planner.verdict import Go, Verdict, Wait
from tests.planner.situations import desired, kafka, pod, quorum, servers, situation


def may_restart_member(found: Situation, node: int) -> Verdict:
    return rule.may_restart_member(found, NodeId(node))


@pytest.mark.parametrize(("members", "needed"), [(1, 1), (2, 2), (3, 2), (4, 3), (5, 3), (6, 4), (7, 4)])
def test_a_majority_is_more_than_half(members, needed):
    assert majority(members) == needed


@pytest.mark.parametrize(
    ("lag", "verdict"),
    [(0, Go), (1999, Go), (2000, Wait), (None, Wait)],
)
def test_a_voter_counts_while_it_is_within_the_fetch_timeout(lag, verdict):
    """Scenario 70."""
    found = _controllers(quorum(lags={9000: 0, 9100: 0, 9200: lag}))
    assert isinstance(may_restart_member(found, 9100), verdict)


def test_a_quorum_without_a_leader_never_restarts_anybody():
    """Scenario 71."""
    found = _controllers(quorum(leader=None))
    assert isinstance(may_restart_member(found, 9100), Wait)


@pytest.mark.parametrize("down", [9000, 9100, 9200])
def test_three_members_restart_only_while_all_of_them_serve(down):
    found = situation(
        *(pod(node, component="controller", ready=node != down) for node in (9000, 9100, 9200)),
        state=kafka(quorum=quorum()),
        wanted=desired("controller", mode="kraft"),
    )
    for node in {9000, 9100, 9200} - {down}:
        assert isinstance(may_restart_member(found, node), Wait)


def test_zookeeper_servers_count_when_they_report_a_mode():
    """Scenario 78."""
    wanted = desired("zookeeper")
    healthy = servers(_1="follower", _11="follower", _21="leader")
    assert may_restart_member(situation(wanted=wanted, ensemble=healthy), 1) == Go()
    silent = servers(_1="follower", _11=None, _21="leader")
    assert may_restart_member(situation(wanted=wanted, ensemble=silent), 1) == Wait(
        ("kafka-zookeeper-b-11 is ready but does not serve",)
    )


def test_a_quorum_of_one_may_restart_since_nothing_else_helps():
    """Scenario 71; the plan says what it costs."""
    wanted = desired("zookeeper")
    alone = type(wanted)(cluster="kafka", component="zookeeper", mode="zookeeper", pools=wanted.pools[:1])
    found = situation(pod(1, component="zookeeper"), wanted=alone, ensemble=servers(_1="standalone"))
    assert may_restart_member(found, 1) == Go()


@pytest.mark.parametrize(
    ("ensemble", "held"),
    [
        (servers(_1="follower", _11="follower", _21="leader"), True),
        (servers(_1="follower", _11=None, _21="leader"), True),
        (servers(_1=None, _11=None, _21="leader"), False),
        (servers(_1="follower", _11="follower", _21=None), False),
        ((), False),
    ],
)
def test_a_majority_needs_one_leader_and_more_than_half(ensemble, held):
    assert has_majority(situation(wanted=desired("zookeeper"), ensemble=ensemble)) is held


def _controllers(state):
    return situation(state=kafka(quorum=state), wanted=desired("controller", mode="kraft"))
