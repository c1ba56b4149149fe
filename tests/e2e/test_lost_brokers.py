"""Three real brokers in two racks and a real controller, as plain processes on loopback: one of them is lost for good.

Kafka is real, and so are the clients that ask it and move its replicas; Kubernetes is the FakeCluster's.
"""

import base64
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from components.spec.listeners import POD
from components.spec.nodes import node_of
from components.spec.rendering import render_pool
from components.spec.scripts import IDENTITY_MOUNT
from components.spec.topology import broker_pools, controller_pools
from contract import IDENTITY_CLUSTER_ID, IDENTITY_INITIAL_CONTROLLERS, PORT_CONTROLLER, PORT_INTERNAL
from dev import keys
from dev.progress import Progress
from hooks.clients.admin import KafkaAdmin
from hooks.clients.authority import Material
from hooks.clients.bridge import Bridge
from hooks.clients.clock import MachineClock
from hooks.clients.connection import PREVIEW
from hooks.clients.reassignments import KafkaReassignments
from hooks.clients.sockets import DIRECT
from hooks.clients.topics import KafkaTopics
from hooks.interfaces import NotYet
from hooks.planner.desired import DesiredCluster, Pace
from hooks.planner.reassignment.schedule import Limits
from hooks.planner.snapshot import KafkaState, NodeId
from hooks.runners import holding
from hooks.runners.lost import restore, restore_is_due
from hooks.runners.topics import TopicsRun, TopicWish, forecast_topics
from hooks.runners.world import World
from tests.e2e.plain_nodes import Machine, Node, loopback_addresses, tail, until
from tests.fakes.cluster import FakeCluster
from tests.spec.clusters import cluster, kraft_config

PARTITIONS, MESSAGES = 6, 300
PACE = Pace(poll=0.2, ready_timeout=60.0)
LIMITS = Limits(bandwidth=50_000_000)
OFFSETS = "__consumer_offsets"


def two_racks() -> dict[str, Any]:
    """Return brokers 0 and 100 in one rack, 1000 in another, and one controller."""
    config = kraft_config()
    first, second, _ = config["kafka"]["racks"]
    ports = {"external": {"host": "192.0.2.9", "firstNodePort": 30900}}
    config["kafka"]["racks"] = [first, {**first, "pool": "spare", "firstBrokerId": 100, **ports}, second]
    config["kafka"] |= {"replicationFactor": 2, "minInsyncReplicas": 1}
    config["controllers"]["racks"] = config["controllers"]["racks"][:1]
    return config


class Trial:
    """The nodes, and the interfaces over them."""

    def __init__(self, root: Path) -> None:
        """Prepare them; nothing runs yet."""
        spec = cluster(two_racks())
        pools = (*controller_pools(spec), *broker_pools(spec))
        addresses = loopback_addresses(pools)
        hosts = {one.host(one.first_id): addresses[one.pod(one.first_id)] for one in pools}
        names = root / "hosts"
        names.write_text("".join(f"{address} {host}\n" for host, address in hosts.items()))
        jars = keys.jars(spec.kafka.version, Progress())
        machine = Machine(root=root, jars=jars, addresses=addresses, names=names)
        _ = machine.distribution_scripts(spec.kafka.version)
        identity = root / "known"
        identity.mkdir()
        (identity / IDENTITY_CLUSTER_ID).write_text(_uuid())
        first = pools[0]
        member = f"{first.first_id}@{first.host(first.first_id)}:{PORT_CONTROLLER}:{_uuid()}"
        (identity / IDENTITY_INITIAL_CONTROLLERS).write_text(member)
        self.nodes = {one.first_id: Node(machine, one.pod(one.first_id), one.host(one.first_id)) for one in pools}
        for pool in pools:
            node = self.nodes[pool.first_id]
            own = {f"{name}://:": f"{name}://{node.address}:" for name in ("INTERNAL", "EXTERNAL", "CONTROLLER")}
            own |= {f"{IDENTITY_MOUNT}/": f"{identity}/", **hosts}
            # Clients of this test resolve no name of a pod.
            own |= {node.host.replace(node.pod, POD, 1): node.address}
            node.write(
                render_pool(spec, node_of(spec, pool), pool), Material(certificate=b"", key=b"", authority=b""), own
            )
        self.brokers = {one.first_id: self.nodes[one.first_id] for one in broker_pools(spec)}
        bridge = cast("Bridge", SimpleNamespace(proxy_url=f"{DIRECT}://", forget_error=lambda: None, last_error=None))
        self.admin = KafkaAdmin(bridge, self.bootstrap, PREVIEW)
        self.fake = FakeCluster(mode="kraft")
        self.world: World = replace(
            self.fake.world(),
            admin=self.admin,
            reassignments=KafkaReassignments(self.admin),
            topics=KafkaTopics(self.admin),
            clock=MachineClock(),
        )

    def bootstrap(self) -> list[str]:
        """Return the addresses of the brokers that run."""
        return [f"{node.address}:{PORT_INTERNAL}" for node in self.brokers.values() if node.alive()]

    def start(self) -> None:
        """Start all and wait until every broker serves."""
        for node in self.nodes.values():
            node.start()
        for node in self.brokers.values():
            until(lambda node=node: "Kafka Server started" in tail(node), lambda node=node: tail(node))

    def create(self, topic: str, assignment: str) -> None:
        """Make a topic with replicas at these brokers."""
        where = ["--bootstrap-server", self.bootstrap()[0]]
        asked = ["--create", "--topic", topic, "--replica-assignment", assignment]
        made = next(iter(self.brokers.values())).run(["/opt/kafka/bin/kafka-topics.sh", *where, *asked])
        assert made.returncode == 0, made.stdout + made.stderr

    def state(self) -> KafkaState:
        """Return what the brokers say."""
        return self.admin.observe()

    def replicas(self, topic: str) -> dict[int, set[int]]:
        """Return who holds each partition."""
        return {p.index: set(map(int, p.replicas)) for p in self.state().partitions if p.topic == topic}

    def sees(self, holds: Callable[[KafkaState], bool]) -> None:
        """Wait until something holds of what the brokers say."""
        said: list[str] = []

        def look() -> bool:
            try:
                state = self.state()
            except NotYet as missing:
                said.append(str(missing))
                return False
            said.append(str(state))
            return holds(state)

        until(look, lambda: said[-1])


def in_sync(state: KafkaState) -> bool:
    """Tell whether every replica of every topic but the lone one's is in sync."""
    return all(p.isr == p.replicas and not p.adding for p in state.partitions if p.topic != "alone")


def _uuid() -> str:
    """Return an id in Kafka's spelling; it does not begin with a dash, which tools would take for an option."""
    return base64.urlsafe_b64encode(b"\x01" + os.urandom(15)).decode().rstrip("=")


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    """A cluster with data, and with offsets in one copy each."""
    trial = Trial(tmp_path_factory.mktemp("lost-brokers"))
    try:
        trial.start()
        trial.create("orders", "0:1000,1000:0,0:1000,1000:0,0:1000,1000:100")
        trial.create("alone", "0")
        trial.create(OFFSETS, "0,1000,100")
        producer = Producer({"bootstrap.servers": ",".join(trial.bootstrap()), "acks": "all"})
        for number in range(MESSAGES):
            producer.produce("orders", str(number).encode(), partition=number % PARTITIONS)
        assert producer.flush(30) == 0
        yield trial
    finally:
        trial.admin.close()
        for node in trial.nodes.values():
            node.stop(hard=True)


def test_kafkas_own_topic_gets_the_replicas_that_the_spec_gives_it(trial: Trial) -> None:
    wish = TopicWish(desired=(), limits=LIMITS, internal={OFFSETS: 2, "__transaction_state": 2})
    said = "\n".join(forecast_topics(trial.world, wish).lines())
    assert f"replicate {OFFSETS}: replication factor 1 -> 2" in said and "__transaction_state" not in said
    TopicsRun(trial.world, wish, PACE).run()
    trial.sees(in_sync)
    held = trial.replicas(OFFSETS)
    assert all(len(nodes) == 2 and 1000 in nodes for nodes in held.values()) and len(held) == 3
    assert not forecast_topics(trial.world, wish).due


def test_a_brokers_replicas_are_made_anew_in_its_rack_when_it_is_lost_and_nothing_is_missing(trial: Trial) -> None:
    """Scenarios 65 and 66, by the user's word."""
    desired = DesiredCluster(
        cluster="kafka",
        component="broker",
        mode="kraft",
        pools=(),
        pace=PACE,
        limits=LIMITS,
        lost=frozenset({NodeId(0)}),
    )
    assert not restore_is_due(trial.world, desired)
    trial.nodes[0].stop(hard=True)
    trial.sees(lambda state: all(broker.fenced for broker in state.brokers if broker.id == 0))
    assert not restore_is_due(trial.world, replace(desired, lost=frozenset()))
    assert restore_is_due(trial.world, desired)
    with holding.lease(trial.world):
        moved = restore(trial.world, desired)
    assert moved is not None and moved.partitions >= 5
    assert trial.replicas("orders") == {index: {100, 1000} for index in range(PARTITIONS)}
    assert trial.replicas("alone") == {0: {0}}
    assert any("nothing to copy from: alone-0 (last held by broker 0)" in line for line in trial.fake.said)
    trial.sees(in_sync)
    assert not restore_is_due(trial.world, desired) and trial.fake.record is None
    trial.nodes[1000].stop(hard=True)
    trial.sees(lambda state: all(p.leader == 100 for p in state.partitions if p.topic == "orders"))
    assert read(trial) == set(range(MESSAGES))


def read(trial: Trial) -> set[int]:
    """Return all messages that the broker which got new replicas serves alone."""
    settings = {"bootstrap.servers": ",".join(trial.bootstrap()), "group.id": "reader", "enable.auto.commit": False}
    consumer = Consumer(settings)
    consumer.assign([TopicPartition("orders", index, 0) for index in range(PARTITIONS)])
    found: set[int] = set()
    until(lambda: _polled(consumer, found) == MESSAGES, lambda: f"{len(found)} of {MESSAGES}")
    consumer.close()
    return found


def _polled(consumer: Consumer, found: set[int]) -> int:
    for message in consumer.consume(MESSAGES, timeout=1.0):
        assert message.error() is None, message.error()
        found.add(int(message.value() or b"-1"))
    return len(found)
