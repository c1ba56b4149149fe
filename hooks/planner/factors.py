"""Another replication factor of topics: which replicas come and go, by the planner of every movement. Pure.

Each wanted factor is a movement of its own, the smallest first, and only the topics that differ are in it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from hooks.planner.reassignment.model import MovementPlan, Options, Placement
from hooks.planner.reassignment.plan import plan_movement
from hooks.planner.reassignment.rendering import movement_lines
from hooks.planner.text import some


@dataclass(frozen=True, kw_only=True)
class FactorChange:
    """One topic that has another number of replicas than the spec wants."""

    topic: str
    before: tuple[int, ...]
    """Those that its partitions have, ascending."""
    after: int

    def __str__(self) -> str:
        """Return the line of a plan."""
        before = " and ".join(str(factor) for factor in self.before) or "unknown"
        return f"replicate {self.topic}: replication factor {before} -> {self.after}"


@dataclass(frozen=True, kw_only=True)
class Refactoring:
    """The movement for one wanted factor, for a preview."""

    placement: Placement
    movement: MovementPlan
    options: Options

    def lines(self) -> tuple[str, ...]:
        """Return in words what moves and what it costs."""
        return movement_lines(self.placement, self.movement, self.options)


def wanted(changes: Iterable[FactorChange], bandwidth: int | None) -> Iterator[Options]:
    """Yield what is to be planned, the smallest factor first. `bandwidth` in bytes per second, for the time alone."""
    topics: dict[int, set[str]] = defaultdict(set)
    for change in changes:
        topics[change.after].add(change.topic)
    for factor in sorted(topics):
        yield Options(
            goal="replication_factor",
            replication_factor=factor,
            topics=frozenset(topics[factor]),
            throttle=bandwidth,
        )


def foreseen(
    placement: Placement, changes: Iterable[FactorChange], floors: Mapping[str, int], bandwidth: int | None
) -> tuple[Refactoring, ...]:
    """Return the movements one after the other. `floors` are min.insync.replicas that topics get before them."""
    partitions = tuple(replace(p, min_isr=floors.get(p.topic, p.min_isr)) for p in placement.partitions)
    now = replace(placement, partitions=partitions)
    found: list[Refactoring] = []
    for options in wanted(changes, bandwidth):
        movement = plan_movement(now, options)
        found.append(Refactoring(placement=now, movement=movement, options=options))
        now = now.after(movement.moves)
    return tuple(found)


def purpose(options: Options) -> str:
    """Return what a movement is for, in words."""
    return f"replication factor {options.replication_factor} of {some(sorted(options.topics))}"
