"""Content-named ConfigMaps go only when nobody can come back to them."""

from datetime import UTC, datetime, timedelta

import pytest

from contract import LABEL_CLUSTER
from hooks.clients.pods import KubernetesPods
from hooks.interfaces import NotYet
from tests.clients.fake_api_server import FakeApiServer
from tests.clients.kubernetes_objects import APPS, CORE, config_map, labels, pod, stateful_set


def test_what_a_template_a_pod_or_a_live_controller_revision_names_is_kept(
    pods: KubernetesPods, server: FakeApiServer
) -> None:
    owner = server.put(f"{APPS}/statefulsets", stateful_set(config="in-template"))
    server.put(f"{CORE}/pods", _pod_with("in-pod"))
    server.put(f"{APPS}/controllerrevisions", _controller_revision("in-revision", owner["metadata"]["uid"]))
    for name in ("in-template", "in-pod", "in-revision", "nowhere"):
        server.put(f"{CORE}/configmaps", config_map(name))
    assert pods.collect_configuration() == ("nowhere",)
    assert pods.collect_configuration() == ()


def test_a_revision_of_a_stateful_set_that_is_gone_keeps_nothing(pods: KubernetesPods, server: FakeApiServer) -> None:
    server.put(f"{APPS}/controllerrevisions", _controller_revision("in-revision", "uid-of-the-gone"))
    server.put(f"{CORE}/configmaps", config_map("in-revision"))
    assert pods.collect_configuration() == ("in-revision",)


def test_maps_of_other_clusters_and_maps_without_the_content_label_are_nobodys_business(
    pods: KubernetesPods, server: FakeApiServer
) -> None:
    server.put(f"{CORE}/configmaps", config_map("theirs", cluster="other"))
    server.put(f"{CORE}/configmaps", {"metadata": {"name": "identity", "labels": {LABEL_CLUSTER: "kafka"}}})
    assert pods.collect_configuration() == ()


def test_a_map_whose_user_may_still_come_is_kept_unless_the_caller_knows_of_none(
    pods: KubernetesPods, server: FakeApiServer
) -> None:
    young = config_map("young")
    young["metadata"]["creationTimestamp"] = datetime.now(UTC).isoformat(timespec="seconds")
    server.put(f"{CORE}/configmaps", young)
    assert pods.collect_configuration() == ()
    assert pods.collect_configuration(settled=timedelta()) == ("young",)


def test_when_the_users_of_the_maps_cannot_be_read_nothing_is_deleted(
    pods: KubernetesPods, server: FakeApiServer
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
