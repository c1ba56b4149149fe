"""When a pod counts as broken: doubts that stay."""

from hooks.planner.desired import Pace
from hooks.planner.snapshot import NodeId, ObservedPod, Revision
from hooks.runners.doubts import Doubts

PACE = Pace(doubt=15.0, broken_after=2)


def _pod(uid: str = "u", *, ready: bool = False, problem: str | None = None, restarts: int = 0, lost: bool = False):
    return ObservedPod(
        name="kafka-a-0",
        uid=uid,
        node_id=NodeId(0),
        component="broker",
        workload="kafka-a",
        revision=Revision(digest="r"),
        ready=ready,
        problem=problem,
        restarts=restarts,
        node_lost=lost,
    )


def test_a_problem_counts_when_it_has_stayed_for_the_time_of_doubt():
    doubts = Doubts(PACE)
    assert not doubts.broken([_pod(problem="x")], 0.0)
    assert not doubts.broken([_pod(problem="x")], 14.9)
    assert doubts.broken([_pod(problem="x")], 15.0) == {"u"}


def test_a_problem_that_goes_away_starts_anew():
    doubts = Doubts(PACE)
    doubts.broken([_pod(problem="x")], 0.0)
    doubts.broken([_pod()], 10.0)
    assert not doubts.broken([_pod(problem="x")], 16.0)
    assert doubts.broken([_pod(problem="x")], 31.0)


def test_restarts_count_from_the_first_look_of_the_run():
    doubts = Doubts(PACE)
    assert not doubts.broken([_pod(restarts=7)], 0.0)
    assert not doubts.broken([_pod(restarts=8)], 1.0)
    assert doubts.broken([_pod(restarts=9)], 2.0)


def test_all_restarts_of_a_pod_that_came_during_the_run_are_its_own():
    doubts = Doubts(PACE)
    doubts.broken([_pod("old")], 0.0)
    assert not doubts.broken([_pod("new", restarts=1)], 1.0)
    assert doubts.broken([_pod("new", restarts=2)], 2.0) == {"new"}


def test_a_ready_pod_or_one_on_a_lost_node_is_never_broken():
    doubts = Doubts(PACE)
    doubts.broken([], 0.0)
    assert not doubts.broken([_pod(ready=True, restarts=9)], 1.0)
    assert not doubts.broken([_pod(lost=True, restarts=9, problem="x")], 100.0)


def test_a_pod_that_no_node_takes_is_late_and_not_broken():
    """Scenario 14: an autoscaler takes minutes."""
    doubts = Doubts(PACE)
    doubts.broken([_pod(problem="Unschedulable: 0/3 nodes are available")], 0.0)
    assert not doubts.broken([_pod(problem="Unschedulable: 0/3 nodes are available")], 100.0)
