"""Feature levels: they rise once, after the last restart at the version that knows them, and never sink."""

from dataclasses import replace

import pytest

from hooks.interfaces import Fatal, Refused
from hooks.planner.desired import DesiredCluster
from hooks.planner.features import METADATA, RELEASES, FeatureWish
from hooks.runners.brokers import BrokersRun
from hooks.runners.ensemble import EnsembleRun
from tests.fakes.cluster import PACE, FakeCluster

PATIENT = replace(PACE, ready_timeout=30.0)


def upgraded(cluster: FakeCluster, release: str | None = "4.3") -> DesiredCluster:
    """Write the templates of Kafka 4.3 and return the spec with the release's levels."""
    cluster.apply(image="4.3")
    cluster.apply("controller", image="4.3")
    wish = FeatureWish(kafka="4.3", release=release)
    return replace(cluster.desired(pace=PATIENT), features=wish)


def roll_controllers(cluster: FakeCluster) -> None:
    EnsembleRun(cluster.world(), cluster.desired(component="controller", pace=PACE)).run()


def test_levels_rise_after_the_last_restart_and_all_at_once() -> None:
    """Scenarios 32 and 36: nothing rises while an old node is left, and the quorum keeps its form."""
    cluster = FakeCluster(mode="kraft")
    desired = upgraded(cluster)
    roll_controllers(cluster)
    report = BrokersRun(cluster.world(), desired).run()
    assert cluster.features.finalized == RELEASES["4.3"]
    raised = [write for write in cluster.writes if write.startswith("features")]
    assert len(raised) == 1 and f"{METADATA}: 21 -> 30" in raised[0] and "kraft.version" not in raised[0]
    assert len(cluster.restarted) == 6
    assert any(line.startswith("feature levels rose: metadata.version: 21 -> 30") for line in report.lines())


def test_a_second_run_does_nothing_and_a_run_without_the_wish_leaves_the_levels() -> None:
    cluster = FakeCluster(mode="kraft")
    desired = upgraded(cluster, release=None)
    roll_controllers(cluster)
    BrokersRun(cluster.world(), desired).run()
    assert cluster.features.finalized == RELEASES["3.9"]
    wanted = replace(desired, features=FeatureWish(kafka="4.3", release="4.3"))
    assert BrokersRun(cluster.world(), wanted).run().changed
    before = list(cluster.writes)
    assert not BrokersRun(cluster.world(), wanted).run().changed
    assert cluster.writes == before


def test_a_version_goes_back_as_long_as_its_levels_have_not_risen() -> None:
    """Scenario 37."""
    cluster = FakeCluster(mode="kraft")
    BrokersRun(cluster.world(), upgraded(cluster, release=None)).run()
    back = replace(cluster.apply(image="3.9"), features=FeatureWish(kafka="3.9"))
    BrokersRun(cluster.world(), back).run()
    assert set(cluster.revisions().values()) == {"c1-i3.9"}


def test_while_a_node_runs_the_old_version_the_controllers_refuse_and_the_run_says_why() -> None:
    """Scenario 35: the refusal names the nodes, and the run after the cause is gone goes on."""
    cluster = FakeCluster(mode="kraft")
    desired = upgraded(cluster)
    with pytest.raises(Fatal, match=r"controllers refuse metadata.version.*do not know 30"):
        BrokersRun(cluster.world(), desired).run()
    assert cluster.features.finalized == RELEASES["3.9"]
    roll_controllers(cluster)
    BrokersRun(cluster.world(), desired).run()
    assert cluster.features.finalized == RELEASES["4.3"]


def test_a_lower_release_and_a_version_that_does_not_know_the_levels_are_refused_before_anything_restarts() -> None:
    """Scenarios 31 and 38."""
    for wish, why in (
        (FeatureWish(kafka="4.3", release="4.1"), "does not lower it"),
        (FeatureWish(kafka="4.1", release="4.1"), "no node of it would start"),
    ):
        cluster = FakeCluster(mode="kraft")
        cluster.features.heard = dict(RELEASES["4.3"])
        with pytest.raises(Refused, match=why):
            BrokersRun(cluster.world(), replace(cluster.desired(pace=PACE), features=wish)).run()
        assert cluster.restarted == [] and not cluster.writes


def test_a_run_that_has_had_its_time_leaves_the_levels_to_the_next_one() -> None:
    cluster = FakeCluster(mode="kraft")
    desired = upgraded(cluster)
    roll_controllers(cluster)
    pace = replace(PATIENT, longest_run=1.0)
    report = BrokersRun(cluster.world(), replace(desired, pace=pace)).run()
    assert report.left and cluster.features.finalized == RELEASES["3.9"]
    BrokersRun(cluster.world(), desired).run()
    assert cluster.features.finalized == RELEASES["4.3"]
