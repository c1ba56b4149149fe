"""Claims about the ZooKeeperLogin hook between the engine and the Secret."""

from base64 import b64decode
from typing import Any

from contract import ANNOTATION_ZOOKEEPER_ACL, LABEL_COMPONENT
from hooks.providers.preflight import preflight
from hooks.providers.wire import ConnectionArgs
from hooks.providers.zookeeper_login import ZooKeeperLoginProvider
from tests.clients.fake_api_server import FakeApiServer
from tests.providers.test_preflight import CORE, pod, wish

OWN = f"{CORE}/secrets/kafka-zookeeper-login"


def props(at: ConnectionArgs) -> dict[str, Any]:
    return {"connection": dict(at), "ownUrn": ""}


def held(server: FakeApiServer) -> dict[str, str]:
    found: Any = server.objects[OWN]
    return {key: b64decode(text).decode() for key, text in found["data"].items()}


def zookeeper() -> dict[str, Any]:
    """Return a server that takes logins."""
    member = pod("kafka-zookeeper-a-1", "kafka-zookeeper-a")
    member["metadata"]["labels"] |= {LABEL_COMPONENT: "zookeeper"}
    member["metadata"]["annotations"] |= {ANNOTATION_ZOOKEEPER_ACL: "allowed"}
    return member


def test_servers_and_brokers_share_one_password_that_never_changes(at: ConnectionArgs, server: FakeApiServer) -> None:
    provider = ZooKeeperLoginProvider()
    made = provider.create(props(at))
    files = held(server)
    (given,) = [line for line in files["client.jaas"].splitlines() if "password=" in line]
    assert f"user_kafka={given.strip().removeprefix('password=')}" in files["server.jaas"]
    assert files["client.jaas"].startswith("Client {") and files["server.jaas"].startswith("Server {")
    assert given.strip().removeprefix("password=").strip('";') not in str(made.outs)
    provider.create(props(at))
    provider.update("", props(at), props(at))
    assert held(server) == files
    assert not provider.diff("", props(at), props(at)).changes


def test_the_secret_goes_when_no_pod_mounts_it_any_more(at: ConnectionArgs, server: FakeApiServer) -> None:
    provider = ZooKeeperLoginProvider()
    provider.create(props(at))
    member = zookeeper()
    member["spec"]["volumes"] = [{"name": "zookeeper-login", "secret": {"secretName": "kafka-zookeeper-login"}}]
    server.put(f"{CORE}/pods", member)
    provider.delete("", props(at))
    assert OWN in server.objects
    del server.objects[f"{CORE}/pods/kafka-zookeeper-a-1"]
    provider.delete("", props(at))
    assert OWN not in server.objects
    provider.delete("", props(at))


def test_a_lost_secret_is_a_problem_while_servers_run_with_it(at: ConnectionArgs, server: FakeApiServer) -> None:
    server.put(f"{CORE}/pods", zookeeper())
    asked = [{**wish("zookeeper", first_id=1), "mode": "zookeeper", "acl": "allowed"}]
    (problem,) = preflight(at, asked).problems
    assert "Secret kafka-zookeeper-login: ZooKeeper server 1 runs with the login in it" in problem
    assert "running pods have its files" in problem
    ZooKeeperLoginProvider().create(props(at))
    assert preflight(at, asked).problems == ()


def test_a_stage_that_would_cut_brokers_off_is_a_problem(at: ConnectionArgs, server: FakeApiServer) -> None:
    server.put(f"{CORE}/pods", pod())
    (problem,) = preflight(at, [{**wish("zookeeper", first_id=1), "mode": "zookeeper", "acl": "enabled"}]).problems
    assert "broker 0: it does not log in to ZooKeeper yet" in problem and "Set zookeeper.acl: login" in problem
