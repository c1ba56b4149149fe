"""What a plan promises: the same whoever leads, whole for its remainder, and broken by anything more."""

from dataclasses import replace

from hooks.planner.features import FeatureChange, FeaturePlan
from hooks.planner.live_keys import KeyChange, KeyPlan
from hooks.planner.plan import Plan, PlannedRestart
from hooks.planner.promise import breaches, digest, promises
from hooks.planner.reassignment.model import MovementPlan, PartitionMove
from hooks.planner.snapshot import NodeId


def restart(node: int, reason: str = "config changed", *, leads: bool = False, batch: int = 1) -> PlannedRestart:
    return PlannedRestart(pod=f"kafka-a-{node}", node_id=NodeId(node), reason=reason, leads=leads, batch=batch)


def move(index: int, *target: int, size: int = 1) -> PartitionMove:
    nodes = tuple(NodeId(node) for node in target)
    return PartitionMove(topic="orders", index=index, current=(NodeId(9),), target=nodes, size_bytes=size)


def plan(*restarts: PlannedRestart, moves: tuple[PartitionMove, ...] = ()) -> Plan:
    return Plan(component="broker", restarts=restarts, drain=MovementPlan(goal="drain", moves=moves))


def test_who_leads_and_sizes_and_whether_a_pod_is_ready_change_no_promise():
    first = promises(plan(restart(0, leads=True, batch=2), restart(1), moves=(move(0, 1, 2),)))
    later = plan(restart(1, leads=True, batch=2), restart(0, "config changed; it is not ready now: OOMKilled"))
    moved = replace(later, drain=MovementPlan(goal="drain", moves=(move(0, 1, 2, size=99),)))
    assert promises(moved) == first
    assert digest(promises(moved)) == digest(first)


def test_what_is_left_of_a_plan_breaks_no_promise():
    whole = promises(plan(restart(0), restart(1), moves=(move(0, 1), move(1, 2))))
    assert breaches(promises(plan(restart(1), moves=(move(1, 2),))), whole) == ()
    assert breaches(promises(plan()), whole) == ()


def test_another_pod_another_reason_another_target_and_another_value_each_break_it():
    value = KeyChange(key="num.io.threads", before=("8",), after="4", nodes=(NodeId(0), NodeId(1)))
    level = FeatureChange(feature="metadata.version", before=21, after=30)
    keys, levels = KeyPlan(changes=(value,)), FeaturePlan(changes=(level,))
    whole = promises(plan(restart(0), moves=(move(0, 1),)), keys, levels)
    others = (
        promises(plan(restart(1))),
        promises(plan(restart(0, "image changed"))),
        promises(plan(moves=(move(0, 2),))),
        promises(plan(), KeyPlan(changes=(replace(value, after="16"),))),
        promises(plan(), KeyPlan(changes=(replace(value, nodes=(NodeId(2),)),))),
        promises(plan(), None, FeaturePlan(changes=(replace(level, after=25),))),
    )
    assert all(breaches(other, whole) for other in others)
    assert len({digest(whole), *map(digest, others)}) == 1 + len(others)


def test_a_key_that_some_brokers_have_by_now_is_left_of_the_promise():
    def found(*nodes: int, before: str = "8") -> KeyPlan:
        change = KeyChange(key="num.io.threads", before=(before,), after="4", nodes=tuple(map(NodeId, nodes)))
        return KeyPlan(changes=(change,))

    assert breaches(promises(plan(), found(2, before="6")), promises(plan(), found(0, 1, 2))) == ()
