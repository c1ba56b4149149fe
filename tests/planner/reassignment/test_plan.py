"""Plans on small clusters, whose best answer is known; numbers are those of the catalogue of scale operations."""

import subprocess
import sys
from dataclasses import replace

import pytest

from hooks.planner.reassignment.check import check_placement, rack_violations
from hooks.planner.reassignment.model import (
    Bands,
    LogDir,
    MovementPlan,
    Options,
    PlacedPartition,
    Placement,
    PlacementBroker,
)
from hooks.planner.reassignment.plan import plan_movement
from hooks.planner.snapshot import NodeId
from tests.planner.reassignment.clusters import GiB, grown, striped


def after(placement: Placement, plan: MovementPlan) -> Placement:
    assert plan.refused == ()
    return placement.after(plan.moves)


def drain(*nodes: int, **others: object) -> Options:
    return replace(Options(goal="drain", drained=frozenset(NodeId(node) for node in nodes)), **others)  # pyright: ignore[reportArgumentType]


def partition(*replicas: int, index: int = 0, size: int = GiB, isr: tuple[int, ...] | None = None) -> PlacedPartition:
    nodes = tuple(NodeId(node) for node in replicas)
    in_sync = frozenset(NodeId(node) for node in (replicas if isr is None else isr))
    return PlacedPartition(
        topic="t", index=index, replicas=nodes, size_bytes=size, leader=min(in_sync, default=None), isr=in_sync
    )


def test_a_growth_moves_the_least_and_leaves_counts_and_leaders_even():
    """Scenarios 49 and 51: three racks of four, one new broker in each."""
    placement = grown(striped([4, 4, 4], 400, 3), "abc")
    plan = plan_movement(placement, Options(goal="grow"))
    found = check_placement(after(placement, plan), Options(goal="grow"), placement)
    assert found.problems == () and found.rack_violations == () and plan.blocked == ()
    assert plan.bounds.moves_ratio == 1.0
    assert plan.bounds.bytes_ratio <= 1.05
    assert found.spreads.replicas[1] - found.spreads.replicas[0] <= 1
    assert found.spreads.leaders[1] - found.spreads.leaders[0] <= 1
    low, high = found.spreads.bytes_of_mean
    assert low >= 0.98 and high <= 1.02


def test_a_growth_that_copies_from_old_to_old_brokers_is_none():
    placement = grown(striped([4, 4, 4], 400, 3), "abc")
    plan = plan_movement(placement, Options(goal="grow"))
    assert all(node >= 900 for move in plan.moves for node in move.adding)


def test_a_growth_by_a_whole_rack_gives_it_its_share():
    """With fewer replicas than racks, replicas have to change their rack."""
    placement = grown(striped([3, 3, 3], 300, 3), "ddd")
    plan = plan_movement(placement, Options(goal="grow"))
    found = check_placement(after(placement, plan), Options(goal="grow"), placement)
    assert found.problems == () and found.rack_violations == ()
    assert found.spreads.replicas == (75, 75)
    assert plan.bounds.moves == plan.bounds.achieved_moves == 225


def test_brokers_with_larger_disks_get_more():
    placement = striped([2, 2, 2], 300, 3)
    sized = tuple(
        replace(broker, capacity_bytes=(2 if broker.id % 100 else 1) * 10_000 * GiB) for broker in placement.brokers
    )
    plan = plan_movement(replace(placement, brokers=sized), Options(goal="level"))
    counts = {load.id: load.replicas for load in plan.after}
    assert [counts[NodeId(node)] for node in (0, 1, 100, 101)] == [100, 200, 100, 200]


def test_a_drain_of_one_broker_moves_what_it_holds_and_nothing_else():
    """Scenario 54: five brokers to four, replication factor three."""
    placement = striped([2, 2, 1], 60, 3)
    plan = plan_movement(placement, drain(1))
    left = after(placement, plan)
    assert {move.key for move in plan.moves} == {p.key for p in placement.partitions if NodeId(1) in p.replicas}
    assert not any(NodeId(1) in p.replicas for p in left.partitions)
    assert plan.bounds.achieved_bytes == plan.bounds.bytes
    assert rack_violations(left, drain(1)) == ()


def test_what_leaves_a_rack_with_as_many_racks_as_replicas_stays_in_that_rack():
    placement = striped([3, 3, 3], 90, 3)
    plan = plan_movement(placement, drain(0))
    assert {node for move in plan.moves for node in move.adding} == {1, 2}


def test_internal_topics_are_drained_like_all_others():
    """63."""
    placement = striped([2, 2, 2], 60, 3)
    internal = tuple(replace(p, topic="__consumer_offsets", index=i) for i, p in enumerate(placement.partitions))
    plan = plan_movement(replace(placement, partitions=internal), drain(0))
    assert len(plan.moves) == sum(NodeId(0) in p.replicas for p in internal) > 0


def test_a_drain_below_the_replication_factor_is_refused_by_topic():
    """Scenario 55: three brokers to two with three replicas."""
    plan = plan_movement(striped([1, 1, 1], 30, 3), drain(2 * 100))
    assert plan.moves == ()
    assert "need 3 brokers, and 2 would be left: t000, t001, t002" in plan.refused[0]


def test_a_drain_of_a_whole_rack_is_refused_unless_it_is_allowed():
    """Scenario 56: the racks that remain are fewer than the replicas."""
    placement = striped([2, 2, 2], 60, 3)
    assert "empties rack c" in plan_movement(placement, drain(200, 201)).refused[0]
    allowed = plan_movement(placement, drain(200, 201, relax_racks=True))
    assert allowed.refused == () and len(allowed.moves) == 60


def test_a_rack_can_be_drained_while_the_others_suffice():
    placement = striped([2, 2, 2, 2], 80, 3)
    plan = plan_movement(placement, drain(300, 301))
    assert rack_violations(after(placement, plan), drain(300, 301)) == ()


def test_a_drain_that_would_fill_a_disk_is_refused():
    """61."""
    placement = striped([2, 2, 2], 60, 3)
    full = tuple(replace(broker, capacity_bytes=40 * GiB) for broker in placement.brokers)
    assert "disk limit of 85%" in plan_movement(replace(placement, brokers=full), drain(0)).refused[0]


def test_any_broker_can_be_drained_not_only_the_last_one():
    """Scenario 62: which ids a StatefulSet can give up is decided elsewhere."""
    placement = striped([3, 3, 3], 90, 3)
    assert plan_movement(placement, drain(101)).refused == ()


def test_a_sole_replica_on_a_dead_broker_is_refused():
    """Scenario 59: its disk is lost, and there is nothing to copy from."""
    brokers = (
        *(PlacementBroker(id=NodeId(n), rack=None) for n in range(2)),
        PlacementBroker(id=NodeId(2), rack=None, alive=False),
    )
    placement = Placement(brokers=brokers, partitions=(partition(2, 0, isr=(2,)), partition(0, 1, index=1)))
    for options in (drain(2), Options(goal="heal")):
        assert "nothing to copy from: t-0" in plan_movement(placement, options).refused[0]


def test_a_dead_target_is_left_out_of_the_next_plan():
    """Scenario 60: the broker that a former plan chose died under way."""
    placement = striped([3, 3, 3], 90, 3)
    first = plan_movement(placement, drain(0))
    chosen = first.moves[0].adding[0]
    dead = tuple(replace(b, alive=b.id != chosen) for b in placement.brokers)
    second = plan_movement(replace(placement, brokers=dead), drain(0))
    assert second.refused == ()
    assert all(chosen not in move.adding for move in second.moves)


def test_replicas_of_a_dead_broker_are_healed_in_its_rack():
    placement = striped([3, 3, 3], 90, 3)
    brokers = tuple(replace(broker, alive=broker.id != 1) for broker in placement.brokers)
    hurt = replace(
        placement,
        brokers=brokers,
        partitions=tuple(replace(p, isr=p.isr - {NodeId(1)}) for p in placement.partitions),
    )
    plan = plan_movement(hurt, Options(goal="heal"))
    assert {node for move in plan.moves for node in move.adding} == {0, 2}
    assert not any(NodeId(1) in p.replicas for p in after(hurt, plan).partitions)


def test_a_lost_rack_waits_unless_it_may_be_relaxed():
    placement = striped([2, 2, 2], 60, 3)
    brokers = tuple(replace(broker, alive=broker.rack != "c") for broker in placement.brokers)
    hurt = replace(placement, brokers=brokers)
    waiting = plan_movement(hurt, Options(goal="heal"))
    assert waiting.moves == () and "60 partitions cannot be healed now" in waiting.blocked[0]
    relaxed = plan_movement(hurt, Options(goal="heal", relax_racks=True))
    assert sum(len(move.adding) for move in relaxed.moves) == 60 and relaxed.blocked == ()


def test_a_broken_rack_spread_is_healed_with_one_copy_for_each_partition():
    """Scenario 53: where racks suffice, no partition keeps two replicas in one rack."""
    brokers = tuple(PlacementBroker(id=NodeId(n), rack=rack) for n, rack in enumerate("aabbcc"))
    wrong = Placement(brokers=brokers, partitions=tuple(partition(0, 1, 2, index=i) for i in range(6)))
    plan = plan_movement(wrong, Options(goal="heal"))
    assert rack_violations(after(wrong, plan), Options(goal="heal")) == ()
    assert plan.bounds.achieved_moves == plan.bounds.moves == 6


def test_with_too_few_racks_replicas_spread_as_evenly_as_can_be():
    """Scenario 53: racks of three and one, three replicas."""
    placement = grown(striped([3, 1], 40, 2), "a")
    plan = plan_movement(placement, Options(goal="replication_factor", replication_factor=3))
    found = check_placement(after(placement, plan), Options(goal="replication_factor", replication_factor=3), placement)
    assert found.problems == () and found.rack_violations == ()


def test_replicas_in_an_offline_log_dir_are_healed_elsewhere():
    placement = striped([2, 2, 2], 60, 3)
    dirs = (LogDir(path="/d0"), LogDir(path="/d1", offline=True))
    brokers = tuple(replace(b, log_dirs=dirs) if b.id == 0 else b for b in placement.brokers)
    where = tuple(
        replace(p, log_dirs={NodeId(0): f"/d{p.index % 2}"}) if NodeId(0) in p.replicas else p
        for p in placement.partitions
    )
    plan = plan_movement(replace(placement, brokers=brokers, partitions=where), Options(goal="heal"))
    lost = {p.key for p in where if p.log_dirs.get(NodeId(0)) == "/d1"}
    assert {move.key for move in plan.moves} == lost
    assert all(move.adding == (1,) for move in plan.moves)


def test_a_smaller_factor_drops_the_replica_that_is_behind():
    placement = striped([2, 2, 2], 60, 3)
    behind = replace(
        placement, partitions=tuple(replace(p, isr=frozenset(p.replicas[:2])) for p in placement.partitions)
    )
    plan = plan_movement(behind, Options(goal="replication_factor", replication_factor=2))
    assert all(set(move.target) == set(move.current[:2]) for move in plan.moves) and len(plan.moves) == 60
    assert plan.bounds.achieved_bytes == 0


def test_a_factor_is_changed_for_the_named_topics_only():
    placement = striped([2, 2, 2], 60, 2)
    wish = Options(goal="replication_factor", replication_factor=3, topics=frozenset({"t001"}))
    assert {move.topic for move in plan_movement(placement, wish).moves} == {"t001"}


@pytest.mark.parametrize(
    ("factor", "words"),
    [(0, "at least 1"), (4, "need 4 brokers, and 3 would be left"), (1, "below min.insync.replicas 2")],
)
def test_a_factor_that_cannot_be_is_refused(factor: int, words: str):
    placement = striped([1, 1, 1], 10, 3)
    safe = replace(placement, partitions=tuple(replace(p, min_isr=2) for p in placement.partitions))
    plan = plan_movement(safe, Options(goal="replication_factor", replication_factor=factor))
    assert words in plan.refused[0]


def test_frozen_topics_block_a_drain_and_are_left_alone_by_a_growth():
    placement = striped([2, 2, 2], 60, 3)
    frozen = frozenset({"t000"})
    assert "frozen topics have replicas" in plan_movement(placement, drain(0, frozen_topics=frozen)).refused[0]
    plan = plan_movement(grown(placement, "abc"), Options(goal="grow", frozen_topics=frozen))
    assert plan.changes and all(move.topic != "t000" for move in plan.moves)


def test_an_excluded_broker_gets_nothing_new():
    placement = grown(striped([2, 2, 2], 60, 3), "aabc")
    plan = plan_movement(placement, Options(goal="grow", excluded=frozenset({NodeId(900)})))
    assert plan.changes and all(900 not in move.adding for move in plan.moves)


def test_a_level_within_the_threshold_moves_nothing():
    placement = striped([2, 2, 2], 61, 3)
    assert plan_movement(placement, Options(goal="level", bands=Bands(bytes=0.001, threshold=0.2))).moves == ()


def test_a_level_keeps_its_budget_and_still_helps():
    placement = grown(striped([2, 2, 2], 60, 3), "abc")
    options = Options(goal="level", byte_budget=10 * GiB)
    plan = plan_movement(placement, options)
    assert 0 < plan.bounds.achieved_bytes <= 10 * GiB
    assert check_placement(after(placement, plan), options, placement).problems == ()


def test_log_dirs_of_a_broker_are_evened_out_inside_it():
    dirs = (LogDir(path="/d0"), LogDir(path="/d1"))
    broker = PlacementBroker(id=NodeId(0), rack=None, log_dirs=dirs)
    parts = tuple(replace(partition(0, index=i), log_dirs={NodeId(0): "/d0"}) for i in range(10))
    plan = plan_movement(Placement(brokers=(broker,), partitions=parts), Options(goal="log_dirs"))
    assert plan.moves == () and len(plan.log_dir_moves) == 5
    assert all((move.source, move.target) == ("/d0", "/d1") for move in plan.log_dir_moves)


def test_a_log_dir_is_emptied_as_far_as_the_others_have_room():
    dirs = (LogDir(path="/d0"), LogDir(path="/d1", capacity_bytes=4 * GiB))
    broker = PlacementBroker(id=NodeId(0), rack=None, log_dirs=dirs)
    parts = tuple(replace(partition(0, index=i), log_dirs={NodeId(0): "/d0"}) for i in range(4))
    options = Options(goal="log_dirs", drained_log_dirs=frozenset({(NodeId(0), "/d0")}))
    plan = plan_movement(Placement(brokers=(broker,), partitions=parts), options)
    assert len(plan.log_dir_moves) == 3
    assert plan.blocked == ("t-3 stays in /d0 of broker 0: no other log dir has room",)


def test_arriving_replicas_are_spread_over_a_brokers_log_dirs():
    placement = grown(striped([2, 2, 2], 120, 3), "abc")
    dirs = (LogDir(path="/d0"), LogDir(path="/d1"))
    brokers = tuple(replace(b, log_dirs=dirs) if b.id >= 900 else b for b in placement.brokers)
    plan = plan_movement(replace(placement, brokers=brokers), Options(goal="grow"))
    chosen = [path for move in plan.moves for path in move.log_dirs.values()]
    assert len(chosen) == 120 and abs(chosen.count("/d0") - chosen.count("/d1")) <= 12


def test_a_partition_larger_than_the_band_is_named_as_what_blocks():
    placement = grown(striped([2, 2, 2], 60, 3), "abc")
    giant = replace(placement.partitions[0], size_bytes=1000 * GiB)
    plan = plan_movement(replace(placement, partitions=(giant, *placement.partitions[1:])), Options(goal="grow"))
    assert any("t000-0 alone has" in reason for reason in plan.blocked)


def test_an_empty_cluster_has_nothing_to_move():
    brokers = tuple(PlacementBroker(id=NodeId(n), rack="a") for n in range(3))
    for goal in ("grow", "level", "heal"):
        assert plan_movement(Placement(brokers=brokers, partitions=()), Options(goal=goal)).changes is False
    assert "names no broker" in plan_movement(Placement(brokers=(), partitions=()), Options(goal="grow")).refused[0]


def test_an_unknown_broker_cannot_be_drained():
    assert "to drain: 77, but the cluster has" in plan_movement(striped([2, 2, 2], 6, 3), drain(77)).refused[0]


def test_the_numeric_libraries_are_loaded_by_the_first_plan_and_not_before():
    script = (
        "import sys, hooks.planner.reassignment.plan, hooks.planner.render, hooks.runners.brokers, hooks.rebalance; "
        + "print({'numpy', 'ortools'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
