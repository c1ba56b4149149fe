"""Filling brokers: their share, within the rack, and nothing twice."""

from hypothesis import given

from hooks.planner.reassignment.check import rack_violations
from hooks.planner.reassignment.filling import fill, loads, shares
from hooks.planner.reassignment.model import Options
from tests.planner.test_draining import MANY, clusters

OPTIONS = Options(goal="grow")


@MANY
@given(clusters())
def test_every_broker_that_can_gets_its_share_and_a_second_plan_is_empty(drawn):
    placement, _ = drawn
    plan = fill(placement, OPTIONS)
    after = placement.after(plan.moves)
    assert rack_violations(after, OPTIONS) == rack_violations(placement, OPTIONS)
    assert fill(after, OPTIONS).moves == ()
    racks = {broker.id: broker.rack for broker in placement.brokers}
    before = {load.id: load.replicas for load in loads(placement)}
    then = {load.id: load.replicas for load in loads(after)}
    for node, share in shares(before, racks).items():
        assert then[node] >= min(share, before[node])
        assert then[node] >= share or not any(
            node not in p.replicas and racks[other] == racks[node] and then[other] > share
            for p in after.partitions
            for other in p.replicas
        )
