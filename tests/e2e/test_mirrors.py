"""A mirror against Kafka itself: two clusters and a distributed worker as plain processes on loopback.

Both clusters speak TLS, ask for a password or a certificate, and have rules: the worker runs by the file that the stack
renders, looks keys and passwords up in what its pod would have mounted, and may do here what the platform gives its
user, and there what the reference says.
"""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka.admin import AdminClient

from components.spec.services.connect import connect_service
from components.spec.services.service import POD_IP
from dev import keys
from dev.progress import Progress
from hooks.clients.authority import issue, new_authority
from hooks.planner.connectors import DesiredConnector
from hooks.providers.connectors import connectors
from hooks.runners.world import World
from stacks.mirror_connectors import mirror_args
from stacks.settings import Settings, parse_settings
from stacks.users import AclSettings
from tests.clients.fake_api_server import FakeApiServer
from tests.e2e.plain_clients import PARTITIONS, allow, by_partition, commit, committed, give_password, make, read, write
from tests.e2e.plain_workers import broker, free_port, listens, properties, run, until, worker_process, world_of
from tests.spec.services import secure_config

_MOUNTS = "/etc/kafka-platform"
_PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule"
#: One broker, and a worker whose end is noticed soon.
_SMALL = {
    **{f"{kind}.storage.replication.factor": 1 for kind in ("config", "offset", "status")},
    **{f"{kind}.storage.partitions": 1 for kind in ("offset", "status")},
    "scheduled.rebalance.max.delay.ms": 0,
    "session.timeout.ms": 6000,
    "heartbeat.interval.ms": 1500,
    "offset.flush.interval.ms": 500,
    "plugin.discovery": "only_scan",
}


@dataclass(kw_only=True)
class Clusters:
    """Two clusters, each with a door where everybody may do anything, and one that asks; the second one has workers."""

    root: Path
    jars: Path
    source: str
    source_by_certificate: str
    there: Mapping[str, Any]
    target: str
    here: Mapping[str, Any]
    passwords: Mapping[str, str] = field(repr=False)
    rest: int

    def settings(self, *mirrors: Mapping[str, Any], **config: object) -> Settings:
        """Return a stack with these mirrors of the first cluster, whose workers have these keys."""
        stack = secure_config(listener="CLIENTS")
        stack["connect"] |= {"mirrors": [{**self._mirror, **each} for each in mirrors], "config": config}
        return parse_settings(stack)

    @property
    def _mirror(self) -> dict[str, Any]:
        source = {"bootstrap": [self.source], "tls": True, "authentication": "plain", "secret": "west"}
        return {"name": "west", "from": source, "replicationFactor": 1, "refreshSeconds": 1}

    def wanted(self, settings: Settings) -> tuple[DesiredConnector, ...]:
        """Return the connectors of the mirrors as the hook is told of them, at the addresses of this machine."""
        connect = settings.services.connect
        assert connect is not None
        wire = mirror_args(settings.cluster, connect, settings.mirrors or ())
        return tuple(replace(one, config=self._moved(one.config)) for one in connectors({"connectors": wire}))

    @contextmanager
    def worker(self, settings: Settings) -> Iterator[None]:
        """Run a worker as its user with the rules that the stack gives it, and kill it at the end of the block."""
        connect = settings.services.connect
        assert connect is not None
        allow(self.here, "connect", [rule for user in settings.users for rule in user.acls or ()])
        service = connect_service(settings.cluster, connect)
        for mount in service.mounts:
            (self.root / mount.path.strip("/")).mkdir(parents=True, exist_ok=True)
        told = self._moved(service.properties) | {"listeners": f"http://127.0.0.1:{self.rest}"} | _SMALL
        file = properties(self.root / "worker.properties", told | {"rest.advertised.port": self.rest})
        with worker_process(self.jars, self.root, file, self.rest) as process:
            yield
            process.kill()

    def _moved(self, config: Mapping[str, str]) -> dict[str, str]:
        own = "kafka-bootstrap.streams.svc.cluster.local:9095"
        places = {own: self.target, _MOUNTS: f"{self.root}{_MOUNTS}", POD_IP: "127.0.0.1"}
        moved = dict(config)
        for old, new in places.items():
            moved = {key: value.replace(old, new) for key, value in moved.items()}
        return moved


def asking(root: Path, doors: tuple[int, int], mechanism: str, login: str) -> dict[str, object]:
    """Return the keys of a broker with rules: a door for those who may do anything, one for a password, one for a name.

    `doors` are the ports of the latter two.
    """
    listeners = {
        "PLAINTEXT": "@PORT@",
        "SASL_SSL": doors[0],
        "SSL": doors[1],
        "CONTROLLER": "@QUORUM@",
    }
    return {
        "listeners": ",".join(f"{name}://127.0.0.1:{port}" for name, port in listeners.items()),
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL,SSL:SSL,CONTROLLER:PLAINTEXT",
        "listener.name.sasl_ssl.sasl.enabled.mechanisms": mechanism,
        f"listener.name.sasl_ssl.{mechanism.lower()}.sasl.jaas.config": login,
        "listener.name.ssl.ssl.client.auth": "required",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": root / "broker.pem",
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": root / "ca.crt",
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS",
        "transaction.state.log.num.partitions": 1,
        "transaction.state.log.replication.factor": 1,
        "transaction.state.log.min.isr": 1,
    }


def write_papers(root: Path, passwords: Mapping[str, str]) -> None:
    """Write what brokers show, and what a worker's pod would have mounted."""
    now = datetime.now(UTC)
    authority = new_authority("mirror", now)
    broker, client = (issue(authority, name, names, (now, 1)) for name, names in (("b", ["127.0.0.1"]), ("mirror", [])))
    files = {
        "broker.pem": broker.key + broker.certificate,
        "ca.crt": authority.pem,
        f"{_MOUNTS}-tls/ca.crt": authority.pem,
        f"{_MOUNTS}-user/password": passwords["connect"].encode(),
        f"{_MOUNTS}-secrets/west/ca.crt": authority.pem,
        f"{_MOUNTS}-secrets/west/username": b"mirror",
        f"{_MOUNTS}-secrets/west/password": passwords["mirror"].encode(),
        f"{_MOUNTS}-secrets/certificate/ca.crt": authority.pem,
        f"{_MOUNTS}-secrets/certificate/tls.crt": client.certificate,
        f"{_MOUNTS}-secrets/certificate/tls.key": client.key,
    }
    for place, content in files.items():
        file = root / place.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)


@pytest.fixture(scope="module")
def clusters(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clusters]:
    """Run the two brokers, and let the source's users do what the reference says that they need."""
    jars, root = keys.jars(keys.VERSIONS["4.3"], Progress()), tmp_path_factory.mktemp("mirror")
    passwords = {name: secrets.token_urlsafe(18) for name in ("mirror", "connect")}
    write_papers(root, passwords)
    plain = f'{_PLAIN} required user_mirror="{passwords["mirror"]}";'
    scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
    with ExitStack() as opened:
        first, second = (free_port(), free_port()), (free_port(), free_port())
        there = opened.enter_context(broker(jars, root / "source", asking(root, first, "PLAIN", plain)))
        here = opened.enter_context(broker(jars, root / "target", asking(root, second, "SCRAM-SHA-512", scram)))
        until(lambda: all(map(listens, (*first, *second))), lambda: "a broker does not start")
        found = Clusters(
            root=root,
            jars=jars,
            source=f"127.0.0.1:{first[0]}",
            source_by_certificate=f"127.0.0.1:{first[1]}",
            there={"bootstrap.servers": f"127.0.0.1:{there}"},
            target=f"127.0.0.1:{second[0]}",
            here={"bootstrap.servers": f"127.0.0.1:{here}"},
            passwords=passwords,
            rest=free_port(),
        )
        give_password(found.here, "connect", passwords["connect"])
        allow(found.there, "mirror", [*READER, WRITER])
        allow(found.there, "CN=mirror", READER)
        yield found


def rule(resource: str, name: str, *operations: str) -> AclSettings:
    """Return the rule that allows something with one resource."""
    return AclSettings(
        resource=resource, name=name, pattern="literal", operations=operations, hosts=("*",), permission="allow"
    )


#: What a mirror needs at its source.
READER = [
    *(
        rule("topic", name, "Read", "Describe", "DescribeConfigs")
        for name in ("orders", "orders-draft", "users", "heartbeats")
    ),
    rule("group", "billing", "Describe"),
]
#: What it needs there for heartbeats.
WRITER = rule("topic", "heartbeats", "Create", "Write")


@pytest.fixture
def world(clusters: Clusters, kubeconfig: Path, server: FakeApiServer) -> Iterator[World]:
    """Return the World of a cluster whose workers are those of the second cluster."""
    with world_of(clusters.rest, kubeconfig, server) as found:
        yield found


def test_a_mirror_brings_records_in_order_and_groups_with_them_though_its_worker_is_killed(
    clusters: Clusters, world: World
) -> None:
    make(clusters.there, "orders", "orders-draft", "payments")
    settings = clusters.settings(
        {
            "topics": ["orders*"],
            "exclude": ["orders-draft"],
            "groups": ["billing*"],
            "offsetsSeconds": 1,
            "config": {"offset.lag.max": 0},
        }
    )
    wanted = clusters.wanted(settings)
    first = write(clusters.there, "orders", range(60))
    write(clusters.there, "orders-draft", range(3))
    commit(clusters.there, "billing", "orders", (20, 20, 15))
    with clusters.worker(settings):
        made = "created 3 connectors: mirror-west-checkpoint, mirror-west-heartbeat, mirror-west-source"
        assert run(world, *wanted).lines()[0] == made
        until(lambda: by_partition(read(clusters.here, "west.orders")) == by_partition(first), lambda: "not mirrored")
        late = write(clusters.there, "orders", range(60, 600))
    written = write(clusters.there, "orders", range(600, 900))
    with clusters.worker(settings):
        every = by_partition([*first, *late, *written])
        until(lambda: by_partition(read(clusters.here, "west.orders")) == every, lambda: "something was lost")
        commit(clusters.there, "billing", "orders", (300, 300, 300))
        ends = {
            ("west.orders", number): len([1 for one in read(clusters.here, "west.orders") if one[0] == number])
            for number in range(PARTITIONS)
        }
        until(lambda: committed(clusters.here, "billing") == ends, lambda: str(committed(clusters.here, "billing")))
        until(lambda: bool(read(clusters.here, "west.heartbeats", 1)), lambda: "no heartbeat came")
        here = AdminClient(dict(clusters.here)).list_topics(timeout=10).topics
        assert not {"west.orders-draft", "west.payments", "orders"} & here.keys()
        assert run(world, *wanted, recorded=wanted).lines() == ()

        kept = b"".join(value for _, _, value, _ in read(clusters.here, "kafka-connect-configs", 1))
        assert b"directory:" in kept
        assert not any(password.encode() in kept for password in clusters.passwords.values())

        source = [one for one in wanted if one.deletion_protection]
        gone = tuple(replace(one, deletion_protection=False) for one in wanted)
        assert [one.name for one in source] == ["mirror-west-source"]
        assert run(world, recorded=gone).lines() == (
            "deleted 3 connectors: mirror-west-checkpoint, mirror-west-heartbeat, mirror-west-source",
        )
        assert world.connectors.observe({one.name for one in wanted}) == {}


def test_by_the_policy_identity_names_stay_and_with_transactions_each_record_comes_once(
    clusters: Clusters, world: World
) -> None:
    make(clusters.there, "users")
    own = {"name": "plain", "topics": ["users"], "policy": "identity", "heartbeats": False, "exactlyOnce": True}
    shown = {"tls": True, "authentication": "mtls", "secret": "certificate"}
    source = {"bootstrap": [clusters.source_by_certificate], **shown}
    settings = clusters.settings({**own, "from": source}, **{"exactly.once.source.support": "enabled"})
    wanted = clusters.wanted(settings)
    gone = tuple(replace(one, deletion_protection=False) for one in wanted)
    with clusters.worker(settings):
        run(world, *wanted)
        records = write(clusters.there, "users", range(30))
        until(lambda: by_partition(read(clusters.here, "users")) == by_partition(records), lambda: "not mirrored")
        records += write(clusters.there, "users", range(30, 600))
    with clusters.worker(settings):
        until(lambda: by_partition(read(clusters.here, "users")) == by_partition(records), lambda: "something was lost")
        paused = tuple(replace(one, state="paused") for one in wanted)
        assert run(world, *paused, recorded=wanted).lines() == ("switched 1 connector: mirror-plain-source",)
        records += write(clusters.there, "users", range(600, 630))
        run(world, recorded=gone)
        records += write(clusters.there, "users", range(630, 660))
        # Made again, it goes on where it was.
        run(world, *wanted)
        until(lambda: by_partition(read(clusters.here, "users")) == by_partition(records), lambda: "something was lost")
        assert len(read(clusters.here, "users")) == len(records)
        run(world, recorded=gone)
