"""Claims about the Topics run: what it changes, what it leaves, and that an interruption anywhere does no harm."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from hooks.interfaces import EngineLost, Fatal, LeaseLost, Refused
from hooks.planner.desired import Pace
from hooks.planner.topics import DesiredTopic, plan_topics
from hooks.runners.topics import TopicsRun, TopicWish, forecast_topics
from tests.fakes.cluster import FakeCluster
from tests.fakes.world import Faults, Killed

PACE = Pace(poll=1.0, ready_timeout=30.0)
ORDERS = DesiredTopic(name="orders", partitions=6, replication_factor=3)


def topic(name: str, partitions: int = 3, *, protected: bool = True, **config: str) -> DesiredTopic:
    """Return a topic; the underscores of its keys stand for dots."""
    keys = {key.replace("_", "."): value for key, value in config.items()}
    return DesiredTopic(
        name=name, partitions=partitions, replication_factor=3, config=keys, deletion_protection=protected
    )


def run(cluster: FakeCluster, *desired: DesiredTopic, recorded: tuple[DesiredTopic, ...] = ()):
    return TopicsRun(cluster.world(), TopicWish(desired=desired, recorded=recorded), PACE).run()


def topic_writes(cluster: FakeCluster) -> list[str]:
    return [write for write in cluster.writes if write.startswith("topic ")]


def test_a_run_makes_adopts_grows_configures_and_deletes():
    cluster = FakeCluster()
    former = (topic("old", protected=False), topic("grown"))
    run(cluster, *former)
    report = run(cluster, ORDERS, topic("grown", 6), topic("new", retention_ms="5"), recorded=former)
    assert report.lines() == (
        "adopted orders: it exists, with 6 partitions, replication factor 3; nothing to change",
        "created 1 topic: new",
        "grew 1 topic: grown",
        "deleted 1 topic: old",
    )
    assert {partition.topic for partition in cluster.kafka.partitions} == {"orders", "grown", "new"}
    assert cluster.topics.configs["new"] == {"retention.ms": "5"}


def test_the_status_says_how_far_the_run_is_and_what_it_does_now():
    cluster = FakeCluster()
    former = (topic("old", protected=False), topic("grown"))
    run(cluster, *former)
    cluster.said.clear()
    run(cluster, topic("grown", 6), topic("new"), topic("newer"), recorded=former)
    status = [line for line in cluster.said if line.startswith("… topics (")]
    assert status[:3] == [
        "… topics (0 of 4 changes), 0 s: creating new, newer",
        "… topics (2 of 4 changes), 0 s: growing grown",
        "… topics (3 of 4 changes), 0 s: deleting old",
    ]
    assert status[-1].startswith("… topics (4 of 4 changes), ") and "waits for" in status[-1]


def test_a_second_run_does_nothing():
    cluster = FakeCluster()
    wanted = (ORDERS, topic("new"))
    run(cluster, *wanted)
    before = list(cluster.writes)
    assert run(cluster, *wanted, recorded=wanted).lines() == ()
    assert cluster.writes == before


def test_a_created_topic_has_leaders_when_the_run_ends():
    cluster = FakeCluster()
    run(cluster, topic("new"))
    assert all(partition.leader is not None for partition in cluster.kafka.partitions)


def test_a_topic_that_is_not_seen_yet_is_not_made_twice():
    cluster = FakeCluster()
    cluster.topics.lag = 5.0
    run(cluster, topic("new"))
    assert len(topic_writes(cluster)) == 1


def test_a_lost_request_is_sent_again():
    cluster = FakeCluster()
    cluster.topics.lost.add("new")
    cluster.at(3.0, cluster.topics.lost.clear)
    run(cluster, topic("new"))
    assert len(topic_writes(cluster)) == 1


def test_brokers_that_do_not_answer_for_a_moment_are_waited_for():
    cluster = FakeCluster()
    cluster.brokers_unreachable = True
    cluster.at(5.0, lambda: setattr(cluster, "brokers_unreachable", False))
    run(cluster, topic("new"))
    assert len(topic_writes(cluster)) == 1


def test_brokers_that_never_answer_end_the_run():
    cluster = FakeCluster()
    cluster.brokers_unreachable = True
    with pytest.raises(Fatal, match="no broker answers"):
        run(cluster, topic("new"))


def test_a_change_that_is_never_accepted_ends_the_run_with_what_is_missing():
    cluster = FakeCluster()
    cluster.topics.lost.add("new")
    with pytest.raises(Fatal, match="new: RequestTimedOut"):
        run(cluster, topic("new"))


def test_a_topic_that_moves_grows_when_it_has_arrived():
    cluster = FakeCluster()
    first = cluster.kafka.partitions[0]
    first.removing = frozenset({first.replicas[2]})
    first.replicas = (*first.replicas, 9)  # type: ignore[assignment]

    def arrive() -> None:
        first.replicas, first.removing = first.replicas[:3], frozenset()

    cluster.at(4.0, arrive)
    report = run(cluster, replace(ORDERS, partitions=8), recorded=(ORDERS,))
    assert report.lines() == ("grew 1 topic: orders",)


def test_what_the_brokers_refuse_stops_the_run_before_anything_is_touched():
    cluster = FakeCluster()
    with pytest.raises(Refused, match=r"(?s)b: InvalidConfiguration.*nothing was touched"):
        run(cluster, topic("a"), topic("b", no_such_key="1"))
    assert topic_writes(cluster) == []


def test_what_cannot_be_is_refused_before_anything_is_touched():
    cluster = FakeCluster()
    with pytest.raises(Refused, match="left as they are"):
        run(cluster, topic("new"), replace(ORDERS, partitions=3), recorded=(ORDERS,))
    assert topic_writes(cluster) == []


def test_a_protected_topic_survives_its_removal_from_the_spec():
    cluster = FakeCluster()
    with pytest.raises(Refused, match="protected"):
        run(cluster, topic("new"), recorded=(ORDERS,))
    assert any(partition.topic == "orders" for partition in cluster.kafka.partitions)


def test_only_a_deletion_takes_the_lease():
    cluster = FakeCluster()
    wanted = topic("new", protected=False)
    run(cluster, wanted)
    assert "lease acquire" not in cluster.writes
    run(cluster, ORDERS, recorded=(wanted,))
    assert cluster.writes.index("lease acquire") < cluster.writes.index(topic_writes(cluster)[-1])
    assert cluster.lease.holder is None


def test_nothing_is_deleted_under_a_lease_that_another_run_holds():
    cluster = FakeCluster()
    wanted = topic("new", protected=False)
    run(cluster, wanted)
    cluster.world("another").lease.acquire()
    with pytest.raises(LeaseLost):
        run(cluster, ORDERS, recorded=(wanted,))
    assert any(partition.topic == "new" for partition in cluster.kafka.partitions)


def test_a_topic_made_anew_by_somebody_else_is_not_the_one_that_was_looked_at():
    cluster = FakeCluster()
    wanted = topic("new", protected=False)
    run(cluster, wanted)
    planned = plan_topics([], [wanted], cluster.world().topics.observe({"new"}))
    cluster.topics.ids["new"] = "another"
    cluster.world().topics.apply(planned.changes)
    assert any(partition.topic == "new" for partition in cluster.kafka.partitions)


def test_a_forecast_changes_nothing_and_says_what_the_brokers_would_refuse():
    cluster = FakeCluster()
    seen = forecast_topics(cluster.world(), TopicWish(desired=(ORDERS, topic("b", no_such_key="1"))))
    assert cluster.writes == []
    assert seen.lines()[-1] == "the brokers, as they are now, would refuse b: InvalidConfiguration: unknown no.such.key"


def test_thousands_of_topics_go_in_requests_of_a_size_that_a_controller_bears():
    cluster = FakeCluster()
    calls = Faults()
    wish = TopicWish(desired=tuple(topic(f"t{n:04}", 1) for n in range(500)))
    TopicsRun(cluster.world(faults=calls), wish, PACE).run()
    assert calls.calls.count("apply") == 10
    assert len(topic_writes(cluster)) == 500


FORMER = (topic("old", protected=False), topic("grown"))
WISH = TopicWish(desired=(ORDERS, topic("grown", 6), topic("new", retention_ms="5"), topic("other")), recorded=FORMER)


def before_the_change() -> FakeCluster:
    cluster = FakeCluster()
    run(cluster, *FORMER)
    cluster.writes.clear()
    return cluster


def points() -> list[tuple[int, bool]]:
    """Return every call of an undisturbed run, before and after its effect."""
    cluster, faults = before_the_change(), Faults()
    TopicsRun(cluster.world(faults=faults), WISH, PACE).run()
    return [(number, after) for number in range(1, len(faults.calls) + 1) for after in (False, True)]


@pytest.mark.parametrize(
    ("error", "for_good"),
    [(Killed, True), (KeyboardInterrupt, False), (lambda: EngineLost("gone"), True), (lambda: LeaseLost("gone"), True)],
    ids=["killed", "ctrl-c", "engine lost", "lease lost"],
)
def test_interrupted_at_any_call_the_next_run_finishes_and_does_nothing_twice(
    error: Callable[[], BaseException], for_good: bool
):
    for number, after in points():
        cluster, faults = before_the_change(), Faults(at=number, error=error, after=after, for_good=for_good)
        with pytest.raises((type(error()), Fatal)):
            TopicsRun(cluster.world(faults=faults), WISH, PACE).run()
        if cluster.lease.holder_lives:
            cluster.lease.holder_lives, cluster.lease.renewed = False, cluster.now
        TopicsRun(cluster.world("another"), WISH, PACE).run()
        where = f"call {number} ({faults.calls[-1]}), {'after' if after else 'before'}"
        writes = topic_writes(cluster)
        assert sorted(set(writes)) == sorted(writes), where
        assert len(writes) == 4, where
        assert not plan_topics(WISH.desired, (), cluster.world().topics.observe(WISH.names)).changes, where
        assert not cluster.lease.holder_lives, where
