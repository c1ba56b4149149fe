"""Properties of the planner over arbitrary situations; the oracles are written without the planner's own functions."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from hooks.planner import render
from hooks.planner.plan import plan
from hooks.planner.situation import Situation
from hooks.planner.snapshot import NodeId
from hooks.planner.step import Broken, Done, Restart, next_heal, next_roll
from hooks.planner.verdict import Stop, Wait
from tests.planner.situations import NEW, OLD, desired, kafka, partition, pod, servers, situation

BROKERS = (0, 1000, 2000)
DETERMINISTIC = settings(derandomize=True, deadline=None, database=None, max_examples=150)


@st.composite
def partitions(draw: st.DrawFn, index: int, calm: bool):
    replicas = draw(st.lists(st.sampled_from(BROKERS if calm else (*BROKERS, 7)), min_size=1, max_size=4, unique=True))
    if calm and draw(st.integers(0, 3)):
        return partition(replicas, min_isr=draw(st.integers(1, 3)), index=index)
    isr = draw(st.lists(st.sampled_from(replicas), min_size=1, unique=True))
    removing = draw(st.sampled_from([(), (), (), (replicas[-1],)]))
    return partition(
        replicas, isr, draw(st.integers(1, 3)), index=index, removing=removing if len(replicas) > 1 else ()
    )


@st.composite
def pods(draw: st.DrawFn, node: int, calm: bool):
    ready = calm or draw(st.sampled_from([True, True, True, False]))
    problem = None if ready else draw(st.sampled_from([None, "CrashLoopBackOff: x"]))
    beside = None if ready or problem else draw(st.sampled_from([None, "proxy"]))
    return pod(
        node,
        draw(st.sampled_from([OLD, OLD, NEW])),
        ready=ready,
        problem=problem,
        node_lost=not ready and beside is None and draw(st.booleans()),
        ailing_beside=beside,
        terminating=not ready and draw(st.sampled_from([False, False, True])),
    )


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    calm = draw(st.booleans())
    found = [draw(pods(node, calm)) for node in BROKERS if calm or draw(st.integers(0, 9))]
    state = kafka(
        *(draw(partitions(index, calm)) for index in range(draw(st.integers(0, 3)))),
        brokers=[node for node in BROKERS if calm or draw(st.integers(0, 9))],
        fenced=[node for node in BROKERS if not calm and not draw(st.integers(0, 9))],
        controller=draw(st.sampled_from((None, *BROKERS))),
    )
    broken = [p.uid for p in found if not p.ready and draw(st.booleans())]
    healthy = servers(_1="leader", _11="follower", _21=None)
    ensemble = healthy if calm else draw(st.sampled_from([(), healthy, servers(_1=None, _11=None)]))
    made = situation(
        *found,
        state=state if calm else draw(st.sampled_from([state, state, state, None])),
        ensemble=ensemble,
        broken=broken,
        proving=frozenset(NodeId(node) for node in BROKERS if not draw(st.integers(0, 4))),
    )
    # `situation` fills in three pods when there are none; here none means none.
    return replace(made, snapshot=replace(made.snapshot, pods=tuple(found)))


@DETERMINISTIC
@given(situations(), st.randoms(use_true_random=False))
def test_the_same_input_makes_the_same_plan_in_whatever_order_it_comes(found: Situation, shuffler):
    snapshot = found.snapshot
    mixed = replace(
        snapshot,
        pods=tuple(shuffler.sample(snapshot.pods, len(snapshot.pods))),
        workloads=tuple(shuffler.sample(snapshot.workloads, len(snapshot.workloads))),
        kafka=snapshot.kafka
        and replace(
            snapshot.kafka,
            partitions=tuple(shuffler.sample(snapshot.kafka.partitions, len(snapshot.kafka.partitions))),
            brokers=tuple(shuffler.sample(snapshot.kafka.brokers, len(snapshot.kafka.brokers))),
        ),
    )
    assert plan(mixed, desired()) == plan(snapshot, desired())
    assert next_roll(replace(found, snapshot=mixed)) == next_roll(found)


@DETERMINISTIC
@given(situations(), st.booleans())
def test_a_healthy_broker_restarts_only_where_no_write_and_no_other_broker_suffers(found: Situation, patient: bool):
    step = next_roll(found, patient=patient)
    if not isinstance(step, Restart) or step.heals:
        return
    state, gone = found.snapshot.kafka, step.pod.node_id
    assert state is not None
    registered = {broker.id for broker in state.brokers if not broker.fenced}
    assert registered >= set(BROKERS)
    serving = [p for p in found.snapshot.pods if p.ready or (p.ailing_beside and p.node_id == gone)]
    assert {p.node_id for p in serving if not p.terminating} == set(BROKERS)
    for asked in state.partitions:
        staying = asked.replicas - asked.removing
        left = (asked.isr & staying & registered) - {gone}
        if gone in asked.isr and len(staying) > 1:
            assert left, f"{asked} would be offline"
        if gone in asked.isr and len(staying) > asked.min_isr:
            assert len(left) >= asked.min_isr, f"{asked} would refuse writes"
        if patient:
            assert asked.isr == asked.replicas, f"{asked} is out of sync"
            assert not asked.removing


@DETERMINISTIC
@given(situations(), st.booleans(), st.sampled_from([next_heal, next_roll]))
def test_only_stale_pods_restart_and_none_at_all_after_one_at_the_desired_revision_failed(found, patient, decide):
    step = decide(found, patient=patient)
    if isinstance(step, Restart):
        assert step.pod.revision == OLD
        assert not step.pod.terminating
        assert not step.pod.node_lost
        current = [p for p in found.snapshot.pods if p.revision == NEW and not p.terminating]
        assert all(p.ready for p in current)
        assert not any(p.uid in found.broken for p in current)
    if isinstance(step, Restart) and step.heals:
        registered = {broker.id for broker in found.snapshot.kafka.brokers} if found.snapshot.kafka else set()
        fenced = {b.id for b in found.snapshot.kafka.brokers if b.fenced} if found.snapshot.kafka else set()
        assert not step.pod.ready or step.pod.node_id not in registered - fenced
        assert not step.pod.ailing_beside
    if isinstance(step, Broken):
        assert all(p.revision == NEW and not p.ready for p in step.pods)
    if isinstance(step, Wait | Stop):
        assert step.reasons


@DETERMINISTIC
@given(situations())
def test_the_end_is_everybody_at_the_desired_revision_and_serving(found: Situation):
    if next_roll(found) != Done():
        return
    assert {p.node_id for p in found.snapshot.pods if p.ready and p.revision == NEW} == set(BROKERS)
    assert found.snapshot.kafka is not None


@DETERMINISTIC
@given(situations())
def test_a_plan_names_exactly_the_stale_pods_with_the_leader_last(found: Situation):
    shown = plan(found.snapshot, desired())
    stale = {p.name: p for p in found.snapshot.pods if p.revision == OLD and not p.terminating}
    assert sorted(restart.pod for restart in shown.restarts) == sorted(stale)
    ready = [stale[restart.pod].ready for restart in shown.restarts]
    assert ready == sorted(ready), "not ready before ready"
    leader = found.snapshot.kafka.controller if found.snapshot.kafka else None
    led = [restart.pod for restart in shown.restarts if restart.node_id == leader and stale[restart.pod].ready]
    assert led in ([], [shown.restarts[-1].pod] if shown.restarts else [])
    assert not any(restart.leads for restart in shown.restarts[:-1]), "who comes last for leading is last"
    assert all(restart.reason for restart in shown.restarts)
    assert all(render.lines(shown))
