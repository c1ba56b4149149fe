"""Arbitrary misfortune during a roll, then calm: nothing that was needed is ever taken, and the roll ends well."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hooks.interfaces import Fatal, Refused
from hooks.planner.desired import Batching, Pace
from hooks.planner.snapshot import NodeId
from hooks.runners.brokers import BrokersRun
from tests.fakes.cluster import FakeCluster
from tests.runners.misfortunes import NAMED

PACE = Pace(stable_window=2.0, poll=1.0, ready_timeout=40.0)
STORMS = settings(derandomize=True, deadline=None, database=None, max_examples=60)
MISFORTUNES = tuple(NAMED)


@pytest.mark.parametrize("racks", [{"a": 1, "b": 1, "c": 1}, {"a": 2, "b": 2, "c": 2}], ids=["one", "rack"])
@STORMS
@given(
    st.sampled_from(["zookeeper", "kraft"]),
    st.lists(
        st.tuples(
            st.integers(0, 60), st.sampled_from(MISFORTUNES), st.sampled_from([0, 1000, 2000]), st.integers(1, 30)
        ),
        max_size=4,
    ),
)
def test_no_storm_makes_the_roll_take_what_is_needed(racks, mode, storm):
    batching = Batching(by="rack" if sum(racks.values()) > 3 else "one")
    cluster = FakeCluster(mode=mode, racks=racks, partitions=3, spread=True)
    cluster.apply(config="2")
    for delay, misfortune, node, lasting in storm:
        cluster.at(delay / 2, lambda m=misfortune, n=node, t=lasting: NAMED[m](cluster, NodeId(n), t))
    for _ in range(6):
        try:
            BrokersRun(cluster.world(), cluster.desired(pace=PACE, batching=batching)).run()
            break
        except (Fatal, Refused):
            cluster.sleep(30.0)
    else:
        pytest.fail(f"the roll never ended: {cluster.said[-1]}")
    assert cluster.harm == []
    assert set(cluster.revisions().values()) == {"c2-i3.9"}
    assert len(cluster.restarted) == len(set(cluster.restarted)), "nobody was restarted twice"
    assert cluster.kubernetes.budgets["broker"] == 1
    assert not cluster.lease.held(cluster.now)
