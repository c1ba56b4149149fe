"""Which brokers restart together: racks, caps, colours, the lower bound; properties against oracles of their own."""

from collections import Counter
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hooks.planner.availability import may_restart_together
from hooks.planner.batches import batches, crowded, fewest
from hooks.planner.desired import Batching, DesiredCluster, Policy
from hooks.planner.plan import plan
from hooks.planner.render import data, lines
from hooks.planner.situation import Situation
from hooks.planner.snapshot import NodeId, ObservedPartition
from hooks.planner.step import Restart, next_heal, next_roll
from hooks.planner.verdict import Go, Wait
from tests.planner.situations import NEW, desired, ids, kafka, partition, pod, quorum, seeing, situation, workloads

NINE = (0, 1, 2, 1000, 1001, 1002, 2000, 2001, 2002)
STRIPED = [partition((n, 1000 + n, 2000 + (n + shift) % 3), index=3 * shift + n) for shift in (0, 1) for n in range(3)]
DETERMINISTIC = settings(derandomize=True, deadline=None, database=None, max_examples=200)


def by_rack(*, policy: Policy | None = None, **caps: float) -> DesiredCluster:
    return replace(desired(count=3, policy=policy), batching=Batching(by="rack", **caps))


def nine(*partitions: ObservedPartition, wanted: DesiredCluster | None = None, controller: int | None = 0) -> Situation:
    state = kafka(*partitions, brokers=NINE, controller=controller)
    found = situation(*(pod(node) for node in NINE), state=state, wanted=wanted or by_rack())
    return seeing(found, workloads=workloads(count=3))


def shown(found: Situation) -> list[list[int]]:
    return [[int(member.node_id) for member in batch] for batch in batches(found)]


def test_one_at_a_time_is_the_default():
    found = nine(*STRIPED, wanted=desired(count=3))
    assert shown(found) == [[node] for node in (*NINE[1:], 0)]
    assert fewest(found) == 9


def test_racks_restart_as_a_whole_and_the_one_with_the_leader_last():
    found = nine(*STRIPED)
    assert shown(found) == [[1000, 1001, 1002], [2000, 2001, 2002], [1, 2, 0]]
    assert fewest(found) == 3


def test_the_rack_that_a_broker_registered_with_counts_more_than_the_name_of_its_pool():
    found = nine(*STRIPED)
    assert found.snapshot.kafka is not None
    brokers = tuple(
        replace(broker, rack="east" if broker.id < 1500 else "west") for broker in found.snapshot.kafka.brokers
    )
    seen = replace(found.snapshot, kafka=replace(found.snapshot.kafka, brokers=brokers, partitions=()))
    wide = by_rack(max_share=1.0)
    assert shown(replace(found, snapshot=seen, desired=wide)) == [[2000, 2001, 2002], [1, 2, 1000, 1001, 1002, 0]]


@pytest.mark.parametrize(
    ("share", "sizes"),
    [(0.01, [1] * 9), (0.2, [1] * 9), (0.23, [2, 1] * 3), (0.33, [2, 1] * 3), (1 / 3, [3] * 3), (1.0, [3] * 3)],
)
def test_a_batch_holds_no_more_than_its_share_of_the_brokers(share: float, sizes: list[int]):
    found = nine(*STRIPED, wanted=by_rack(max_share=share))
    assert sorted(len(batch) for batch in batches(found)) == sorted(sizes)
    assert fewest(found) <= len(sizes)


def test_a_batch_leads_no_more_than_its_share_and_a_broker_that_leads_more_goes_alone():
    leading = [replace(found, leader=NodeId(1000)) for found in STRIPED[:2]]
    led = [*leading, *(replace(found, leader=NodeId(1001)) for found in STRIPED[2:4]), *STRIPED[4:]]
    found = nine(*led, wanted=by_rack(max_leader_share=0.3))
    assert shown(found) == [[2], [1000, 1002], [1001], [2000, 2001, 2002], [1, 0]]


def test_where_a_rack_holds_two_replicas_of_a_partition_colours_take_the_place_of_racks():
    crossed = [partition((0, 1, 1000)), partition((1001, 1002, 2000), index=1), partition((2001, 2002, 2), index=2)]
    found = nine(*crossed)
    assert [str(found) for found in crowded(found)] == ["t-0", "t-1", "t-2"]
    assert len(batches(found)) == fewest(found) == 3, "by racks it would be six"
    note = next(note for note in plan(found.snapshot, found.desired).notes if "in one rack" in note)
    assert note.endswith("spread them over the racks for faster restarts: 3 partitions (t-0, t-1, t-2)")


def test_a_single_crowded_partition_splits_its_rack_only():
    found = nine(partition((0, 1, 1000)), *STRIPED)
    assert len(batches(found)) == fewest(found) == 4, "0, 1 and one broker of each other rack share what has no room"
    assert all(isinstance(_together(found, batch), Go) for batch in shown(found))


def test_five_replicas_with_min_isr_three_let_two_of_them_go_together():
    deep = partition((0, 1, 2, 1000, 2000), min_isr=3)
    found = nine(deep)
    assert fewest(found) == 3
    assert max(len(set(batch) & {0, 1, 2, 1000, 2000}) for batch in shown(found)) == 2
    assert len(batches(found)) == 3


@pytest.mark.parametrize(
    ("asked", "together", "verdict"),
    [
        pytest.param(partition(), (0,), Go, id="one of three, min ISR two"),
        pytest.param(partition(), (0, 1), Go, id="and one that does not hold it"),
        pytest.param(partition(), (0, 1000), Wait, id="two of three"),
        pytest.param(partition((0, 1000, 2000), min_isr=1), (0, 1000), Go, id="two of three, min ISR one"),
        pytest.param(partition((0, 1000, 2000), min_isr=1), (0, 1000, 2000), Wait, id="all three"),
        pytest.param(partition((0, 1000), min_isr=2), (0,), Go, id="no spare: one, which the policy allows"),
        pytest.param(partition((0, 1000), min_isr=2), (0, 1000), Wait, id="no spare: never two"),
        pytest.param(partition((0, 1, 1000, 2000, 2001), min_isr=3), (0, 1), Go, id="two of five, min ISR three"),
        pytest.param(partition((0, 1, 2, 1000, 2001), min_isr=3), (0, 1, 2), Wait, id="three of five"),
    ],
)
def test_a_batch_is_proven_partition_by_partition(asked, together, verdict):
    assert isinstance(_together(nine(asked), together), verdict)


@pytest.mark.parametrize(("isr", "verdict"), [((0, 1000, 2000, 1), Go), ((0, 1000, 2000), Wait)])
def test_room_is_counted_from_the_live_isr(isr, verdict):
    asked = partition((0, 1, 1000, 2000), isr, min_isr=2)
    tolerant = by_rack(policy=Policy(foreign_urps="tolerate"))
    assert isinstance(_together(nine(asked, wanted=tolerant), (0, 2, 1000)), verdict)


def test_replicas_that_a_reassignment_removes_are_no_room():
    asked = partition((0, 1, 1000, 2000), min_isr=2, removing=(2000,))
    tolerant = by_rack(policy=Policy(foreign_urps="tolerate"))
    assert isinstance(_together(nine(asked, wanted=tolerant), (0, 1)), Wait)


def test_brokers_that_vote_keep_the_majority():
    """Scenario 77: combined nodes."""
    found = nine(*STRIPED)
    assert found.snapshot.kafka is not None
    voting = replace(found.snapshot.kafka, quorum=quorum(leader=0, lags={0: 0, 1: 0, 2000: 0}))
    combined = replace(found, snapshot=replace(found.snapshot, kafka=voting), desired=replace(by_rack(), mode="kraft"))
    assert _together(combined, (0, 1)) == Wait(
        ("controller quorum: only 2000 of 0, 1, 2000 would serve without 0, 1; 2 are needed",)
    )
    assert isinstance(_together(combined, (0, 2)), Go)


def test_a_batch_that_the_gate_does_not_allow_shrinks_to_its_first_broker():
    """Scenario 24: what batches know nothing of, here two voters in one rack, costs time and never safety."""
    found = nine(*STRIPED, controller=2000)
    assert found.snapshot.kafka is not None
    voting = replace(found.snapshot.kafka, quorum=quorum(leader=1000, lags={0: 0, 1: 0, 1000: 0}))
    step = next_roll(replace(seeing(found, kafka=voting), desired=replace(by_rack(), mode="kraft")))
    assert isinstance(step, Restart)
    assert [int(pod.node_id) for pod, _ in step.each] == [0]


def test_a_step_takes_the_first_batch_with_a_reason_for_each_pod():
    step = next_roll(nine(*STRIPED))
    assert isinstance(step, Restart)
    assert [(pod.node_id, why) for pod, why in step.each] == [(node, "config changed") for node in (1000, 1001, 1002)]


def test_pods_that_serve_nothing_are_healed_together():
    dead = [pod(node, ready=False, problem="CrashLoopBackOff: x") for node in (0, 1001)]
    alive = [pod(node) for node in NINE if node not in (0, 1001)]
    state = kafka(brokers=[node for node in NINE if node not in (0, 1001)], controller=2000)
    for wanted, together in ((by_rack(), [0, 1001]), (desired(count=3), [0])):
        found = situation(*dead, *alive, state=state, wanted=wanted)
        step = next_heal(found)
        assert isinstance(step, Restart)
        assert step.heals
        assert [int(pod.node_id) for pod, _ in step.each] == together
    assert shown(replace(found, desired=by_rack()))[0] == [0, 1001]


def test_a_pod_whose_sidecar_crashes_goes_alone_since_its_kafka_may_serve():
    ailing = [pod(node, ready=False, ailing_beside="exporter: CrashLoopBackOff") for node in (0, 1)]
    found = nine(*STRIPED, controller=2000)
    seen = seeing(found, pods=(*ailing, *found.snapshot.pods[2:]))
    assert shown(seen) == [[0], [1], [2], [1000, 1001, 1002], [2001, 2002, 2000]]
    assert fewest(seen) == 5


def test_a_quorum_never_restarts_in_batches():
    found = situation(wanted=replace(desired("controller", mode="kraft"), batching=Batching(by="rack", max_share=1.0)))
    assert [len(batch) for batch in batches(found)] == [1, 1, 1]


def test_a_preview_shows_the_batches_and_that_no_plan_needs_fewer():
    planned = plan(nine(*STRIPED).snapshot, by_rack())
    assert lines(planned) == (
        "9 pods will restart in 3 batches (no fewer are possible), the pods of a batch together:",
        "  batch 1. kafka-b-1000, kafka-b-1001, kafka-b-1002: config changed",
        "  batch 2. kafka-c-2000, kafka-c-2001, kafka-c-2002: config changed",
        "  batch 3. kafka-a-1, kafka-a-2: config changed",
        "  batch 3. kafka-a-0: config changed (leads now, so it comes last)",
    )
    assert (data(planned)["batches"], data(planned)["fewestBatches"]) == (3, 3)
    pairs = plan(nine(*STRIPED).snapshot, by_rack(max_share=0.3))
    assert lines(pairs)[0].startswith("9 pods will restart in 6 batches (no plan needs fewer than 5), ")


@st.composite
def clusters(draw: st.DrawFn) -> Situation:
    made = []
    for index in range(draw(st.integers(0, 8))):
        replicas = draw(st.lists(st.sampled_from(NINE), min_size=1, max_size=5, unique=True))
        made.append(partition(replicas, min_isr=draw(st.integers(1, 3)), index=index))
    share, leaders = draw(st.sampled_from([0.2, 0.25, 0.4, 1.0])), draw(st.sampled_from([0.1, 0.4, 1.0, 1.0]))
    policy = Policy(foreign_urps=draw(st.sampled_from(["wait", "tolerate"])))
    found = nine(
        *made,
        wanted=by_rack(policy=policy, max_share=share, max_leader_share=leaders),
        controller=draw(st.sampled_from((None, *NINE))),
    )
    current = draw(st.sets(st.sampled_from(NINE), max_size=6))
    pods = tuple(replace(p, revision=NEW) if int(p.node_id) in current else p for p in found.snapshot.pods)
    return replace(found, snapshot=replace(found.snapshot, pods=pods))


@DETERMINISTIC
@given(clusters())
def test_batches_hold_each_stale_broker_once_and_leave_every_partition_its_min_isr(found: Situation):
    kept = shown(found)
    stale = {int(p.node_id) for p in found.stale}
    assert Counter(node for batch in kept for node in batch) == Counter(stale)
    assert found.snapshot.kafka is not None
    for batch in kept:
        assert len(batch) <= max(1, int(found.desired.batching.max_share * 9 + 1e-6))
        for asked in found.snapshot.kafka.partitions:
            left = len(asked.replicas - set(batch))  # type: ignore[operator]
            away = len(asked.replicas) - left
            assert away <= 1 or left >= asked.min_isr, f"{batch} takes {away} of {asked}"
    leads = [found.leader in batch for batch in kept]
    assert not any(leads[:-1])


@DETERMINISTIC
@given(clusters())
def test_no_set_of_batches_is_smaller_than_the_lower_bound(found: Situation):
    stale = sorted(int(p.node_id) for p in found.stale)
    assert fewest(found) <= len(batches(found))
    if len(stale) <= 6 and found.desired.batching.max_leader_share == 1.0:
        assert fewest(found) <= _smallest(found, stale)


@DETERMINISTIC
@given(clusters())
def test_what_a_step_restarts_together_is_what_the_gate_allows(found: Situation):
    step = next_roll(found)
    if isinstance(step, Restart):
        assert isinstance(_together(found, [int(pod.node_id) for pod, _ in step.each]), Go)


def _together(found: Situation, nodes):
    return may_restart_together(found, ids(*nodes))


def _smallest(found: Situation, stale: list[int]) -> int:
    """The true minimum, by trying every way for partitions' sake alone; caps only make it larger."""
    assert found.snapshot.kafka is not None
    partitions = found.snapshot.kafka.partitions

    def fits(batch: tuple[int, ...]) -> bool:
        return all(
            len(set(batch) & set(map(int, asked.replicas))) <= max(1, len(asked.replicas) - asked.min_isr)
            for asked in partitions
        ) and len(batch) <= max(1, int(found.desired.batching.max_share * 9 + 1e-6))

    def need(left: frozenset[int]) -> int:
        if not left:
            return 0
        first, *rest = sorted(left)
        sets = ((first, *more) for size in range(len(rest) + 1) for more in combinations(rest, size))
        return 1 + min(need(left - set(batch)) for batch in sets if fits(batch))

    return need(frozenset(stale))
