"""The section `updates` of a stack file: the pace of day-two operations, what restarts together, and at what price."""

from dataclasses import dataclass
from typing import Final, Literal

from components.spec.reading import Reader
from hooks.planner.window import parse_window

_DAY: Final = 86_400.0


@dataclass(frozen=True, kw_only=True)
class Updates:
    """The pace of day-two operations, what may restart together, and at what price."""

    stable_window_seconds: float = 30.0
    """How long all gates must hold without a break before the next broker restarts."""
    poll_seconds: float = 1.0
    """Time between two observations while waiting."""
    ready_timeout_seconds: float = 600.0
    """How long a run waits while no node comes nearer to serving in full, before it stops."""
    batch: Literal["one", "rack"] = "one"
    """`one` (the default): one broker at a time. `rack`: the brokers of a rack together, as far as every partition
    keeps its min ISR while they are away. Members of a quorum restart one at a time in any case."""
    max_batch_share: float = 0.4
    """With `batch: rack`: largest share of all brokers that may restart together; what is left of a rack follows."""
    max_leader_share: float = 1.0
    """With `batch: rack`: largest share of all partitions whose leader may move at once."""
    single_replica: Literal["allow", "warn", "block"] = "warn"
    """Partitions with one replica, which are offline while their broker restarts: `allow` it, `warn` in the preview
    (the default), or `block` the roll before it begins."""
    no_spare_replica: Literal["allow", "warn", "block"] = "warn"
    """The same for partitions with no more replicas than min ISR, which refuse acks=all writes meanwhile."""
    under_replicated: Literal["wait", "tolerate"] = "wait"
    """Under-replicated partitions that no restart of ours caused: `wait` for them (the default), or `tolerate` them and
    go by min ISR alone."""
    reassignments: Literal["wait", "block", "tolerate"] = "wait"
    """Reassignments that somebody else has started: `wait` for their end (the default), `block` the roll before it
    begins, or `tolerate` them and go by min ISR alone."""
    preferred_leaders: bool = False
    """Whether the preferred replicas lead again before the next batch restarts. By default Kafka gives leaderships back
    in its own time, and the brokers that restart last lead more than their share until then."""
    stable_samples: int = 3
    """In how many looks in a row, within the stable window, all gates must be found open, however long a look takes.
    Default 3."""
    doubt_seconds: float = 15.0
    """How long a pod may show a problem (an image that cannot be pulled, a crash) before it counts as broken."""
    broken_after_restarts: int = 2
    """After how many restarts of its container a pod counts as broken. Default 2."""
    minutes_between_batches: float = 0.0
    """Least time from the beginning of one batch (or broker) to that of the next."""
    max_minutes_per_run: float = 0.0
    """After which no further batch begins: the run ends well, and the next `pulumi up` goes on. 0 is no limit."""
    window: str = ""
    """Hours of the day, in UTC, in which brokers and members of the quorum may restart: `22:00-04:30`. A run at another
    time does everything else and ends well. Left out: at any time. What is broken is healed at any time."""


def read_updates(reader: Reader) -> Updates:
    """Read the section."""
    default = Updates()

    def number(field: str, lowest: float, highest: float) -> float:
        return reader.number(field, lowest=lowest, highest=highest, default=getattr(default, field))

    def whole(field: str, lowest: int, highest: int) -> int:
        return reader.integer(field, lowest=lowest, highest=highest, default=getattr(default, field))

    updates = Updates(
        stable_window_seconds=number("stable_window_seconds", 0, _DAY),
        poll_seconds=number("poll_seconds", 0.1, 60),
        ready_timeout_seconds=number("ready_timeout_seconds", 10, _DAY),
        batch="rack" if reader.optional_text("batch", choices=("one", "rack")) == "rack" else "one",
        max_batch_share=number("max_batch_share", 0.01, 1),
        max_leader_share=number("max_leader_share", 0.01, 1),
        single_replica=_price(reader, "single_replica"),
        no_spare_replica=_price(reader, "no_spare_replica"),
        under_replicated=_patience(reader, "under_replicated"),
        reassignments=_patience_or_none(reader, "reassignments"),
        preferred_leaders=reader.boolean("preferred_leaders", default=default.preferred_leaders),
        stable_samples=whole("stable_samples", 1, 1000),
        doubt_seconds=number("doubt_seconds", 1, 3600),
        broken_after_restarts=whole("broken_after_restarts", 1, 100),
        minutes_between_batches=number("minutes_between_batches", 0, 1440),
        max_minutes_per_run=number("max_minutes_per_run", 0, 10_080),
        window=reader.optional_text("window") or "",
    )
    if reader.clean:
        _check(reader, updates)
    reader.finish()
    return updates


def _price(reader: Reader, field: str) -> Literal["allow", "warn", "block"]:
    match reader.optional_text(field, choices=("allow", "warn", "block")):
        case "allow" | "block" as given:
            return given
        case _:
            return "warn"


def _patience(reader: Reader, field: str) -> Literal["wait", "tolerate"]:
    return "tolerate" if reader.optional_text(field, choices=("wait", "tolerate")) == "tolerate" else "wait"


def _patience_or_none(reader: Reader, field: str) -> Literal["wait", "block", "tolerate"]:
    match reader.optional_text(field, choices=("wait", "block", "tolerate")):
        case "block" | "tolerate" as given:
            return given
        case _:
            return "wait"


def _check(reader: Reader, updates: Updates) -> None:
    if updates.window and parse_window(updates.window) is None:
        reader.report(
            "window",
            updates.window,
            allowed="HH:MM-HH:MM, two different times of the day in UTC, such as 22:00-04:30",
            why="restarts begin within these hours only",
            todo="write it so, or leave it out",
        )
    if updates.stable_window_seconds >= updates.ready_timeout_seconds:
        reader.report(
            "stable_window_seconds",
            updates.stable_window_seconds,
            allowed=f"less than {reader.spell('ready_timeout_seconds')} ({updates.ready_timeout_seconds:g})",
            why="the run gives up when nothing moves for that long, and nothing may move within the stable window",
            todo="shorten the one or lengthen the other",
        )
    for field, given in (("max_batch_share", updates.max_batch_share), ("max_leader_share", updates.max_leader_share)):
        if reader.has(field) and updates.batch == "one":
            reader.report(
                field,
                given,
                allowed=f"only with {reader.spell('batch')}: rack",
                why="one broker at a time has no share to limit",
                todo=f"set {reader.spell('batch')} to rack, or leave {reader.spell(field)} out",
            )
