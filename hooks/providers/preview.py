"""What a preview shows: the plan against the live cluster as it is now, or what the inputs alone tell.

A cluster that does not answer never fails a preview and costs it about five seconds once: one observation per component
and process, and a connection that did not answer is not asked again.
"""

import importlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from hooks.clients.connection import PREVIEW, Connection
from hooks.interfaces import EngineLost, HookError, IdentityRecord
from hooks.planner.features import FeaturePlan
from hooks.planner.live_keys import KeyPlan, by_inputs
from hooks.planner.plan import Plan, plan
from hooks.planner.promise import digest, promises
from hooks.planner.reassignment.model import Placement
from hooks.planner.render import lines
from hooks.planner.snapshot import Snapshot
from hooks.providers.deadline import within
from hooks.providers.engine import EngineProgress, one_clear_error
from hooks.providers.promise import save
from hooks.providers.wire import Mode, Wire, changed, component, connection, desired, has_unknown, keys, mode
from hooks.runners.world import World

SECONDS = 5.0
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Sight:
    """What was seen of one component."""

    snapshot: Snapshot
    formed: bool = False
    """Whether the quorum has served already, as the identity object says."""
    placement: Placement | None = None
    """Who holds what, where brokers are to leave."""
    broken_off: tuple[str, ...] = ()
    """What a former run or destroy left behind, beside what the snapshot shows."""
    keys: KeyPlan | None = None
    """What running brokers will take over; None where they could not be asked."""
    features: FeaturePlan | None = None
    """Which feature levels will rise; None where they could not be asked."""


@dataclass(frozen=True)
class Unseen:
    """Nothing was seen."""

    why: str


class Sights:
    """The observations of this process, at most one per component and connection."""

    def __init__(self) -> None:
        """Begin with none."""
        self._seen: dict[tuple[Connection, str], Sight] = {}
        self._silent: dict[Connection, str] = {}
        self._lock = threading.Lock()

    def of(self, at: Connection, what: Wire) -> Sight:
        """Return what is seen of the component that these inputs describe, within the deadline."""
        key = (at, component(what))
        with self._lock:
            if at in self._silent:
                return _nothing(self._silent[at])
            if key not in self._seen:
                self._seen[key] = self._look(at, what)
            return self._seen[key]

    def ask(self, at: Connection, question: Callable[[], T]) -> T | Unseen:
        """Return the answer to any question about a cluster, within the deadline, or why there is none."""
        with self._lock:
            return Unseen(self._silent[at]) if at in self._silent else self._within(at, question)

    def _look(self, at: Connection, what: Wire) -> Sight:
        found = self._within(at, lambda: _look(at, what))
        if isinstance(found, Unseen):
            return _nothing(found.why)
        unseen = found.snapshot.unseen
        if unseen is not None and not found.snapshot.workloads:
            self._silent[at] = unseen
        return found

    def _within(self, at: Connection, question: Callable[[], T]) -> T | Unseen:
        # Imported before the clock runs: on a busy machine that alone could use the time up.
        importlib.import_module("hooks.connect")
        try:
            return within(SECONDS, lambda: _answer(question))
        except TimeoutError:
            self._silent[at] = f"no answer within {SECONDS:g} s"
            return Unseen(self._silent[at])


SIGHTS = Sights()
DRIFT: Final = "against the spec recorded last (in a refresh not yet the stack file's) the live cluster differs:"


def differs(olds: Wire, news: Wire, watched: tuple[str, ...]) -> bool:
    """Show the plan on the resource's own row and return whether an update has anything to do."""
    inputs = bool(changed(olds, news, watched))
    if has_unknown(news):
        show(news, ("part of the inputs is known only during the update, and the plan with them",))
        return True
    at = connection(news)
    sight = SIGHTS.of(at, news)
    planned = plan(
        sight.snapshot,
        desired(news),
        formed=sight.formed,
        placement=sight.placement,
        broken_off=sight.broken_off,
    )
    live = [found for found in (sight.features, sight.keys) if found is not None]
    keyed = (*(line for found in live for line in found.lines()), *_promised(at, news, planned, sight))
    if planned.changes or planned.notes or keyed or (planned.unseen is not None and inputs):
        # Said for a refresh above all, which compares with the spec of the last run and not with the present one.
        drift = () if inputs or not planned.changes else (DRIFT,)
        quiet = keyed and not (planned.changes or planned.notes or planned.unseen)
        show(news, (*drift, *(() if quiet else _told(planned, olds, news)), *keyed))
    return inputs or planned.changes or any(found.due for found in live)


def _promised(at: Connection, news: Wire, planned: Plan, sight: Sight) -> tuple[str, ...]:
    """Keep what an update would do, where that is asked for, and return its digest; nothing of what was not seen."""
    if planned.unseen is not None:
        return ()
    promised = promises(planned, sight.keys, sight.features)
    with one_clear_error():
        save(at, component(news), promised)
    return (f"plan {digest(promised)}",) if promised else ()


def _told(planned: Plan, olds: Wire, news: Wire) -> tuple[str, ...]:
    """Return the plan's lines; where nothing was seen, also what the inputs alone tell."""
    if planned.unseen is None:
        return lines(planned)
    return (*lines(planned), *_by_inputs(olds, news))


def _by_inputs(olds: Wire, news: Wire) -> tuple[str, ...]:
    """Tell from old and new inputs alone which pools grow, and which restart and why."""
    before = {pool["name"]: pool for pool in olds.get("pools", [])}
    said: list[str] = []
    for pool in news["pools"]:
        old = before.get(pool["name"])
        if old is None:
            said.append(f"by the inputs alone: pool {pool['name']} is new")
        elif old["revision"] != pool["revision"]:
            causes = ", ".join(changed(old.get("causes", {}), pool.get("causes", {}), sorted(pool.get("causes", {}))))
            said.append(f"by the inputs alone: all pods of pool {pool['name']} restart: {causes or 'pod'} changed")
    live = by_inputs(keys(olds).live, keys(news).live)
    return (*said, *(f"by the inputs alone: {line}" for line in live))


def _look(at: Connection, what: Wire) -> Sight:
    """Observe one component."""
    # Imported here: the clients take longer to import than everything else in a preview.
    from hooks.connect import world  # noqa: PLC0415
    from hooks.runners.observe import glance  # noqa: PLC0415

    with world(at, mode(what), EngineProgress(what["ownUrn"]), PREVIEW) as seen:
        snapshot = glance(seen, component(what))
        if component(what) == "broker":
            return Sight(
                snapshot=snapshot,
                placement=_placement(seen, snapshot, what),
                broken_off=_broken_off(seen),
                keys=_keys(seen, snapshot, what),
                features=_features(seen, snapshot, what),
            )
        if snapshot.unseen is not None and not snapshot.workloads:
            return Sight(snapshot=snapshot)
        return Sight(snapshot=snapshot, formed=is_formed(seen.identity.read(), mode(what)))


def _answer(question: Callable[[], T]) -> T | Unseen:
    try:
        return question()
    except HookError as error:
        return Unseen(str(error))
    except Exception as error:
        # A preview never fails for want of a cluster, whatever the want may be.
        return Unseen(f"{type(error).__name__}: {error}")


def _placement(seen: World, snapshot: Snapshot, what: Wire) -> Placement | None:
    """Return who holds what where brokers leave; what cannot be seen is left out, and the run asks again."""
    from hooks.runners.observe import holdings  # noqa: PLC0415

    try:
        return None if has_unknown(what["pools"]) else holdings(seen, snapshot, desired(what))
    except HookError:
        return None


def _broken_off(seen: World) -> tuple[str, ...]:
    """Return what was left behind; where that cannot be seen, the run asks again."""
    from hooks.runners.observe import broken_off  # noqa: PLC0415

    try:
        return broken_off(seen)
    except HookError:
        return ()


def _keys(seen: World, snapshot: Snapshot, what: Wire) -> KeyPlan | None:
    """Return what running brokers will take over, and what they would refuse."""
    from hooks.runners.live_keys import forecast_keys, refused_keys  # noqa: PLC0415

    if snapshot.kafka is None or has_unknown(what["pools"]):
        return None
    try:
        planned = forecast_keys(seen, desired(what))
        return replace(planned, refused=refused_keys(seen, planned))
    except HookError:
        return None


def _features(seen: World, snapshot: Snapshot, what: Wire) -> FeaturePlan | None:
    """Return which feature levels will rise; where that cannot be seen, the run asks again."""
    from hooks.runners.features import forecast_features  # noqa: PLC0415

    try:
        return None if snapshot.kafka is None else forecast_features(seen, desired(what))
    except HookError:
        return None


def is_formed(recorded: IdentityRecord | None, how: Mode) -> bool:
    """Return whether the quorum has served before, and is not to be made again after a destroy that was broken off."""
    if recorded is None or recorded.going:
        return False
    return recorded.bootstrapped if how == "kraft" else recorded.cluster_id is not None


def _nothing(why: str) -> Sight:
    return Sight(snapshot=Snapshot(workloads=(), pods=(), kafka=None, unseen=why))


def show(news: Wire, said: tuple[str, ...]) -> None:
    """Show the lines on the resource's row; a preview does not fail for want of a reader."""
    try:
        EngineProgress(news["ownUrn"]).info("\n".join(said))
    except EngineLost:
        return
