"""Runs that may do what was promised and nothing else."""

from dataclasses import replace

import pytest

from hooks.interfaces import Refused
from hooks.planner.desired import DesiredCluster
from hooks.planner.plan import plan
from hooks.planner.promise import promises
from hooks.runners.brokers import BrokersRun
from hooks.runners.ensemble import EnsembleRun
from hooks.runners.observe import holdings, observe
from tests.fakes.cluster import FakeCluster
from tests.fakes.world import Faults, Killed


def promised(cluster: FakeCluster, desired: DesiredCluster) -> DesiredCluster:
    """Return the wish of a run that insists on what a preview would show now."""
    world = cluster.world()
    snapshot = observe(world, desired.component)
    shown = plan(snapshot, desired, placement=holdings(world, snapshot, desired))
    return replace(desired, promised=frozenset(promises(shown)))


def test_what_was_promised_is_done():
    cluster = FakeCluster()
    BrokersRun(cluster.world(), promised(cluster, cluster.apply(config="2"))).run()
    assert sorted(cluster.restarted) == [0, 1000, 2000]


def test_a_run_that_would_do_more_touches_nothing_and_names_it():
    cluster = FakeCluster()
    wanted = promised(cluster, cluster.apply(config="2"))
    later = cluster.apply(config="2", image="4.0")
    with pytest.raises(Refused, match=r"(?s)does not say.*restart kafka-a-0: config and image changed"):
        BrokersRun(cluster.world(), replace(later, promised=wanted.promised)).run()
    assert cluster.restarted == []
    assert cluster.writes == ["lease acquire", "lease release"]


def test_a_component_of_which_nothing_was_promised_may_do_nothing():
    cluster = FakeCluster(mode="kraft")
    calm = replace(cluster.desired("controller"), promised=frozenset())
    assert not EnsembleRun(cluster.world(), calm).run().changed
    wanted = replace(cluster.apply("controller", config="2"), promised=frozenset())
    with pytest.raises(Refused, match="does not say"):
        EnsembleRun(cluster.world(), wanted).run()


def test_a_killed_run_goes_on_with_the_same_promise():
    cluster = FakeCluster()
    wanted = promised(cluster, cluster.apply(config="2"))
    with pytest.raises(Killed):
        BrokersRun(cluster.world(faults=Faults(at=60, for_good=True)), wanted).run()
    assert 0 < len(cluster.restarted) < 3
    cluster.lease.holder_lives = False
    cluster.sleep(60)
    BrokersRun(cluster.world("another"), wanted).run()
    assert sorted(cluster.restarted) == [0, 1000, 2000]


def test_a_shrink_may_move_what_was_promised_and_nothing_else():
    cluster = FakeCluster(mode="kraft", racks={"a": 2, "b": 2, "c": 2})
    desired = cluster.wanting(cluster.desired(), a=1)
    wanted = promised(cluster, desired)
    cluster.kafka.add_topic("made-meanwhile", [[1, 1000, 2000]], min_isr=2)
    with pytest.raises(Refused, match="made-meanwhile-0 to "):
        BrokersRun(cluster.world(), wanted).run()
    assert BrokersRun(cluster.world(), promised(cluster, desired)).run().gone == (1,)
