"""What holds for every plan on every cluster, judged by `check_placement`, which shares no code with the planner."""

from hypothesis import event, given, settings
from hypothesis import strategies as st

from hooks.planner.reassignment.check import check_placement
from hooks.planner.reassignment.model import Goal, MovementPlan, Options, Placement
from hooks.planner.reassignment.plan import plan_movement
from tests.planner.reassignment.clusters import placements, wishes

SETTINGS = settings(deadline=None, max_examples=25, derandomize=True)
"""The same examples every time: a check of somebody else's change does not fail on a new one found here."""
GOALS: tuple[Goal, ...] = ("grow", "drain", "heal", "level", "replication_factor")


def planned(data: st.DataObject, *goals: Goal) -> tuple[Placement, Options, MovementPlan]:
    placement = data.draw(placements())
    options = data.draw(wishes(placement, goals or GOALS))
    plan = plan_movement(placement, options)
    event(f"{options.goal}: {'refused' if plan.refused else 'moves' if plan.changes else 'nothing to do'}")
    return placement, options, plan


@SETTINGS
@given(data=st.data())
def test_every_plan_leads_to_a_placement_that_the_judge_accepts(data: st.DataObject):
    placement, options, plan = planned(data)
    if plan.refused:
        assert plan.moves == ()
    else:
        assert check_placement(placement.after(plan.moves), options, placement).problems == ()


@SETTINGS
@given(data=st.data())
def test_a_second_plan_on_the_result_is_empty(data: st.DataObject):
    placement, options, plan = planned(data)
    limited = any(broker.capacity_bytes is not None for broker in placement.brokers)
    if not plan.refused and not limited:
        again = plan_movement(placement.after(plan.moves), options)
        assert again.refused or again.moves == ()


@SETTINGS
@given(data=st.data())
def test_the_same_input_gives_the_same_plan(data: st.DataObject):
    placement, options, plan = planned(data)
    assert plan_movement(placement, options) == plan


@SETTINGS
@given(data=st.data())
def test_each_move_starts_from_what_is_there_and_names_each_broker_once(data: st.DataObject):
    placement, _, plan = planned(data)
    present = {partition.key: partition.replicas for partition in placement.partitions}
    for move in plan.moves:
        assert move.current == present[move.key]
        assert move.current != move.target
        assert len(set(move.target)) == len(move.target)


@SETTINGS
@given(data=st.data())
def test_a_drain_copies_exactly_what_was_on_the_drained_brokers(data: st.DataObject):
    placement, options, plan = planned(data, "drain")
    if plan.refused:
        return
    copied = sum(move.bytes_to_move for move in plan.moves)
    assert copied == plan.bounds.bytes == plan.bounds.achieved_bytes
    after = placement.after(plan.moves)
    assert not any(options.drained.intersection(partition.replicas) for partition in after.partitions)


@SETTINGS
@given(data=st.data())
def test_the_loads_say_what_the_moves_do(data: st.DataObject):
    placement, _, plan = planned(data)
    nothing = plan_movement(placement.after(plan.moves), Options(goal="grow", frozen_topics=everything(placement)))
    assert plan.after == nothing.before


def everything(placement: Placement) -> frozenset[str]:
    return frozenset(partition.topic for partition in placement.partitions)


@SETTINGS
@given(data=st.data())
def test_a_heal_leaves_no_replica_on_a_dead_broker_where_it_says_nothing_waits(data: st.DataObject):
    placement, options, plan = planned(data, "heal")
    dead = {broker.id for broker in placement.brokers if not broker.alive}
    if plan.refused or any("cannot be healed" in reason for reason in plan.blocked):
        return
    for partition in placement.after(plan.moves).partitions:
        assert partition.topic in options.frozen_topics or not dead.intersection(partition.replicas)
