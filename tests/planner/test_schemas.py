"""Claims about the plan of schemas: what changes and in which order, what is only shown, what is refused."""

from dataclasses import replace

import pytest

from hooks.planner.schema_checks import Objection, demands, held, judged, level_of, wanted_level
from hooks.planner.schema_texts import Reference, Schema, in_order, same
from hooks.planner.schemas import (
    DesiredSubject,
    Level,
    Link,
    ObservedSubject,
    SchemaPlan,
    Seen,
    SetLevel,
    assumed,
    plan_schemas,
    standings,
)

TEXT = '{"type":"record","name":"Order","fields":[]}'
ORDERS = DesiredSubject(name="orders", kind="AVRO", text=TEXT)
LINES = DesiredSubject(name="a-lines", kind="AVRO", text='"Order"', links=(Link(name="Order", subject="orders"),))


def live(want: DesiredSubject, latest: int = 1, level: str | None = None, text: str | None = None) -> ObservedSubject:
    """Return the subject as it would be live."""
    schema = Schema(
        kind=want.kind,
        text=want.text if text is None else text,
        references=tuple(Reference(name=each.name, subject=each.subject, version=1) for each in want.links),
    )
    return ObservedSubject(name=want.name, latest=latest, schema=schema, level=level)


def plan(
    *desired: DesiredSubject,
    recorded: tuple[DesiredSubject, ...] = (),
    observed: tuple[ObservedSubject, ...] = (),
    level: Level | None = None,
    version: int | None = None,
) -> SchemaPlan:
    seen = Seen(level="BACKWARD", subjects={one.name: one for one in observed})
    found = standings(desired, seen, lambda _subject, _schema: version)
    return plan_schemas({one.name: one for one in desired}, {one.name: one for one in recorded}, seen, found, level)


def test_a_subject_that_is_not_there_is_registered_and_then_gets_its_level() -> None:
    assert [str(change) for change in plan(replace(ORDERS, level="FULL")).changes] == [
        "register orders: AVRO, the first version",
        "compatibility of orders: that of the registry -> FULL",
    ]


def test_a_new_version_is_judged_by_the_level_that_is_set_before_it() -> None:
    want = replace(ORDERS, level="NONE")
    said = plan(want, recorded=(ORDERS,), observed=(live(ORDERS, 3, text='"int"'),), level="FULL").changes
    assert [str(change) for change in said] == [
        "compatibility of all subjects without a level of their own: BACKWARD -> FULL",
        "compatibility of orders: that of the registry -> NONE",
        "register orders: AVRO, a version after 3",
    ]


def test_what_is_as_declared_has_no_plan_however_it_is_written() -> None:
    spaced = live(ORDERS, text='{ "name": "Order",\n "type": "record", "fields": [] }')
    assert plan(ORDERS, recorded=(ORDERS,), observed=(spaced,)).lines() == ()


def test_a_schema_that_the_registry_finds_among_the_versions_is_not_registered_again_and_the_later_one_is_shown() -> (
    None
):
    said = plan(ORDERS, recorded=(ORDERS,), observed=(live(ORDERS, 3, text='"int"'),), version=2)
    assert said.changes == ()
    assert said.lines()[0].startswith("drift: orders has version 3 after the declared one, which is version 2")


def test_a_subject_that_exists_is_adopted_with_its_difference() -> None:
    said = plan(replace(ORDERS, level="FULL"), observed=(live(ORDERS, 2, level="NONE"),)).lines()
    assert said == (
        "adopt orders: it exists, its latest version is 2; the declared schema is version 2, compatibility NONE",
        "compatibility of orders: NONE -> FULL",
    )


def test_one_that_somebody_else_deleted_comes_back() -> None:
    (line,) = plan(ORDERS, recorded=(ORDERS,)).lines()
    assert line == "register orders: AVRO, the first version (it was deleted by somebody else)"


@pytest.mark.parametrize(
    ("before", "now", "has", "changes"),
    [
        (None, None, "FULL", 0),
        ("FULL", None, "FULL", 1),
        ("FULL", None, None, 0),
        ("FULL", "FULL", "NONE", 1),
        ("FULL", "FULL", "FULL", 0),
    ],
)
def test_a_level_that_the_stack_never_set_is_somebody_elses(
    before: Level | None, now: Level | None, has: str | None, changes: int
) -> None:
    said = plan(replace(ORDERS, level=now), recorded=(replace(ORDERS, level=before),), observed=(live(ORDERS, 1, has),))
    assert len(said.changes) == changes
    assert all(isinstance(change, SetLevel) and change.after == now for change in said.changes)


def test_one_that_leaves_the_list_is_deleted_only_when_it_was_unprotected_and_softly() -> None:
    assert plan(recorded=(replace(ORDERS, deletion_protection=False),), observed=(live(ORDERS),)).lines() == (
        "delete orders: softly, its versions can still be read by their ids",
    )
    (line,) = plan(recorded=(ORDERS,), observed=(live(ORDERS),)).lines()
    assert line.startswith("refused: subject orders") and "deletionProtection" in line


def test_subjects_of_others_are_left_alone() -> None:
    assert plan(observed=(live(ORDERS),)).lines() == ()
    assert plan(recorded=(ORDERS,)).lines() == ()


def test_what_is_referred_to_comes_first_and_goes_last() -> None:
    made = plan(LINES, ORDERS).changes
    assert [change.subject for change in made] == ["orders", "a-lines"]
    unprotected = tuple(replace(one, deletion_protection=False) for one in (LINES, ORDERS))
    gone = plan(recorded=unprotected, observed=(live(LINES), live(ORDERS))).changes
    assert [change.subject for change in gone] == ["a-lines", "orders"]


def test_a_schema_follows_the_version_that_it_refers_to() -> None:
    changed = replace(ORDERS, text='"int"')
    seen = Seen(level="NONE", subjects={"orders": live(ORDERS, 1), "a-lines": live(LINES, 1)})
    found = standings((changed, LINES), seen, lambda _subject, _schema: None)
    assert found["orders"].version is None and found["a-lines"].schema is None
    assert found["a-lines"].version is None, "its reference moves with the next version of orders"


def test_without_a_registry_the_plan_rests_on_the_last_run() -> None:
    seen = assumed((ORDERS, LINES), "FULL")
    found = standings((ORDERS, LINES), seen, lambda _subject, _schema: None)
    wanted = {"orders": ORDERS, "a-lines": LINES}
    assert plan_schemas(wanted, wanted, seen, found, "FULL").lines() == ()


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ('{"a": 1, "b": [1, 2]}', '{"b":[1,2],"a":1}', True),
        ('{"a": [1, 2]}', '{"a": [2, 1]}', False),
        ('{"a": true}', '{"a": 1}', False),
        ("no json", "no json", True),
    ],
)
def test_blanks_and_the_order_of_keys_make_no_other_schema(one: str, other: str, *, equal: bool) -> None:
    assert same(Schema(kind="AVRO", text=one), Schema(kind="AVRO", text=other)) is equal


def test_another_type_or_reference_makes_another_schema() -> None:
    assert not same(Schema(kind="AVRO", text="{}"), Schema(kind="JSON", text="{}"))
    link = Reference(name="x", subject="x", version=1)
    one, other = (Schema(kind="AVRO", text="{}", references=(replace(link, version=v),)) for v in (1, 2))
    assert not same(one, other)
    proto = Schema(kind="PROTOBUF", text="message A {}\n")
    assert same(proto, replace(proto, text="message A {}  "))


def test_the_order_leaves_out_what_is_there_already() -> None:
    assert in_order({"b": {"a", "elsewhere"}, "a": set()}) == ["a", "b"]


@pytest.mark.parametrize(
    ("more", "less", "holds"),
    [
        ("FULL", "BACKWARD", True),
        ("FULL", "FORWARD", True),
        ("BACKWARD", "FULL", False),
        ("BACKWARD", "FORWARD", False),
        ("BACKWARD_TRANSITIVE", "BACKWARD", True),
        ("BACKWARD", "BACKWARD_TRANSITIVE", False),
        ("FULL", "BACKWARD_TRANSITIVE", False),
        ("FULL_TRANSITIVE", "FORWARD_TRANSITIVE", True),
        ("NONE", "NONE", True),
        ("BACKWARD", "NONE", True),
        ("NONE", "BACKWARD", False),
        ("unknown", "NONE", False),
    ],
)
def test_a_level_speaks_for_those_that_demand_no_more(more: str, less: str, *, holds: bool) -> None:
    assert demands(more, less) is holds


NO = Objection(words="id is a string")


@pytest.mark.parametrize(
    ("objection", "now", "then", "verdict"),
    [
        (None, "BACKWARD", "BACKWARD", "fine"),
        (None, "FULL", "BACKWARD", "fine"),
        (None, "BACKWARD", "FULL", "unsure"),
        (NO, "BACKWARD", "BACKWARD", "refused"),
        (NO, "BACKWARD", "FULL", "refused"),
        (NO, "FULL", "BACKWARD", "unsure"),
        (NO, "BACKWARD", "NONE", "unsure"),
        (NO, "NONE", "NONE", "refused"),
        (NO, "NONE", "BACKWARD", "unsure"),
        (Objection(words="", kind="invalid"), "FULL", "NONE", "refused"),
    ],
)
def test_a_judgement_by_another_level_counts_where_it_must_hold(
    objection: Objection | None, now: str, then: str, verdict: str
) -> None:
    found = judged(ORDERS, live(ORDERS), objection, (now, then))
    said = "refused" if found.refused else "unsure" if found.unsure else "fine"
    assert said == verdict


def test_a_refusal_names_the_place_the_level_the_version_and_the_registrys_reason() -> None:
    found = judged(ORDERS, live(ORDERS, 4), NO, ("FULL", "FULL"))
    assert found.refused == "schemas.subjects[orders] is not compatible by FULL with version 4: id is a string"
    silent = judged(ORDERS, live(ORDERS, 4), Objection(words=""), ("FULL", "FULL"))
    assert silent.refused is not None and silent.refused.endswith("the registry gives no reason")
    long = judged(ORDERS, live(ORDERS), Objection(words="x" * 5000), ("FULL", "FULL"))
    assert long.refused is not None and len(long.refused) < 800


def test_the_first_version_is_judged_for_its_text_alone() -> None:
    assert judged(ORDERS, None, None, ("BACKWARD", "FULL")) == judged(ORDERS, None, NO, ("BACKWARD", "FULL"))
    assert judged(ORDERS, None, replace(NO, kind="invalid"), ("NONE", "NONE")).refused is not None


@pytest.mark.parametrize(
    ("referrers", "going", "others"),
    [((), (), None), (("b",), ("b",), None), (("b",), (), "b"), (("c", "b"), ("b",), "c")],
)
def test_a_subject_goes_when_all_that_refer_to_it_go_before(
    referrers: tuple[str, ...], going: tuple[str, ...], others: str | None
) -> None:
    said = held("a", referrers, going)
    assert said is None if others is None else f"schemas of {others} refer to it" in str(said)


def test_the_level_that_is_to_hold_is_the_declared_one_or_what_will_be_left() -> None:
    seen = Seen(level="BACKWARD", subjects={"orders": live(ORDERS, 1, "FORWARD")})
    assert wanted_level(replace(ORDERS, level="FULL"), None, seen, "NONE") == "FULL"
    assert wanted_level(ORDERS, None, seen, "NONE") == "FORWARD"
    assert wanted_level(ORDERS, replace(ORDERS, level="FULL"), seen, "NONE") == "NONE"
    assert wanted_level(LINES, None, seen, None) == "BACKWARD"
    assert (level_of(seen.subjects["orders"], seen), level_of(None, seen)) == ("FORWARD", "BACKWARD")
