"""`python -m hooks rebalance plan|check|snapshot`: the reassignment planner for whoever has only a cluster and a shell.

    plan      what to move for a goal, as text, as data (--json), as a file for kafka-reassign-partitions
    check     how uneven the placement is, and what levelling it would cost
    snapshot  the placement as JSON, for a plan elsewhere or later

The placement comes from a live cluster, or from a file, whose format is in hooks/planner/reassignment/snapshot_json.py.
Nothing here changes a cluster.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import get_args

from hooks.interfaces import HookError
from hooks.planner.reassignment.check import check_placement
from hooks.planner.reassignment.kafka_json import UnreadableError, reassignment, rollback
from hooks.planner.reassignment.model import Bands, Goal, MovementPlan, Options, Placement
from hooks.planner.reassignment.plan import plan_movement
from hooks.planner.reassignment.rendering import movement_data, movement_lines, size_text
from hooks.planner.reassignment.snapshot_json import read_snapshot, snapshot
from hooks.planner.snapshot import NodeId


def rebalance(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code: 0 done, 1 refused or failed."""
    given = _parser().parse_args(arguments)
    try:
        placement = _placement(given)
        return {"check": _check, "plan": _plan, "snapshot": _snapshot}[given.command](placement, given)
    except (HookError, UnreadableError, OSError) as error:
        print(error, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m hooks rebalance", description=__doc__)
    words = "say what to move, or how uneven it is, or write down who holds what"
    parser.add_argument("command", choices=("plan", "check", "snapshot"), help=words)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--snapshot", type=Path, help="the placement as a JSON file")
    source.add_argument("--bootstrap", metavar="HOST:PORT,...", help="brokers of a live cluster, which is asked for it")
    parser.add_argument(
        "--command-config", type=Path, help="client.properties for --bootstrap, as for Kafka's own tools"
    )
    parser.add_argument("--goal", choices=get_args(Goal), default="grow", help="what the plan is for (default: grow)")
    parser.add_argument("--drain", type=_ids, default=frozenset(), metavar="IDS", help="brokers to empty: 4,5")
    parser.add_argument("--exclude", type=_ids, default=frozenset(), metavar="IDS", help="brokers that get nothing new")
    parser.add_argument("--topics", type=_names, default=frozenset(), help="topics of a replication_factor plan")
    parser.add_argument("--freeze", type=_names, default=frozenset(), help="topics that must not change")
    parser.add_argument("--replication-factor", type=int, help="replicas that each partition should have")
    parser.add_argument("--relax-racks", action="store_true", help="a lost rack's replicas may go to other racks")
    parser.add_argument("--band", type=float, default=0.02, help="share by which bytes may differ (default: 0.02)")
    parser.add_argument("--threshold", type=float, default=0.0, help="level only when bytes differ by more (level)")
    parser.add_argument("--budget", type=int, help="most bytes to copy (level)")
    parser.add_argument("--throttle", type=int, help="bytes per second and broker, for the estimated time")
    parser.add_argument("--disk-limit", type=float, default=0.85, help="share of a disk that may fill (default: 0.85)")
    parser.add_argument("--json", action="store_true", help="print data instead of text")
    parser.add_argument("--reassignment-json", type=Path, help="write the file for kafka-reassign-partitions here")
    parser.add_argument("--rollback-json", type=Path, help="write the file that undoes it here")
    return parser


def _ids(text: str) -> frozenset[NodeId]:
    return frozenset(NodeId(int(part)) for part in text.split(",") if part)


def _names(text: str) -> frozenset[str]:
    return frozenset(part for part in text.split(",") if part)


def _options(given: argparse.Namespace) -> Options:
    return Options(
        goal="drain" if given.drain else given.goal,
        drained=given.drain,
        bands=Bands(bytes=given.band, threshold=given.threshold),
        topics=given.topics,
        frozen_topics=given.freeze,
        excluded=given.exclude,
        replication_factor=given.replication_factor,
        relax_racks=given.relax_racks,
        throttle=given.throttle,
        disk_limit=given.disk_limit,
        byte_budget=given.budget,
    )


def _placement(given: argparse.Namespace) -> Placement:
    if given.bootstrap:
        # Imported here: whoever has a file needs no client.
        from hooks.clients.direct import placement, read_properties  # noqa: PLC0415

        return placement(given.bootstrap, read_properties(given.command_config) if given.command_config else {})
    try:
        document: object = json.loads(given.snapshot.read_text())
    except json.JSONDecodeError as error:
        raise UnreadableError(f"{given.snapshot}: not JSON: {error}") from None
    return read_snapshot(document)


def _plan(placement: Placement, given: argparse.Namespace) -> int:
    options = _options(given)
    plan = plan_movement(placement, options)
    if given.json:
        print(json.dumps(movement_data(placement, plan, options), indent=2))
    else:
        print("\n".join(movement_lines(placement, plan, options)))
    if plan.refused:
        return 1
    if given.reassignment_json:
        _write(given.reassignment_json, reassignment(plan.moves))
    if given.rollback_json:
        _write(given.rollback_json, rollback(plan.moves))
    return 0


def _snapshot(placement: Placement, _: argparse.Namespace) -> int:
    print(json.dumps(snapshot(placement), indent=2))
    return 0


def _check(placement: Placement, given: argparse.Namespace) -> int:
    """Print how uneven the placement is, and what levelling would cost."""
    options = replace(_options(given), goal="level")
    found = check_placement(placement, options)
    plan: MovementPlan = plan_movement(placement, options)
    if given.json:
        even = found.spreads
        print(
            json.dumps(
                {
                    "problems": list(found.problems),
                    "rackViolations": [f"{topic}-{index}" for topic, index in found.rack_violations],
                    "replicas": even.replicas,
                    "leaders": even.leaders,
                    "bytes": even.bytes,
                    "bytesOfMean": even.bytes_of_mean,
                    "levelling": movement_data(placement, plan, options),
                },
                indent=2,
            )
        )
        return 0
    print("\n".join(_uneven(placement, options)))
    print("\n".join(movement_lines(placement, plan, options)))
    return 0


def _uneven(placement: Placement, options: Options) -> list[str]:
    found = check_placement(placement, options)
    even = found.spreads
    low, high = even.bytes_of_mean
    return [
        *found.problems,
        f"{len(found.rack_violations)} partitions with a broken rack spread",
        f"replicas per broker {even.replicas[0]} to {even.replicas[1]}, leaders {even.leaders[0]} to {even.leaders[1]}",
        f"bytes per broker {size_text(even.bytes[0])} to {size_text(even.bytes[1])}: "
        + f"{low:.2f} to {high:.2f} of its share",
    ]


def _write(path: Path, document: object) -> None:
    path.write_text(json.dumps(document, indent=2) + "\n")
