"""Brokers that the spec calls lost: replicas made anew, nobody waited for, and nothing that could lose data."""

import re
from dataclasses import replace

import pytest

from hooks.interfaces import Fatal, Refused
from hooks.planner import render
from hooks.planner.desired import DesiredCluster, Pace
from hooks.planner.plan import Plan, plan
from hooks.planner.promise import promises
from hooks.planner.reassignment.schedule import Limits
from hooks.planner.snapshot import NodeId
from hooks.runners.brokers import BrokersRun
from hooks.runners.observe import holdings, observe
from tests.fakes.cluster import FakeCluster
from tests.runners.movements import holders, lose
from tests.runners.test_shrink import built, nothing_is_left

PACE = Pace(stable_window=1.0, poll=1.0, ready_timeout=120.0)


def without(mode: str = "kraft", *nodes: int, **racks: int) -> FakeCluster:
    cluster = built(mode, **racks)
    lose(cluster, *nodes)
    return cluster


def wanted(cluster: FakeCluster, *lost: int) -> DesiredCluster:
    named = frozenset(NodeId(node) for node in lost)
    return replace(cluster.desired(pace=PACE), limits=Limits(bandwidth=4 << 20), lost=named)


def planned(cluster: FakeCluster, desired: DesiredCluster) -> Plan:
    world = cluster.world()
    snapshot = observe(world, "broker")
    return plan(snapshot, desired, placement=holdings(world, snapshot, desired))


def spread(cluster: FakeCluster) -> bool:
    return all({node // 1000 for node in p.replicas} == {0, 1, 2} for p in cluster.kafka.partitions)


@pytest.mark.parametrize("mode", ["kraft", "zookeeper"])
def test_a_lost_brokers_replicas_are_made_anew_in_its_rack_and_the_run_ends_without_it(mode: str) -> None:
    """Scenario 65, by the user's word."""
    cluster = without(mode, 1001)
    report = BrokersRun(cluster.world(), wanted(cluster, 1001)).run()
    assert holders(cluster) == {0, 1, 1000, 2000, 2001} and spread(cluster)
    assert [line.split(":")[0] for line in report.lines()] == ["making the replicas of lost broker 1001 anew"]
    assert cluster.deletions == [] and cluster.kubernetes.workloads["kafka-b"].replicas == 2
    nothing_is_left(cluster)


def test_a_second_run_writes_nothing_though_the_broker_is_still_down() -> None:
    cluster = without("kraft", 1001)
    BrokersRun(cluster.world(), wanted(cluster, 1001)).run()
    writes = list(cluster.writes)
    assert not BrokersRun(cluster.world(), wanted(cluster, 1001)).run().changed
    assert cluster.writes == writes


def test_a_broker_that_nobody_calls_lost_keeps_its_replicas_and_is_waited_for() -> None:
    cluster = without("kraft", 1001)
    with pytest.raises(Fatal, match="kafka-b-1001 is not ready"):
        BrokersRun(cluster.world(), wanted(cluster)).run()
    assert 1001 in holders(cluster)


def test_the_others_roll_without_the_lost_one() -> None:
    cluster = without("kraft", 1001)
    cluster.apply(config="2")
    BrokersRun(cluster.world(), wanted(cluster, 1001)).run()
    assert sorted(cluster.restarted) == [0, 1, 1000, 2000, 2001]
    assert cluster.harm == []
    nothing_is_left(cluster)


def test_a_named_broker_that_serves_is_like_the_others_and_the_preview_says_so() -> None:
    cluster = built()
    assert not BrokersRun(cluster.world(), wanted(cluster, 1001)).run().changed
    assert (
        "note: broker 1001 is in rebalance.lostBrokers and serves: it is like the others; take it out of the list"
        in (render.lines(planned(cluster, wanted(cluster, 1001))))
    )
    cluster.apply(config="2")
    BrokersRun(cluster.world(), wanted(cluster, 1001)).run()
    assert sorted(cluster.restarted) == [0, 1, 1000, 1001, 2000, 2001]


def test_a_broker_that_comes_back_rolls_and_gets_replicas_again_by_the_fill() -> None:
    cluster = without("kraft", 1001)
    desired = cluster.apply(config="2")
    BrokersRun(cluster.world(), replace(desired, pace=PACE, lost=frozenset({NodeId(1001)}))).run()
    assert cluster.revisions()[1001] == "c1-i3.9" and 1001 not in holders(cluster)
    cluster.pod(1001).started = cluster.now
    cluster.kubernetes.terminate(cluster.pod(1001))
    cluster.sleep(30.0)
    BrokersRun(cluster.world(), replace(wanted(cluster), fill=True)).run()
    assert set(cluster.revisions().values()) == {"c2-i3.9"}
    assert 1001 in holders(cluster) and spread(cluster)
    nothing_is_left(cluster)


def test_what_has_no_other_replica_in_sync_is_left_and_named_and_the_rest_is_made_anew() -> None:
    """Scenario 66, by the user's word: no unclean election, ever."""
    cluster = built()
    cluster.kafka.add_topic("alone", [[1001]], min_isr=1)
    lose(cluster, 1001)
    said = "\n".join(render.lines(planned(cluster, wanted(cluster, 1001))))
    left = (
        r"nothing to copy from: alone-0 \(last held by broker 1001\); they stay as they are, since no unclean election"
    )
    assert re.search(left, said)
    BrokersRun(cluster.world(), wanted(cluster, 1001)).run()
    assert [str(p) for p in cluster.kafka.partitions if 1001 in p.replicas] == ["alone-0"]
    assert any(re.search(left, line) for line in cluster.said)
    alone = next(p for p in cluster.kafka.partitions if p.topic == "alone")
    assert (alone.isr, alone.leader) == ({1001}, None)
    assert cluster.record is None


def test_where_its_rack_has_no_other_broker_the_replicas_wait_until_one_is_added() -> None:
    cluster = without("kraft", 1000, a=2, b=1, c=2)
    said = "\n".join(render.lines(planned(cluster, wanted(cluster, 1000))))
    assert "no live broker can take the replicas of" in said and "Add a broker to the rack of broker 1000" in said
    assert not BrokersRun(cluster.world(), wanted(cluster, 1000)).run().moved
    larger = cluster.wanting(wanted(cluster, 1000), b=2)
    foreseen = promises(planned(cluster, larger))
    assert "payments-0 to 0, 1001, 2000" in foreseen and "pool b grows to 2" in foreseen
    report = BrokersRun(cluster.world(), replace(larger, promised=frozenset(foreseen))).run()
    assert report.grown == (1001,) and spread(cluster)
    assert 1000 not in holders(cluster)
    nothing_is_left(cluster)


def test_what_leaves_in_the_same_run_takes_nothing() -> None:
    cluster = without("kraft", 1001, a=2, b=3, c=2)
    desired = cluster.wanting(wanted(cluster, 1001), b=2)
    foreseen = promises(planned(cluster, desired))
    BrokersRun(cluster.world(), replace(desired, promised=frozenset(foreseen))).run()
    assert holders(cluster) == {0, 1, 1000, 2000, 2001} and spread(cluster)
    assert not any(re.search(r"alter .*1002\b.*\+", line) for line in cluster.writes)
    nothing_is_left(cluster)


def test_frozen_topics_stay_and_are_named() -> None:
    cluster = without("kraft", 1001)
    desired = replace(wanted(cluster, 1001), frozen=frozenset({"payments"}))
    said = "\n".join(render.lines(planned(cluster, desired)))
    assert "frozen topics keep their replicas on broker 1001: payments-1, payments-3, payments-5" in said
    BrokersRun(cluster.world(), desired).run()
    assert {p.topic for p in cluster.kafka.partitions if 1001 in p.replicas} == {"payments"}


def test_a_run_does_not_do_what_its_preview_did_not_promise() -> None:
    cluster = without("kraft", 1001)
    with pytest.raises(Refused, match="would do what the promised plan does not say"):
        BrokersRun(cluster.world(), replace(wanted(cluster, 1001), promised=frozenset())).run()
    assert holders(cluster) == {0, 1, 1000, 1001, 2000, 2001}


def test_the_preview_says_which_partitions_get_replicas_where_and_why() -> None:
    cluster = without("kraft", 1001)
    found = planned(cluster, wanted(cluster, 1001))
    said = "\n".join(render.lines(found))
    assert found.changes
    assert "broker 1001 is lost, as rebalance.lostBrokers says: its replicas are made anew on live brokers" in said
    assert "__consumer_offsets-1 (1001 to 1000)" in said
    assert "broker 1001 (b): replicas 6 -> 0" in said and "heal: 6 replicas of 6 partitions to copy" in said
    assert "note: broker 1001 is lost, as rebalance.lostBrokers says (kafka-b-1001 is not ready" in said
    data = render.data(found)
    assert len(data["restoring"]) == sum(" to " in line for line in promises(found)) == 6  # type: ignore[arg-type]
    assert cluster.writes == []


def test_that_kafka_still_counts_a_lost_broker_among_the_living_is_said() -> None:
    cluster = built()
    cluster.kubernetes.crash(cluster.pod(1001))
    cluster.pod(1001).started = float("inf")
    cluster.sleep(1.0)
    found = planned(cluster, wanted(cluster, 1001))
    assert any("Kafka still counts it among the living" in line for line in found.notes)
