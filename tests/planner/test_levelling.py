"""Levelling brokers: only past the threshold, never over the budget of a run, and it comes to an end."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hooks.planner.desired import Level
from hooks.planner.level import LevellingRun, levelling, lines
from hooks.planner.reassignment.check import rack_violations
from hooks.planner.reassignment.model import MovementPlan, Options, Placement
from tests.planner.test_draining import MANY, clusters
from tests.planner.test_filling import DESIRED, uneven

WANTED = Level(threshold=0.2)
OPTIONS = Options(goal="level")


def held(placement: Placement) -> list[int]:
    """Return the bytes of each broker."""
    return [sum(p.size_bytes for p in placement.partitions if broker.id in p.replicas) for broker in placement.brokers]


def size(plan: MovementPlan) -> int:
    return sum(move.bytes_to_move for move in plan.moves)


@pytest.mark.parametrize(("counts", "moves"), [((34, 30, 26), False), ((40, 30, 20), True), ((0, 0, 0), False)])
def test_nothing_moves_while_every_broker_is_within_the_threshold(counts: tuple[int, ...], moves: bool) -> None:
    found = levelling(uneven(*counts), WANTED, DESIRED)
    assert found.movement.changes == moves
    if moves:
        level = held(found.placement.after(found.movement.moves))
        assert max(level) - min(level) <= max(p.size_bytes for p in found.placement.partitions)


@MANY
@given(clusters())
def test_what_was_levelled_asks_for_nothing_more_and_no_rack_spread_is_broken(drawn) -> None:
    placement, _ = drawn
    after = placement.after(levelling(placement, WANTED, DESIRED).movement.moves)
    assert len(rack_violations(after, OPTIONS)) <= len(rack_violations(placement, OPTIONS))
    assert not size(levelling(after, WANTED, DESIRED).movement)


@MANY
@given(clusters(), st.integers(1, 4))
def test_runs_with_a_budget_stay_within_it_and_come_to_an_end(drawn, partitions: int) -> None:
    placement, _ = drawn
    budget = partitions * max((p.size_bytes for p in placement.partitions), default=1)
    for _ in range(200):
        movement = levelling(placement, replace(WANTED, budget=budget), DESIRED).movement
        assert size(movement) <= budget
        if not movement.changes:
            return
        placement = placement.after(movement.moves)
    raise AssertionError("every run moves something, for ever")


def test_a_run_plans_again_what_did_not_arrive_and_copies_no_more_than_it_may() -> None:
    placement = uneven(90, 0, 0)
    one = placement.partitions[0].size_bytes
    run = LevellingRun(wanted=Level(threshold=0.2, budget=20 * one), desired=DESIRED)
    first = run(placement)
    assert size(first) == 20 * one
    half = placement.after(first.moves[:10])
    second = run(half)
    assert 0 < size(second) <= 10 * one
    assert not run(half.after(second.moves)).changes


def test_the_preview_says_what_it_costs_and_why_nothing_is_done() -> None:
    said = lines(levelling(uneven(40, 30, 20), Level(threshold=0.2, budget=1 << 30), DESIRED))
    assert said[0] == "a broker's data is more than 20% from its share; they are levelled, at most 1.0 GiB in this run:"
    assert any("to copy" in line for line in said)
    assert lines(levelling(uneven(30, 30, 30), WANTED, DESIRED)) == ()
    assert lines(None) == ()


def test_frozen_topics_stay_where_they_are() -> None:
    placement = uneven(40, 30, 20)
    frozen = replace(DESIRED, frozen=placement.topics | {"of tomorrow"})
    assert not levelling(placement, WANTED, frozen).movement.changes
