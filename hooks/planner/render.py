"""A plan as lines for people and as plain data for machines; both complete, both the same every time."""

from collections.abc import Mapping, Sequence

from hooks.planner.fill import lines as filling
from hooks.planner.growth import Growth
from hooks.planner.level import lines as levelling
from hooks.planner.lost import lines as restoring
from hooks.planner.plan import Plan, PlannedRestart
from hooks.planner.reassignment.model import PartitionMove
from hooks.planner.reassignment.rendering import digest
from hooks.planner.shrink import Leaving
from hooks.planner.shrink import lines as shrinking
from hooks.planner.text import count, ids, some_lines

_PLURAL = {"broker": "brokers", "controller": "controllers", "zookeeper": "ZooKeeper servers"}

Row = Mapping[str, str | int | bool | Sequence[int]]
Data = Mapping[str, str | bool | int | Sequence[str] | Sequence[int] | Sequence[Row] | None]


def lines(plan: Plan) -> tuple[str, ...]:
    """Return the plan as text lines; one line says so when there is nothing to do."""
    what = _PLURAL[plan.component]
    said: list[str] = []
    if plan.unseen is not None:
        said.append(f"could not see the {what}: {plan.unseen}")
    said += [f"refused: {blocker}" for blocker in plan.blockers]
    for pool in plan.growth:
        new = "" if pool.exists else " (its StatefulSet is still to come)"
        said.append(f"pool {pool.pool} grows from {pool.present} to {pool.wanted}: new {ids(pool.ids)}{new}")
    said += [f"{growth}, and nobody restarts" for growth in plan.volumes]
    said += restoring(plan.restoring)
    said += shrinking(plan.leaving, plan.drain, plan.placement)
    said += filling(plan.filling)
    said += levelling(plan.levelling)
    said += [f"awaited: {line}" for line in some_lines(plan.awaited)]
    said += plan.leftovers
    said += _restarts(plan)
    said += [f"note: {note}" for note in plan.notes]
    return tuple(said) or (f"{what}: nothing to do",)


def _restarts(plan: Plan) -> list[str]:
    """Return a line for each pod that restarts alone, else one for each batch and reason."""
    if not plan.restarts:
        return []
    pods = count(len(plan.restarts), "pod")
    if len(plan.batches) == len(plan.restarts):
        return [f"{pods} will restart, one at a time:"] + [
            f"  {number}. {restart.pod}: {restart.reason}{_last(restart)}"
            for number, restart in enumerate(plan.restarts, start=1)
        ]
    least = "no fewer are possible" if len(plan.batches) == plan.fewest else f"no plan needs fewer than {plan.fewest}"
    said = [f"{pods} will restart in {count(len(plan.batches), 'batch')} ({least}), the pods of a batch together:"]
    for number, batch in enumerate(plan.batches, start=1):
        for why in dict.fromkeys(restart.reason + _last(restart) for restart in batch):
            named = ", ".join(restart.pod for restart in batch if restart.reason + _last(restart) == why)
            said.append(f"  batch {number}. {named}: {why}")
    return said


def _last(restart: PlannedRestart) -> str:
    return " (leads now, so it comes last)" if restart.leads else ""


def data(plan: Plan) -> Data:
    """Return the plan as JSON-able data."""
    return {
        "component": plan.component,
        "changes": plan.changes,
        "unseen": plan.unseen,
        "blockers": list(plan.blockers),
        "growth": [_resized(pool) for pool in plan.growth],
        "restoring": [_move(move) for move in (plan.restoring.movement.moves if plan.restoring is not None else ())],
        "leaving": [_resized(pool) for pool in plan.leaving],
        "moves": [_move(move) for move in (plan.drain.moves if plan.drain is not None else ())],
        "movement": digest(plan.drain) if plan.drain is not None and plan.drain.changes else None,
        "filled": [int(node) for node in sorted(plan.filling.needy if plan.filling is not None else ())],
        "filling": [_move(move) for move in (plan.filling.movement.moves if plan.filling is not None else ())],
        "levelling": [_move(move) for move in (plan.levelling.movement.moves if plan.levelling is not None else ())],
        "volumes": [
            {"pool": one.pool, "workload": one.workload, "present": one.present, "wanted": one.wanted}
            for one in plan.volumes
        ],
        "awaited": list(plan.awaited),
        "leftovers": list(plan.leftovers),
        "restarts": [
            {
                "pod": restart.pod,
                "id": int(restart.node_id),
                "reason": restart.reason,
                "leads": restart.leads,
                "batch": restart.batch,
            }
            for restart in plan.restarts
        ],
        "batches": len(plan.batches),
        "fewestBatches": plan.fewest,
        "notes": list(plan.notes),
    }


def _resized(pool: Growth | Leaving) -> Row:
    return {
        "pool": pool.pool,
        "workload": pool.workload,
        "present": pool.present,
        "wanted": pool.wanted,
        "ids": [int(node) for node in pool.ids],
    }


def _move(move: PartitionMove) -> Row:
    return {
        "topic": move.topic,
        "partition": move.index,
        "bytes": move.size_bytes,
        "from": [int(node) for node in move.current],
        "to": [int(node) for node in move.target],
    }
