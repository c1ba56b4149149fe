"""What may be deleted while the cluster is not going as a whole."""

from dataclasses import replace

import pytest

from hooks.planner.deletion import may_go
from hooks.planner.snapshot import Snapshot
from hooks.planner.verdict import Go, Stop
from tests.planner.situations import kafka, partition, pod, workloads

PODS = tuple(pod(node) for node in (0, 1000, 2000))


def _snapshot(state):
    return Snapshot(workloads=workloads(), pods=PODS, kafka=state)


@pytest.mark.parametrize(
    ("state", "verdict"),
    [
        pytest.param(kafka(partition()), Stop, id="holds data"),
        pytest.param(kafka(partition((1000, 2000))), Go, id="holds none"),
        pytest.param(kafka(), Go, id="no topics at all"),
        pytest.param(None, Stop, id="nobody knows"),
    ],
)
def test_brokers_may_go_when_they_hold_nothing(state, verdict):
    assert isinstance(may_go(workloads()[0], _snapshot(state), workloads()), verdict)


def test_an_empty_statefulset_may_go():
    assert may_go(replace(workloads()[0], replicas=0), _snapshot(None), workloads()) == Go()


def test_the_last_brokers_may_go():
    assert may_go(workloads()[0], _snapshot(kafka(partition())), workloads()[:1]) == Go()


def test_a_pool_whose_pods_are_away_still_holds_its_data():
    seen = replace(_snapshot(kafka(partition())), pods=PODS[1:])
    assert isinstance(may_go(workloads()[0], seen, workloads()), Stop)


def test_a_quorum_may_go_only_after_the_brokers():
    quorum = workloads("controller")[0]
    assert isinstance(may_go(quorum, _snapshot(None), workloads()), Stop)
    gone = tuple(replace(live, replicas=0) for live in workloads())
    assert may_go(quorum, _snapshot(None), gone) == Go()
