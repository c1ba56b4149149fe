"""Claims about the Kubernetes side of a cluster, on an API server that keeps its preconditions."""

from dataclasses import replace
from typing import Any

import pytest

from hooks.clients.pods import KubernetesPods
from hooks.interfaces import Conflict, NotYet
from hooks.planner.snapshot import Revision
from tests.clients.fake_api_server import FakeApiServer
from tests.clients.kubernetes_objects import APPS, CORE, POLICY, container, disruption_budget, labels, pod, stateful_set


def test_a_stateful_set_is_a_workload_with_its_pool_first_id_count_revision_and_volume(
    pods: KubernetesPods, server: FakeApiServer
) -> None:
    server.put(f"{APPS}/statefulsets", stateful_set("kafka-a", first_id=1000, replicas=2))
    (found,) = pods.workloads("broker")
    assert (found.name, found.pool, found.first_id, found.replicas) == ("kafka-a", "a", 1000, 2)
    assert found.revision == Revision(digest="r1", causes={"config": "c-r1"})
    assert found.volume_bytes == 2**30


@pytest.mark.parametrize(("generation", "observed", "seen"), [(1, 1, True), (2, 1, False), (2, 2, True), (2, 3, True)])
def test_a_template_counts_as_seen_once_its_controller_has_observed_its_generation(
    pods: KubernetesPods, server: FakeApiServer, generation: int, observed: int, seen: bool
) -> None:
    changed = stateful_set()
    changed["metadata"]["generation"] = generation
    changed["status"] = {"observedGeneration": observed}
    server.put(f"{APPS}/statefulsets", changed)
    assert pods.workloads("broker")[0].template_seen is seen


def test_a_stateful_set_without_any_status_is_not_seen_yet(pods: KubernetesPods, server: FakeApiServer) -> None:
    created = stateful_set()
    created["metadata"]["generation"] = 1
    server.put(f"{APPS}/statefulsets", created)
    assert not pods.workloads("broker")[0].template_seen


@pytest.mark.parametrize(("claimed", "observed"), [({}, ""), ({"storageClassName": "fast"}, "fast")])
def test_the_storage_class_is_that_of_the_claim_template(
    pods: KubernetesPods, server: FakeApiServer, claimed: dict[str, str], observed: str
) -> None:
    live = stateful_set()
    live["spec"]["volumeClaimTemplates"][0]["spec"].update(claimed)
    server.put(f"{APPS}/statefulsets", live)
    assert pods.workloads("broker")[0].storage_class == observed


def test_workloads_are_sorted_by_first_id_and_are_those_of_this_cluster_and_component(
    pods: KubernetesPods, server: FakeApiServer
) -> None:
    for name, first in (("kafka-c", 2000), ("kafka-a", 0), ("kafka-b", 1000)):
        server.put(f"{APPS}/statefulsets", stateful_set(name, first_id=first))
    other = stateful_set("other-a")
    other["metadata"]["labels"] = labels(cluster="other")
    server.put(f"{APPS}/statefulsets", other)
    controllers = stateful_set("kafka-controller-a")
    controllers["metadata"]["labels"] = labels(component="controller")
    server.put(f"{APPS}/statefulsets", controllers)
    assert [found.name for found in pods.workloads("broker")] == ["kafka-a", "kafka-b", "kafka-c"]


def test_the_node_id_of_a_pod_is_its_ordinal(pods: KubernetesPods, server: FakeApiServer) -> None:
    server.put(f"{CORE}/pods", pod("kafka-b-1001", owner="kafka-b"))
    server.put(f"{CORE}/pods", pod("kafka-a-0"))
    assert [(found.node_id, found.workload) for found in pods.pods("broker")] == [(0, "kafka-a"), (1001, "kafka-b")]


def test_a_pod_that_belongs_to_a_job_is_no_broker(pods: KubernetesPods, server: FakeApiServer) -> None:
    job = pod("kafka-proof-1")
    job["metadata"]["ownerReferences"] = [{"kind": "Job", "name": "kafka-proof", "controller": True}]
    server.put(f"{CORE}/pods", job)
    assert pods.pods("broker") == ()


def test_a_pod_that_was_orphaned_still_belongs_to_its_workload(pods: KubernetesPods, server: FakeApiServer) -> None:
    orphan = pod("kafka-a-0")
    del orphan["metadata"]["ownerReferences"]
    server.put(f"{CORE}/pods", orphan)
    assert pods.pods("broker")[0].workload == "kafka-a"


def test_a_terminating_pod_is_not_ready(pods: KubernetesPods, server: FakeApiServer) -> None:
    leaving = pod()
    leaving["metadata"]["deletionTimestamp"] = "2030-01-01T00:00:00Z"
    server.put(f"{CORE}/pods", leaving)
    (found,) = pods.pods("broker")
    assert found.terminating
    assert not found.ready


def test_a_pod_of_a_lost_node_is_told_from_one_whose_container_is_not_ready(
    pods: KubernetesPods, server: FakeApiServer
) -> None:
    not_ready = [{"type": "Ready", "status": "False"}]
    running = container(state={"running": {}}, ready=True)
    starting = container(state={"running": {}}, ready=False)
    server.put(f"{CORE}/pods", pod("kafka-a-0", conditions=not_ready, containerStatuses=[running]))
    server.put(f"{CORE}/pods", pod("kafka-a-1", conditions=not_ready, containerStatuses=[starting]))
    assert [(found.ready, found.node_lost) for found in pods.pods("broker")] == [(False, True), (False, False)]


RUNNING = container(state={"running": {}}, ready=True)
CRASHING = container("proxy", state={"waiting": {"reason": "CrashLoopBackOff"}})
NOT_READY = [{"type": "Ready", "status": "False"}]


@pytest.mark.parametrize(
    ("status", "beside"),
    [
        ({"containerStatuses": [RUNNING, CRASHING]}, "proxy: CrashLoopBackOff"),
        ({"containerStatuses": [RUNNING, container("proxy", state={"running": {}})]}, "proxy"),
        ({"containerStatuses": [RUNNING], "initContainerStatuses": [CRASHING]}, "proxy: CrashLoopBackOff"),
        ({"containerStatuses": [RUNNING, container("proxy", ready=True)]}, None),
        ({"containerStatuses": [container(state={"running": {}}), CRASHING]}, None),
    ],
    ids=["crashes", "is not ready", "is native and crashes", "is ready too, so the node is lost", "is not alone"],
)
def test_a_container_beside_kafka_that_keeps_the_pod_from_being_ready_is_named(
    pods: KubernetesPods, server: FakeApiServer, status: dict[str, Any], beside: str | None
) -> None:
    server.put(f"{CORE}/pods", pod(conditions=NOT_READY, **status))
    (found,) = pods.pods("broker")
    main_ready = RUNNING in status["containerStatuses"]
    assert (found.ready, found.ailing_beside, found.node_lost) == (False, beside, main_ready and beside is None)


@pytest.mark.parametrize(
    ("status", "problem"),
    [
        (
            {"containerStatuses": [container(state={"waiting": {"reason": "CrashLoopBackOff", "message": "wait"}})]},
            "CrashLoopBackOff: wait",
        ),
        ({"containerStatuses": [container(state={"waiting": {"reason": "ErrImagePull"}})]}, "ErrImagePull"),
        ({"containerStatuses": [container(state={"waiting": {"reason": "ImagePullBackOff"}})]}, "ImagePullBackOff"),
        (
            {
                "initContainerStatuses": [
                    container("init", state={"waiting": {"reason": "CreateContainerConfigError"}})
                ],
                "containerStatuses": [container(state={"waiting": {"reason": "PodInitializing"}})],
            },
            "CreateContainerConfigError",
        ),
        ({"containerStatuses": [RUNNING, CRASHING]}, None),
        ({"containerStatuses": [RUNNING], "initContainerStatuses": [CRASHING]}, None),
        ({"containerStatuses": [container(state={"running": {}}), CRASHING]}, None),
        ({"containerStatuses": [container(state={"waiting": {"reason": "ContainerCreating"}})]}, None),
        (
            {
                "conditions": [
                    {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3\nnodes"}
                ]
            },
            "Unschedulable: 0/3",
        ),
        ({"phase": "Failed", "reason": "Evicted", "message": "disk pressure"}, "Evicted: disk pressure"),
        ({}, None),
    ],
)
def test_the_problem_of_a_pod_is_named_as_kubernetes_names_it(
    pods: KubernetesPods, server: FakeApiServer, status: dict[str, Any], problem: str | None
) -> None:
    server.put(f"{CORE}/pods", pod(**status))
    assert pods.pods("broker")[0].problem == problem


def test_deleting_removes_exactly_the_observed_pod_in_the_background(
    pods: KubernetesPods, server: FakeApiServer
) -> None:
    server.put(f"{CORE}/pods", pod())
    pods.delete(pods.pods("broker")[0])
    assert pods.pods("broker") == ()


def test_a_pod_that_was_replaced_meanwhile_is_not_deleted(pods: KubernetesPods, server: FakeApiServer) -> None:
    server.put(f"{CORE}/pods", pod())
    observed = pods.pods("broker")[0]
    with pytest.raises(Conflict):
        pods.delete(replace(observed, uid="another"))
    assert pods.pods("broker") == (observed,)


def test_deleting_a_pod_that_is_gone_is_fine(pods: KubernetesPods, server: FakeApiServer) -> None:
    server.put(f"{CORE}/pods", pod())
    observed = pods.pods("broker")[0]
    pods.delete(observed)
    pods.delete(observed)


def test_a_delete_is_never_repeated_by_itself_since_its_reasons_grow_old(
    pods: KubernetesPods, server: FakeApiServer
) -> None:
    server.put(f"{CORE}/pods", pod())
    observed = pods.pods("broker")[0]
    server.away = 1
    with pytest.raises(NotYet):
        pods.delete(observed)
    assert sum(request.startswith("DELETE") for request in server.requests) == 1


def test_scaling_sets_the_count(pods: KubernetesPods, server: FakeApiServer) -> None:
    server.put(f"{APPS}/statefulsets", stateful_set(first_id=1000))
    pods.scale(pods.workloads("broker")[0], 2)
    assert pods.workloads("broker")[0].replicas == 2


def test_scaling_works_from_first_id_zero_too(pods: KubernetesPods, server: FakeApiServer) -> None:
    server.put(f"{APPS}/statefulsets", stateful_set(first_id=0))
    pods.scale(pods.workloads("broker")[0], 0)
    assert pods.workloads("broker")[0].replicas == 0


@pytest.mark.parametrize("changed", [{"replicas": 3}, {"first_id": 2000}])
def test_scaling_is_refused_when_count_or_ordinals_changed_since_the_observation(
    pods: KubernetesPods, server: FakeApiServer, changed: dict[str, int]
) -> None:
    server.put(f"{APPS}/statefulsets", stateful_set(first_id=1000))
    observed = pods.workloads("broker")[0]
    with pytest.raises(Conflict):
        pods.scale(replace(observed, **changed), 5)
    assert pods.workloads("broker") == (observed,)


def test_scaling_a_workload_that_is_gone_is_a_conflict(pods: KubernetesPods, server: FakeApiServer) -> None:
    server.put(f"{APPS}/statefulsets", stateful_set())
    observed = pods.workloads("broker")[0]
    server.objects.clear()
    with pytest.raises(Conflict):
        pods.scale(observed, 2)


def test_the_disruption_budget_is_read_and_set(pods: KubernetesPods, server: FakeApiServer) -> None:
    server.put(f"{POLICY}/poddisruptionbudgets", disruption_budget(1))
    assert pods.disruptions("broker") == 1
    pods.allow_disruptions("broker", 0)
    assert pods.disruptions("broker") == 0


@pytest.mark.parametrize(("share", "read"), [("0%", 0), ("34%", 34)])
def test_a_disruption_budget_that_somebody_made_a_share_is_read(
    pods: KubernetesPods, server: FakeApiServer, share: str, read: int
) -> None:
    budget = disruption_budget(1)
    budget["spec"]["maxUnavailable"] = share
    server.put(f"{POLICY}/poddisruptionbudgets", budget)
    assert pods.disruptions("broker") == read


def test_without_a_disruption_budget_nothing_is_set(pods: KubernetesPods) -> None:
    pods.allow_disruptions("broker", 0)
    assert pods.disruptions("broker") is None
