"""Claims about the Schemas run: what it changes and in which order, and that an interruption does no harm."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from hooks.interfaces import EngineLost, Fatal, Refused
from hooks.planner.desired import Pace
from hooks.planner.schemas import DesiredSubject, Link
from hooks.runners.schemas import SchemaReport, SchemasRun, SchemaWish, forecast_schemas
from tests.fakes.cluster import FakeCluster
from tests.fakes.schemas import INVALID
from tests.fakes.world import Faults, Killed

PACE = Pace(poll=1.0, stable_window=3.0, ready_timeout=60.0)


def avro(*names: str) -> str:
    return json.dumps({"type": "record", "name": "X", "fields": [{"name": name, "type": "int"} for name in names]})


ORDERS = DesiredSubject(name="orders", kind="AVRO", text=avro("id", "price"))
USERS = DesiredSubject(name="users", kind="AVRO", text=avro("id"), deletion_protection=False)
LINES = DesiredSubject(name="lines", kind="AVRO", text=avro("line"), links=(Link(name="X", subject="orders"),))


def run(cluster: FakeCluster, *desired: DesiredSubject, recorded: tuple[DesiredSubject, ...] = ()) -> SchemaReport:
    return SchemasRun(cluster.world(), SchemaWish(desired=desired, recorded=recorded), PACE).run()


def writes(cluster: FakeCluster) -> list[str]:
    return [write for write in cluster.writes if write.startswith(("schema ", "level ", "unschema "))]


def before_the_change() -> FakeCluster:
    cluster = FakeCluster()
    run(cluster, ORDERS, USERS)
    cluster.writes.clear()
    return cluster


FORMER = (ORDERS, USERS)
WISH = SchemaWish(
    desired=(replace(ORDERS, text=avro("id"), level="FULL_TRANSITIVE"), replace(LINES, level="FORWARD")),
    recorded=FORMER,
    level="NONE",
)
RELAXED = replace(WISH, desired=(replace(WISH.desired[0], level="NONE"), WISH.desired[1]))


def test_a_run_sets_levels_registers_in_order_and_deletes() -> None:
    cluster = before_the_change()
    report = SchemasRun(cluster.world(), RELAXED, PACE).run()
    assert writes(cluster) == [
        "level None NONE",
        "level orders NONE",
        f"schema orders {avro('id')}",
        f"schema lines {avro('line')}",
        "level lines FORWARD",
        "unschema users",
    ]
    assert report.lines() == (
        "set the compatibility of 3 subjects: the whole registry, orders, lines",
        "registered a version of 2 subjects: orders, lines",
        "deleted 1 subject: users",
    )
    (link,) = cluster.schemas.live["lines"].versions[-1].references
    assert link.version == 2, "it refers to the version that this run has made"


def test_a_second_run_does_nothing() -> None:
    cluster = before_the_change()
    SchemasRun(cluster.world(), RELAXED, PACE).run()
    cluster.writes.clear()
    assert SchemasRun(cluster.world(), replace(RELAXED, recorded=RELAXED.desired), PACE).run().lines() == ()
    assert writes(cluster) == []


def test_the_status_says_what_is_done() -> None:
    cluster = FakeCluster()
    run(cluster, ORDERS, USERS)
    assert "… schemas (0 of 2 changes), 0 s: registering orders" in cluster.said


def test_an_incompatible_schema_is_refused_before_anything_is_touched() -> None:
    cluster = before_the_change()
    wrong = replace(USERS, text=avro("id", "name"))
    with pytest.raises(Refused, match=r"(?s)\[users\] is not compatible by BACKWARD with version 1: READER_.*as it is"):
        run(cluster, replace(ORDERS, text=avro("id")), wrong, recorded=FORMER)
    assert writes(cluster) == []


def test_what_is_no_schema_is_refused_before_anything_is_touched() -> None:
    cluster = FakeCluster()
    with pytest.raises(Refused, match=f"users.* is no schema that the registry takes as AVRO: {INVALID}"):
        run(cluster, ORDERS, replace(USERS, text='{"type":"nonsense"}'))
    assert writes(cluster) == []


def test_what_only_the_new_level_forbids_ends_the_run_with_the_registrys_words() -> None:
    cluster = before_the_change()
    with pytest.raises(Fatal, match=r"(?s)refuses orders: FIELD_REMOVED.*2 changes before that stay"):
        SchemasRun(cluster.world(), WISH, PACE).run()
    assert len(cluster.schemas.live["orders"].versions) == 1


def test_a_protected_subject_survives_its_removal_from_the_spec() -> None:
    cluster = before_the_change()
    with pytest.raises(Refused, match="protected"):
        run(cluster, USERS, recorded=FORMER)
    assert writes(cluster) == [] and not cluster.schemas.live["orders"].deleted


def test_what_others_refer_to_is_refused_a_deletion_before_anything_is_touched() -> None:
    cluster = FakeCluster()
    loose = replace(ORDERS, deletion_protection=False)
    run(cluster, loose, LINES)
    before = writes(cluster)
    with pytest.raises(Refused, match="subject orders cannot be deleted while schemas of lines refer to it"):
        run(cluster, USERS, recorded=(loose,))
    assert writes(cluster) == before
    run(cluster, recorded=(loose, replace(LINES, deletion_protection=False)))
    assert all(one.deleted for one in cluster.schemas.live.values()), "those that go together go in order"


def test_a_registry_that_is_away_for_a_moment_is_waited_for_and_one_that_never_comes_ends_the_run() -> None:
    cluster = FakeCluster()
    cluster.schemas.away = True
    cluster.at(5.0, lambda: setattr(cluster.schemas, "away", False))
    run(cluster, ORDERS)
    assert len(writes(cluster)) == 1
    cluster.schemas.away = True
    with pytest.raises(Fatal, match="no pod of the schema registry is ready"):
        run(cluster, USERS)


def test_a_refusal_at_the_write_ends_the_run_with_its_words() -> None:
    cluster = FakeCluster()
    cluster.schemas.refuses.add("users")
    with pytest.raises(Fatal, match=r"(?s)refuses users: .*read-only.*1 change before that stay"):
        run(cluster, ORDERS, USERS)


def test_a_forecast_changes_nothing_and_says_what_the_registry_would_refuse() -> None:
    cluster = before_the_change()
    wish = SchemaWish(desired=(replace(ORDERS, text=avro("id", "more")), USERS, LINES), recorded=FORMER)
    said = forecast_schemas(cluster.world(), wish, 2.0).lines()
    assert writes(cluster) == []
    assert said[0] == "register orders: AVRO, a version after 1"
    assert "the registry, as it is now, would refuse: schemas.subjects[orders] is not compatible" in said[2]
    assert said[3] == "schemas.subjects[lines] refers to what is registered by this run, and is judged after that"


def test_a_forecast_has_no_time_for_a_slow_registry_and_says_so() -> None:
    cluster = FakeCluster()
    cluster.schemas.slow = 3.0
    said = forecast_schemas(cluster.world(), SchemaWish(desired=(ORDERS, USERS)), 2.0).lines()
    assert said[-1] == "not judged by the registry in time, and judged by the run: users"


def test_a_check_that_is_not_answered_leaves_the_rest_of_a_forecast_and_is_waited_for_by_the_run() -> None:
    cluster = FakeCluster()
    cluster.schemas.silent.add("orders")
    said = forecast_schemas(cluster.world(), SchemaWish(desired=(ORDERS, USERS)), 2.0).lines()
    assert said[-1] == "not judged by the registry in time, and judged by the run: orders"
    cluster.at(5.0, cluster.schemas.silent.clear)
    assert run(cluster, ORDERS, USERS).lines() == ("registered a version of 2 subjects: orders, users",)


def test_a_forecast_says_what_shows_only_once_a_level_is_set() -> None:
    cluster = before_the_change()
    said = forecast_schemas(cluster.world(), WISH).lines()
    assert any("whether it is by FULL_TRANSITIVE shows once that is set" in line for line in said)


def points() -> list[tuple[int, bool]]:
    """Return every call of an undisturbed run, before and after its effect."""
    cluster, faults = before_the_change(), Faults()
    SchemasRun(cluster.world(faults=faults), RELAXED, PACE).run()
    return [(number, after) for number in range(1, len(faults.calls) + 1) for after in (False, True)]


@pytest.mark.parametrize(
    ("error", "for_good"),
    [(Killed, True), (KeyboardInterrupt, False), (lambda: EngineLost("gone"), True)],
    ids=["killed", "ctrl-c", "engine lost"],
)
def test_interrupted_at_any_call_the_next_run_finishes_and_does_nothing_twice(
    error: Callable[[], BaseException], *, for_good: bool
) -> None:
    for number, after in points():
        cluster, faults = before_the_change(), Faults(at=number, error=error, after=after, for_good=for_good)
        with pytest.raises((type(error()), Fatal)):
            SchemasRun(cluster.world(faults=faults), RELAXED, PACE).run()
        SchemasRun(cluster.world("another"), RELAXED, PACE).run()
        where = f"call {number} ({faults.calls[-1]}), {'after' if after else 'before'}"
        done = writes(cluster)
        assert sorted(set(done)) == sorted(done), where
        assert len(done) == 6, where
        assert not forecast_schemas(cluster.world(), replace(RELAXED, recorded=())).plan.changes, where
