"""What is old, incomplete or in doubt is no reason to act: the second broker stays up."""

import pytest

from hooks.interfaces import NotYet
from hooks.runners.brokers import BrokersRun
from tests.fakes.cluster import PACE, FakeCluster
from tests.fakes.kafka import SESSION_TIMEOUT
from tests.fakes.world import Faults


def test_a_decision_that_grew_old_while_the_lease_was_asked_for_is_taken_anew():
    """The API server is away for a minute, and with it the zone of a broker that the decision counted on."""
    cluster = FakeCluster()
    desired = cluster.apply(config="2")
    outage = [60.0]

    def slow() -> None:
        if cluster.writes[-1:] == ["budget broker 0"] and outage:
            cluster.kubernetes.zone_down("c")
            cluster.at(SESSION_TIMEOUT + 80.0, lambda: cluster.kubernetes.zone_up("c"))
            cluster.sleep(outage.pop())

    # The second look at the Lease under the budget is the one before the first deletion.
    faults = Faults(only=lambda name: name == "check", state=slow)
    BrokersRun(cluster.world(faults=faults), desired).run()
    assert not outage
    assert cluster.harm == []
    assert cluster.kafka.under_min_isr == []
    assert sorted(cluster.restarted) == [0, 1000, 2000]


def test_a_half_done_roll_goes_on_only_when_the_isr_was_full_for_the_whole_window():
    """The window counts from the last replica back in sync, not from the broker that serves again."""
    cluster = FakeCluster()
    desired = cluster.apply(config="2")
    cluster.kafka.catch_up = 10.0
    cluster.kubernetes.terminate(cluster.pod(0))
    cluster.sleep(4.0)
    full: list[float] = []

    def look() -> None:
        if not full and all(len(partition.isr) == 3 for partition in cluster.kafka.partitions):
            full.append(cluster.now)
        elif not full:
            cluster.at(0.25, look)

    look()
    BrokersRun(cluster.world(), desired).run()
    assert cluster.restarted == [2000, 1000]
    assert cluster.deletions[0].at >= full[0] + PACE.stable_window


def test_a_broken_connection_at_the_very_end_does_not_fail_a_first_start():
    rehearsal = Faults(only=lambda name: name == "observe")
    BrokersRun((twin := FakeCluster(started=False)).world(faults=rehearsal), twin.desired()).run()
    cluster = FakeCluster(started=False)
    last = Faults(only=rehearsal.only, at=len(rehearsal.calls), error=lambda: NotYet("broken pipe"))
    BrokersRun(cluster.world(faults=last), cluster.desired()).run()
    assert last.fired
    assert cluster.identity is not None
    assert cluster.identity.cluster_id == "fake-cluster"


@pytest.mark.parametrize("leader", [1000, 2000])
def test_a_deletion_that_was_not_done_is_not_reported_as_a_restart(leader: int):
    """The order may have changed by then: the leader moved."""
    cluster = FakeCluster()
    desired = cluster.apply(config="2")

    def refused() -> BaseException:
        cluster.kafka.controller = cluster.pod(leader).node_id
        return NotYet("no answer")

    faults = Faults(only=lambda name: name == "delete", at=1, error=refused)
    report = BrokersRun(cluster.world(faults=faults), desired).run()
    assert [done.node_id for done in report.restarted] == cluster.restarted
    assert sorted(cluster.restarted) == [0, 1000, 2000]
