"""Preferred leaders: given back after each batch where the spec asks for it, and left to Kafka where it does not."""

from collections import Counter
from dataclasses import replace

from hooks.interfaces import NotYet
from hooks.planner.desired import DesiredCluster, Policy
from hooks.runners.brokers import BrokersRun
from hooks.runners.ensemble import EnsembleRun
from tests.fakes.cluster import FakeCluster


def asked(cluster: FakeCluster) -> int:
    """Return how often leaders were asked back."""
    return sum("preferred leaders asked back for 6 partitions" in line for line in cluster.said)


def leaders(cluster: FakeCluster) -> dict[int, int]:
    """Return how many partitions each broker leads."""
    return dict(Counter(int(partition.leader or 0) for partition in cluster.kafka.partitions))


def wanting(cluster: FakeCluster) -> DesiredCluster:
    """Return a changed spec that asks for preferred leaders."""
    return replace(cluster.apply(config="2"), policy=Policy(preferred_leaders=True))


def test_the_preferred_replicas_lead_again_after_every_restart() -> None:
    """Scenario 87."""
    cluster = FakeCluster()
    desired = wanting(cluster)
    led: list[dict[int, int]] = []
    world = cluster.world()
    pods = world.pods

    class Watching:
        def __getattr__(self, name: str) -> object:
            if name == "delete":
                led.append(leaders(cluster))
            return getattr(pods, name)

    BrokersRun(replace(world, pods=Watching()), desired).run()  # type: ignore[arg-type]
    assert led == [{0: 2, 1000: 2, 2000: 2}] * 3
    assert leaders(cluster) == {0: 2, 1000: 2, 2000: 2} and asked(cluster) == 3
    assert cluster.harm == []


def test_by_default_kafka_gives_leaderships_back_in_its_own_time() -> None:
    cluster = FakeCluster()
    BrokersRun(cluster.world(), cluster.apply(config="2")).run()
    assert asked(cluster) == 0 and leaders(cluster) != {0: 2, 1000: 2, 2000: 2}


def test_a_quorum_has_none_to_give_back() -> None:
    cluster = FakeCluster(mode="kraft")
    desired = replace(cluster.apply("controller", config="2"), policy=Policy(preferred_leaders=True))
    EnsembleRun(cluster.world(), desired).run()
    assert len(cluster.restarted) == 3 and asked(cluster) == 0


def test_leaders_that_cannot_be_asked_back_hold_nothing_up() -> None:
    cluster = FakeCluster()
    world = cluster.world()

    class Silent:
        def __getattr__(self, name: str) -> object:
            if name == "elect":
                raise NotYet("no broker answers")
            return getattr(world.reassignments, name)

    BrokersRun(replace(world, reassignments=Silent()), wanting(cluster)).run()  # type: ignore[arg-type]
    assert len(cluster.restarted) == 3
    assert any("leaders stay where they are: no broker answers" in line for line in cluster.said)
