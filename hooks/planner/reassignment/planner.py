"""The plan itself, in steps, each a module of its own. Same input, same plan.

1. refuse what cannot be (refusals.py)
2. lift what must move whatever the balance (lifting.py), and know from then on what no plan can stay under (bounds.py)
3. choose a rack for everything that was lifted, by an exact flow (racks.py)
4. where the goal evens out: let replicas change rack where the racks' totals ask for it (crossing.py)
5. rack by rack: counts exactly, then bytes (levelling.py)
6. leaders by an exact flow, without moving data (leaders.py)

Guarantees: no partition's rack spread gets worse; nothing arrives on a broker that takes nothing new, or past its disk
limit; frozen topics keep replicas and order; a replica is copied at most once; planning again on the result finds
nothing to do, unless a disk limit held the plan back that the moves themselves ease.
"""

from dataclasses import replace

import numpy as np

from hooks.planner.reassignment.blocked import blocked, unplaced
from hooks.planner.reassignment.bounds import lower_bounds
from hooks.planner.reassignment.budget import within
from hooks.planner.reassignment.crossing import cross
from hooks.planner.reassignment.field import OFF_BOARD, Field, Flags, make_field
from hooks.planner.reassignment.leaders import leading_columns
from hooks.planner.reassignment.levelling import level, place
from hooks.planner.reassignment.lifting import lift
from hooks.planner.reassignment.log_dirs import arriving_dirs, log_dir_moves
from hooks.planner.reassignment.model import MovementPlan, Options, PartitionMove, Placement
from hooks.planner.reassignment.outcome import loads, loads_after, moves
from hooks.planner.reassignment.racks import choose_racks
from hooks.planner.reassignment.refusals import refusals

_ROUNDS = 6
_LEVELLING = ("grow", "level")


def make_plan(placement: Placement, options: Options) -> MovementPlan:
    """Return the plan for a goal."""
    before = loads(placement)
    if refused := refusals(placement, options):
        return MovementPlan(goal=options.goal, before=before, after=before, refused=refused)
    if options.goal == "log_dirs":
        inside, left = log_dir_moves(placement, options)
        return MovementPlan(goal=options.goal, log_dir_moves=inside, before=before, after=before, blocked=left)
    field = make_field(placement, options)
    if options.goal == "level" and _is_level_enough(field):
        return MovementPlan(goal=options.goal, before=before, after=before)
    lift(field)
    bounds = lower_bounds(field, levelling=options.goal in _LEVELLING)
    _settle(field)
    if refused := unplaced(field):
        return MovementPlan(goal=options.goal, before=before, after=before, bounds=bounds, refused=refused)
    done = _with_log_dirs(placement, moves(field, leading_columns(field, _free(field))), options)
    if options.byte_budget is not None and options.goal == "level":
        done = within(done, before, loads_after(before, done), options.byte_budget)
    return MovementPlan(
        goal=options.goal,
        moves=done,
        before=before,
        after=loads_after(before, done),
        bounds=replace(bounds, achieved_moves=_copies(done), achieved_bytes=sum(m.bytes_to_move for m in done)),
        blocked=blocked(field),
    )


def _is_level_enough(field: Field) -> bool:
    """Tell whether every broker's bytes are within the threshold of its share."""
    share = field.shares() * float(field.loaded[field.staying].sum())
    off = np.abs(field.loaded - share)[field.staying]
    return bool((off < field.options.bands.threshold * share[field.staying]).all())


def _with_log_dirs(
    placement: Placement, done: tuple[PartitionMove, ...], options: Options
) -> tuple[PartitionMove, ...]:
    chosen = arriving_dirs(placement, done, options)
    return tuple(replace(move, log_dirs=chosen[move.key]) if move.key in chosen else move for move in done)


def _copies(done: tuple[PartitionMove, ...]) -> int:
    return sum(len(move.adding) for move in done)


def _settle(field: Field) -> None:
    """Place and level, then again as if what was reached had been there from the start, until nothing changes.

    So a second plan finds nothing to do, whatever the local searches see only from where they start.
    """
    _place_all(field)
    home, must = field.home, field.must
    for _ in range(_ROUNDS):
        reached = field.at.copy()
        field.home = np.where(reached == OFF_BOARD, home, reached)
        field.must = must & (reached == OFF_BOARD)
        lift(field, anew=True)
        _place_all(field)
        if (field.at == reached).all():
            break
    field.home, field.must = home, must


def _place_all(field: Field) -> None:
    """Place what is off the board; level where the goal asks for it."""
    pool = choose_racks(field)
    if field.options.goal not in _LEVELLING:
        for rack, slots in pool.items():
            place(field, rack, slots)
        return
    pool = cross(field, pool)
    nothing = np.zeros(0, dtype=np.int64)
    for rack in range(len(field.racks)):
        left = level(field, rack, pool.get(rack, nothing))
        field.restore(left)


def _free(field: Field) -> Flags:
    """Return the partitions whose leader may change: all for an evening-out, else those whose replicas change."""
    placed = field.at.max(axis=1) >= 0
    if field.options.goal in _LEVELLING:
        return ~field.frozen & placed
    whole = ~(field.at == OFF_BOARD).any(axis=1)
    return ~field.frozen & placed & whole & (field.at != field.home).any(axis=1)
