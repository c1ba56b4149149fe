"""Claims about keys that running brokers take over: what is asked for, in which order, and what is left alone."""

from typing import Any

import pytest

from hooks.planner.key_steps import MIN_ISR, THREADS, plan_keys
from hooks.planner.live_keys import KeyPlan, KeyRequest, KeyWish, ObservedKey, by_inputs
from hooks.planner.snapshot import NodeId

IO, SIZE = "num.io.threads", "message.max.bytes"
DEFAULTS = {IO: "8", SIZE: "1048588", MIN_ISR: "1", "log.cleaner.min.cleanable.ratio": "0.5"}


def key(name: str, **found: Any) -> ObservedKey:
    """Return a key as a broker describes it that has applied everything."""
    levels = {"own": None, "shared": None, "file": None, "default": DEFAULTS.get(name), "kind": "int"} | found
    value = levels["own"] or levels["shared"] or levels["file"] or levels["default"]
    return ObservedKey(**({"value": value} | levels))


def seen(name: str, *brokers: dict[str, Any]) -> dict[NodeId, dict[str, ObservedKey]]:
    """Return one key on brokers 0, 1000, 2000 …"""
    return {NodeId(1000 * number): {name: key(name, **found)} for number, found in enumerate(brokers)}


def planned(
    observed: dict[NodeId, dict[str, ObservedKey]], recorded: tuple[str, ...] = (), *missing: int, **live: str
) -> KeyPlan:
    """Return the plan for a spec with these keys."""
    wish = KeyWish(live={name.replace("_", "."): value for name, value in live.items()})
    return plan_keys(wish, recorded, observed, [NodeId(node) for node in missing])


def asked(plan: KeyPlan) -> list[tuple[str, str | None, int | None]]:
    """Return the requests in short."""
    return [(request.key, request.value, request.node) for request in plan.requests]


def test_brokers_that_agree_with_the_spec_are_asked_for_nothing() -> None:
    plan = planned(seen(IO, {"file": "4"}, {"file": "4"}), (IO,), num_io_threads="4")
    assert plan.settled and not plan.due and plan.lines() == ()


def test_a_changed_key_gets_an_override_of_all_brokers_and_the_preview_names_both_values_and_the_brokers() -> None:
    plan = planned(seen(SIZE, {"file": "100"}, {}), (SIZE,), message_max_bytes="200")
    assert asked(plan) == [(SIZE, "200", None)]
    assert plan.lines() == (
        "message.max.bytes: 100 or 1048588 -> 200 on broker 0, 1000, live, nothing restarts for it",
    )


def test_while_the_override_is_on_its_way_it_is_not_asked_for_again() -> None:
    plan = planned(seen(SIZE, {"shared": "200", "value": "100"}, {"shared": "200"}), (SIZE,), message_max_bytes="200")
    assert plan.requests == () and not plan.settled


def test_an_override_goes_once_every_file_says_the_same() -> None:
    plan = planned(seen(SIZE, {"shared": "200", "file": "200"}), (SIZE,), message_max_bytes="200")
    assert asked(plan) == [(SIZE, None, None)] and plan.changes == ()


def test_an_override_stays_while_one_file_is_behind_or_one_broker_was_not_seen() -> None:
    behind = seen(SIZE, {"shared": "200", "file": "200"}, {"shared": "200", "file": "100"})
    assert planned(behind, (SIZE,), message_max_bytes="200").settled
    unseen = planned(seen(SIZE, {"shared": "200", "file": "200"}), (SIZE,), 1000, message_max_bytes="200")
    assert unseen.requests == () and unseen.kept == (SIZE,)


def test_a_stale_override_that_hides_the_file_goes_and_is_shown() -> None:
    plan = planned(seen(SIZE, {"shared": "300", "file": "200"}), (), message_max_bytes="200")
    assert asked(plan) == [(SIZE, None, None)]
    assert "300 -> 200" in plan.lines()[0]


def test_a_key_that_left_the_spec_goes_back_to_the_default_though_old_files_have_it() -> None:
    plan = planned(seen(SIZE, {"file": "100"}, {"shared": None}), (SIZE,))
    assert asked(plan) == [(SIZE, "1048588", None)]
    assert plan.kept == (SIZE,), "as long as a file has it, somebody has to know that it is ours"


def test_a_key_that_left_the_spec_is_forgotten_with_its_last_override() -> None:
    plan = planned(seen(SIZE, {"shared": "100"}), (SIZE,))
    assert asked(plan) == [(SIZE, None, None)] and plan.kept == ()
    after = planned(seen(SIZE, {}), (SIZE,))
    assert after.settled and after.due and after.kept == ()


def test_a_key_of_nobody_is_left_and_said() -> None:
    plan = planned(seen(SIZE, {"shared": "100"}, {"own": "50"}))
    assert plan.requests == () and not plan.due
    assert [line.split(" is ")[0] for line in plan.lines()] == [
        "note: message.max.bytes=100 on broker 0",
        "note: message.max.bytes=50 on broker 1000",
    ]


def test_a_throttle_is_nobodys_drift() -> None:
    assert planned(seen("leader.replication.throttled.rate", {"own": "1000"})).lines() == ()


@pytest.mark.parametrize("name", sorted(THREADS))
@pytest.mark.parametrize(
    ("present", "wanted", "step"),
    [(3, 12, 6), (3, 6, 6), (3, 7, 6), (12, 3, 6), (12, 6, 6), (3, 1, 1), (5, 2, 2), (1, 3, 2), (1, 1, None)],
)
def test_a_number_of_threads_at_most_doubles_or_halves(name: str, present: int, wanted: int, step: int | None) -> None:
    plan = plan_keys(KeyWish(live={name: str(wanted)}), (name,), seen(name, {"file": str(present)}))
    assert [request.value for request in plan.requests] == ([] if step is None else [str(step)])


def test_a_step_fits_every_broker() -> None:
    plan = planned(seen(IO, {"file": "3"}, {"file": "5"}), (IO,), num_io_threads="24")
    assert asked(plan) == [(IO, "6", None)]


def test_brokers_too_far_apart_are_refused_with_the_way_out() -> None:
    plan = planned(seen(IO, {"file": "1"}, {"file": "16"}), (IO,), num_io_threads="16")
    assert plan.requests == ()
    assert "1 on broker 0 and 16 on broker 1000" in plan.refused[0] and "roll=restart" in plan.refused[0]


def test_an_override_is_taken_away_only_from_the_value_that_follows() -> None:
    plan = planned(seen(IO, {"shared": "2", "file": "16"}), (IO,), num_io_threads="16")
    assert asked(plan) == [(IO, "4", None)], "without it the number would grow eightfold"


def test_an_override_of_one_broker_goes_after_what_stands_behind_it_is_right() -> None:
    both = seen(SIZE, {"file": "100"}, {"own": "50", "file": "100"})
    first = planned(both, (SIZE,), message_max_bytes="200")
    assert asked(first) == [(SIZE, "200", None)] and "broker 1000 has 50 by an override of its own" in first.hidden[0]
    then = seen(SIZE, {"shared": "200", "file": "100"}, {"own": "50", "shared": "200", "file": "100"})
    assert asked(planned(then, (SIZE,), message_max_bytes="200")) == [(SIZE, None, 1000)]


def test_threads_of_one_brokers_own_are_stepped_before_their_override_goes() -> None:
    plan = planned(seen(IO, {"file": "16"}, {"own": "2", "file": "16"}), (IO,), num_io_threads="16")
    assert asked(plan) == [(IO, "4", 1000)]


@pytest.mark.parametrize(("kind", "text"), [("double", "0.50"), ("double", ".5")])
def test_two_texts_of_one_number_are_no_change(kind: str, text: str) -> None:
    ratio = "log.cleaner.min.cleanable.ratio"
    observed = seen(ratio, {"kind": kind, "file": text})
    assert plan_keys(KeyWish(live={ratio: "0.5"}), (ratio,), observed).settled


def test_kafkas_types_decide_what_is_the_same() -> None:
    def same(kind: str, one: str, other: str) -> bool:
        return ObservedKey(value=None, kind=kind).same(one, other)

    assert same("int", "+8", " 8 ") and same("boolean", "True", "true") and same("list", "a, b", "a,b")
    assert not same("string", "8", "+8") and not same("list", "a,b", "b,a") and not same("int", "8", "${x}")


def test_a_value_that_equals_the_default_needs_no_override() -> None:
    plan = planned(seen(SIZE, {}, {"file": "1048588"}), (), message_max_bytes="1048588")
    assert plan.requests == () and plan.kept == (SIZE,) and plan.due, "recorded, so that its end is noticed"


def test_a_floor_held_by_an_override_follows_the_file_and_is_never_taken_away() -> None:
    """Scenario 23: with eligible leader replicas the file alone says nothing."""
    plan = planned(seen(MIN_ISR, {"shared": "2", "file": "1"}, {"shared": "2", "file": "1"}))
    assert asked(plan) == [(MIN_ISR, "1", None)]
    assert planned(seen(MIN_ISR, {"shared": "2", "file": "2"})).settled


def test_a_floor_is_left_while_files_differ_or_brokers_are_away() -> None:
    assert planned(seen(MIN_ISR, {"shared": "2", "file": "1"}, {"shared": "2", "file": "2"})).settled
    assert planned(seen(MIN_ISR, {"shared": "2", "file": "1"}), (), 1000).settled


def test_a_key_that_now_goes_by_the_file_loses_its_override_and_keeps_the_files_value() -> None:
    wish = KeyWish(live={}, file=frozenset({SIZE}))
    plan = plan_keys(wish, (SIZE,), seen(SIZE, {"shared": "100", "file": "300"}))
    assert asked(plan) == [(SIZE, None, None)] and plan.kept == ()
    assert plan_keys(wish, (), seen(SIZE, {"file": "300"})).settled


def test_a_key_that_this_version_does_not_know_is_forgotten() -> None:
    plan = planned(seen(IO, {}), (SIZE,))
    assert plan.requests == () and plan.kept == () and plan.due


def test_nothing_is_forgotten_while_nobody_can_be_asked() -> None:
    plan = planned({}, (SIZE,), 0, 1000)
    assert plan.kept == (SIZE,) and plan.unseen == (0, 1000) and not plan.due


def test_the_inputs_alone_tell_old_and_new_value() -> None:
    assert by_inputs({SIZE: "100", IO: "4"}, {SIZE: "200", IO: "4"}) == (
        "message.max.bytes: 100 -> 200, live, nothing restarts for it",
    )
    assert by_inputs({SIZE: "100"}, {}) == ("message.max.bytes: 100 -> the default, live, nothing restarts for it",)


def test_a_plan_is_the_same_every_time() -> None:
    observed = {NodeId(n): {IO: key(IO), SIZE: key(SIZE)} for n in (2000, 0, 1000)}
    plan = planned(observed, (), message_max_bytes="5", num_io_threads="9")
    assert plan.requests == (KeyRequest(key=SIZE, value="5"), KeyRequest(key=IO, value="9"))
    assert [change.nodes for change in plan.changes] == [(0, 1000, 2000)] * 2
