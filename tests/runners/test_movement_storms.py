"""Arbitrary misfortune during a movement: no partition suffers that need not, nothing is left behind, and it ends."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hooks.interfaces import Fatal, LeaseLost, NotYet, Refused
from hooks.planner.snapshot import NodeId
from tests.fakes.cluster import FakeCluster
from tests.fakes.world import Faults, Killed
from tests.runners.misfortunes import NAMED
from tests.runners.movements import FAST, LIMITS, all_is_well, grown, holders, move

STORMS = settings(derandomize=True, deadline=None, database=None, max_examples=60)
MISFORTUNES = ("crash", "zone", "api", "brokers", "topic", "written")
NODES = (0, 1, 1000, 1001, 2000, 2001)


@STORMS
@given(
    st.sampled_from(["zookeeper", "kraft"]),
    st.sampled_from([LIMITS, FAST]),
    st.lists(
        st.tuples(st.integers(0, 80), st.sampled_from(MISFORTUNES), st.sampled_from(NODES), st.integers(1, 60)),
        max_size=4,
    ),
    st.lists(st.tuples(st.integers(1, 60), st.booleans()), max_size=2),
)
def test_no_storm_leaves_anything_behind_nor_takes_what_could_have_been_there(mode, limits, storm, kills):
    cluster = grown(mode, partitions=9)
    for partition in cluster.kafka.partitions:
        partition.size = (1 + partition.index) << 20
    for number, (delay, misfortune, node, lasting) in enumerate(storm):
        cluster.at(delay / 4, lambda m=misfortune, n=node, t=lasting, i=number: _strike(cluster, m, n, t, i))
    for at, after in kills:
        _killed_at(cluster, limits, at, after)
    for _ in range(6):
        try:
            move(cluster, 1, 1001, limits=limits)
            break
        except (Fatal, Refused, NotYet):
            cluster.sleep(60.0)
    else:
        pytest.fail(f"the movement never ended: {cluster.said[-1]}")
    if cluster.record is not None:
        cluster.sleep(60.0)
        move(cluster, 1, 1001, limits=limits)
    assert not holders(cluster) & {1, 1001}
    if not storm:
        all_is_well(cluster)
    assert cluster.kafka.moves.settings == {}
    assert cluster.record is None
    assert cluster.kafka.moves.under_way == []
    assert cluster.kafka.moves.widest <= 1
    assert not cluster.lease.held(cluster.now)


def _killed_at(cluster: FakeCluster, limits, at: int, after: bool) -> None:
    """A run is killed at one of its calls, its Lease is left to expire."""
    faults = Faults(at=at, error=Killed, after=after, for_good=True)
    try:
        move(cluster, 1, 1001, world=cluster.world(f"run {at}", faults), limits=limits)
    except (Killed, Fatal, Refused, LeaseLost, NotYet):
        if cluster.lease.holder_lives:
            cluster.lease.holder_lives, cluster.lease.renewed = False, cluster.now


def _strike(cluster: FakeCluster, misfortune: str, node: int, lasting: float, number: int) -> None:
    match misfortune:
        case "topic":
            able = [node for node in (1, 1000, 2000) if cluster.kafka.usable(NodeId(node))]
            if len(able) == 3:
                cluster.kafka.add_topic(f"late-{number}", [able], min_isr=2)
        case "written":
            cluster.kafka.partitions[0].size += 8 << 20
        case _:
            NAMED[misfortune](cluster, NodeId(node), lasting)
