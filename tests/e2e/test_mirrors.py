"""A mirror against Kafka itself: two clusters and a distributed worker as plain processes on loopback.

The source asks for a password, which the worker looks up in a mounted Secret.
"""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from components.spec.services.service import SECRETS_MOUNT
from dev import keys
from dev.progress import Progress
from hooks.planner.connectors import DesiredConnector
from hooks.providers.connectors import connectors
from hooks.runners.world import World
from stacks.mirror_connectors import mirror_args
from stacks.settings import parse_settings
from tests.clients.fake_api_server import FakeApiServer
from tests.e2e.plain_workers import broker, free_port, listens, run, until, worker_file, worker_process, world_of
from tests.spec.services import connect_config

PARTITIONS = 3
#: Partition, key, value and headers.
Record = tuple[int, bytes, bytes, tuple[tuple[str, bytes], ...]]
#: A worker that was killed is missed soon.
_QUICK = {"scheduled.rebalance.max.delay.ms": 0, "session.timeout.ms": 6000, "heartbeat.interval.ms": 1500}
_PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule"


@dataclass
class Clusters:
    """Two clusters, and the workers of the second one."""

    root: Path
    jars: Path
    source: str
    target: str
    password: str = field(repr=False)
    rest: int

    @property
    def there(self) -> dict[str, Any]:
        """How a client reaches the source."""
        login = {"sasl.mechanism": "PLAIN", "sasl.username": "mirror", "sasl.password": self.password}
        return {"bootstrap.servers": self.source, "security.protocol": "SASL_PLAINTEXT", **login}

    @property
    def here(self) -> dict[str, Any]:
        """How a client reaches the cluster of the stack."""
        return {"bootstrap.servers": self.target}

    @contextmanager
    def worker(self) -> Iterator[None]:
        """Run a worker, and end it without a word at the end of the block."""
        file = worker_file(self.root, int(self.target.rpartition(":")[2]), self.rest, _QUICK)
        with worker_process(self.jars, self.root, file, self.rest) as process:
            yield
            process.kill()

    def wanted(self, *mirrors: Mapping[str, Any]) -> tuple[DesiredConnector, ...]:
        """Return the connectors of the mirrors as a stack has them, at the addresses of this machine."""
        settings = parse_settings(connect_config(mirrors=list(mirrors)))
        connect = settings.services.connect
        assert connect is not None
        wire = mirror_args(settings.cluster, connect, settings.mirrors or ())
        return tuple(replace(one, config=self._moved(one.config)) for one in connectors({"connectors": wire}))

    def _moved(self, config: Mapping[str, str]) -> dict[str, str]:
        own = "kafka-bootstrap.streams.svc.cluster.local:9092"
        return {
            key: value.replace(SECRETS_MOUNT, str(self.root / "secrets")).replace(own, self.target)
            for key, value in config.items()
        }


@pytest.fixture(scope="module")
def clusters(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clusters]:
    """Run the two brokers."""
    jars, root = keys.jars(keys.VERSIONS["4.3"], Progress()), tmp_path_factory.mktemp("mirror")
    password, closed = secrets.token_urlsafe(18), free_port()
    secret = root / "secrets" / "west"
    secret.mkdir(parents=True)
    for key, value in {"username": "mirror", "password": password}.items():
        (secret / key).write_text(value)
    users = f'{_PLAIN} required username="mirror" password="{password}" user_mirror="{password}";'
    asks = {
        "listeners": f"PLAINTEXT://127.0.0.1:@PORT@,SASL_PLAINTEXT://127.0.0.1:{closed},CONTROLLER://127.0.0.1:@QUORUM@",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT",
        "listener.name.sasl_plaintext.sasl.enabled.mechanisms": "PLAIN",
        "listener.name.sasl_plaintext.plain.sasl.jaas.config": users,
    }
    with ExitStack() as opened:
        opened.enter_context(broker(jars, root / "source", asks))
        here = opened.enter_context(broker(jars, root / "target"))
        until(lambda: listens(closed), lambda: "the source does not start")
        yield Clusters(root, jars, f"127.0.0.1:{closed}", f"127.0.0.1:{here}", password, free_port())


@pytest.fixture
def world(clusters: Clusters, kubeconfig: Path, server: FakeApiServer) -> Iterator[World]:
    """Return the World of a cluster whose workers are those of the second cluster."""
    with world_of(clusters.rest, kubeconfig, server) as found:
        yield found


def mirror(clusters: Clusters, **own: Any) -> dict[str, Any]:
    """Return a mirror of the first cluster, which looks for what is new every second."""
    return {
        "name": "west",
        "from": {
            "bootstrap": [clusters.source],
            "authentication": "plain",
            "allowWithoutTls": True,
            "secret": "west",
        },
        "replicationFactor": 1,
        "refreshSeconds": 1,
        **own,
    }


def make(client: Mapping[str, Any], *topics: str) -> None:
    """Create topics."""
    wanted = [NewTopic(name, PARTITIONS, 1, config={"retention.ms": "7200000"}) for name in topics]
    admin = AdminClient(dict(client))
    for future in admin.create_topics(wanted).values():
        future.result(30)


def write(client: Mapping[str, Any], topic: str, numbers: range) -> list[Record]:
    """Write a record for each number, with a header that is no text, and return them."""
    records = [
        (number % PARTITIONS, b"k%d" % number, b"v%d" % number, (("h", bytes((255, number % 256))),))
        for number in numbers
    ]
    producer = Producer({**client, "acks": "all", "enable.idempotence": True})
    for partition, key, value, headers in records:
        producer.produce(topic, value, key, partition, headers=list(headers))
    assert producer.flush(30) == 0
    return records


def read(client: Mapping[str, Any], topic: str, partitions: int = PARTITIONS) -> list[Record]:
    """Return all records of a topic, none while it is not there."""
    consumer = Consumer({**client, "group.id": "reader", "enable.auto.commit": False})
    found: list[Record] = []
    try:
        if topic not in consumer.list_topics(timeout=10).topics:
            return []
        for partition in range(partitions):
            _, end = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=10)
            consumer.assign([TopicPartition(topic, partition, 0)])
            while consumer.position([TopicPartition(topic, partition)])[0].offset < end:
                message = consumer.poll(10)
                assert message is not None and message.error() is None
                told: Any = message.headers() or ()
                headers = tuple((name, bytes(content)) for name, content in told)
                found.append((partition, bytes(message.key() or b""), bytes(message.value() or b""), headers))
    finally:
        consumer.close()
    return found


def by_partition(records: Sequence[Record]) -> list[list[Record]]:
    """Return the records of each partition in their order, each at the place where it first came."""
    return [[one for one in dict.fromkeys(records) if one[0] == number] for number in range(PARTITIONS)]


def commit(client: Mapping[str, Any], group: str, topic: str, offsets: Sequence[int]) -> None:
    """Have a group at these offsets, by partition."""
    places = [TopicPartition(topic, number, offset) for number, offset in enumerate(offsets)]
    admin = AdminClient(dict(client))
    admin.alter_consumer_group_offsets([ConsumerGroupTopicPartitions(group, places)])[group].result(30)


def committed(client: Mapping[str, Any], group: str) -> dict[tuple[str, int], int]:
    """Return where a group is."""
    admin = AdminClient(dict(client))
    told = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])[group].result(30)
    return {(one.topic, one.partition): one.offset for one in told.topic_partitions or ()}


def test_a_mirror_brings_records_in_order_and_groups_with_them_though_its_worker_is_killed(
    clusters: Clusters, world: World
) -> None:
    make(clusters.there, "orders", "orders-draft", "payments")
    wanted = clusters.wanted(
        mirror(
            clusters,
            topics=["orders*"],
            exclude=["orders-draft"],
            groups=["billing*"],
            offsetsSeconds=1,
            config={"offset.lag.max": 0},
        )
    )
    first = write(clusters.there, "orders", range(60))
    write(clusters.there, "orders-draft", range(3))
    commit(clusters.there, "billing", "orders", (20, 20, 15))
    with clusters.worker():
        made = "created 3 connectors: mirror-west-checkpoint, mirror-west-heartbeat, mirror-west-source"
        assert run(world, *wanted).lines()[0] == made
        until(lambda: by_partition(read(clusters.here, "west.orders")) == by_partition(first), lambda: "not mirrored")
        late = write(clusters.there, "orders", range(60, 600))
    written = write(clusters.there, "orders", range(600, 900))
    with clusters.worker():
        every = by_partition([*first, *late, *written])
        until(lambda: by_partition(read(clusters.here, "west.orders")) == every, lambda: "something was lost")
        commit(clusters.there, "billing", "orders", (300, 300, 300))
        ends = {
            ("west.orders", number): len([1 for one in read(clusters.here, "west.orders") if one[0] == number])
            for number in range(PARTITIONS)
        }
        until(lambda: committed(clusters.here, "billing") == ends, lambda: str(committed(clusters.here, "billing")))
        until(lambda: bool(read(clusters.here, "west.heartbeats", 1)), lambda: "no heartbeat came")
        here = AdminClient(clusters.here).list_topics(timeout=10).topics
        assert not {"west.orders-draft", "west.payments", "orders"} & here.keys()
        assert run(world, *wanted, recorded=wanted).lines() == ()

        kept = b"".join(value for _, _, value, _ in read(clusters.here, "trial-config", 1))
        assert b"directory:" in kept and clusters.password.encode() not in kept, "Connect keeps the reference"

        source = [one for one in wanted if one.deletion_protection]
        gone = tuple(replace(one, deletion_protection=False) for one in wanted)
        assert [one.name for one in source] == ["mirror-west-source"]
        assert run(world, recorded=gone).lines() == (
            "deleted 3 connectors: mirror-west-checkpoint, mirror-west-heartbeat, mirror-west-source",
        )
        assert world.connectors.observe({one.name for one in wanted}) == {}


def test_by_the_policy_identity_names_stay_and_a_mirror_that_was_away_goes_on(clusters: Clusters, world: World) -> None:
    make(clusters.there, "users")
    wanted = clusters.wanted(mirror(clusters, name="plain", topics=["users"], policy="identity", heartbeats=False))
    gone = tuple(replace(one, deletion_protection=False) for one in wanted)
    with clusters.worker():
        run(world, *wanted)
        records = write(clusters.there, "users", range(30))
        until(lambda: by_partition(read(clusters.here, "users")) == by_partition(records), lambda: "not mirrored")
        paused = tuple(replace(one, state="paused") for one in wanted)
        assert run(world, *paused, recorded=wanted).lines() == ("switched 1 connector: mirror-plain-source",)
        records += write(clusters.there, "users", range(30, 60))
        run(world, recorded=gone)
        records += write(clusters.there, "users", range(60, 90))
        run(world, *wanted)
        until(lambda: by_partition(read(clusters.here, "users")) == by_partition(records), lambda: "something was lost")
        assert len(read(clusters.here, "users")) == len(records), "it began anew"
        run(world, recorded=gone)
