"""Volumes grow under running brokers, and a StatefulSet that is away is always put back."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import pytest

from contract import Component
from hooks.interfaces import EngineLost, Fatal, LeaseLost, Refused
from hooks.planner.desired import DesiredCluster, Pace
from hooks.planner.plan import plan
from hooks.planner.render import lines
from hooks.runners import guard
from hooks.runners.brokers import BrokersRun
from hooks.runners.ensemble import EnsembleRun
from hooks.runners.observe import observe
from hooks.runners.volumes import put_back
from hooks.runners.world import World
from tests.fakes.cluster import FakeCluster
from tests.fakes.kubernetes import Behaviour, FakeClaim
from tests.fakes.world import Faults, Killed
from tests.runners.test_interruption import WRITES

PACE = Pace(stable_window=1.0, poll=1.0, ready_timeout=60.0)
GIB = 1 << 30


def larger(cluster: FakeCluster, size: int = 2 * GIB, component: Component = "broker") -> DesiredCluster:
    """Return the spec with volumes of that size."""
    desired = cluster.desired(component, pace=PACE)
    return replace(desired, pools=tuple(replace(pool, volume_bytes=size) for pool in desired.pools))


def uids(cluster: FakeCluster) -> dict[str, str]:
    return {pod.name: pod.uid for pod in cluster.kubernetes.pods.values()}


def grown(cluster: FakeCluster, size: int = 2 * GIB) -> bool:
    """Tell whether every broker's volume, and every template, has the size, and nothing is left over."""
    kubernetes = cluster.kubernetes
    brokers = [workload for workload in kubernetes.workloads.values() if workload.component == "broker"]
    claims = [kubernetes.claims[pod.name] for pod in kubernetes.pods.values() if pod.component == "broker"]
    return (
        len(brokers) == 3
        and {workload.volume_bytes for workload in brokers} == {size}
        and {(claim.requested, claim.capacity) for claim in claims} == {(size, size)}
        and kubernetes.records == {}
    )


def test_volumes_grow_and_nobody_restarts() -> None:
    cluster = FakeCluster()
    before = uids(cluster)
    report = BrokersRun(cluster.world(), larger(cluster)).run()
    assert grown(cluster)
    assert uids(cluster) == before and cluster.deletions == []
    assert report.changed
    assert report.lines()[0] == "pool a: volumes grew from 1Gi to 2Gi"


def test_every_volume_of_a_broker_grows() -> None:
    cluster = FakeCluster()
    kubernetes = cluster.kubernetes
    kubernetes.workloads["kafka-b"].volumes = 3
    for number in (1, 2):
        kubernetes.claims[f"data-{number}-kafka-b-1000"] = FakeClaim(GIB, GIB)
    before = uids(cluster)
    BrokersRun(cluster.world(), larger(cluster)).run()
    assert grown(cluster) and uids(cluster) == before
    asked = [write.split()[1] for write in cluster.writes if write.startswith("request ")]
    further = ["data-1-kafka-b-1000", "data-2-kafka-b-1000"]
    assert asked == ["data-kafka-a-0", *further, "data-kafka-b-1000", "data-kafka-c-2000"]
    assert {kubernetes.claims[name].capacity for name in further} == {2 * GIB}
    assert kubernetes.workloads["kafka-b"].volumes == 3


def test_a_second_run_does_nothing() -> None:
    cluster = FakeCluster()
    desired = larger(cluster)
    BrokersRun(cluster.world(), desired).run()
    cluster.writes.clear()
    assert not BrokersRun(cluster.world(), desired).run().changed
    assert cluster.writes == []


def test_a_quorums_volumes_grow_as_the_brokers_do() -> None:
    cluster = FakeCluster(mode="kraft")
    before = uids(cluster)
    EnsembleRun(cluster.world(), larger(cluster, component="controller")).run()
    controllers = [one for one in cluster.kubernetes.workloads.values() if one.component == "controller"]
    assert {workload.volume_bytes for workload in controllers} == {2 * GIB}
    assert uids(cluster) == before


def test_a_stateful_set_goes_only_after_every_volume_has_grown_and_it_is_recorded() -> None:
    cluster = FakeCluster()
    BrokersRun(cluster.world(), larger(cluster)).run()
    acts = [write for write in cluster.writes if write.split()[0] not in ("budget", "lease")]
    assert acts[:3] == [f"request data-kafka-{pod} {2 * GIB}" for pod in ("a-0", "b-1000", "c-2000")]
    assert acts[3:7] == [f"record kafka-a {2 * GIB}", "take away kafka-a", "put back kafka-a", "forget kafka-a"]
    assert acts[7] == f"record kafka-b {2 * GIB}"


def test_growing_and_rolling_in_one_run_restarts_each_broker_once() -> None:
    """Scenario 40."""
    cluster = FakeCluster()
    cluster.apply(config="2")
    BrokersRun(cluster.world(), larger(cluster)).run()
    assert grown(cluster)
    assert sorted(cluster.restarted) == [0, 1000, 2000]
    assert cluster.harm == []


def test_new_brokers_get_volumes_of_the_new_size() -> None:
    cluster = FakeCluster()
    BrokersRun(cluster.world(), cluster.wanting(larger(cluster), a=2)).run()
    assert cluster.kubernetes.claims["kafka-a-1"].requested == 2 * GIB


def test_a_volume_of_a_broker_that_left_is_grown_too_and_not_awaited() -> None:
    cluster = FakeCluster(racks={"a": 2, "b": 1, "c": 1})
    cluster.kubernetes.workloads["kafka-a"].replicas = 1
    cluster.sleep(5.0)
    cluster.kubernetes.claims["kafka-a-1"].asked = float("inf")
    BrokersRun(cluster.world(), larger(cluster)).run()
    assert cluster.kubernetes.claims["kafka-a-1"].requested == 2 * GIB
    assert grown(cluster)


def test_a_class_that_allows_no_growth_is_refused_with_the_way_out() -> None:
    cluster = FakeCluster()
    cluster.storage_class = "fixed"
    with pytest.raises(Refused, match="StorageClass fixed does not allow it") as caught:
        BrokersRun(cluster.world(), larger(cluster)).run()
    assert len(caught.value.reasons) == 3
    assert "kubectl patch storageclass fixed" in str(caught.value)
    assert not any("request" in write or "record" in write for write in cluster.writes)


def test_a_smaller_volume_is_refused() -> None:
    cluster = FakeCluster()
    with pytest.raises(Refused, match="a volume never shrinks"):
        BrokersRun(cluster.world(), larger(cluster, GIB // 2)).run()
    assert cluster.writes == []


def test_a_volume_that_does_not_grow_stops_the_run_with_its_stateful_set_in_place() -> None:
    cluster = FakeCluster()
    cluster.kubernetes.resize = None
    with pytest.raises(Fatal, match="nothing has grown for") as caught:
        BrokersRun(cluster.world(), larger(cluster)).run()
    assert "only when a pod starts" in str(caught.value)
    assert set(cluster.kubernetes.workloads) >= {"kafka-a", "kafka-b", "kafka-c"}
    assert cluster.kubernetes.records == {}
    cluster.kubernetes.resize = 1.0
    BrokersRun(cluster.world(), larger(cluster)).run()
    assert grown(cluster)


def test_a_volume_that_does_not_grow_keeps_no_broken_broker_down() -> None:
    cluster = FakeCluster()
    cluster.apply(behaviour=Behaviour(crashes=True), config="bad")
    cluster.kubernetes.terminate(cluster.pod(1000))
    cluster.sleep(30.0)
    cluster.kubernetes.resize = None
    cluster.apply()
    with pytest.raises(Fatal, match="nothing has grown for"):
        BrokersRun(cluster.world(), larger(cluster)).run()
    assert cluster.restarted == [1000]
    assert cluster.kafka.offline == [] and cluster.pod(1000).running


def test_a_preview_says_what_grows_and_writes_nothing() -> None:
    cluster = FakeCluster()
    shown = plan(observe(cluster.world(), "broker"), larger(cluster))
    assert shown.changes
    assert lines(shown)[0] == "pool a: volumes grow from 1Gi to 2Gi, and nobody restarts"
    assert cluster.writes == []


# Interruptions


def run(cluster: FakeCluster, world: World, desired: DesiredCluster) -> None:
    """Run the hook as the next `up` does: what is away is put back by its preflight, before the hook looks."""
    BrokersRun(world, desired).run()


def interruptions(only: Callable[[str], bool], *, by_call: bool) -> list[tuple[int, bool]]:
    """Return where an undisturbed run can be interrupted: the number of the call, and whether after its effect."""
    cluster = FakeCluster(partitions=3)
    faults = Faults(only=only)
    faults.state = lambda: (cluster.now, len(cluster.writes), faults.calls[-1] if by_call else "")
    run(cluster, cluster.world(faults=faults), larger(cluster))
    found: list[tuple[int, bool]] = []
    for number, name in enumerate(faults.calls, start=1):
        if faults.states[number - 1] not in faults.states[: number - 1]:
            found.append((number, False))
        if name in WRITES:
            found.append((number, True))
    return found


@pytest.mark.parametrize(
    ("error", "only", "for_good"),
    [
        (KeyboardInterrupt, lambda name: True, False),
        (Killed, lambda name: True, True),
        (lambda: EngineLost("gone"), lambda name: name in ("status", "info", "warn"), True),
        (lambda: LeaseLost("taken over"), lambda name: name == "check", True),
    ],
    ids=["ctrl-c", "kill", "engine lost", "lease lost"],
)
def test_interrupted_anywhere_the_next_run_finishes_and_nobody_restarts(
    error: Callable[[], BaseException], only: Callable[[str], bool], for_good: bool
) -> None:
    seen_away = 0
    for number, after in interruptions(only, by_call=not for_good):
        cluster = FakeCluster(partitions=3)
        before, desired = uids(cluster), larger(cluster)
        faults = Faults(at=number, error=error, after=after, only=only, for_good=for_good)
        with suppress(type(error()), Fatal, Refused):
            run(cluster, cluster.world(faults=faults), desired)
        # A call that fails by itself has no moment after its effect.
        assert faults.fired or (faults.calls[number - 1] == "put_back" and after)
        where = f"call {number} ({faults.calls[-1]}), {'after' if after else 'before'}"
        if cluster.lease.holder_lives:
            cluster.lease.holder_lives, cluster.lease.renewed = False, cluster.now
        world = cluster.world("another")
        workloads = world.pods.workloads("broker")
        assert [workload.name for workload in workloads] == ["kafka-a", "kafka-b", "kafka-c"], where
        seen_away += any(workload.away for workload in workloads)
        cluster.sleep(3.0)
        run(cluster, world, desired)
        assert grown(cluster), where
        assert uids(cluster) == before and cluster.deletions == [], where
        assert not cluster.lease.holder_lives, where
    assert seen_away > 0 or only("delete") is False


def away() -> FakeCluster:
    """Return a cluster whose run was killed just after it took a StatefulSet away."""
    cluster = FakeCluster(partitions=3)
    faults = Faults(at=1, error=Killed, after=True, only=lambda name: name == "take_away", for_good=True)
    with pytest.raises(Killed):
        BrokersRun(cluster.world(faults=faults), larger(cluster)).run()
    cluster.lease.holder_lives, cluster.lease.renewed = False, cluster.now
    cluster.sleep(20.0)
    assert "kafka-a" not in cluster.kubernetes.workloads
    return cluster


def test_what_is_away_is_still_judged_by_its_record() -> None:
    cluster = away()
    (found, *_) = cluster.world().pods.workloads("broker")
    assert (found.name, found.away, found.replicas, found.volume_bytes) == ("kafka-a", True, 1, 2 * GIB)
    cluster.kubernetes.workloads["kafka-a"] = cluster.kubernetes.records["kafka-a"]
    desired = cluster.wanting(larger(cluster), a=0)
    del cluster.kubernetes.workloads["kafka-a"]
    with pytest.raises(Refused, match="without broker 0, topics with 3 replicas need 3 brokers, and 2 would be left"):
        BrokersRun(cluster.world(), desired).run()


def test_a_preview_says_what_is_away() -> None:
    cluster = away()
    cluster.kubernetes.workloads["kafka-a"] = cluster.kubernetes.records["kafka-a"]
    desired = larger(cluster)
    del cluster.kubernetes.workloads["kafka-a"]
    shown = plan(observe(cluster.world(), "broker"), desired)
    assert shown.leftovers[0].startswith("StatefulSet kafka-a is away since a run was stopped, and its pods run on")


def test_the_preflight_of_an_update_puts_it_back_and_leaves_the_rest_to_the_run() -> None:
    cluster = away()
    before = uids(cluster)
    world = cluster.world()
    world.lease.acquire()
    assert put_back(world, "broker", PACE) == ("kafka-a",)
    cluster.sleep(5.0)
    assert uids(cluster) == before
    assert cluster.kubernetes.records == {}
    assert put_back(world, "broker", PACE) == ()


def test_a_destroy_puts_it_back_before_it_stops_its_brokers() -> None:
    cluster = away()
    cluster.world().identity.mark_going(True)
    guard.release(cluster.world(), "kafka-a", "broker", PACE)
    assert cluster.kubernetes.workloads["kafka-a"].replicas == 0
    assert not any(pod.workload == "kafka-a" for pod in cluster.kubernetes.pods.values())


def test_a_record_that_a_killed_run_left_never_brings_back_what_was_deleted() -> None:
    cluster = FakeCluster(partitions=3)
    faults = Faults(at=1, error=Killed, only=lambda name: name == "take_away", for_good=True)
    with pytest.raises(Killed):
        BrokersRun(cluster.world(faults=faults), larger(cluster)).run()
    cluster.lease.holder_lives, cluster.lease.renewed = False, cluster.now
    cluster.sleep(20.0)
    assert "kafka-a" in cluster.kubernetes.records
    cluster.world().identity.mark_going(True)
    guard.release(cluster.world(), "kafka-a", "broker", PACE)
    assert cluster.kubernetes.records == {}
