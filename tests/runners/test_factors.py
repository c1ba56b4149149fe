"""Another replication factor of a topic: replicas come and go by a movement, and interrupted is normal."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from hooks.interfaces import EngineLost, Fatal, LeaseLost, Refused
from hooks.planner.desired import Pace
from hooks.planner.reassignment.schedule import Limits
from hooks.planner.snapshot import NodeId
from hooks.planner.topics import DesiredTopic
from hooks.runners.topics import TopicReport, TopicsRun, TopicWish, forecast_topics
from tests.fakes.cluster import FakeCluster, Mode
from tests.fakes.world import Faults, Killed

PACE = Pace(poll=1.0, ready_timeout=60.0)
LIMITS = Limits(bandwidth=2 << 20)
MODES = pytest.mark.parametrize("mode", ["zookeeper", "kraft"])
FLOOR = "min.insync.replicas"


def built(mode: Mode = "kraft", factor: int = 2, min_isr: int = 1) -> FakeCluster:
    """Return six brokers in three racks, one topic of this factor and one of three that nobody names."""
    cluster = FakeCluster(mode=mode, racks={"a": 2, "b": 2, "c": 2}, partitions=0)
    nodes = [0, 1000, 2000, 1, 1001, 2001]
    cluster.kafka.add_topic("payments", [[*nodes[n:], *nodes[:n]][:factor] for n in range(6)], min_isr=min_isr)
    cluster.kafka.add_topic("audit", [[*nodes[n:], *nodes[:n]][:3] for n in range(6)], min_isr=2)
    return cluster


def payments(factor: int, partitions: int = 6, floor: int | None = None) -> DesiredTopic:
    """Return what the spec says of the topic."""
    config = {} if floor is None else {FLOOR: str(floor)}
    return DesiredTopic(name="payments", partitions=partitions, replication_factor=factor, config=config)


def wish(*desired: DesiredTopic, recorded: tuple[DesiredTopic, ...] = ()) -> TopicWish:
    return TopicWish(desired=desired, recorded=recorded, limits=LIMITS)


def run(cluster: FakeCluster, *desired: DesiredTopic) -> TopicReport:
    return TopicsRun(cluster.world(), wish(*desired), PACE).run()


def replicas(cluster: FakeCluster, topic: str = "payments") -> list[tuple[NodeId, ...]]:
    return [partition.replicas for partition in cluster.kafka.partitions if partition.topic == topic]


def clean(cluster: FakeCluster) -> bool:
    """Tell whether a movement left nothing behind, and harmed nobody."""
    left = (cluster.kafka.moves.settings, cluster.record, cluster.kafka.under_min_isr, cluster.harm)
    return not any(left) and not cluster.lease.holder_lives


@MODES
@pytest.mark.parametrize(("before", "after"), [(2, 3), (3, 2), (1, 3), (3, 1)])
def test_a_topic_gets_the_replicas_that_the_spec_wants_over_the_racks(mode: Mode, before: int, after: int) -> None:
    cluster = built(mode, before)
    others = replicas(cluster, "audit")
    report = run(cluster, payments(after))
    assert all(len({node // 1000 for node in found}) == len(found) == after for found in replicas(cluster))
    assert replicas(cluster, "audit") == others
    assert clean(cluster)
    assert any(f"replication factor {after} of payments: 6 partitions" in line for line in report.lines())
    writes = list(cluster.writes)
    assert run(cluster, payments(after)).moved == ()
    assert cluster.writes == writes


def test_the_preview_says_what_moves_and_changes_nothing() -> None:
    cluster = built()
    seen = forecast_topics(cluster.world(), wish(payments(3)))
    assert seen.due and cluster.writes == []
    said = "\n".join(seen.lines())
    assert "replicate payments: replication factor 2 -> 3" in said
    assert "6 replicas of 6 partitions to copy" in said
    assert "plan " in said


def test_topics_of_several_factors_move_one_factor_after_the_other() -> None:
    cluster = built()
    audit = DesiredTopic(name="audit", partitions=6, replication_factor=2, config={FLOOR: "1"})
    report = run(cluster, payments(3), audit)
    assert [moved.purpose for moved in report.moved] == [
        "replication factor 2 of audit",
        "replication factor 3 of payments",
    ]
    assert {len(found) for found in replicas(cluster, "audit")} == {2}
    assert {len(found) for found in replicas(cluster)} == {3}


@pytest.mark.parametrize(
    ("desired", "why"),
    [
        (payments(7), "need 7 brokers, and 6 would be left"),
        (payments(1), "below min.insync.replicas 2"),
        (payments(1, floor=2), "below min.insync.replicas 2"),
    ],
)
def test_what_the_brokers_cannot_hold_is_refused_before_anything_is_touched(desired: DesiredTopic, why: str) -> None:
    cluster = built(factor=3, min_isr=2)
    new = DesiredTopic(name="new", partitions=1, replication_factor=3)
    assert any(why in line for line in forecast_topics(cluster.world(), wish(new, desired)).lines())
    with pytest.raises(Refused, match=why):
        run(cluster, new, desired)
    assert cluster.writes == []


def test_a_floor_is_lowered_before_replicas_go_and_raised_when_they_have_come() -> None:
    cluster = built(factor=3, min_isr=2)
    cluster.topics.configs["payments"] = {FLOOR: "2"}
    run(cluster, payments(1, floor=1))
    assert _order(cluster) == ["topic", "alter"] and clean(cluster)
    cluster.writes.clear()
    run(cluster, payments(3, floor=2))
    assert _order(cluster) == ["alter", "topic"] and clean(cluster)
    assert {len(found) for found in replicas(cluster)} == {3}


@MODES
def test_kafkas_own_topics_get_the_factor_that_the_spec_gives_them_and_nothing_else_of_them_changes(mode: Mode) -> None:
    cluster = built(mode, 3)
    nodes = [0, 1000, 2000]
    cluster.kafka.add_topic("__consumer_offsets", [[node] for node in nodes], min_isr=1)
    cluster.topics.configs["__consumer_offsets"] = {"cleanup.policy": "compact"}
    wanted = replace(wish(), internal={"__consumer_offsets": 3, "__transaction_state": 3})
    seen = forecast_topics(cluster.world(), wanted)
    said = "\n".join(seen.lines())
    assert seen.due and "replicate __consumer_offsets: replication factor 1 -> 3" in said
    assert "6 replicas of 3 partitions to copy" in said and "note" not in said and cluster.writes == []
    TopicsRun(cluster.world(), wanted, PACE).run()
    found = replicas(cluster, "__consumer_offsets")
    assert all(len({node // 1000 for node in held}) == len(held) == 3 for held in found) and len(found) == 3
    assert replicas(cluster, "__transaction_state") == []
    assert cluster.topics.configs["__consumer_offsets"] == {"cleanup.policy": "compact"}
    assert clean(cluster) and not forecast_topics(cluster.world(), wanted).due


def test_a_factor_of_kafkas_own_topic_under_its_floor_is_refused_before_anything_is_touched() -> None:
    cluster = built(factor=3)
    cluster.kafka.add_topic("__transaction_state", [[0, 1000, 2000]], min_isr=2)
    with pytest.raises(Refused, match=r"below min.insync.replicas 2.*__transaction_state"):
        TopicsRun(cluster.world(), replace(wish(), internal={"__transaction_state": 1}), PACE).run()
    assert cluster.writes == []


def test_new_partitions_have_the_new_factor_too() -> None:
    cluster = built()
    run(cluster, payments(3, partitions=9))
    assert [len(found) for found in replicas(cluster)] == [3] * 9
    assert clean(cluster)


def test_what_leaves_the_list_is_deleted_last() -> None:
    cluster = built()
    old = DesiredTopic(name="audit", partitions=6, replication_factor=3, deletion_protection=False)
    TopicsRun(cluster.world(), wish(payments(3), recorded=(old,)), PACE).run()
    assert replicas(cluster, "audit") == []
    assert _order(cluster) == ["alter", "topic"]


def test_nothing_moves_while_somebody_else_moves_replicas() -> None:
    cluster = built()
    first = cluster.kafka.partitions[6]
    first.replicas, first.adding = (*first.replicas, NodeId(1)), frozenset({NodeId(1)})
    with pytest.raises(Refused, match="somebody else moves replicas"):
        run(cluster, payments(3))
    assert {len(found) for found in replicas(cluster)} == {2}


def _order(cluster: FakeCluster) -> list[str]:
    """Return what was asked of topics and what was moved, each stretch once."""
    found = [kind for write in cluster.writes for kind in ("topic", "alter") if write.split()[0] == kind]
    return [kind for n, kind in enumerate(found) if n == 0 or found[n - 1] != kind]


def points() -> list[tuple[int, bool]]:
    """Return every call of an undisturbed run, before and after its effect."""
    faults = Faults()
    TopicsRun(built().world(faults=faults), wish(payments(3, floor=2)), PACE).run()
    return [(number, after) for number in range(1, len(faults.calls) + 1) for after in (False, True)]


@pytest.mark.parametrize(
    ("error", "for_good"),
    [(Killed, True), (KeyboardInterrupt, False), (lambda: EngineLost("gone"), True), (lambda: LeaseLost("gone"), True)],
    ids=["killed", "ctrl-c", "engine lost", "lease lost"],
)
def test_interrupted_at_any_call_the_next_run_finishes(error: Callable[[], BaseException], for_good: bool) -> None:
    wanted = wish(payments(3, floor=2))
    for number, after in points():
        cluster, faults = built(), Faults(at=number, error=error, after=after, for_good=for_good)
        where = f"call {number}, {'after' if after else 'before'}"
        with pytest.raises((type(error()), Fatal)):
            TopicsRun(cluster.world(faults=faults), wanted, PACE).run()
        if cluster.lease.holder_lives:
            cluster.lease.holder_lives, cluster.lease.renewed = False, cluster.now
        TopicsRun(cluster.world("another"), wanted, PACE).run()
        assert {len(found) for found in replicas(cluster)} == {3}, where
        assert cluster.topics.configs["payments"] == {FLOOR: "2"}, where
        assert clean(cluster), (where, cluster.kafka.moves.settings, cluster.record)
        assert not forecast_topics(cluster.world(), wanted).due, where
