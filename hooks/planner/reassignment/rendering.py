"""A movement plan as lines for people and as data for machines, and the digest by which a run can insist on it."""

import hashlib
import json
from collections.abc import Sequence

from hooks.planner.reassignment.check import rack_violations
from hooks.planner.reassignment.forecast import Forecast, forecast
from hooks.planner.reassignment.kafka_json import reassignment
from hooks.planner.reassignment.model import BrokerLoad, MovementPlan, Options, Placement
from hooks.planner.text import count, some

Json = dict[str, object]

_SHOWN_BROKERS = 12


def digest(plan: MovementPlan) -> str:
    """Return a digest of what the plan does: equal for equal moves, whatever the cluster looked like."""
    moves = [[m.topic, m.index, list(m.current), list(m.target)] for m in plan.moves]
    dirs = [[m.topic, m.index, m.broker, m.source, m.target] for m in plan.log_dir_moves]
    return hashlib.sha256(json.dumps([moves, dirs]).encode()).hexdigest()[:16]


def size_text(number: float) -> str:
    """Return bytes in a unit that reads well: `0 B`, `1.5 GiB`."""
    unit = "B"
    for bigger in ("KiB", "MiB", "GiB", "TiB", "PiB"):
        if abs(number) < 1024:
            break
        number, unit = number / 1024, bigger
    return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"


def time_text(seconds: float) -> str:
    """Return seconds in a unit that reads well."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def movement_lines(placement: Placement, plan: MovementPlan, options: Options) -> tuple[str, ...]:
    """Return the plan as text lines; one line says so when there is nothing to do."""
    if plan.refused:
        return tuple(f"refused: {reason}" for reason in plan.refused)
    notes = tuple(f"blocked: {reason}" for reason in plan.blocked)
    if not plan.changes:
        return (f"{plan.goal}: nothing to move", *notes)
    cost = forecast(placement, plan, options)
    return (
        *_summary(plan, cost),
        *_log_dirs(plan),
        *_cost(cost, options),
        spread_text(placement, plan, options),
        *_brokers(plan),
        *notes,
        f"plan {digest(plan)}",
    )


def _summary(plan: MovementPlan, cost: Forecast) -> list[str]:
    if not plan.moves:
        return []
    bounds = plan.bounds
    said = [
        f"{plan.goal}: {count(cost.replicas, 'replica')} of {count(cost.partitions, 'partition')} to copy, "
        + f"{size_text(cost.bytes)}; of {count(cost.reorders, 'partition')} only the preferred leader changes"
    ]
    if cost.replicas:
        said.append(
            f"no plan needs fewer than {count(bounds.moves, 'copy').replace('copys', 'copies')} and "
            + f"{size_text(bounds.bytes)}: {bounds.moves_ratio:.2f} and {bounds.bytes_ratio:.2f} times that"
        )
    return said


def _log_dirs(plan: MovementPlan) -> list[str]:
    if not plan.log_dir_moves:
        return []
    size = sum(move.size_bytes for move in plan.log_dir_moves)
    return [f"{count(len(plan.log_dir_moves), 'replica')} change the log dir inside their broker, {size_text(size)}"]


def _cost(cost: Forecast, options: Options) -> list[str]:
    said: list[str] = []
    if cost.peak_extra:
        peaks = [f"broker {node} {size_text(extra)}" for node, extra in cost.peak_extra]
        said.append(f"across racks: {size_text(cost.cross_rack_bytes)}; most extra disk on the way: {some(peaks, 3)}")
    if cost.busiest is not None:
        node, size = cost.busiest
        line = f"the busiest broker is {node} with {size_text(size)} to send or receive"
        if cost.seconds is not None and options.throttle is not None:
            line += f": at {size_text(options.throttle)}/s that takes {time_text(cost.seconds)} at least"
        said.append(line)
    return said


def spread_text(placement: Placement, plan: MovementPlan, options: Options) -> str:
    """Return in words how many partitions could be spread better over the racks, before the plan and after it."""
    before = len(rack_violations(placement, options))
    after = len(rack_violations(placement.after(plan.moves), options))
    return f"partitions with a broken rack spread: {before} before, {after} after"


def _brokers(plan: MovementPlan) -> list[str]:
    """Return a line for each broker that changes, the largest changes first when there are many."""
    pairs = [(b, a) for b, a in zip(plan.before, plan.after, strict=True) if b != a]
    shown = sorted(pairs, key=lambda pair: (-abs(pair[1].bytes - pair[0].bytes), pair[0].id))[:_SHOWN_BROKERS]
    said = [_broker(before, after) for before, after in sorted(shown, key=lambda pair: pair[0].id)]
    if len(pairs) > len(shown):
        said.append(f"  and {len(pairs) - len(shown)} more brokers")
    return said


def _broker(before: BrokerLoad, after: BrokerLoad) -> str:
    rack = f" ({before.rack})" if before.rack is not None else ""
    return (
        f"  broker {before.id}{rack}: replicas {before.replicas} -> {after.replicas}, leaders {before.leaders} -> "
        + f"{after.leaders}, {size_text(before.bytes)} -> {size_text(after.bytes)}"
    )


def movement_data(placement: Placement, plan: MovementPlan, options: Options) -> Json:
    """Return the whole plan as JSON-able data; `reassignment` in it is a file for kafka-reassign-partitions."""
    cost = forecast(placement, plan, options)
    after = placement.after(plan.moves)
    return {
        "goal": plan.goal,
        "digest": digest(plan),
        "changes": plan.changes,
        "refused": list(plan.refused),
        "blocked": list(plan.blocked),
        "partitionsToMove": cost.partitions,
        "partitionsToReorder": cost.reorders,
        "replicasToCopy": cost.replicas,
        "bytesToCopy": cost.bytes,
        "crossRackBytes": cost.cross_rack_bytes,
        "leastReplicas": plan.bounds.moves,
        "leastBytes": plan.bounds.bytes,
        "leastSeconds": cost.seconds,
        "peakExtraBytes": {str(node): extra for node, extra in cost.peak_extra},
        "rackViolationsBefore": [f"{topic}-{index}" for topic, index in rack_violations(placement, options)],
        "rackViolationsAfter": [f"{topic}-{index}" for topic, index in rack_violations(after, options)],
        "before": _loads(plan.before),
        "after": _loads(plan.after),
        "logDirMoves": [
            {
                "topic": move.topic,
                "partition": move.index,
                "broker": int(move.broker),
                "from": move.source,
                "to": move.target,
                "bytes": move.size_bytes,
            }
            for move in plan.log_dir_moves
        ],
        "reassignment": reassignment(plan.moves),
    }


def _loads(loads: Sequence[BrokerLoad]) -> list[Json]:
    return [
        {
            "id": int(load.id),
            "rack": load.rack,
            "replicas": load.replicas,
            "leaders": load.leaders,
            "bytes": load.bytes,
        }
        for load in loads
    ]
