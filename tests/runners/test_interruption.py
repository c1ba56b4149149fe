"""Interrupted is normal: every runner, stopped at every single call, before and after it took effect, then run again.

The second run finishes, no pod is restarted twice, nothing that was needed is taken, evictions are allowed again and
the Lease is free.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from contract import Component
from hooks.interfaces import EngineLost, Fatal, LeaseLost, Refused
from hooks.planner.desired import Batching, Pace, Policy
from hooks.planner.features import RELEASES, FeatureWish
from hooks.planner.live_keys import KeyWish
from hooks.planner.plan import plan
from hooks.planner.reassignment.schedule import Limits
from hooks.planner.snapshot import NodeId
from hooks.planner.status import status
from hooks.runners import guard
from hooks.runners.brokers import BrokersRun
from hooks.runners.ensemble import EnsembleRun
from hooks.runners.observe import observe
from hooks.runners.world import World
from tests.fakes.cluster import FakeCluster, Mode
from tests.fakes.kubernetes import Behaviour
from tests.fakes.world import Faults, Killed
from tests.runners.movements import carry_out, draining, grown, holders, lose


@dataclass(frozen=True)
class Case:
    """One runner with work to do."""

    build: Callable[[], FakeCluster]
    run: Callable[[FakeCluster, World], object]
    finished: Callable[[FakeCluster], bool]
    restarts: int
    """How many restarts the work needs, in however many runs."""


def _roll(mode: Mode, policy: Policy | None = None) -> Case:
    def build() -> FakeCluster:
        cluster = FakeCluster(mode=mode, partitions=3)
        cluster.apply(config="2")
        return cluster

    return Case(
        build,
        lambda cluster, world: BrokersRun(world, cluster.desired(pace=PACE, policy=policy)).run(),
        lambda cluster: set(cluster.revisions().values()) == {"c2-i3.9"},
        restarts=3,
    )


def _roll_by_rack() -> Case:
    def build() -> FakeCluster:
        cluster = FakeCluster(racks={"a": 2, "b": 2, "c": 2}, partitions=3, spread=True)
        cluster.apply(config="2")
        return cluster

    return Case(
        build,
        lambda cluster, world: BrokersRun(world, cluster.desired(pace=PACE, batching=Batching(by="rack"))).run(),
        lambda cluster: set(cluster.revisions().values()) == {"c2-i3.9"},
        restarts=6,
    )


def _heal() -> Case:
    def build() -> FakeCluster:
        cluster = FakeCluster(partitions=3)
        cluster.apply(behaviour=Behaviour(crashes=True), config="bad")
        cluster.kubernetes.terminate(cluster.pod(2000))
        cluster.sleep(30.0)
        cluster.apply()
        return cluster

    return Case(
        build,
        lambda cluster, world: BrokersRun(world, cluster.desired(pace=PACE)).run(),
        lambda cluster: set(cluster.revisions().values()) == {"c1-i3.9"},
        restarts=1,
    )


def _grow() -> Case:
    def run(cluster: FakeCluster, world: World) -> object:
        return BrokersRun(world, cluster.wanting(cluster.desired(pace=PACE), a=2, c=2)).run()

    def build() -> FakeCluster:
        cluster = FakeCluster(partitions=3)
        cluster.apply(config="2")
        return cluster

    return Case(
        build,
        run,
        lambda cluster: (
            sorted(cluster.revisions()) == [0, 1, 1000, 2000, 2001] and set(cluster.revisions().values()) == {"c2-i3.9"}
        ),
        restarts=3,
    )


def _first_start() -> Case:
    return Case(
        lambda: FakeCluster(started=False),
        lambda cluster, world: BrokersRun(world, cluster.desired(pace=PACE)).run(),
        lambda cluster: cluster.identity is not None and cluster.identity.cluster_id == "fake-cluster",
        restarts=0,
    )


def _ensemble(mode: Mode, component: Component) -> Case:
    def build() -> FakeCluster:
        cluster = FakeCluster(mode=mode, partitions=3)
        cluster.apply(component, config="2")
        return cluster

    return Case(
        build,
        lambda cluster, world: EnsembleRun(world, cluster.desired(component, pace=PACE)).run(),
        lambda cluster: set(cluster.revisions(component).values()) == {"c2-i3.9"},
        restarts=3,
    )


def _first_quorum() -> Case:
    return Case(
        lambda: FakeCluster(mode="kraft", started=False),
        lambda cluster, world: EnsembleRun(world, cluster.desired("controller", pace=PACE)).run(),
        lambda cluster: cluster.identity is not None and cluster.identity.bootstrapped,
        restarts=0,
    )


def _release() -> Case:
    def build() -> FakeCluster:
        cluster = FakeCluster(partitions=3)
        cluster.world().identity.mark_going(True)
        return cluster

    return Case(
        build,
        lambda cluster, world: guard.release(world, "kafka-b", "broker", PACE),
        lambda cluster: sorted(cluster.revisions()) == [0, 2000],
        restarts=0,
    )


def _move() -> Case:
    return Case(
        grown,
        lambda cluster, world: carry_out(world, draining(1, 1001)),
        lambda cluster: not holders(cluster) & {1, 1001},
        restarts=0,
    )


def _shrink(mode: str) -> Case:
    def build() -> FakeCluster:
        cluster = FakeCluster(mode=mode, racks={"a": 1, "b": 2, "c": 1}, partitions=0)  # type: ignore[arg-type]
        cluster.kafka.add_topic("payments", [[0, 1001, 2000], [1001, 2000, 0]], min_isr=2)
        return cluster

    def run(cluster: FakeCluster, world: World) -> object:
        wanted = cluster.wanting(cluster.desired(pace=PACE), b=1)
        return BrokersRun(world, replace(wanted, limits=Limits(bandwidth=4 << 20))).run()

    return Case(
        build,
        run,
        lambda cluster: sorted(cluster.revisions()) == [0, 1000, 2000] and not holders(cluster) & {1001},
        restarts=0,
    )


def _lost(mode: Mode) -> Case:
    def build() -> FakeCluster:
        cluster = grown(mode)
        lose(cluster, 1001)
        return cluster

    def run(cluster: FakeCluster, world: World) -> object:
        wanted = replace(cluster.desired(pace=PACE), lost=frozenset({NodeId(1001)}))
        return BrokersRun(world, replace(wanted, limits=Limits(bandwidth=4 << 20))).run()

    return Case(build, run, lambda cluster: holders(cluster) == {0, 1, 1000, 2000, 2001}, restarts=0)


def _live_keys(mode: Mode) -> Case:
    """A key that changes in steps, one that an old file has and the spec no more, and an override by hand."""

    def build() -> FakeCluster:
        cluster = FakeCluster(mode=mode, partitions=3)
        assert cluster.identity is not None
        cluster.identity = replace(cluster.identity, live_keys=("message.max.bytes",), cluster_id="fake-cluster")
        cluster.keys.files[NodeId(0)] = {"message.max.bytes": "5"}
        cluster.keys.own[NodeId(1000), "num.io.threads"] = "20"
        for key in ("message.max.bytes", "num.io.threads"):
            cluster.keys.heard(key)
        return cluster

    def run(cluster: FakeCluster, world: World) -> object:
        return BrokersRun(world, replace(cluster.desired(pace=PACE), keys=KeyWish(live={"num.io.threads": "20"}))).run()

    def finished(cluster: FakeCluster) -> bool:
        keys = cluster.keys
        return (
            {keys.in_use[node, "num.io.threads"] for node in cluster.broker_ids} == {"20"}
            and {keys.in_use[node, "message.max.bytes"] for node in cluster.broker_ids} == {"1048588"}
            and keys.own == {}
            and keys.shared == {"message.max.bytes": "1048588", "num.io.threads": "20"}
            and cluster.identity is not None
            and cluster.identity.live_keys == ("message.max.bytes", "num.io.threads")
        )

    return Case(build, run, finished, restarts=0)


def _raise_levels() -> Case:
    def build() -> FakeCluster:
        cluster = FakeCluster(mode="kraft", partitions=3)
        for desired in (cluster.apply("controller", image="4.3"), cluster.apply(image="4.3")):
            (EnsembleRun if desired.component == "controller" else BrokersRun)(cluster.world(), desired).run()
        cluster.deletions.clear()
        return cluster

    wish = FeatureWish(kafka="4.3", release="4.3")
    return Case(
        build,
        lambda cluster, world: BrokersRun(world, replace(cluster.desired(pace=PACE), features=wish)).run(),
        lambda cluster: cluster.features.finalized == RELEASES["4.3"],
        restarts=0,
    )


CASES = {
    "raise-levels": _raise_levels(),
    "live-keys-kraft": _live_keys("kraft"),
    "live-keys-zookeeper": _live_keys("zookeeper"),
    "shrink-kraft": _shrink("kraft"),
    "shrink-zookeeper": _shrink("zookeeper"),
    "lost-kraft": _lost("kraft"),
    "lost-zookeeper": _lost("zookeeper"),
    "move": _move(),
    "roll-zookeeper": _roll("zookeeper"),
    "roll-kraft": _roll("kraft"),
    "roll-giving-leaders-back": _roll("kraft", Policy(preferred_leaders=True)),
    "roll-by-rack": _roll_by_rack(),
    "heal": _heal(),
    "grow-and-roll": _grow(),
    "first-start": _first_start(),
    "ensemble-zookeeper": _ensemble("zookeeper", "zookeeper"),
    "ensemble-kraft": _ensemble("kraft", "controller"),
    "first-quorum": _first_quorum(),
    "release": _release(),
}
WRITES = frozenset(
    (
        "acquire",
        "release",
        "delete",
        "scale",
        "allow_disruptions",
        "mark_bootstrapped",
        "record_cluster_id",
        "mark_going",
        "alter",
        "change",
        "write",
        "clear",
        "elect",
        "unregister",
        "apply",
        "record_live_keys",
        "request",
        "record",
        "take_away",
        "put_back",
        "forget",
    )
)
PACE = Pace(stable_window=1.0, poll=1.0, ready_timeout=120.0)
EVERY_CASE = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())


def points(case: Case, only: Callable[[str], bool], *, by_call: bool) -> list[tuple[int, bool]]:
    """Return where to interrupt an undisturbed run: numbers of such calls, and whether before or after its effect.

    Two points between which nothing was written and no time passed are one for a process that is killed; with `by_call`
    they differ when another call is under way, as they do for one whose `finally` runs.
    """
    cluster = case.build()
    faults = Faults(only=only)
    faults.state = lambda: (cluster.now, len(cluster.writes), faults.calls[-1] if by_call else "")
    case.run(cluster, cluster.world(faults=faults))
    assert case.finished(cluster)
    found: list[tuple[int, bool]] = []
    for number, name in enumerate(faults.calls, start=1):
        if faults.states[number - 1] not in faults.states[: number - 1]:
            found.append((number, False))
        if name in WRITES:
            found.append((number, True))
    return found


def every_interruption(
    case: Case,
    error: Callable[[], BaseException],
    *,
    only: Callable[[str], bool] = lambda name: True,
    for_good: bool = False,
):
    """Yield where the interruption came and the cluster that it left, whose interrupted process is gone by then."""
    for number, after in points(case, only, by_call=not for_good):
        cluster = case.build()
        faults = Faults(at=number, error=error, after=after, only=only, for_good=for_good)
        with pytest.raises((type(error()), Fatal, Refused)):
            case.run(cluster, cluster.world(faults=faults))
        assert faults.fired
        if cluster.lease.holder_lives:
            cluster.lease.holder_lives, cluster.lease.renewed = False, cluster.now
        yield f"call {number} ({faults.calls[-1]}), {'after' if after else 'before'}", cluster


def finish(case: Case, cluster: FakeCluster, where: str) -> None:
    """Run again, as somebody else, and check that all is well."""
    case.run(cluster, cluster.world("another"))
    assert case.finished(cluster), where
    assert cluster.harm == [], where
    assert cluster.kafka.under_min_isr == [], where
    assert len(cluster.restarted) == case.restarts, f"{where}: {cluster.restarted}"
    assert set(cluster.kubernetes.budgets.values()) == {1}, where
    assert not cluster.lease.holder_lives, where
    nothing_is_left_of_a_movement(cluster, where)


def nothing_is_left_of_a_movement(cluster: FakeCluster, where: str) -> None:
    """No throttle, no cordon, no record, nothing under way."""
    assert cluster.kafka.moves.settings == {}, where
    assert cluster.record is None, where
    assert cluster.kafka.moves.under_way == [], where


@EVERY_CASE
def test_after_ctrl_c_at_any_call_nothing_is_held_and_the_next_run_finishes(case: Case):
    """Scenario 47: `finally` runs, so evictions and the Lease are given back at once."""
    for where, cluster in every_interruption(case, KeyboardInterrupt):
        assert cluster.lease.holder is None or "(release)" in where, where
        nothing_is_left_of_a_movement(cluster, where)
        finish(case, cluster, where)


@EVERY_CASE
def test_after_a_kill_at_any_call_the_next_run_waits_for_the_lease_and_finishes(case: Case):
    """Scenarios 4, 18, 42 and 43: no `finally` runs, the Lease expires, what was deleted is awaited."""
    for where, cluster in every_interruption(case, Killed, for_good=True):
        finish(case, cluster, where)


@EVERY_CASE
def test_a_lost_engine_at_any_line_stops_the_run_without_another_destructive_call(case: Case):
    """Decision 10: what was deleted last is left to the next run, which awaits it first."""
    speaking = ("status", "info", "warn")
    for where, cluster in every_interruption(
        case, lambda: EngineLost("gone"), only=lambda name: name in speaking, for_good=True
    ):
        assert cluster.lease.holder is None, where
        assert set(cluster.kubernetes.budgets.values()) == {1}, where
        finish(case, cluster, where)


@EVERY_CASE
def test_a_lost_lease_stops_the_run_before_the_destructive_call_that_asked(case: Case):
    """Scenario 18: the budget is left alone too, since it is the other run's by now."""
    for where, cluster in every_interruption(
        case, lambda: LeaseLost("taken over"), only=lambda name: name == "check", for_good=True
    ):
        finish(case, cluster, where)


def test_a_killed_run_leaves_evictions_forbidden_and_the_next_run_allows_them_though_nothing_else_is_to_do():
    """Nobody gives them back when the Lease expires: until then preview and status name what was left."""
    cluster = FakeCluster()
    desired = cluster.desired(pace=PACE)
    cluster.kubernetes.budgets["broker"] = 0
    snapshot = observe(cluster.world(), "broker")
    shown = plan(snapshot, desired)
    assert shown.changes
    assert shown.leftovers == ("evictions are still forbidden, as a killed run left them; this run allows them again",)
    assert any("evictions are forbidden" in line for line in status("broker", snapshot))
    BrokersRun(cluster.world(), desired).run()
    assert cluster.kubernetes.budgets["broker"] == 1
    assert cluster.deletions == []
    assert not plan(observe(cluster.world(), "broker"), desired).changes
