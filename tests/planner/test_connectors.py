"""Claims about the plan of connectors: what changes, what is only shown, what is refused, what is never shown."""

from dataclasses import replace

import pytest

from hooks.planner.connector_checks import Verdict, nearest, refusals, unknown_class
from hooks.planner.connectors import (
    DesiredConnector,
    Failure,
    ObservedConnector,
    State,
    assumed,
    plan_connectors,
    shown,
)

SOURCE = "org.apache.kafka.connect.file.FileStreamSourceConnector"
SINK = "org.apache.kafka.connect.file.FileStreamSinkConnector"
ORDERS = DesiredConnector(name="orders", plugin=SOURCE, tasks=1, config={"file": "/in", "topic": "orders"})
REFERENCE = "${directory:/etc/kafka-platform-secrets/database:password}"


def live(want: DesiredConnector, state: str = "RUNNING", **config: str) -> ObservedConnector:
    """Return the connector as it would be live, with these keys of another value."""
    return ObservedConnector(name=want.name, config={**want.full, **config}, state=state, tasks=("RUNNING",))


def lines(*desired: DesiredConnector, recorded=(), observed=()) -> tuple[str, ...]:
    return plan_connectors(desired, recorded, {one.name: one for one in observed}).lines()


def test_a_connector_that_is_not_there_is_created() -> None:
    assert lines(ORDERS) == (f"create orders: {SOURCE}, at most 1 task, running",)


def test_one_that_somebody_else_deleted_comes_back_and_goes_on_from_its_offsets() -> None:
    (line,) = lines(ORDERS, recorded=[ORDERS])
    assert "deleted by somebody else" in line and "offsets" in line


def test_what_is_as_it_should_be_has_no_plan() -> None:
    assert lines(ORDERS, recorded=[ORDERS], observed=[live(ORDERS)]) == ()


def test_every_key_is_shown_old_and_new_and_what_is_not_declared_is_taken_away() -> None:
    observed = live(ORDERS, file="/old", **{"batch.size": "5"})
    assert lines(replace(ORDERS, tasks=2), recorded=[ORDERS], observed=[observed]) == (
        "configure orders: batch.size 5 -> nothing, file /old -> /in, tasks.max 1 -> 2",
    )


def test_a_connector_that_exists_is_adopted_with_its_difference() -> None:
    said = lines(ORDERS, observed=[live(ORDERS, "PAUSED", file="/old")])
    assert said == (
        "adopt orders: it exists, paused; file /old -> /in",
        "configure orders: file /old -> /in",
        "resume orders: paused -> running",
    )


@pytest.mark.parametrize(
    ("wanted", "state", "line"),
    [
        ("running", "RUNNING", None),
        ("running", "PAUSED", "resume orders: paused -> running"),
        ("running", "STOPPED", "resume orders: stopped -> running"),
        ("running", "UNASSIGNED", None),
        ("paused", "RUNNING", "pause orders: running -> paused"),
        ("paused", "PAUSED", None),
        ("paused", "STOPPED", "pause orders: stopped -> paused"),
        ("stopped", "RUNNING", "stop orders: running -> stopped"),
        ("stopped", "FAILED", "stop orders: failed -> stopped"),
        ("stopped", "STOPPED", None),
        ("stopped", "UNASSIGNED", None),
    ],
)
def test_the_state_is_switched_where_it_is_another(wanted: State, state: str, line: str | None) -> None:
    want = replace(ORDERS, state=wanted)
    assert lines(want, recorded=[want], observed=[live(want, state)]) == ((line,) if line else ())


def test_what_is_to_stand_still_does_so_before_it_is_configured_and_runs_again_after() -> None:
    halting, starting = replace(ORDERS, state="paused"), replace(ORDERS, name="users")
    observed = {"orders": live(halting, file="/old"), "users": live(starting, "STOPPED", file="/old")}
    changes = plan_connectors([halting, starting], [halting, starting], observed).changes
    assert [(type(change).__name__, change.connector) for change in changes] == [
        ("Switch", "orders"),
        ("Configure", "orders"),
        ("Configure", "users"),
        ("Switch", "users"),
    ]


def test_what_has_failed_is_restarted_and_says_why_unless_it_stands_still() -> None:
    failed = replace(live(ORDERS), failures=(Failure(what="task 0", trace="no such host"),))
    assert lines(ORDERS, recorded=[ORDERS], observed=[failed]) == (
        "restart what failed of orders: task 0: no such host",
    )
    paused = replace(ORDERS, state="paused")
    assert lines(paused, recorded=[paused], observed=[replace(failed, state="PAUSED")]) == ()


def test_a_failed_connector_stands_still_once_it_has_been_restarted() -> None:
    paused = replace(ORDERS, state="paused")
    failed = replace(live(paused, "FAILED"), failures=(Failure(what="the connector", trace="no such host"),))
    assert lines(paused, recorded=[paused], observed=[failed]) == (
        "pause orders: failed -> paused",
        "restart what failed of orders: the connector: no such host",
    )


def test_one_that_leaves_the_list_is_deleted_only_when_it_was_unprotected() -> None:
    assert lines(recorded=[replace(ORDERS, deletion_protection=False)], observed=[live(ORDERS)]) == (
        "delete orders: its offsets stay",
    )
    (line,) = lines(recorded=[ORDERS], observed=[live(ORDERS)])
    assert line.startswith("refused: connector orders") and "deletionProtection" in line


def test_connectors_of_others_are_left_alone() -> None:
    assert lines(observed=[live(ORDERS)]) == ()
    assert lines(recorded=[ORDERS]) == ()


@pytest.mark.parametrize(
    "key", ["database.password", "ssl.key.passphrase", "aws.secret.access.key", "api.key", "sasl.jaas.config"]
)
def test_no_value_that_may_be_a_password_is_shown(key: str) -> None:
    assert shown(key, "abc") == "[hidden]"
    assert shown(key, REFERENCE) == REFERENCE
    assert shown(key, f"user:{REFERENCE}") == "[hidden]"
    assert shown(key, None) is None


def test_a_key_that_the_plugin_calls_a_password_is_hidden_whatever_its_name() -> None:
    observed = {"orders": live(ORDERS, pin="1234")}
    (change,) = plan_connectors([ORDERS], [ORDERS], observed, {"pin"}).changes
    assert str(change) == "configure orders: pin [hidden] -> nothing"


def test_without_workers_the_plan_rests_on_the_last_run() -> None:
    after = replace(ORDERS, state="stopped")
    assert plan_connectors([after], [ORDERS], assumed([ORDERS])).lines() == ("stop orders: running -> stopped",)


def test_an_unknown_class_is_refused_with_the_nearest_ones() -> None:
    wrong = replace(ORDERS, plugin="org.apache.kafka.connect.file.FileStreamSorceConnector")
    reason = unknown_class(wrong, {SINK, SOURCE, "org.apache.kafka.connect.mirror.MirrorSourceConnector"})
    assert reason is not None and reason.startswith("connect.connectors[orders].class is org.apache")
    assert f"have: {SOURCE}, " in reason
    assert unknown_class(ORDERS, {SOURCE}) is None
    assert "no plugin at all" in str(unknown_class(ORDERS, ()))


def test_the_nearest_are_those_of_a_like_name_in_whatever_package() -> None:
    assert nearest("io.example.FileStreamSink", {SOURCE, SINK})[0] == SINK


def test_what_a_plugin_refuses_is_said_with_its_path() -> None:
    verdict = Verdict(errors={"topic": ("must not\nbe blank",), "tasks.max": ("too many",), "poll": ("needed",)})
    assert list(refusals(ORDERS, verdict)) == [
        "connect.connectors[orders].config.poll is missing, refused by FileStreamSourceConnector, which says needed",
        "connect.connectors[orders].tasks is refused by FileStreamSourceConnector, which says too many",
        "connect.connectors[orders].config.topic is refused by FileStreamSourceConnector, which says must not be blank",
    ]


def test_words_about_a_value_that_was_looked_up_are_not_repeated() -> None:
    want = replace(ORDERS, config={"url": REFERENCE})
    (reason,) = refusals(want, Verdict(errors={"url": ("Invalid value jdbc:x?password=abc",)}))
    assert "abc" not in reason and reason.endswith("the value that is looked up is refused")


def test_a_password_in_clear_is_refused_by_the_type_that_the_plugin_gives_it() -> None:
    verdict = Verdict(passwords=frozenset({"pin", "other"}))
    (reason,) = refusals(replace(ORDERS, config={"pin": "1234"}), verdict)
    assert "connect.connectors[orders].config.pin is a password in clear" in reason and "1234" not in reason
    assert list(refusals(replace(ORDERS, config={"pin": REFERENCE}), verdict)) == []
    assert len(list(refusals(replace(ORDERS, config={"pin": "${env:PIN}"}), verdict))) == 1


def test_a_connector_that_follows_from_something_else_is_spoken_of_by_that() -> None:
    follows = replace(ORDERS, plugin="org.example.Sorce", origin="connect.mirrors[west]")
    said = str(unknown_class(follows, {SOURCE}))
    assert said.startswith(f"connect.mirrors[west] (connector {ORDERS.name}): connector.class is org.example.Sorce")
    (refused,) = plan_connectors((), (follows,), {ORDERS.name: live(ORDERS)}).refused
    assert refused.startswith(f"connect.mirrors[west], and so its connector {ORDERS.name}, is not in the spec any more")
