"""What a run would do, as promises that a reviewer can hold it to.

A preview keeps them in a file; an update that is given the file refuses to do what is not among them. What of it was
done already breaks no promise, so a killed run goes on with the same file. Nothing that changes from minute to minute
is promised: who leads, the order that follows from it, sizes and times.
"""

import hashlib
from collections.abc import Collection

from hooks.planner.features import FeaturePlan
from hooks.planner.live_keys import KeyPlan
from hooks.planner.plan import Plan
from hooks.planner.text import ids
from hooks.planner.volumes import quantity

Promises = tuple[str, ...]
"""One line each, sorted: what will be done, and to what."""


def promises(planned: Plan, keys: KeyPlan | None = None, features: FeaturePlan | None = None) -> Promises:
    """Return what a run would do now."""
    said = [f"pool {pool.pool} grows to {pool.wanted}" for pool in planned.growth]
    said += [f"pool {pool.pool} shrinks to {pool.wanted}" for pool in planned.leaving]
    said += [f"pool {pool.pool}: volumes of {quantity(pool.wanted)}" for pool in planned.volumes]
    # Whether it is ready now is no part of why it restarts.
    said += [f"restart {restart.pod}: {restart.reason.partition(';')[0]}" for restart in planned.restarts]
    movements = (planned.drain, *(found.movement for found in planned.movements if found is not None))
    said += [f"{move} to {ids(move.target)}" for found in movements if found is not None for move in found.moves]
    if keys is not None:
        said += [f"{change.key} = {change.after} on broker {node}" for change in keys.changes for node in change.nodes]
        said += keys.hidden
    if features is not None:
        said += [f"{change.feature} rises to {change.after}" for change in features.changes]
    return tuple(sorted(said))


def digest(promised: Promises) -> str:
    """Return a digest that is equal for equal promises."""
    return hashlib.sha256("\n".join(promised).encode()).hexdigest()[:16]


def breaches(found: Promises, promised: Collection[str]) -> Promises:
    """Return what would be done and was not promised."""
    return tuple(line for line in found if line not in promised)
