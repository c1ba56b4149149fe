"""Live keys: running brokers are brought to what the spec says without a restart, and say so themselves."""

from dataclasses import replace

import pytest

from hooks.interfaces import Fatal, Refused
from hooks.planner.desired import DesiredCluster, Pace
from hooks.planner.live_keys import KeyRequest, KeyWish
from hooks.planner.snapshot import NodeId
from hooks.runners.brokers import BrokersRun
from hooks.runners.live_keys import forecast_keys, keys_are_due
from tests.fakes.cluster import FakeCluster, Mode
from tests.fakes.kubernetes import Behaviour

PACE = Pace(stable_window=1.0, poll=0.5, ready_timeout=60.0)
MODES = pytest.mark.parametrize("mode", ["zookeeper", "kraft"])


def wanting(cluster: FakeCluster, **live: str) -> DesiredCluster:
    """Return the spec with these keys, which the template holds too."""
    cluster.keys.template = {name.replace("_", "."): value for name, value in live.items()}
    return replace(cluster.desired(pace=PACE), keys=KeyWish(live=dict(cluster.keys.template)))


def in_use(cluster: FakeCluster, key: str) -> list[str]:
    """Return what each broker uses."""
    return [cluster.keys.in_use[node, key] for node in cluster.broker_ids]


def asked(cluster: FakeCluster) -> list[str]:
    """Return the requests in their order."""
    return [write.removeprefix("key ") for write in cluster.writes if write.startswith("key ")]


@MODES
def test_a_changed_key_is_applied_to_every_broker_and_nobody_restarts(mode: Mode) -> None:
    """Scenario 19."""
    cluster = FakeCluster(mode=mode)
    desired = wanting(cluster, message_max_bytes="2000000")
    report = BrokersRun(cluster.world(), desired).run()
    assert in_use(cluster, "message.max.bytes") == ["2000000"] * 3
    assert cluster.restarted == [] and report.changed
    assert any("message.max.bytes: 1048588 -> 2000000 on broker 0, 1000, 2000" in line for line in cluster.said)
    assert cluster.identity is not None and cluster.identity.live_keys == ("message.max.bytes",)


def test_a_second_run_does_nothing() -> None:
    cluster = FakeCluster()
    desired = wanting(cluster, message_max_bytes="2000000", num_io_threads="20")
    BrokersRun(cluster.world(), desired).run()
    before = list(cluster.writes)
    assert not BrokersRun(cluster.world(), desired).run().changed
    assert cluster.writes == before


def test_threads_are_stepped_and_each_step_is_seen_before_the_next() -> None:
    """Scenario 20."""
    cluster = FakeCluster()
    BrokersRun(cluster.world(), wanting(cluster, num_network_threads="20")).run()
    assert asked(cluster) == [f"num.network.threads None {step}" for step in (6, 12, 20)]
    assert in_use(cluster, "num.network.threads") == ["20"] * 3


def test_a_key_that_leaves_the_spec_is_at_its_default_again_and_leaves_nothing_behind() -> None:
    cluster = FakeCluster()
    BrokersRun(cluster.world(), wanting(cluster, num_network_threads="12")).run()
    BrokersRun(cluster.world(), wanting(cluster)).run()
    assert in_use(cluster, "num.network.threads") == ["3"] * 3
    assert cluster.keys.shared == {}
    assert cluster.identity is not None and cluster.identity.live_keys == ()


def test_a_broker_that_restarted_out_of_reach_of_an_override_is_brought_back() -> None:
    """File 3, override 12: Kafka leaves such a broker at 3, and it refuses every request that leaves the 12."""
    cluster = FakeCluster()
    first = cluster.broker_ids[0]
    BrokersRun(cluster.world(), wanting(cluster, num_network_threads="12", message_max_bytes="2000000")).run()
    desired = wanting(cluster)
    cluster.keys.shared |= {"num.network.threads": "12", "message.max.bytes": "2000000"}
    cluster.keys.start(first)
    assert in_use(cluster, "num.network.threads") == ["3", "12", "12"]
    assert cluster.world().keys.check([KeyRequest(key="message.max.bytes", value=None)])
    BrokersRun(cluster.world(), desired).run()
    assert in_use(cluster, "num.network.threads") == ["3"] * 3
    assert in_use(cluster, "message.max.bytes") == ["1048588"] * 3
    assert cluster.keys.shared == {}


def test_a_broker_that_restarted_out_of_reach_of_its_own_override_is_brought_back() -> None:
    """It refuses what is asked for all brokers too, until its own override is one that it uses."""
    cluster = FakeCluster()
    first = cluster.broker_ids[0]
    BrokersRun(cluster.world(), wanting(cluster, num_network_threads="13", message_max_bytes="2000000")).run()
    cluster.keys.own |= {(first, "num.network.threads"): "52", (first, "message.max.bytes"): "3000000"}
    cluster.keys.start(first)
    assert in_use(cluster, "num.network.threads") == ["13"] * 3
    assert cluster.world().keys.check([KeyRequest(key="message.max.bytes", value="5000000")])
    BrokersRun(cluster.world(), wanting(cluster)).run()
    assert in_use(cluster, "num.network.threads") == ["3"] * 3
    assert in_use(cluster, "message.max.bytes") == ["1048588"] * 3
    assert cluster.keys.own == {}


def test_a_key_of_an_old_file_is_held_at_its_default_until_the_broker_restarts() -> None:
    cluster = FakeCluster(started=False)
    cluster.keys.template = {"message.max.bytes": "5000000"}
    cluster.sleep(20.0)
    cluster.identity = replace(cluster.identity, cluster_id="fake-cluster")  # type: ignore[type-var]
    BrokersRun(cluster.world(), wanting(cluster, message_max_bytes="5000000")).run()
    assert cluster.keys.shared == {}, "every file says it"
    BrokersRun(cluster.world(), wanting(cluster)).run()
    assert in_use(cluster, "message.max.bytes") == ["1048588"] * 3
    assert cluster.keys.shared == {"message.max.bytes": "1048588"}
    cluster.apply(config="2")
    BrokersRun(cluster.world(), wanting(cluster)).run()
    assert cluster.keys.shared == {} and cluster.identity.live_keys == ()  # type: ignore[union-attr]


def test_a_roll_brings_the_files_and_the_override_goes() -> None:
    """A broker that crashes in its old pod reads its old file, and the override wins; after the roll none is needed."""
    cluster = FakeCluster()
    BrokersRun(cluster.world(), wanting(cluster, message_max_bytes="2000000")).run()
    cluster.keys.files[NodeId(0)] = {"message.max.bytes": "7"}
    cluster.keys.heard("message.max.bytes")
    assert in_use(cluster, "message.max.bytes") == ["2000000"] * 3
    cluster.apply(config="2")
    BrokersRun(cluster.world(), wanting(cluster, message_max_bytes="2000000")).run()
    assert cluster.keys.shared == {} and in_use(cluster, "message.max.bytes") == ["2000000"] * 3
    assert len(cluster.restarted) == 3


def test_an_override_by_hand_goes_from_a_key_of_ours_and_stays_on_another() -> None:
    """Scenario 22."""
    cluster = FakeCluster()
    cluster.keys.own[NodeId(1000), "num.io.threads"] = "2"
    cluster.keys.shared["num.network.threads"] = "4"
    for key in ("num.io.threads", "num.network.threads"):
        cluster.keys.heard(key)
    desired = wanting(cluster, num_io_threads="8")
    shown = forecast_keys(cluster.world(), desired).lines()
    assert any("broker 1000 has 2 by an override of its own" in line for line in shown)
    assert any("num.network.threads=4" in line and "it is left" in line for line in shown)
    BrokersRun(cluster.world(), desired).run()
    assert asked(cluster) == ["num.io.threads 1000 4", "num.io.threads 1000 None"]
    assert in_use(cluster, "num.io.threads") == ["8"] * 3 and in_use(cluster, "num.network.threads") == ["4"] * 3


def test_a_value_that_the_brokers_refuse_is_refused_before_anything_is_touched() -> None:
    """Scenario 21."""
    cluster = FakeCluster()
    before = list(cluster.writes)
    with pytest.raises(Refused, match=r"message\.max\.bytes: InvalidRequest: Value must be at least 1"):
        BrokersRun(cluster.world(), wanting(cluster, message_max_bytes="0")).run()
    assert cluster.writes == before


def test_a_value_that_is_refused_after_a_roll_stops_the_run_with_what_to_do() -> None:
    cluster = FakeCluster()
    cluster.apply(config="2")
    desired = wanting(cluster, message_max_bytes="0")
    cluster.keys.template = {}
    with pytest.raises(Fatal, match=r"the brokers refuse message\.max\.bytes"):
        BrokersRun(cluster.world(), desired).run()
    assert cluster.lease.holder is None


def test_a_broker_that_takes_nothing_over_is_named() -> None:
    cluster = FakeCluster()
    cluster.keys.deaf.add(NodeId(1000))
    with pytest.raises(Fatal, match=r"message\.max\.bytes: 1048588 -> 9 on broker 1000"):
        BrokersRun(cluster.world(), wanting(cluster, message_max_bytes="9")).run()


def test_with_eligible_leader_replicas_the_floor_follows_the_file_after_the_roll() -> None:
    """Scenario 23."""
    cluster = FakeCluster(mode="kraft")
    cluster.keys.pinned = True
    cluster.keys.shared["min.insync.replicas"] = "2"
    cluster.apply(config="2")
    desired = wanting(cluster)
    cluster.keys.template = {"min.insync.replicas": "1"}
    BrokersRun(cluster.world(), desired).run()
    assert cluster.keys.shared["min.insync.replicas"] == "1" and in_use(cluster, "min.insync.replicas") == ["1"] * 3


def test_a_broker_that_is_not_back_is_waited_for() -> None:
    cluster = FakeCluster()
    cluster.apply(config="2", behaviour=Behaviour())
    desired = wanting(cluster, message_max_bytes="2000000")
    BrokersRun(cluster.world(), desired).run()
    assert in_use(cluster, "message.max.bytes") == ["2000000"] * 3 and asked(cluster) == []


def test_where_the_wish_is_not_known_nothing_is_touched() -> None:
    """`python -m hooks roll` knows what live templates record, and no key is among that."""
    cluster = FakeCluster()
    BrokersRun(cluster.world(), wanting(cluster, message_max_bytes="2000000")).run()
    before = list(cluster.writes)
    assert not BrokersRun(cluster.world(), cluster.desired(pace=PACE)).run().changed
    assert cluster.writes == before


def test_brokers_that_cannot_be_asked_are_asked_again_by_the_run() -> None:
    cluster = FakeCluster()
    desired = wanting(cluster, message_max_bytes="2000000")
    cluster.brokers_unreachable = True
    assert keys_are_due(cluster.world(), desired)
    assert not keys_are_due(cluster.world(), wanting(cluster))
    cluster.at(5.0, lambda: setattr(cluster, "brokers_unreachable", False))
    desired = wanting(cluster, message_max_bytes="2000000")
    BrokersRun(cluster.world(), desired).run()
    assert in_use(cluster, "message.max.bytes") == ["2000000"] * 3
