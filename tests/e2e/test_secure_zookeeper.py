"""TLS everywhere, SCRAM and ACLs with ZooKeeper, from nothing; and the plain door that closes under load."""

import re
import secrets
from collections.abc import Iterator
from typing import Any

import pytest

from contract import headless_service, pod_host, user_secret
from dev import cluster, toolchain
from dev.credentials import administrator, secret
from dev.proof import prove
from tests.e2e.load import Load
from tests.e2e.platform import Platform
from tests.e2e.secured.clients import Secured, kept_out, written

TOPIC = f"orders-{secrets.token_hex(3)}"
TOPICS, USERS, ZOOKEEPER = "kafka-platform:topics", "kafka-platform:users", "kafka-platform:zookeeper"


def rule(kind: str, name: str, *operations: str) -> dict[str, Any]:
    """Return a rule of the stack file for everything that begins so."""
    return {"resource": kind, "name": name, "pattern": "prefixed", "operations": list(operations)}


@pytest.fixture(scope="module")
def secure(
    request: pytest.FixtureRequest, local_cluster: cluster.Cluster, tools: toolchain.Toolchain
) -> Iterator[Secured]:
    """Bring the stack up while its ensemble takes plain text and anybody's writes; one of two users may write."""
    platform = Platform(name="local-secure-zookeeper", tools=tools.bin)
    acls = [rule("topic", TOPIC, "All"), rule("group", TOPIC, "Read")]
    platform.edit(
        {
            ZOOKEEPER: {"tls": "preferred", "acl": "login"},
            TOPICS: [{"name": TOPIC, "partitions": 3}],
            USERS: [{"name": "app", "scram": {}, "acls": acls}, {"name": "stranger", "scram": {}}],
        }
    )
    platform.first_up = platform.up()
    passwords = {
        name: secret(platform.stack, user_secret(platform.cluster, name))["password"] for name in ("app", "stranger")
    }
    yield Secured(platform=platform, passwords=passwords)
    if not request.config.getoption("--keep"):
        platform.engine("destroy", "--yes", "--skip-preview")


def test_a_secure_cluster_with_zookeeper_comes_up_and_lets_in_whom_it_should(secure: Secured) -> None:
    proof = prove(secure.listeners["EXTERNAL"], credentials=administrator(secure.platform.stack))
    assert sorted(proof.brokers) == [0, 1000, 2000]
    for bootstrap in secure.zones("CLIENTS"):
        assert written(bootstrap, secure.user("app"), TOPIC)
    bootstrap = secure.listeners["CLIENTS"]
    assert kept_out(bootstrap, secure.user("stranger"), "authorization failed", TOPIC)
    assert kept_out(bootstrap, secure.user("app", "wrong"), "authentication", TOPIC)
    nobody = {"security.protocol": "SSL", "ssl.ca.pem": secure.authority}
    assert kept_out(secure.listeners["EXTERNAL"], nobody, "certificate", TOPIC)


def test_the_ensembles_plain_door_closes_under_load_and_no_broker_restarts(secure: Secured) -> None:
    platform = secure.platform
    brokers, servers = platform.uids("broker"), platform.uids("zookeeper")
    assert all(opens(platform, server, 2181) for server in servers)
    platform.edit({ZOOKEEPER: {"tls": "required"}})
    preview = platform.preview()
    assert "3 pods will restart, one at a time" in preview, preview
    with Load(secure.listeners["CLIENTS"], f"{TOPIC}-load", secure.user("app")) as load:
        platform.up()
    assert load.account.lost == set() and load.account.refused == [] and load.account.fatal == []
    assert platform.uids("broker") == brokers
    assert not set(platform.uids("zookeeper").values()) & set(servers.values())
    assert not any(opens(platform, server, 2181) for server in servers)
    assert all(opens(platform, server, 2182) for server in servers)
    assert platform.preview("--expect-no-changes")


def test_zookeepers_nodes_close_to_strangers_under_load_and_brokers_cannot_be_cut_off(secure: Secured) -> None:
    platform = secure.platform
    assert "anyone" in writers(platform)
    platform.edit({ZOOKEEPER: {"acl": "enabled"}})
    preview = platform.preview()
    assert "3 pods will restart, one at a time" in preview, preview
    servers = platform.uids("zookeeper")
    with Load(secure.listeners["CLIENTS"], f"{TOPIC}-closing", secure.user("app")) as load:
        platform.up()
    assert load.account.lost == set() and load.account.refused == [] and load.account.fatal == []
    assert platform.uids("zookeeper") == servers
    assert writers(platform) == {"kafka"}
    platform.edit({ZOOKEEPER: {"acl": "allowed"}})
    run = platform.engine("preview")
    assert run.status != 0 and "it still makes nodes that only those who log in may write" in run.text
    platform.edit({ZOOKEEPER: {"acl": "enabled"}})
    assert platform.preview("--expect-no-changes")


def writers(platform: Platform) -> set[str]:
    """Return who may write below the node of all topics, as a server's own pod sees it at its loopback."""
    server = next(iter(platform.pods("zookeeper")))
    shell = "org.apache.zookeeper.ZooKeeperMainWithTlsSupportForKafka"
    asked = "-waitforconnection -server 127.0.0.1:2181 getAcl /brokers/topics"
    command = f"KAFKA_HEAP_OPTS=-Xmx64m KAFKA_OPTS= /opt/kafka/bin/kafka-run-class.sh {shell} {asked} 2>&1"
    said = platform.kubectl("exec", server, "--", "bash", "-c", command)
    return {name for name, rights in re.findall(r"'(?:sasl|world),'(\w+)\s+: (\w+)", said) if "w" in rights}


def opens(platform: Platform, server: str, port: int) -> bool:
    """Tell whether a broker's pod can connect to a port of a server."""
    broker = next(iter(platform.pods("broker")))
    host = pod_host(server, headless_service(platform.cluster, "zookeeper"), platform.namespace)
    tried = f"timeout 5 bash -c '</dev/tcp/{host}/{port}' 2>/dev/null && echo open || echo closed"
    return platform.kubectl("exec", broker, "--", "bash", "-c", tried).strip() == "open"
