"""Claims about the client that grows volumes and replaces the StatefulSet over them."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from contract import LABEL_POOL, replacement_name
from hooks.clients.pods import KubernetesPods
from hooks.clients.rest import ApiServer
from hooks.clients.volumes import RECORDED, KubernetesVolumes
from hooks.interfaces import Conflict, NotYet
from hooks.planner.snapshot import ObservedWorkload
from tests.clients.fake_api_server import FakeApiServer
from tests.clients.kubernetes_objects import APPS, CORE, labels, stateful_set

Json = dict[str, Any]
SETS = f"{APPS}/statefulsets"
RECORD = f"{CORE}/configmaps/{replacement_name('kafka-a')}"
PULUMI = "pulumi-kubernetes-1a2b3c4d"


@pytest.fixture
def volumes(api: ApiServer) -> KubernetesVolumes:
    return KubernetesVolumes(api)


def live(**fields: Any) -> Json:
    """Return a StatefulSet as the API server shows one that Pulumi applied."""
    found = stateful_set(**fields)
    found["metadata"] |= {
        "generation": 3,
        "creationTimestamp": "2026-01-01T00:00:00Z",
        "annotations": {"pulumi.com/skipAwait": "true"},
        "managedFields": [
            {"manager": PULUMI, "operation": "Apply"},
            {"manager": "kafka-platform-hooks", "operation": "Update"},
        ],
    }
    found["status"] = {"observedGeneration": 3, "replicas": 1}
    return found


def claim(name: str, storage: str = "1Gi", **status: Any) -> Json:
    return {
        "metadata": {"name": name, "labels": labels()},
        "spec": {"storageClassName": "fast", "resources": {"requests": {"storage": storage}}},
        "status": {"capacity": {"storage": storage}, **status},
    }


def observed(pods: KubernetesPods) -> ObservedWorkload:
    (found,) = pods.workloads("broker")
    return found


def test_claims_are_those_of_the_pools_data_volumes(
    volumes: KubernetesVolumes, pods: KubernetesPods, server: FakeApiServer
) -> None:
    server.put(SETS, stateful_set(replicas=2))
    pending = {"type": "FileSystemResizePending", "status": "True", "message": "Waiting for a pod"}
    for name in ("data-kafka-a-1", "data-kafka-a-0", "data-kafka-a-2", "data-kafka-a-large-0", "cache-kafka-a-0"):
        server.put(f"{CORE}/persistentvolumeclaims", claim(name, conditions=[pending] if name.endswith("a-1") else []))
    found = volumes.claims(observed(pods))
    assert [(one.name, one.node_id, one.mounted) for one in found] == [
        ("data-kafka-a-0", 0, True),
        ("data-kafka-a-1", 1, True),
        ("data-kafka-a-2", 2, False),
    ]
    assert found[0].requested == found[0].capacity == 1 << 30
    assert (found[0].storage_class, found[0].state) == ("fast", "")
    assert found[1].state == "FileSystemResizePending: Waiting for a pod"


def several(**fields: Any) -> Json:
    """Return a StatefulSet with two data volumes per broker."""
    found = live(**fields)
    (first,) = found["spec"]["volumeClaimTemplates"]
    found["spec"]["volumeClaimTemplates"].append({**first, "metadata": {"name": "data-1"}})
    return found


def test_every_volume_of_a_broker_has_a_claim_that_is_found(
    volumes: KubernetesVolumes, pods: KubernetesPods, server: FakeApiServer
) -> None:
    server.put(SETS, several(replicas=2))
    for name in ("data-1-kafka-a-0", "data-kafka-a-1", "data-kafka-a-0", "data-1-kafka-a-1", "data-2-kafka-a-0"):
        server.put(f"{CORE}/persistentvolumeclaims", claim(name))
    assert observed(pods).volumes == 2
    found = [(one.node_id, one.name) for one in volumes.claims(observed(pods))]
    assert found == [
        (0, "data-1-kafka-a-0"),
        (0, "data-kafka-a-0"),
        (1, "data-1-kafka-a-1"),
        (1, "data-kafka-a-1"),
    ]


def test_every_claim_of_what_comes_back_has_the_new_size(
    volumes: KubernetesVolumes, pods: KubernetesPods, server: FakeApiServer
) -> None:
    server.put(SETS, several())
    volumes.record(observed(pods), 2 << 30)
    volumes.take_away(observed(pods))
    volumes.put_back("kafka-a")
    templates = server.objects[f"{SETS}/kafka-a"]["spec"]["volumeClaimTemplates"]
    assert [one["metadata"]["name"] for one in templates] == ["data", "data-1"]
    assert {one["spec"]["resources"]["requests"]["storage"] for one in templates} == {"2Gi"}


@pytest.mark.parametrize(("field", "may"), [({"allowVolumeExpansion": True}, True), ({}, False)])
def test_a_class_says_itself_whether_its_volumes_grow(
    volumes: KubernetesVolumes, server: FakeApiServer, field: Json, may: bool
) -> None:
    server.put("/apis/storage.k8s.io/v1/storageclasses", {"metadata": {"name": "fast"}, **field})
    assert volumes.expandable("fast") is may
    assert volumes.expandable("unknown") is False and volumes.expandable("") is False


def test_a_claim_asks_for_more_in_kubernetes_own_units(
    volumes: KubernetesVolumes, pods: KubernetesPods, server: FakeApiServer
) -> None:
    server.put(SETS, stateful_set())
    path = f"{CORE}/persistentvolumeclaims"
    server.put(path, claim("data-kafka-a-0"))
    volumes.request(volumes.claims(observed(pods))[0], 3 << 30)
    assert server.objects[f"{path}/data-kafka-a-0"]["spec"]["resources"]["requests"] == {"storage": "3Gi"}


def test_what_comes_back_differs_in_the_size_of_its_claims_and_in_nothing_else(
    volumes: KubernetesVolumes, pods: KubernetesPods, server: FakeApiServer
) -> None:
    before = server.put(SETS, live())
    volumes.record(observed(pods), 2 << 30)
    volumes.take_away(observed(pods))
    assert f"{SETS}/kafka-a" not in server.objects
    volumes.put_back("kafka-a")
    after = server.objects[f"{SETS}/kafka-a"]
    assert after["metadata"]["uid"] != before["metadata"]["uid"]
    assert after["metadata"]["annotations"] == before["metadata"]["annotations"]
    assert after["metadata"]["labels"] == before["metadata"]["labels"]
    (template,) = after["spec"].pop("volumeClaimTemplates")
    before["spec"].pop("volumeClaimTemplates")
    assert template["spec"]["resources"]["requests"] == {"storage": "2Gi"}
    assert after["spec"] == before["spec"]
    volumes.forget("kafka-a")
    assert RECORD not in server.objects
    volumes.forget("kafka-a")


def test_it_goes_without_its_pods_and_comes_back_in_the_name_of_who_made_it(
    volumes: KubernetesVolumes, pods: KubernetesPods, server: FakeApiServer
) -> None:
    asked: list[tuple[str, Any, dict[str, str]]] = []
    answer: Callable[..., Any] = server.answer

    def listening(method: str, path: str, query: dict[str, str], body: Any, content: str) -> Any:
        asked.append((f"{method} {content}", body, query))
        return answer(method, path, query, body, content)

    server.put(SETS, live())
    workload = observed(pods)
    volumes.record(workload, 2 << 30)
    server.answer = listening
    volumes.take_away(workload)
    volumes.put_back("kafka-a")
    (deletion,) = [body for what, body, _ in asked if what.startswith("DELETE")]
    assert deletion["propagationPolicy"] == "Orphan"
    assert set(deletion["preconditions"]) == {"uid", "resourceVersion"}
    (applied,) = [query for what, _, query in asked if what == "PATCH application/apply-patch+yaml"]
    assert applied["fieldManager"] == PULUMI


def test_what_changed_since_it_was_recorded_is_not_taken_away(
    volumes: KubernetesVolumes, pods: KubernetesPods, server: FakeApiServer
) -> None:
    server.put(SETS, live())
    workload = observed(pods)
    volumes.record(workload, 2 << 30)
    server.objects[f"{SETS}/kafka-a"]["metadata"]["generation"] = 4
    with pytest.raises(Conflict, match="changed since it was recorded"):
        volumes.take_away(workload)
    assert f"{SETS}/kafka-a" in server.objects
    volumes.record(workload, 2 << 30)
    volumes.take_away(workload)
    assert f"{SETS}/kafka-a" not in server.objects


def test_nothing_is_taken_away_unrecorded(
    volumes: KubernetesVolumes, pods: KubernetesPods, server: FakeApiServer
) -> None:
    server.put(SETS, live())
    with pytest.raises(Conflict, match="not recorded"):
        volumes.take_away(observed(pods))


def test_another_count_than_the_observed_one_is_not_recorded(
    volumes: KubernetesVolumes, pods: KubernetesPods, server: FakeApiServer
) -> None:
    server.put(SETS, live())
    workload = observed(pods)
    server.objects[f"{SETS}/kafka-a"]["spec"]["replicas"] = 2
    with pytest.raises(Conflict, match="not the StatefulSet that was observed"):
        volumes.record(workload, 2 << 30)


def test_while_it_is_away_its_record_stands_for_it(
    volumes: KubernetesVolumes, pods: KubernetesPods, server: FakeApiServer
) -> None:
    server.put(SETS, live(replicas=3))
    before = observed(pods)
    volumes.record(before, 2 << 30)
    assert observed(pods) == replace(before, recorded=True)
    volumes.take_away(before)
    found = observed(pods)
    assert (found.away, found.replicas, found.first_id, found.volume_bytes) == (True, 3, 0, 2 << 30)
    assert found.revision == before.revision and found.pool == before.pool


def test_while_the_old_one_is_going_the_new_one_waits(
    volumes: KubernetesVolumes, pods: KubernetesPods, server: FakeApiServer
) -> None:
    server.put(SETS, live())
    volumes.record(observed(pods), 2 << 30)
    server.objects[f"{SETS}/kafka-a"]["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    assert observed(pods).away
    with pytest.raises(NotYet, match="still being deleted"):
        volumes.put_back("kafka-a")


def test_what_is_there_is_not_put_back_over(
    volumes: KubernetesVolumes, pods: KubernetesPods, server: FakeApiServer
) -> None:
    server.put(SETS, live())
    volumes.record(observed(pods), 2 << 30)
    before = dict(server.objects[f"{SETS}/kafka-a"])
    volumes.put_back("kafka-a")
    volumes.put_back("kafka-unknown")
    assert server.objects[f"{SETS}/kafka-a"] == before


def test_a_record_carries_the_pools_labels_and_no_identity_of_the_old_object(
    volumes: KubernetesVolumes, pods: KubernetesPods, server: FakeApiServer
) -> None:
    server.put(SETS, live())
    volumes.record(observed(pods), 2 << 30)
    record = server.objects[RECORD]
    assert record["metadata"]["labels"][LABEL_POOL] == "a"
    assert set(json.loads(record["data"][RECORDED])["metadata"]) == {"name", "labels", "annotations"}
