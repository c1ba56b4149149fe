"""The plan of a preview, its lines and its data."""

import json
from dataclasses import replace

import pytest

from hooks.planner import render
from hooks.planner.plan import plan
from hooks.planner.preflight import problems
from hooks.planner.snapshot import NodeId, Snapshot
from tests.planner.situations import NEW, OLD, desired, kafka, partition, pod, servers, situation, workloads

SMALLER = (
    "storage size is {} bytes in the spec and 1000 bytes in the cluster; a volume never shrinks. "
    + "Set it back, or add a pool with another name and ids of its own, drain this one, and remove it"
)
HEALTHY = kafka(partition(), controller=0)


def test_a_preview_lists_the_restarts_though_the_templates_are_still_the_old_ones():
    """Scenario 48: Pulumi writes the templates only in the run."""
    seen = replace(situation(state=HEALTHY).snapshot, workloads=workloads(revision=OLD))
    shown = plan(seen, desired())
    assert shown.blockers == ()
    assert render.lines(shown) == (
        "3 pods will restart, one at a time:",
        "  1. kafka-b-1000: config changed",
        "  2. kafka-c-2000: config changed",
        "  3. kafka-a-0: config changed (leads now, so it comes last)",
    )


def test_nothing_to_do_is_one_line_and_no_change():
    found = situation(*(pod(node, NEW) for node in (0, 1000, 2000)), state=HEALTHY)
    shown = plan(found.snapshot, desired())
    assert not shown.changes
    assert render.lines(shown) == ("brokers: nothing to do",)


def test_the_whole_plan_reads_from_refusal_to_note():
    state = kafka(
        partition(topic="single", replicas=(1000,), min_isr=1),
        partition(topic="tight", min_isr=3),
        partition(topic="late", isr=(0, 1000)),
        controller=0,
    )
    found = situation(pod(0), pod(1000), pod(2000, NEW, ready=False), state=state)
    wanted = desired()
    wanted = replace(wanted, pools=(replace(wanted.pools[0], count=2, volume_bytes=10), *wanted.pools[1:]))
    assert render.lines(plan(found.snapshot, wanted)) == (
        f"refused: pool a: {SMALLER.format(10)}",
        "pool a grows from 1 to 2: new 1",
        "awaited: kafka-c-2000 is not ready",
        "2 pods will restart, one at a time:",
        "  1. kafka-b-1000: config changed",
        "  2. kafka-a-0: config changed (leads now, so it comes last)",
        "note: offline while their only broker restarts: 1 partition (single-0)",
        "note: acks=all writes fail while a replica restarts, since min ISR is all of them: 1 partition (tight-0)",
        "note: waits until these are in sync: 1 partition (late-0)",
    )


def test_an_unseen_cluster_is_said_and_claims_no_change():
    blind = Snapshot(workloads=(), pods=(), kafka=None, unseen="connection refused")
    shown = plan(blind, desired())
    assert not shown.changes
    assert render.lines(shown) == ("could not see the brokers: connection refused",)


def test_a_cluster_that_is_not_there_yet_grows_from_nothing():
    shown = plan(Snapshot(workloads=(), pods=(), kafka=None, unseen=None), desired(count=2))
    assert shown.changes
    assert render.lines(shown)[0] == "pool a grows from 0 to 2: new 0, 1 (its StatefulSet is still to come)"


def test_ready_brokers_that_cannot_be_asked_are_unseen_and_no_work():
    current = tuple(pod(node, NEW) for node in (0, 1000, 2000))
    seen = replace(situation(*current).snapshot, unseen="no route to the brokers")
    shown = plan(seen, desired())
    assert not shown.changes
    assert render.lines(shown) == ("could not see the brokers: no route to the brokers",)


def test_a_restart_of_an_unready_pod_comes_first_and_says_what_is_wrong_with_it():
    found = situation(pod(0), pod(1000), pod(2000, ready=False, problem="CrashLoopBackOff: x"), state=HEALTHY)
    first = plan(found.snapshot, desired()).restarts[0]
    assert (first.pod, first.reason) == ("kafka-c-2000", "config changed; it is not ready now: CrashLoopBackOff: x")


def test_the_data_says_what_the_lines_say_and_is_plain_json():
    found = situation(state=HEALTHY)
    told = json.loads(json.dumps(render.data(plan(found.snapshot, desired(count=2)))))
    assert told["changes"] is True
    assert [restart["id"] for restart in told["restarts"]] == [1000, 2000, 0]
    assert told["growth"][0] == {"pool": "a", "workload": "kafka-a", "present": 1, "wanted": 2, "ids": [1]}
    assert set(told) == {
        "component", "changes", "unseen", "blockers", "growth", "volumes", "leaving", "moves", "movement",
        "filled", "filling", "levelling", "restoring", "awaited", "leftovers", "restarts", "notes", "batches",
        "fewestBatches",
    }  # fmt: skip


def test_a_quorum_of_one_is_told_what_its_restart_costs():
    """Scenario 71."""
    wanted = desired("zookeeper")
    alone = replace(wanted, pools=wanted.pools[:1])
    found = situation(pod(1, component="zookeeper"), wanted=alone, ensemble=servers(_1="standalone"))
    seen = replace(found.snapshot, workloads=found.snapshot.workloads[:1])
    assert plan(seen, alone).notes == ("a quorum of 1 is away while one of its members restarts",)


def test_every_problem_is_found_at_once_and_says_what_to_do():
    wanted = desired()
    wanted = replace(wanted, pools=(replace(wanted.pools[0], first_id=NodeId(3), volume_bytes=5), wanted.pools[1]))
    found = problems(workloads(count=2), wanted)
    assert [problem.split(";")[0] for problem in found] == [
        "pool a: the first id is 3 in the spec and 0 in the cluster",
        "pool a: storage size is 5 bytes in the spec and 1000 bytes in the cluster",
        "pool c (kafka-c) has 2 brokers and is not in the spec any more",
    ]
    around = "add a pool with another name and ids of its own, drain this one, and remove it"
    ways_out = [problem.rsplit(". ", 1)[1] for problem in found]
    assert ways_out == [
        f"Set it back to 0, or {around}",
        f"Set it back, or {around}",
        "Put the pool back with brokers: 0 and run `pulumi up`, which drains and stops them; then remove the pool",
    ]


@pytest.mark.parametrize(
    ("live", "wanted", "said"),
    [
        ("", "", None),
        ("fast", "fast", None),
        ("fast", None, None),
        ("fast", "slow", "the storage class is slow in the spec and fast in the cluster"),
        ("fast", "", "the storage class is none (the cluster's default one) in the spec and fast in the cluster"),
        ("", "slow", "the storage class is slow in the spec and none (the cluster's default one) in the cluster"),
    ],
)
def test_another_storage_class_is_never_silently_ignored(live: str, wanted: str | None, said: str | None):
    present = tuple(replace(found, storage_class=live) for found in workloads())
    spec = desired()
    spec = replace(spec, pools=(replace(spec.pools[0], storage_class=wanted), *spec.pools[1:]))
    found = problems(present, spec)
    assert found == () if said is None else (said in found[0] and "Set it back, or add a pool" in found[0])


@pytest.mark.parametrize(
    ("first", "shared"), [(997, None), (998, None), (999, "1000"), (1000, "1000, 1001"), (1001, "1001"), (1002, None)]
)
def test_a_pool_never_takes_ids_that_another_live_pool_still_has(first: int, shared: str | None):
    """Pool z of the spec has two ids from `first` on; the live pool b, not in the spec any more, has 1000 and 1001."""
    spec = desired(count=2)
    heir = replace(spec.pools[1], name="z", workload="kafka-z", first_id=NodeId(first))
    found = problems(workloads(count=2), replace(spec, pools=(spec.pools[0], heir, spec.pools[2])))
    if shared is None:
        assert found == (
            "pool b (kafka-b) has 2 brokers and is not in the spec any more; no broker leaves with data on it. "
            + "Put the pool back with brokers: 0 and run `pulumi up`, which drains and stops them; "
            + "then remove the pool",
        )
        return
    assert len(found) == 1
    assert found[0].startswith(f"pool z (kafka-z) wants the ids {shared}, which the live pool b (kafka-b) has")
    assert found[0].endswith("Call it b again, or give z ids of its own beside it")


def test_an_empty_pool_may_leave_and_an_interrupted_creation_may_go_on():
    wanted = desired()
    two = replace(wanted, pools=wanted.pools[:2])
    assert problems((*workloads()[:2], replace(workloads()[2], replicas=0)), two) == ()
    assert problems(workloads("zookeeper")[:1], desired("zookeeper")) == ()
    assert len(problems(workloads("zookeeper")[:1], desired("zookeeper"), formed=True)) == 2
    assert problems((), desired("zookeeper"), formed=True) == ()


def test_workloads_of_other_components_are_not_compared():
    assert problems(workloads("zookeeper"), desired()) == ()
