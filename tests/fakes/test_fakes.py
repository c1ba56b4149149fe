"""The fake obeys Kafka and Kubernetes: what the runners' tests rest on."""

import inspect

import pytest

from hooks import administration, interfaces
from tests.fakes import access, topics, world
from tests.fakes.cluster import FakeCluster
from tests.fakes.kafka import SESSION_TIMEOUT
from tests.fakes.kubernetes import Behaviour

SIMPLE = ("Ensemble", "Pods", "Identity", "Lease", "Clock", "Progress")
PAIRS = [(interfaces.ClusterAdmin, world.FakeAdmin), (administration.Topics, topics.FakeTopics)]
PAIRS += [(administration.Access, access.FakeAccess), (administration.Passwords, access.FakePasswords)]
PAIRS += [(getattr(interfaces, name), getattr(world, f"Fake{name}")) for name in SIMPLE]


@pytest.mark.parametrize(("interface", "fake"), PAIRS)
def test_each_fake_has_its_interfaces_methods_with_the_same_parameters(interface, fake):
    wanted = {m: f for m, f in vars(interface).items() if inspect.isfunction(f) and m[0] != "_"}
    assert wanted
    for method, asked in wanted.items():
        assert list(inspect.signature(getattr(fake, method)).parameters) == list(inspect.signature(asked).parameters)


def test_a_controlled_shutdown_moves_leaders_and_leaves_every_isr_at_once():
    cluster = FakeCluster()
    cluster.kubernetes.terminate(cluster.pod(0))
    assert all(partition.leader != 0 for partition in cluster.kafka.partitions)
    assert all(0 not in partition.isr for partition in cluster.kafka.partitions)


def test_a_killed_broker_stays_in_the_isr_until_its_session_ends():
    cluster = FakeCluster()
    cluster.kubernetes.zone_down("a")
    cluster.sleep(SESSION_TIMEOUT - 1.0)
    assert all(0 in partition.isr for partition in cluster.kafka.partitions)
    cluster.sleep(2.0)
    assert all(0 not in partition.isr for partition in cluster.kafka.partitions)


def test_the_last_replica_in_sync_is_never_dropped_and_no_other_one_leads():
    cluster = FakeCluster()
    for zone in "abc":
        cluster.kubernetes.zone_down(zone)
        cluster.sleep(SESSION_TIMEOUT + 1.0)
    assert all(len(partition.isr) == 1 for partition in cluster.kafka.partitions)
    assert all(partition.leader is None for partition in cluster.kafka.partitions)


def test_catching_up_takes_time():
    cluster = FakeCluster()
    cluster.kubernetes.terminate(cluster.pod(0))
    cluster.sleep(3.5)
    assert cluster.kubernetes.observed(cluster.pod(0)).ready
    assert all(0 not in partition.isr for partition in cluster.kafka.partitions)
    cluster.sleep(3.0)
    assert all(0 in partition.isr for partition in cluster.kafka.partitions)


def test_a_deleted_pod_comes_back_with_another_uid_from_the_present_template():
    cluster = FakeCluster()
    before = cluster.pod(0).uid
    cluster.apply(config="2")
    assert cluster.pod(0).revision.digest == "c1-i3.9", "OnDelete: a template alone changes no pod"
    cluster.kubernetes.terminate(cluster.pod(0))
    cluster.sleep(5.0)
    assert cluster.pod(0).uid != before
    assert cluster.pod(0).revision.digest == "c2-i3.9"


def test_a_container_that_restarts_keeps_its_pod_and_its_revision():
    cluster = FakeCluster()
    before = cluster.pod(0).uid
    cluster.apply(config="2")
    cluster.kubernetes.crash(cluster.pod(0))
    cluster.sleep(5.0)
    assert (cluster.pod(0).uid, cluster.pod(0).revision.digest, cluster.pod(0).restarts) == (before, "c1-i3.9", 1)


def test_a_crash_loop_backs_off_longer_each_time():
    cluster = FakeCluster()
    cluster.apply(behaviour=Behaviour(crashes=True), config="bad")
    cluster.kubernetes.terminate(cluster.pod(0))
    cluster.sleep(60.0)
    pod = cluster.kubernetes.observed(cluster.pod(0))
    assert not pod.ready
    assert 2 <= pod.restarts <= 4


@pytest.mark.parametrize("mode", ["zookeeper", "kraft"])
def test_a_quorum_has_a_leader_only_with_a_majority(mode):
    cluster = FakeCluster(mode=mode)
    cluster.kubernetes.zone_down("a")
    cluster.sleep(3.0)
    assert cluster.quorum.serves
    cluster.kubernetes.zone_down("b")
    cluster.sleep(3.0)
    assert not cluster.quorum.serves


def test_the_zookeeper_controller_moves_when_its_broker_goes():
    cluster = FakeCluster()
    assert cluster.kafka.controller == 0
    cluster.kubernetes.terminate(cluster.pod(0))
    cluster.sleep(5.0)
    assert cluster.kafka.controller == 1000


def test_a_lease_is_one_holders_until_it_is_given_back_or_expires():
    cluster = FakeCluster()
    cluster.world("one").lease.acquire()
    with pytest.raises(interfaces.LeaseLost) as held:
        cluster.world("two").lease.acquire()
    assert held.value.expires_in == world.LEASE_SECONDS
    cluster.world("one").lease.release()
    cluster.world("two").lease.acquire()


def test_impossible_states_are_refused():
    cluster = FakeCluster()
    partition = cluster.kafka.partitions[0]
    partition.leader, partition.isr = partition.replicas[0], set(partition.replicas[1:])
    with pytest.raises(AssertionError, match="leader outside its ISR"):
        cluster.kafka.check()
    partition.isr = set()
    with pytest.raises(AssertionError, match="empty ISR"):
        cluster.kafka.check()


def test_the_harm_of_a_careless_deletion_is_noted():
    cluster = FakeCluster()
    pods = cluster.world().pods
    for observed in pods.pods("broker")[:2]:
        pods.delete(observed)
    assert any("deleted while kafka-a-0 was not ready" in line for line in cluster.harm)
    assert any("deleted with orders-0 at ISR [1000, 2000]" in line for line in cluster.harm)
