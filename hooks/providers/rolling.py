"""How brokers roll, on Pulumi's wire: what the stack file says beyond the waits.

What is not given has the planner's default.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal, NotRequired, TypedDict

from hooks.planner.desired import Batching, Pace, Policy
from hooks.planner.window import parse_window


class RollingArgs(TypedDict):
    """How many brokers may restart at a time, at what price, and how fast."""

    batch: NotRequired[Literal["one", "rack"]]
    maxBatchShare: NotRequired[float]
    maxLeaderShare: NotRequired[float]
    singleReplica: NotRequired[Literal["allow", "warn", "block"]]
    noSpareReplica: NotRequired[Literal["allow", "warn", "block"]]
    underReplicated: NotRequired[Literal["wait", "tolerate"]]
    reassignments: NotRequired[Literal["wait", "block", "tolerate"]]
    preferredLeaders: NotRequired[bool]
    stableSamples: NotRequired[int]
    doubtSeconds: NotRequired[float]
    brokenAfterRestarts: NotRequired[int]
    minutesBetweenBatches: NotRequired[float]
    maxMinutesPerRun: NotRequired[float]
    window: NotRequired[str]


def batching(props: Mapping[str, Any]) -> Batching:
    """Translate how many brokers may restart at a time."""
    wire, default = _rolling(props), Batching()
    return Batching(
        by=wire.get("batch", default.by),
        max_share=float(wire.get("maxBatchShare", default.max_share)),
        max_leader_share=float(wire.get("maxLeaderShare", default.max_leader_share)),
    )


def policy(props: Mapping[str, Any]) -> Policy:
    """Translate what a restart may cost."""
    wire, default = _rolling(props), Policy()
    return Policy(
        foreign_urps=wire.get("underReplicated", default.foreign_urps),
        reassignments=wire.get("reassignments", default.reassignments),
        single_replica=wire.get("singleReplica", default.single_replica),
        no_spare_replica=wire.get("noSpareReplica", default.no_spare_replica),
        preferred_leaders=bool(wire.get("preferredLeaders", default.preferred_leaders)),
    )


def paced(waits: Pace, props: Mapping[str, Any]) -> Pace:
    """Return the waits with what else the stack file says of the pace."""
    wire = _rolling(props)
    return replace(
        waits,
        stable_samples=int(wire.get("stableSamples", waits.stable_samples)),
        doubt=float(wire.get("doubtSeconds", waits.doubt)),
        broken_after=int(wire.get("brokenAfterRestarts", waits.broken_after)),
        between_batches=60 * float(wire.get("minutesBetweenBatches", waits.between_batches / 60)),
        window=parse_window(wire.get("window", "")),
        longest_run=60 * float(wire.get("maxMinutesPerRun", waits.longest_run / 60)),
    )


def _rolling(props: Mapping[str, Any]) -> Mapping[str, Any]:
    return props.get("rolling") or {}
