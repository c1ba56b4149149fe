"""What a plan says of itself, and the files it is read from and written to."""

import json
from dataclasses import replace

import pytest

from hooks.planner.reassignment.forecast import forecast
from hooks.planner.reassignment.kafka_json import UnreadableError, moves_to, reassignment, rollback, targets
from hooks.planner.reassignment.model import LogDir, Options, Placement
from hooks.planner.reassignment.plan import plan_movement
from hooks.planner.reassignment.rendering import digest, movement_data, movement_lines, size_text, time_text
from hooks.planner.reassignment.snapshot_json import read_snapshot, snapshot
from hooks.planner.snapshot import NodeId
from tests.planner.reassignment.clusters import GiB, grown, striped

GROWN = grown(striped([2, 2, 2], 60, 3), "abc")
GROW = Options(goal="grow", throttle=GiB)


def test_the_text_names_movement_bounds_brokers_and_digest():
    plan = plan_movement(GROWN, GROW)
    said = movement_lines(GROWN, plan, GROW)
    assert said[0].startswith("grow: 60 replicas of ")
    assert said[1].startswith("no plan needs fewer than 60 copies and ")
    assert "partitions with a broken rack spread: 0 before, 0 after" in said
    assert any(line.startswith("  broker 900 (a): replicas 0 -> 20, leaders 0 -> ") for line in said)
    assert any("at 1.0 GiB/s that takes " in line for line in said)
    assert said[-1] == f"plan {digest(plan)}"


def test_a_plan_with_nothing_to_move_is_one_line():
    placement = striped([2, 2, 2], 60, 3)
    plan = plan_movement(placement, Options(goal="grow"))
    assert movement_lines(placement, plan, Options(goal="grow")) == ("grow: nothing to move",)


def test_a_refused_plan_is_its_reasons():
    options = Options(goal="drain", drained=frozenset({NodeId(200)}))
    placement = striped([1, 1, 1], 6, 3)
    said = movement_lines(placement, plan_movement(placement, options), options)
    assert [line.partition(":")[0] for line in said] == ["refused", "refused"]


def test_the_data_are_complete_and_json():
    plan = plan_movement(GROWN, GROW)
    found = json.loads(json.dumps(movement_data(GROWN, plan, GROW)))
    assert found["replicasToCopy"] == found["leastReplicas"] == 60
    assert found["digest"] == digest(plan)
    assert len(found["before"]) == len(found["after"]) == 9
    assert sum(load["bytes"] for load in found["after"]) == sum(load["bytes"] for load in found["before"])


def test_the_digest_changes_with_the_moves_and_with_nothing_else():
    plan = plan_movement(GROWN, GROW)
    assert digest(plan) == digest(replace(plan, blocked=("reason",)))
    assert digest(plan) != digest(replace(plan, moves=plan.moves[1:]))


def test_the_time_is_that_of_the_broker_that_sends_or_receives_the_most():
    plan = plan_movement(GROWN, GROW)
    cost = forecast(GROWN, plan, GROW)
    received = {node: sum(m.size_bytes for m in plan.moves if node in m.adding) for node in (900, 901, 902)}
    assert cost.busiest is not None and cost.busiest[1] >= max(received.values())
    assert cost.seconds == cost.busiest[1] / GiB
    assert dict(cost.peak_extra) == received


def test_kafkas_file_leads_to_the_plan_and_back():
    plan = plan_movement(GROWN, GROW)
    there = json.loads(json.dumps(reassignment(plan.moves)))
    assert moves_to(GROWN, targets(there)) == tuple(replace(move, log_dirs={}) for move in plan.moves)
    back = moves_to(GROWN.after(plan.moves), targets(json.loads(json.dumps(rollback(plan.moves)))))
    assert GROWN.after(plan.moves).after(back) == GROWN


def test_kafkas_file_names_the_log_dirs_that_were_chosen():
    dirs = (LogDir(path="/d0"), LogDir(path="/d1"))
    brokers = tuple(replace(b, log_dirs=dirs) if b.id == 900 else b for b in GROWN.brokers)
    plan = plan_movement(replace(GROWN, brokers=brokers), GROW)
    entries = json.loads(json.dumps(reassignment(plan.moves)))["partitions"]
    chosen = next(entry for entry in entries if 900 in entry["replicas"])
    assert chosen["log_dirs"][chosen["replicas"].index(900)] in ("/d0", "/d1")
    assert set(chosen["log_dirs"]) <= {"any", "/d0", "/d1"}


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ([], "the file of kafka-reassign-partitions"),
        ({"partitions": [{"topic": "t"}]}, r"partitions\[0\]: expected topic, partition and replicas"),
        ({"partitions": [{"topic": "none", "partition": 3, "replicas": [1]}]}, "none-3: no such partition"),
    ],
)
def test_a_file_that_is_none_of_kafkas_is_refused_with_its_place(document: object, words: str):
    with pytest.raises(UnreadableError, match=words):
        moves_to(GROWN, targets(document))


def test_a_snapshot_is_read_back_as_it_was_written():
    dirs = (LogDir(path="/d0", capacity_bytes=5, used_bytes=1), LogDir(path="/d1", offline=True))
    brokers = tuple(replace(b, log_dirs=dirs, capacity_bytes=10, alive=b.id != 1) for b in GROWN.brokers)
    partitions = tuple(replace(p, rate=0.5, min_isr=2, log_dirs={p.replicas[0]: "/d0"}) for p in GROWN.partitions)
    placement = Placement(brokers=brokers, partitions=partitions)
    assert read_snapshot(json.loads(json.dumps(snapshot(placement)))) == placement


def test_a_snapshot_needs_little():
    found = read_snapshot(
        {"brokers": [{"id": 2}, {"id": 1}], "partitions": [{"topic": "t", "partition": 0, "replicas": [2, 1]}]}
    )
    assert [broker.id for broker in found.brokers] == [1, 2]
    assert (found.partitions[0].leader, found.partitions[0].isr, found.partitions[0].size_bytes) == (2, {1, 2}, 0)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("text", r"\$: expected an object"),
        ({"brokers": [{"rack": "a"}]}, r"\$\.brokers\[0\]\.id: missing"),
        ({"brokers": [{"id": 1, "rack": 5}]}, r"\$\.brokers\[0\]\.rack: expected a string"),
        ({"brokers": [{"id": 1}, {"id": 1}]}, "a broker is there twice: 1"),
        ({"brokers": [{"id": 1, "alive": "no"}]}, r"\$\.brokers\[0\]\.alive: expected true or false"),
        ({"brokers": [{"id": 1, "capacityBytes": -1}]}, "expected a whole number from 0, found -1"),
        ({"partitions": [{"topic": "t", "partition": 0, "replicas": [1, 1]}]}, "expected different broker ids"),
        ({"partitions": [{"topic": "t", "partition": 0}]}, r"\$\.partitions\[0\]: a partition needs"),
        ({"partitions": [{"topic": "t", "partition": 0, "replicas": [1], "rate": "x"}]}, "expected a number"),
        ({"partitions": [{"topic": "t", "partition": 0, "replicas": [1], "logDirs": [1]}]}, "expected log dirs"),
        ({"partitions": 5}, r"\$\.partitions: expected a list"),
    ],
)
def test_a_wrong_snapshot_is_refused_with_the_path(document: object, words: str):
    with pytest.raises(UnreadableError, match=words):
        read_snapshot(document)


@pytest.mark.parametrize(("number", "text"), [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (5 * 2**50, "5.0 PiB")])
def test_bytes_read_well(number: int, text: str):
    assert size_text(number) == text


@pytest.mark.parametrize(("seconds", "text"), [(5, "5 s"), (120, "2 min"), (7200, "2.0 h")])
def test_times_read_well(seconds: float, text: str):
    assert time_text(seconds) == text
