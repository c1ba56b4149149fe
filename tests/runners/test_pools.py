"""Several pools in one rack: the runs look at brokers and partitions, so a pool more in a rack changes no rule."""

from contract import workload_name
from hooks.planner.snapshot import NodeId
from hooks.runners.brokers import BrokersRun
from tests.fakes.cluster import NAME, FakeCluster, revision
from tests.fakes.kubernetes import FakeWorkload


def with_a_second_pool(brokers: int) -> FakeCluster:
    """Return a cluster whose rack a has a second pool."""
    cluster = FakeCluster()
    name = workload_name(NAME, "broker", "a-large")
    pool = FakeWorkload(name, "broker", "a-large", NodeId(500), brokers, revision(), rack="a")
    cluster.add_pool(pool)
    cluster.sleep(20.0)
    return cluster


def test_brokers_of_two_pools_of_one_rack_register_in_that_rack() -> None:
    cluster = with_a_second_pool(2)
    racks = {node: broker.rack for node, broker in cluster.kafka.brokers.items()}
    assert racks == {0: "a", 500: "a", 501: "a", 1000: "b", 2000: "c"}


def test_a_roll_over_several_pools_of_a_rack_takes_one_broker_at_a_time() -> None:
    cluster = with_a_second_pool(2)
    BrokersRun(cluster.world(), cluster.apply(config="2")).run()
    assert sorted(cluster.restarted) == [0, 500, 501, 1000, 2000]
    assert set(cluster.revisions().values()) == {"c2-i3.9"}
    assert cluster.harm == []


def test_a_pool_that_joins_a_rack_grows_by_itself() -> None:
    cluster = with_a_second_pool(1)
    report = BrokersRun(cluster.world(), cluster.wanting(cluster.desired(), **{"a-large": 3})).run()
    assert report.grown == (501, 502)
    assert cluster.deletions == []
