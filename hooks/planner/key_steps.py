"""From what each broker has of its live keys to the next requests, by which all of them come to what the spec says.

The rules:
1. A key has the value that the spec gives it; one that left the spec has Kafka's default.
2. The override of all brokers is there while some broker's file says otherwise, and goes when none does: it never hides
   what a later file says.
3. An override of one broker hides that, so it goes too, once what stands behind it is right.
4. A number of threads changes as Kafka demands: at most doubled or halved at a time, on every broker.
5. An override of a number of threads that a broker started out of reach of is set to what it uses, before all else:
   until then it refuses every other request.
6. Of keys that are not the spec's nothing is touched; where somebody has overridden one, that is said.
7. min.insync.replicas is the file's. Where an override holds it (with eligible leader replicas there always is one,
   which can be changed and not removed), the override follows the file.

Guarantees: the requests follow from an observation alone, so that a run which was killed goes on; a cluster that agrees
with the spec gets none. Source: KIP-226, KIP-966, and Kafka's DynamicThreadPool.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from contract import ANNOTATION_ROLL
from hooks.planner.live_keys import KeyChange, KeyPlan, KeyRequest, KeyWish, Observed, ObservedKey
from hooks.planner.snapshot import NodeId
from hooks.planner.text import ids, listed

MIN_ISR: Final = "min.insync.replicas"
THREADS: Final = frozenset(
    {
        "background.threads",
        "log.cleaner.threads",
        "num.io.threads",
        "num.network.threads",
        "num.recovery.threads.per.data.dir",
        "num.replica.fetchers",
        "remote.log.manager.copier.thread.pool.size",
        "remote.log.manager.expiration.thread.pool.size",
        "remote.log.manager.follower.thread.pool.size",
        "remote.log.reader.threads",
    }
)
#: Set and taken back by movements of replicas: nobody's drift.
_PASSING: Final = frozenset(
    {
        "cordoned.log.dirs",
        "follower.replication.throttled.rate",
        "leader.replication.throttled.rate",
        "replica.alter.log.dirs.io.max.bytes.per.second",
    }
)


@dataclass(frozen=True, kw_only=True)
class _Aim:
    """One key, what it shall be, and how it is on each broker that knows it."""

    key: str
    target: str | None
    """None where there is nothing to aim at but that no override is left."""
    seen: Mapping[NodeId, ObservedKey]
    stays: bool
    """The override of all brokers stays where it is, whatever the files that were seen say."""

    @property
    def following(self) -> Mapping[NodeId, ObservedKey]:
        """The brokers without an override of their own."""
        return {node: live for node, live in self.seen.items() if live.own is None}

    @property
    def is_shared(self) -> bool:
        """Whether there is an override of all brokers."""
        return any(live.shared is not None for live in self.seen.values())

    @property
    def needed(self) -> bool:
        """Whether there has to be one."""
        behind = any(not live.same(live.beneath, self.target) for live in self.seen.values())
        return self.target is not None and (behind or (self.stays and self.is_shared))

    def is_target(self, value: str | None) -> bool:
        """Return whether a text means the target."""
        return next(iter(self.seen.values())).same(value, self.target)


def plan_keys(wish: KeyWish, recorded: Iterable[str], observed: Observed, missing: Iterable[NodeId] = ()) -> KeyPlan:
    """Return the plan. `recorded` are the keys that the stack managed; `missing` brokers that could not be asked."""
    former, away = frozenset(recorded), tuple(sorted(missing))
    whole = not away
    ours = frozenset(wish.live) | former
    aims = [aim for key in sorted(ours | {MIN_ISR}) if (aim := _aim(key, wish, observed, whole)) is not None]
    stuck = [aim for aim in aims if _is_stuck(aim)]
    kept = {aim.key for aim in aims if aim.needed and aim.key not in wish.file} & former if whole else former
    return KeyPlan(
        changes=tuple(change for aim in aims for change in _changed(aim)),
        requests=tuple(request for aim in aims for request in _untaken(aim))
        or tuple(request for aim in aims if aim not in stuck for request in _next(aim)),
        hidden=tuple(line for aim in aims for line in _hidden(aim)),
        recorded=tuple(sorted(former)),
        managed=tuple(sorted(ours)),
        kept=tuple(sorted(kept | wish.live.keys())),
        refused=tuple(_too_far(aim) for aim in stuck),
        notes=_foreign(observed, ours | _PASSING | {MIN_ISR}),
        unseen=away,
    )


def _aim(key: str, wish: KeyWish, observed: Observed, whole: bool) -> _Aim | None:
    """Return what to aim at; None for a key that no broker knows, and for a floor that nobody has overridden."""
    seen = {node: keys[key] for node, keys in sorted(observed.items()) if key in keys}
    if not seen:
        return None
    by_file = {live.beneath for live in seen.values()}
    if key in wish.live:
        target = wish.live[key]
    elif key == MIN_ISR or key in wish.file:
        target = next(iter(by_file)) if len(by_file) == 1 else None
    else:
        target = next(iter(seen.values())).default
    aim = _Aim(key=key, target=target, seen=seen, stays=key == MIN_ISR or not whole)
    # While files differ there is a roll to finish, and no telling yet what the floor shall be.
    return None if key == MIN_ISR and (target is None or not whole) else aim


def _untaken(aim: _Aim) -> Iterator[KeyRequest]:
    """Return what to ask of brokers whose own override is out of their reach, so that they do not use it."""
    for node, live in aim.seen.items():
        lowest, highest = _reach(aim, {node: live})
        if lowest is None or highest is None or live.own is None:
            continue
        if not lowest <= int(live.own) <= highest:
            yield KeyRequest(key=aim.key, value=live.value, node=node)


def _next(aim: _Aim) -> tuple[KeyRequest, ...]:
    """Return what to ask for next."""
    step = _step(aim, aim.following)
    wanted = step if aim.needed or not aim.is_target(step) else None
    drops = wanted is None and not aim.stays
    if (wanted is not None or drops) and any(not live.same(live.shared, wanted) for live in aim.seen.values()):
        return (KeyRequest(key=aim.key, value=wanted),)
    if aim.target is not None and not all(aim.is_target(live.value) for live in aim.following.values()):
        return ()
    own = {node: _step(aim, {node: live}) for node, live in aim.seen.items() if live.own is not None}
    asked = {node: None if aim.is_target(step) else step for node, step in own.items()}
    return tuple(
        KeyRequest(key=aim.key, value=value, node=node)
        for node, value in asked.items()
        if not aim.seen[node].same(aim.seen[node].own, value)
    )


def _step(aim: _Aim, brokers: Mapping[NodeId, ObservedKey]) -> str | None:
    """Return the next value on the way to the target that all of these brokers take."""
    lowest, highest = _reach(aim, brokers)
    if aim.target is None or lowest is None or highest is None:
        return aim.target
    return str(min(max(int(aim.target), lowest, 1), highest))


def _reach(aim: _Aim, brokers: Mapping[NodeId, ObservedKey]) -> tuple[int | None, int | None]:
    """Return between which numbers the next value has to be on all of these brokers."""
    present = [int(live.value) for live in brokers.values() if live.value is not None] if aim.key in THREADS else []
    if not present:
        return None, None
    return max(number // 2 for number in present), min(number * 2 for number in present)


def _is_stuck(aim: _Aim) -> bool:
    lowest, highest = _reach(aim, aim.following)
    return lowest is not None and highest is not None and lowest > highest


def _too_far(aim: _Aim) -> str:
    present = listed([f"{live.value} on broker {node}" for node, live in aim.following.items()])
    return (
        f"{aim.key} shall be {aim.target} and is {present}: Kafka at most doubles or halves it at a time, and no value "
        + "is within that on all of them. Restart those that are furthest off, by the annotation "
        + f"{ANNOTATION_ROLL}=restart on their pods, and run again"
    )


def _changed(aim: _Aim) -> Iterator[KeyChange]:
    nodes = {node: live.value for node, live in aim.seen.items() if not aim.is_target(live.value)}
    if aim.target is not None and nodes:
        yield KeyChange(key=aim.key, before=tuple(dict.fromkeys(nodes.values())), after=aim.target, nodes=tuple(nodes))


def _hidden(aim: _Aim) -> Iterator[str]:
    for node, live in aim.seen.items():
        if live.own is not None:
            yield f"{aim.key}: broker {node} has {live.own} by an override of its own, which hides the spec's; it goes"


def _foreign(observed: Observed, ours: frozenset[str]) -> tuple[str, ...]:
    """Return the overrides of keys that are not ours."""
    found: dict[str, list[NodeId]] = {}
    for node, keys in sorted(observed.items()):
        for key, live in keys.items():
            override = live.shared if live.own is None else live.own
            if key not in ours and override is not None:
                found.setdefault(f"{key}={override}", []).append(node)
    return tuple(
        f"{what} on broker {ids(nodes)} is an override by somebody else, which hides what the file says; it is left"
        for what, nodes in sorted(found.items())
    )
