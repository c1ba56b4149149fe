"""Claims about what live pods are made of: only those of another revision are asked for, each with its own files."""

from contract import ANNOTATION_ROLL
from hooks.clients.contents import contents
from hooks.clients.rest import ApiServer
from hooks.providers.contents import stale_pods
from hooks.providers.wire import ConnectionArgs
from tests.clients.fake_api_server import FakeApiServer
from tests.clients.kubernetes_objects import CORE, Json, config_map, pod, revision


def mounting(name: str, digest: str, config: str) -> Json:
    """Return a pod of this revision that mounts this configuration."""
    made = pod(name)
    made["metadata"]["annotations"] = revision(digest)
    made["spec"]["volumes"] = [{"name": "data"}, {"name": "config", "configMap": {"name": config}}]
    return made


def test_pods_of_another_revision_come_with_the_files_that_they_mount(server: FakeApiServer, api: ApiServer) -> None:
    server.put(f"{CORE}/pods", mounting("kafka-a-1", "old", "first"))
    server.put(f"{CORE}/pods", mounting("kafka-a-0", "older", "gone"))
    server.put(f"{CORE}/pods", mounting("kafka-a-2", "new", "second"))
    server.put(f"{CORE}/configmaps", config_map("first") | {"data": {"server.properties": "a=1\n"}})
    found = contents(api, "broker", frozenset({"new"}))
    assert [(one.name, one.files) for one in found] == [
        ("kafka-a-0", {}),
        ("kafka-a-1", {"server.properties": "a=1\n"}),
    ]


def test_a_pod_that_is_to_keep_its_revision_is_left_out(server: FakeApiServer, api: ApiServer) -> None:
    """Nothing of it will change, whatever the spec says."""
    kept = mounting("kafka-a-0", "old", "first")
    kept["metadata"]["annotations"][ANNOTATION_ROLL] = "skip"
    server.put(f"{CORE}/pods", kept)
    server.put(f"{CORE}/pods", mounting("kafka-a-1", "old", "first"))
    assert [one.name for one in contents(api, "broker", frozenset({"new"}))] == ["kafka-a-1"]


def test_a_cluster_that_cannot_be_asked_shows_nothing() -> None:
    at: ConnectionArgs = {
        "kubeconfig": "/nowhere/kubeconfig",
        "context": "",
        "namespace": "streams",
        "cluster": "kafka",
    }
    assert stale_pods(at, {"broker": frozenset()}) == ()
