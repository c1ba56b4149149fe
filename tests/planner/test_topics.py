"""Claims about topics: what a run would do, in which order and why, and what it would never do."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hooks.planner.topic_changes import (
    MOST_PARTITIONS,
    MOST_TOPICS,
    Configure,
    Create,
    Delete,
    Grow,
    TopicChange,
    in_batches,
)
from hooks.planner.topics import DesiredTopic, ObservedTopic, TopicPlan, assumed, plan_topics

FLOOR = "min.insync.replicas"


def wanted(
    name: str = "orders",
    partitions: int = 6,
    factor: int = 3,
    config: Mapping[str, str] | None = None,
    protected: bool = True,
) -> DesiredTopic:
    """Return a topic as the spec wants it."""
    return DesiredTopic(
        name=name, partitions=partitions, replication_factor=factor, config=config or {}, deletion_protection=protected
    )


def live(
    name: str = "orders", partitions: int = 6, factor: int = 3, config: Mapping[str, str] | None = None
) -> ObservedTopic:
    """Return a topic as the cluster has it."""
    return ObservedTopic(
        name=name, topic_id=f"id-{name}", partitions=partitions, factors=frozenset({factor}), config=config or {}
    )


def planned(
    desired: list[DesiredTopic], recorded: list[DesiredTopic] | None = None, observed: list[ObservedTopic] | None = None
) -> TopicPlan:
    """Plan for lists."""
    return plan_topics(desired, recorded or [], {topic.name: topic for topic in observed or []})


def test_a_topic_that_is_not_there_is_created_with_everything_that_it_needs() -> None:
    plan = planned([wanted(config={"retention.ms": "1000"})])
    assert plan.changes == (
        Create(topic="orders", partitions=6, replication_factor=3, config={"retention.ms": "1000"}),
    )
    assert plan.lines() == ("create orders: 6 partitions, replication factor 3, retention.ms=1000",)


def test_a_topic_that_is_as_it_should_be_is_no_work() -> None:
    assert planned([wanted()], [wanted()], [live()]) == TopicPlan()


def test_a_topic_that_exists_is_adopted_and_its_differences_are_shown() -> None:
    plan = planned([wanted(partitions=12, config={"retention.ms": "2"})], [], [live(config={"retention.ms": "1"})])
    assert plan.adopted == (
        "orders: it exists, with 6 partitions, replication factor 3; partitions 6 -> 12, retention.ms 1 -> 2",
    )
    assert [type(change) for change in plan.changes] == [Grow, Configure]


def test_the_adoption_of_a_topic_that_fits_changes_nothing_and_says_so() -> None:
    plan = planned([wanted()], [], [live()])
    assert plan.changes == ()
    assert plan.lines() == ("adopt orders: it exists, with 6 partitions, replication factor 3; nothing to change",)


def test_more_partitions_are_made_and_the_consequence_is_named() -> None:
    plan = planned([wanted(partitions=12)], [wanted()], [live()])
    assert plan.changes == (Grow(topic="orders", before=6, after=12),)
    assert "partitions 6 -> 12" in plan.lines()[0] and "another partition than before" in plan.lines()[0]


@pytest.mark.parametrize("recorded", [[], [wanted()]])
def test_fewer_partitions_are_refused_with_what_to_do(recorded: list[DesiredTopic]) -> None:
    plan = planned([wanted(partitions=3)], recorded, [live()])
    (reason,) = plan.refused
    assert "never taken away" in reason and "Write 6" in reason
    assert plan.changes == ()


def test_another_replication_factor_is_a_movement_and_no_request() -> None:
    plan = planned([wanted(factor=2)], [wanted()], [live()])
    assert (plan.changes, plan.refused) == ((), ())
    assert plan.lines() == ("replicate orders: replication factor 3 -> 2",)


def test_an_adopted_topic_of_another_factor_says_so() -> None:
    plan = planned([wanted(factor=2)], [], [live()])
    assert plan.lines()[0].endswith("replication factor 3; replication factor 3 -> 2")


@pytest.mark.parametrize(
    ("before", "after", "floor", "first"),
    [(3, 1, "1", True), (1, 3, "2", False), (2, 3, "2", True), (3, 2, None, False), (2, 3, "all", False)],
)
def test_a_floor_that_only_the_new_factor_can_hold_comes_after_the_movement(
    before: int, after: int, floor: str | None, first: bool
) -> None:
    config = {} if floor is None else {FLOOR: floor}
    plan = planned(
        [wanted(factor=after, config=config)], [wanted(config={FLOOR: "9"})], [live(factor=before, config={FLOOR: "9"})]
    )
    assert bool(plan.before_factors) == first
    assert plan.floors == ({"orders": int(floor)} if first and floor else {})


def test_other_keys_do_not_wait_for_a_movement_and_deletions_do() -> None:
    plan = planned(
        [wanted(factor=2, config={"retention.ms": "5"})],
        [wanted(), wanted(name="old", protected=False)],
        [live(), live(name="old")],
    )
    assert [type(change) for change in plan.before_factors] == [Configure]
    assert [type(change) for change in plan.changes] == [Configure, Delete]


def test_keys_are_set_changed_and_given_back_with_old_and_new_value() -> None:
    plan = planned(
        [wanted(config={"a": "2", "b": "1"})],
        [wanted(config={"a": "1", "c": "1"})],
        [live(config={"a": "1", "c": "1"})],
    )
    assert plan.lines() == ("configure orders: a 1 -> 2, b the default -> 1, c 1 -> the default",)


def test_a_key_that_somebody_else_set_is_reported_and_left() -> None:
    plan = planned([wanted()], [wanted()], [live(config={"retention.ms": "5"})])
    assert plan.changes == ()
    (note,) = plan.notes
    assert "retention.ms=5" in note and "left" in note


def test_a_key_that_somebody_else_changed_back_from_ours_is_set_again() -> None:
    plan = planned([wanted(config={"a": "1"})], [wanted(config={"a": "1"})], [live(config={"a": "7"})])
    assert plan.lines() == ("configure orders: a 7 -> 1",)


def test_a_key_that_was_ours_and_is_gone_already_is_no_work() -> None:
    assert planned([wanted()], [wanted(config={"a": "1"})], [live()]) == TopicPlan()


def test_the_throttles_of_a_reassignment_are_nobodys_drift() -> None:
    passing = {"leader.replication.throttled.replicas": "*", "follower.replication.throttled.replicas": "0:1"}
    assert planned([wanted()], [wanted()], [live(config=passing)]) == TopicPlan()


def test_a_protected_topic_is_not_deleted_when_it_leaves_the_spec() -> None:
    plan = planned([], [wanted()], [live()])
    assert plan.changes == ()
    (reason,) = plan.refused
    assert "protected" in reason and "deletionProtection to false" in reason


def test_an_unprotected_topic_is_deleted_when_it_leaves_the_spec() -> None:
    plan = planned([], [wanted(protected=False)], [live()])
    assert plan.changes == (Delete(topic="orders", topic_id="id-orders", partitions=6),)
    assert plan.deletes and plan.lines() == ("delete orders: 6 partitions with all messages",)


def test_a_topic_that_the_stack_never_managed_is_never_deleted() -> None:
    assert planned([], [], [live()]) == TopicPlan()


@pytest.mark.parametrize("protected", [True, False])
def test_a_topic_that_is_gone_already_is_no_work(protected: bool) -> None:
    assert planned([], [wanted(protected=protected)], []) == TopicPlan()


def test_a_managed_topic_that_somebody_deleted_comes_back_and_the_loss_is_named() -> None:
    (line,) = planned([wanted()], [wanted()], []).lines()
    assert "comes back empty" in line


def test_a_run_creates_before_it_grows_configures_and_deletes() -> None:
    plan = planned(
        [wanted("a", 12), wanted("b", config={"k": "v"}), wanted("c")],
        [wanted("a"), wanted("b"), wanted("d", protected=False)],
        [live("a"), live("b"), live("d")],
    )
    assert [(type(change), change.topic) for change in plan.changes] == [
        (Create, "c"),
        (Grow, "a"),
        (Configure, "b"),
        (Delete, "d"),
    ]


def test_without_a_cluster_the_plan_follows_from_what_was_recorded() -> None:
    recorded = [wanted(config={"a": "1"})]
    plan = plan_topics([wanted(partitions=12, config={"a": "2"})], recorded, assumed(recorded))
    assert [type(change) for change in plan.changes] == [Grow, Configure]


def creation(name: str, partitions: int = 1) -> Create:
    """Return a creation of this size."""
    return Create(topic=name, partitions=partitions, replication_factor=3, config={})


@pytest.mark.parametrize(("topics", "batches"), [(MOST_TOPICS, 1), (MOST_TOPICS + 1, 2)])
def test_a_request_asks_for_so_many_topics(topics: int, batches: int) -> None:
    assert len(list(in_batches(creation(f"t{n}") for n in range(topics)))) == batches


@pytest.mark.parametrize(("partitions", "batches"), [(MOST_PARTITIONS // 2, 1), (MOST_PARTITIONS // 2 + 1, 2)])
def test_a_request_asks_for_so_many_partitions(partitions: int, batches: int) -> None:
    assert len(list(in_batches([creation("a", partitions), creation("b", partitions)]))) == batches


def test_a_topic_larger_than_a_request_goes_alone() -> None:
    sizes = [len(batch) for batch in in_batches([creation("a", MOST_PARTITIONS * 2), creation("b")])]
    assert sizes == [1, 1]


CHANGES = st.lists(
    st.one_of(
        st.builds(creation, st.text("abc", min_size=1, max_size=3), st.integers(1, 900)),
        st.builds(Grow, topic=st.text("abc", min_size=1), before=st.integers(1, 9), after=st.integers(10, 900)),
        st.builds(Delete, topic=st.text("abc", min_size=1), topic_id=st.text("01", min_size=1), partitions=st.just(1)),
    ),
    max_size=120,
)


@given(changes=CHANGES)
def test_batches_keep_the_order_lose_nothing_and_hold_one_kind_each(changes: list[TopicChange]) -> None:
    batches = list(in_batches(changes))
    assert [change for batch in batches for change in batch] == changes
    assert all(len({type(change) for change in batch}) == 1 for batch in batches)


TOPICS = st.lists(
    st.builds(
        wanted,
        st.sampled_from("abcd"),
        st.integers(1, 8),
        st.integers(1, 3),
        st.dictionaries(st.sampled_from("xyz"), st.sampled_from("12"), max_size=3),
        st.booleans(),
    ),
    unique_by=lambda topic: topic.name,
)
LIVE = st.lists(
    st.builds(
        live,
        st.sampled_from("abcd"),
        st.integers(1, 8),
        st.integers(1, 3),
        st.dictionaries(st.sampled_from("xyzw"), st.sampled_from("12"), max_size=3),
    ),
    unique_by=lambda topic: topic.name,
)


@given(desired=TOPICS, recorded=TOPICS, observed=LIVE)
def test_no_plan_ever_takes_what_is_not_ours(
    desired: list[DesiredTopic], recorded: list[DesiredTopic], observed: list[ObservedTopic]
) -> None:
    plan = planned(desired, recorded, observed)
    mine = {topic.name: topic for topic in recorded}
    names = {topic.name for topic in desired}
    for change in plan.changes:
        if isinstance(change, Delete):
            assert change.topic not in names and not mine[change.topic].deletion_protection
        if isinstance(change, Grow):
            assert change.after > change.before
        if isinstance(change, Configure):
            former = set(mine[change.topic].config) if change.topic in mine else set[str]()
            want = next(topic for topic in desired if topic.name == change.topic)
            assert {key.key for key in change.keys} <= former | set(want.config)
