"""`updates: rolling`: what ready means, run for real, and what is refused where there are no hooks."""

import re
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from components.spec.model import ClusterSpec
from components.spec.parsing import parse_cluster
from components.spec.problems import SpecError
from components.spec.reading import camel_case
from components.spec.rendering import RenderedPool, render_cluster
from components.spec.rolling import CLIENT, rolling_files, rolling_identity
from components.spec.scripts import CONFIG_MOUNT, READY, RUN_MOUNT
from components.spec.topology import broker_pools, controller_pools, zookeeper_pools
from contract import IDENTITY_CLUSTER_ID, IDENTITY_INITIAL_CONTROLLERS
from tests.spec.clusters import changed, kraft_config, zookeeper_config
from tests.spec.scripts import Container

CLOSED = 1  # a port of the loopback at which nothing listens


def rolling_config(config: dict[str, Any]) -> dict[str, Any]:
    """Return arguments of a component that asks Kubernetes to roll."""
    own = {key: value for key, value in config.items() if key != "kubernetes"}
    return changed(own, "kafka/resources/memory", "1Gi") | {"updates": "rolling"}


def rolling(config: dict[str, Any]) -> ClusterSpec:
    return parse_cluster(rolling_config(config), camel_case)


def refusal(config: dict[str, Any]) -> str:
    with pytest.raises(SpecError) as error:
        parse_cluster(config, camel_case)
    return str(error.value)


@pytest.fixture
def listening() -> Iterator[int]:
    """A port of the loopback at which somebody listens."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield server.getsockname()[1]


class Broker:
    """A broker's container with the probe in it; Kafka's tool says what a test wants it to say."""

    def __init__(self, root: Path, port: int) -> None:
        self.container = Container(root)
        pool = broker_pools(rolling(kraft_config()))[1]
        script = rolling_files(rolling(kraft_config()), pool)[READY]
        self._script = script.replace("/opt/kafka/bin", self.container.distribution.scripts)
        self._script = self._script.replace("127.0.0.1/9092", f"127.0.0.1/{port}")
        self._tool = Path(self.container.distribution.scripts) / "kafka-topics.sh"
        self.says("")

    def says(self, listed: str, code: int = 0) -> None:
        """Let the tool print this."""
        quoted = listed.replace("'", "")
        self._tool.write_text(f'#!/bin/bash\necho kafka-topics.sh "$@" >> "$CALLS"\necho \'{quoted}\'\nexit {code}\n')
        self._tool.chmod(0o755)

    def probe(self) -> tuple[int, int]:
        """Return the probe's exit code, and how many times it asked the tool."""
        outcome = self.container.run(self._script, "kafka-b-1001")
        self.complaint, self.calls = outcome.complaint, outcome.calls
        return outcome.code, len(outcome.calls)


@pytest.fixture
def broker(tmp_path: Path, listening: int) -> Broker:
    return Broker(tmp_path, listening)


def line(leader: object, replicas: str, isr: str, more: str = "") -> str:
    """Return a line as the tool prints it."""
    where = f"Leader: {leader}\tReplicas: {replicas}\tIsr: {isr}\tElr: \tLastKnownElr: {more}"
    return f"\tTopic: orders\tPartition: 3\t{where}"


@pytest.mark.parametrize(
    ("listed", "code"),
    [
        ("", 0),
        (line(0, "0,1001,2000", "0,2000"), 1),
        (line(0, "0,1001,2000", "0,1001"), 0),  # another one is away, which is not this one's fault
        (line("none", "0,1001,2000", ""), 0),  # it waits for its leader, which may wait for this very broker
        (line("-1", "0,1001,2000", "2000"), 0),
        (line(0, "0,2000", "0"), 0),
        (line(0, "0,11001,2000", "0,2000"), 0),  # an id that contains this one's
        (line(0, "0,1001,2000", "0,11001"), 1),
        (line(1001, "1001,2000", "1001"), 0),
        (line(0, "0,1001,2000", "0,2000", "\tAdding Replicas: 1001\tRemoving Replicas: 2000"), 0),
        (line(0, "0,1001,2000", "0", "\tAdding Replicas: 2000\tRemoving Replicas: "), 1),
        ("[2026-01-01] INFO a log line of the tool\n" + line(0, "0,1001", "0"), 1),
        (line(0, "0,1001", "0,1001") + "\n" + line(0, "0,1001", "0"), 1),
    ],
)
def test_a_broker_is_ready_when_it_is_in_sync_wherever_somebody_leads(broker: Broker, listed: str, code: int) -> None:
    broker.says(listed)
    assert broker.probe() == (code, 1)
    if code:
        assert "is not in sync yet: Topic: orders" in broker.complaint


def test_a_broker_that_was_in_sync_once_is_not_asked_again(broker: Broker) -> None:
    assert broker.probe() == (0, 1)
    broker.says(line(0, "0,1001", "0"))
    assert broker.probe() == (0, 0)


def test_a_new_start_of_the_container_asks_anew(broker: Broker) -> None:
    assert broker.probe() == (0, 1)
    (mark,) = broker.container.path(RUN_MOUNT).glob("in-sync-since-*")
    assert re.fullmatch(r"in-sync-since-\d+", mark.name)
    mark.rename(mark.with_name("in-sync-since-0"))  # that of a process which started earlier
    assert broker.probe() == (0, 1)


def test_a_tool_that_fails_leaves_the_broker_unready(broker: Broker) -> None:
    broker.says("", code=1)
    assert broker.probe() == (1, 1)
    assert not list(broker.container.path(RUN_MOUNT).glob("in-sync-since-*"))


def test_a_broker_that_does_not_listen_is_not_ready_and_no_tool_is_run(tmp_path: Path) -> None:
    assert Broker(tmp_path, CLOSED).probe() == (1, 0)


def test_the_tool_asks_the_broker_by_the_name_in_its_certificate(broker: Broker) -> None:
    broker.probe()
    (call,) = broker.calls
    assert "--bootstrap-server kafka-b-1001.kafka-brokers.streams.svc.cluster.local:9092 " in call
    assert call.endswith(f"{CONFIG_MOUNT}/{CLIENT} --describe --under-replicated-partitions")


def quorum_probe(tmp_path: Path, own: int, others: tuple[int, int]) -> int:
    """Run the probe of a controller of three that listens, or not, beside two others."""
    script = rolling_files(rolling(kraft_config()), controller_pools(rolling(kraft_config()))[0])[READY]
    script = script.replace("127.0.0.1/9093", f"127.0.0.1/{own}").replace("$0/9093", "${0/://}")
    for host, port in zip(("b-9100", "c-9200"), others, strict=True):
        name = f"kafka-controller-{host}.kafka-controllers.streams.svc.cluster.local"
        script = script.replace(name, f"127.0.0.1:{port}")
    return Container(tmp_path).run(script, "kafka-controller-a-9000").code


def test_a_member_that_serves_is_ready(tmp_path: Path, listening: int) -> None:
    assert quorum_probe(tmp_path, listening, (CLOSED, CLOSED)) == 0


def test_a_member_that_does_not_serve_is_ready_only_where_no_majority_could(tmp_path: Path, listening: int) -> None:
    assert quorum_probe(tmp_path / "alone", CLOSED, (CLOSED, CLOSED)) == 0
    assert quorum_probe(tmp_path / "two", CLOSED, (CLOSED, listening)) == 1
    assert quorum_probe(tmp_path / "all", CLOSED, (listening, listening)) == 1


def test_a_zookeeper_server_serves_when_it_says_its_mode() -> None:
    script = rolling_files(rolling(zookeeper_config()), zookeeper_pools(rolling(zookeeper_config()))[0])[READY]
    assert "Mode:" in script and "/dev/tcp/127.0.0.1/2181" in script and "@" not in script.replace("[@]", "")


def test_the_identity_is_the_same_for_the_same_stack_and_another_for_every_other() -> None:
    spec = rolling(kraft_config())
    first = rolling_identity(spec, "project/stack")
    assert first == rolling_identity(spec, "project/stack")
    other = rolling_identity(spec, "project/other")
    assert first[IDENTITY_CLUSTER_ID] != other[IDENTITY_CLUSTER_ID]
    members = [each.split(":") for each in first[IDENTITY_INITIAL_CONTROLLERS].split(",")]
    assert [(member[0].split("@")[0], member[1]) for member in members] == [
        ("9000", "9093"),
        ("9100", "9093"),
        ("9200", "9093"),
    ]
    ids = [first[IDENTITY_CLUSTER_ID], *(member[2] for member in members)]
    assert len(set(ids)) == 4 and all(re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_-]{21}", each) for each in ids)


def pools(config: dict[str, Any]) -> list[RenderedPool]:
    return [pool for rendered in render_cluster(rolling(config)).values() for pool in rendered]


def container_of(pool: RenderedPool) -> Any:
    template: Any = pool.template
    return template["spec"]["containers"][0]


@pytest.mark.parametrize("config", [kraft_config(), zookeeper_config()], ids=["kraft", "zookeeper"])
def test_every_pod_asks_its_own_script_whether_it_is_ready(config: dict[str, Any]) -> None:
    for pool in pools(config):
        assert container_of(pool)["readinessProbe"]["exec"]["command"] == ["bash", f"{CONFIG_MOUNT}/{READY}"]
        assert READY in pool.files and "livenessProbe" not in container_of(pool)


def test_the_mark_of_a_formed_quorum_may_come_later_than_the_identity() -> None:
    for pool in pools(kraft_config()):
        template: Any = pool.template
        (identity,) = [volume for volume in template["spec"]["volumes"] if volume["name"] == "identity"]
        assert identity["projected"]["sources"] == [
            {"configMap": {"name": "kafka-identity", "optional": False}},
            {"configMap": {"name": "kafka-bootstrapped", "optional": True}},
        ]


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("kafka/minInsyncReplicas", 3, "kafka.minInsyncReplicas: given 3; allowed: 1 to 2 with updates: rolling"),
        (
            "kafka/racks/1/resources",
            {"cpu": "1", "memory": "640Mi", "heap": "300Mi"},
            "kafka.racks[1].resources.memory",
        ),
        ("kafka/resources", {"cpu": "1", "memory": "640Mi", "heap": "300Mi"}, "at least 684Mi with a heap of 300Mi"),
        ("kafka/storage/volumes", 2, "kafka.storage.volumes: given 2; allowed: 1 with updates: rolling"),
        ("kafka/racks/1/storage", {"size": "10Gi", "volumes": 2}, "kafka.racks[1].storage.volumes: given 2"),
    ],
)
def test_what_a_restart_without_hooks_would_cost_is_refused(path: str, value: object, said: str) -> None:
    assert said in refusal(changed(rolling_config(kraft_config()), path, value))
    hooks = changed(rolling_config(kraft_config()), path, value) | {"updates": "hooks"}
    assert parse_cluster(hooks, camel_case).updates == "hooks"


def secured(source: dict[str, Any]) -> dict[str, Any]:
    """Return a cluster with TLS among its nodes."""
    config = changed(rolling_config(kraft_config()), "kafka/tls", source)
    return changed(config, "kafka/listeners", {"internal": {"tls": True, "authentication": "mtls"}})


def test_certificates_that_a_hook_would_make_are_refused() -> None:
    assert "kafka.tls.source: given 'generated'" in refusal(secured({"source": "generated"}))


def test_the_tool_shows_the_brokers_certificate_where_the_listener_asks_for_one() -> None:
    spec = parse_cluster(secured({"source": "secrets", "nodesSecret": "n", "adminSecret": "a"}), camel_case)
    client = rolling_files(spec, broker_pools(spec)[0])[CLIENT]
    assert (
        "security.protocol=SSL\n" in client and "ssl.keystore.key=${platform:/etc/kafka-platform-tls:tls.key}" in client
    )
    plain = rolling_files(rolling(kraft_config()), broker_pools(rolling(kraft_config()))[0])[CLIENT]
    assert plain == "security.protocol=PLAINTEXT\n"
