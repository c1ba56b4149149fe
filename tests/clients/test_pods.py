"""Claims about the Kubernetes side of a cluster, on an API server that keeps its preconditions."""

from dataclasses import replace
from typing import Any

import pytest

from contract import LABEL_CLUSTER
from hooks.clients.pods import KubernetesPods
from hooks.clients.rest import ApiServer
from hooks.interfaces import Conflict, NotYet
from hooks.planner.snapshot import Revision
from tests.clients.fake_api_server import FakeApiServer
from tests.clients.kubernetes_objects import APPS, CORE, POLICY, config_map, container, labels, pod, stateful_set


@pytest.fixture
def pods(api: ApiServer) -> KubernetesPods:
    return KubernetesPods(api)


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
            {"initContainerStatuses": [container(state={"waiting": {"reason": "CreateContainerConfigError"}})]},
            "CreateContainerConfigError",
        ),
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
    budget = {"metadata": {"name": "kafka-brokers"}, "spec": {"maxUnavailable": 1, "selector": {"matchLabels": {}}}}
    server.put(f"{POLICY}/poddisruptionbudgets", budget)
    assert pods.disruptions("broker") == 1
    pods.allow_disruptions("broker", 0)
    assert pods.disruptions("broker") == 0


def test_without_a_disruption_budget_nothing_is_set(pods: KubernetesPods) -> None:
    pods.allow_disruptions("broker", 0)
    assert pods.disruptions("broker") is None


class TestCollectingConfiguration:
    """Content-named ConfigMaps go only when nobody can come back to them."""

    def test_what_a_template_a_pod_or_a_live_controller_revision_names_is_kept(
        self, pods: KubernetesPods, server: FakeApiServer
    ) -> None:
        owner = server.put(f"{APPS}/statefulsets", stateful_set(config="in-template"))
        server.put(f"{CORE}/pods", _pod_with("in-pod"))
        server.put(f"{APPS}/controllerrevisions", _controller_revision("in-revision", owner["metadata"]["uid"]))
        for name in ("in-template", "in-pod", "in-revision", "nowhere"):
            server.put(f"{CORE}/configmaps", config_map(name))
        assert pods.collect_configuration() == ("nowhere",)
        assert pods.collect_configuration() == ()

    def test_a_revision_of_a_stateful_set_that_is_gone_keeps_nothing(
        self, pods: KubernetesPods, server: FakeApiServer
    ) -> None:
        server.put(f"{APPS}/controllerrevisions", _controller_revision("in-revision", "uid-of-the-gone"))
        server.put(f"{CORE}/configmaps", config_map("in-revision"))
        assert pods.collect_configuration() == ("in-revision",)

    def test_maps_of_other_clusters_and_maps_without_the_content_label_are_nobodys_business(
        self, pods: KubernetesPods, server: FakeApiServer
    ) -> None:
        server.put(f"{CORE}/configmaps", config_map("theirs", cluster="other"))
        server.put(f"{CORE}/configmaps", {"metadata": {"name": "identity", "labels": {LABEL_CLUSTER: "kafka"}}})
        assert pods.collect_configuration() == ()

    def test_when_the_users_of_the_maps_cannot_be_read_nothing_is_deleted(
        self, pods: KubernetesPods, server: FakeApiServer
    ) -> None:
        server.put(f"{CORE}/configmaps", config_map("nowhere"))
        server.away = 1000
        with pytest.raises(NotYet):
            pods.collect_configuration()
        assert f"{CORE}/configmaps/nowhere" in server.objects


def _pod_with(config: str) -> dict[str, object]:
    made = pod("kafka-a-0")
    made["spec"]["volumes"] = [{"name": "config", "configMap": {"name": config}}]
    return made


def _controller_revision(config: str, owner: str) -> dict[str, object]:
    volumes = [{"name": "config", "configMap": {"name": config}}]
    return {
        "metadata": {
            "name": "kafka-a-5d4f",
            "labels": labels(),
            "ownerReferences": [{"kind": "StatefulSet", "name": "kafka-a", "uid": owner, "controller": True}],
        },
        "data": {"spec": {"template": {"spec": {"volumes": volumes}}}},
    }


class TestExplaining:
    """A pod that does not start is explained without its secrets."""

    def test_image_state_exit_code_events_and_log_are_told(self, pods: KubernetesPods, server: FakeApiServer) -> None:
        crashed = container(
            state={"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 10s restarting"}},
            lastState={"terminated": {"reason": "Error", "exitCode": 1}},
        )
        made = server.put(f"{CORE}/pods", pod(containerStatuses=[crashed]))
        event = {
            "metadata": {"name": "e1"},
            "type": "Warning",
            "reason": "BackOff",
            "count": 4,
            "message": "Back-off restarting failed container",
            "involvedObject": {"uid": made["metadata"]["uid"]},
        }
        server.put(f"{CORE}/events", event)
        server.logs[f"{CORE}/pods/kafka-a-0"] = "Starting\nInvalid value x for configuration num.io.threads\n"
        text = "\n".join(pods.explain(pods.pods("broker")[0]))
        for part in (
            "image localhost/kafka:3.9.2",
            "now waiting: CrashLoopBackOff, back-off 10s restarting",
            "before terminated: Error, exit code 1",
            "event BackOff (x4): Back-off restarting failed container",
            "log: Invalid value x for configuration num.io.threads",
        ):
            assert part in text

    def test_of_a_stack_trace_its_first_lines_are_told_and_not_its_frames(
        self, pods: KubernetesPods, server: FakeApiServer
    ) -> None:
        frames = "\n".join(f"\tat kafka.Kafka.frame{number}(Kafka.scala:{number})" for number in range(40))
        server.put(f"{CORE}/pods", pod())
        server.logs[f"{CORE}/pods/kafka-a-0"] = f"ERROR Exiting\nConfigException: Invalid value many\n{frames}\n"
        told = pods.explain(pods.pods("broker")[0])
        assert told[-2:] == ("log: ERROR Exiting", "log: ConfigException: Invalid value many")

    def test_secrets_in_logs_are_masked(self, pods: KubernetesPods, server: FakeApiServer) -> None:
        server.put(f"{CORE}/pods", pod())
        server.logs[f"{CORE}/pods/kafka-a-0"] = "ssl.keystore.password = hunter2\nlistening\n"
        text = "\n".join(pods.explain(pods.pods("broker")[0]))
        assert "hunter2" not in text
        assert "log: listening" in text

    def test_a_pod_that_is_gone_is_said_to_be_gone(self, pods: KubernetesPods, server: FakeApiServer) -> None:
        server.put(f"{CORE}/pods", pod())
        observed = pods.pods("broker")[0]
        server.objects.clear()
        assert pods.explain(observed) == ("pod kafka-a-0 does not exist",)

    def test_an_api_server_that_is_away_is_no_error_here(self, pods: KubernetesPods, server: FakeApiServer) -> None:
        server.put(f"{CORE}/pods", pod())
        observed = pods.pods("broker")[0]
        server.away = 1000
        (line,) = pods.explain(observed)
        assert "nothing more can be read" in line
