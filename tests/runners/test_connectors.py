"""Claims about the Connectors run: what it changes, what it waits for, and that an interruption does no harm."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from hooks.interfaces import EngineLost, Fatal, Refused
from hooks.planner.connectors import DesiredConnector, plan_connectors
from hooks.planner.desired import Pace
from hooks.runners.connectors import RESTARTS, ConnectorsRun, ConnectorWish, forecast_connectors
from tests.fakes.cluster import FakeCluster
from tests.fakes.connectors import PASSWORD, SINK, SOURCE, TRACE
from tests.fakes.world import Faults, Killed

PACE = Pace(poll=1.0, stable_window=3.0, ready_timeout=60.0)
ORDERS = DesiredConnector(name="orders", plugin=SOURCE, tasks=2, config={"file": "/in"})
USERS = DesiredConnector(name="users", plugin=SINK, tasks=1, config={"file": "/out"}, deletion_protection=False)


def run(cluster: FakeCluster, *desired: DesiredConnector, recorded: tuple[DesiredConnector, ...] = ()):
    return ConnectorsRun(cluster.world(), ConnectorWish(desired=desired, recorded=recorded), PACE).run()


def writes(cluster: FakeCluster) -> list[str]:
    return [write for write in cluster.writes if write.startswith("connector ")]


def test_a_run_creates_adopts_configures_switches_and_deletes() -> None:
    cluster = FakeCluster()
    run(cluster, ORDERS, USERS)
    wanted = (replace(ORDERS, config={"file": "/new"}, state="paused"), replace(ORDERS, name="new", state="stopped"))
    report = run(cluster, *wanted, recorded=(USERS,))
    assert report.lines() == (
        "adopted orders: it exists, running; file /in -> /new",
        "created 1 connector: new",
        "configured 1 connector: orders",
        "switched 1 connector: orders",
        "deleted 1 connector: users",
    )
    assert {name: live.state for name, live in cluster.connectors.live.items()} == {
        "orders": "PAUSED",
        "new": "STOPPED",
    }
    assert {"orders", "users"} <= cluster.connectors.offsets, "offsets are kept"


def test_a_second_run_does_nothing() -> None:
    cluster = FakeCluster()
    run(cluster, ORDERS, USERS)
    before = writes(cluster)
    assert run(cluster, ORDERS, USERS, recorded=(ORDERS, USERS)).lines() == ()
    assert writes(cluster) == before


def test_the_run_ends_when_what_it_touched_has_run_for_the_stable_window() -> None:
    cluster = FakeCluster()
    began = cluster.now
    run(cluster, ORDERS)
    assert cluster.connectors.live["orders"].state == "RUNNING"
    assert cluster.now - began >= cluster.connectors.delay + PACE.stable_window


def test_the_status_says_what_is_waited_for() -> None:
    cluster = FakeCluster()
    cluster.connectors.delay = 2.5
    run(cluster, ORDERS)
    assert "… connectors (0 of 1 change), 0 s: creating orders" in cluster.said
    assert any("orders: it is unassigned" in line for line in cluster.said)
    assert any("orders: must stay so for 3 s" in line for line in cluster.said)


def test_what_fails_once_is_restarted_and_then_runs() -> None:
    cluster = FakeCluster()
    cluster.connectors.broken["orders"] = 1
    report = run(cluster, ORDERS)
    assert report.lines()[-1] == "restarted what had failed of 1 connector: orders"


def test_what_fails_for_ever_is_restarted_a_few_times_and_ends_the_run_with_its_trace() -> None:
    cluster = FakeCluster()
    cluster.connectors.broken["orders"] = 1000
    with pytest.raises(Fatal, match=f"orders: task 0 fails: {TRACE}"):
        run(cluster, ORDERS, USERS)
    assert len([line for line in writes(cluster) if "restart" in line]) == RESTARTS
    assert cluster.connectors.live["users"].state == "RUNNING", "the others were brought to what they are to be"


def test_a_connector_without_tasks_is_let_be_and_said() -> None:
    cluster = FakeCluster()
    report = run(cluster, replace(ORDERS, tasks=0))
    assert report.lines()[-1] == "orders runs, and has given itself nothing to do: it has no task"


def test_workers_that_are_away_or_disagree_for_a_moment_are_waited_for() -> None:
    cluster = FakeCluster()
    cluster.connectors.away = cluster.connectors.disagreeing = True
    cluster.at(5.0, lambda: setattr(cluster.connectors, "away", False))
    cluster.at(9.0, lambda: setattr(cluster.connectors, "disagreeing", False))
    run(cluster, ORDERS)
    assert len(writes(cluster)) == 1


def test_workers_that_never_answer_end_the_run() -> None:
    cluster = FakeCluster()
    cluster.connectors.away = True
    with pytest.raises(Fatal, match="no worker of Kafka Connect is ready"):
        run(cluster, ORDERS)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (
            replace(USERS, plugin="org.example.files.FileSnkConnector"),
            "nearest that they have: org.example.files.FileS",
        ),
        (replace(USERS, config={}), r"config\.file is missing, refused by FileSinkConnector"),
        (replace(USERS, config={"file": "/x", PASSWORD: "abc"}), "is a password in clear"),
    ],
)
def test_what_the_workers_would_refuse_stops_the_run_before_anything_is_touched(
    wrong: DesiredConnector, says: str
) -> None:
    cluster = FakeCluster()
    with pytest.raises(Refused, match=rf"(?s){says}.*left as they are") as caught:
        run(cluster, ORDERS, wrong)
    assert writes(cluster) == []
    assert "abc" not in str(caught.value)


def test_a_protected_connector_survives_its_removal_from_the_spec() -> None:
    cluster = FakeCluster()
    run(cluster, ORDERS)
    with pytest.raises(Refused, match="protected"):
        run(cluster, USERS, recorded=(ORDERS,))
    assert set(cluster.connectors.live) == {"orders"}


def test_a_refusal_at_the_write_ends_the_run_with_its_words() -> None:
    cluster = FakeCluster()
    cluster.connectors.refuses.add("users")
    with pytest.raises(Fatal, match=r"(?s)the workers refuse users: .*1 change before that stay"):
        run(cluster, ORDERS, USERS)


def test_a_forecast_changes_nothing_and_says_what_the_workers_would_refuse() -> None:
    cluster = FakeCluster()
    wish = ConnectorWish(desired=(ORDERS, replace(USERS, config={})))
    said = forecast_connectors(cluster.world(), wish, 2.0).lines()
    assert writes(cluster) == []
    assert said[0].startswith("create orders")
    assert "as they are now, would refuse: connect.connectors[users].config.file is missing" in said[-1]


def test_a_forecast_has_no_time_for_slow_plugins_and_says_so() -> None:
    cluster = FakeCluster()
    cluster.connectors.slow = 3.0
    said = forecast_connectors(cluster.world(), ConnectorWish(desired=(ORDERS, USERS)), 2.0).lines()
    assert said[-1] == "not checked by the workers in time, and checked by the run: users"


FORMER = (ORDERS, USERS)
WISH = ConnectorWish(
    desired=(replace(ORDERS, config={"file": "/new"}), replace(ORDERS, name="new", state="stopped")), recorded=FORMER
)


def before_the_change() -> FakeCluster:
    cluster = FakeCluster()
    run(cluster, *FORMER)
    cluster.writes.clear()
    return cluster


def points() -> list[tuple[int, bool]]:
    """Return every call of an undisturbed run, before and after its effect."""
    cluster, faults = before_the_change(), Faults()
    ConnectorsRun(cluster.world(faults=faults), WISH, PACE).run()
    return [(number, after) for number in range(1, len(faults.calls) + 1) for after in (False, True)]


@pytest.mark.parametrize(
    ("error", "for_good"),
    [(Killed, True), (KeyboardInterrupt, False), (lambda: EngineLost("gone"), True)],
    ids=["killed", "ctrl-c", "engine lost"],
)
def test_interrupted_at_any_call_the_next_run_finishes_and_does_nothing_twice(
    error: Callable[[], BaseException], for_good: bool
) -> None:
    for number, after in points():
        cluster, faults = before_the_change(), Faults(at=number, error=error, after=after, for_good=for_good)
        with pytest.raises((type(error()), Fatal)):
            ConnectorsRun(cluster.world(faults=faults), WISH, PACE).run()
        ConnectorsRun(cluster.world("another"), WISH, PACE).run()
        where = f"call {number} ({faults.calls[-1]}), {'after' if after else 'before'}"
        done = writes(cluster)
        assert sorted(set(done)) == sorted(done), where
        assert len(done) == 3, where
        live = cluster.world().connectors.observe(WISH.names)
        assert not plan_connectors(WISH.desired, (), live).changes, where
