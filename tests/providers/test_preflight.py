"""Claims about what the program asks of the live cluster before it registers anything."""

import json
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest

from contract import (
    ANNOTATION_ZOOKEEPER_TLS,
    LABEL_CLUSTER,
    LABEL_COMPONENT,
    LABEL_REPLACEMENT,
    CertificateArgs,
    annotation_cause,
)
from hooks.clients.authority import Authority
from hooks.interfaces import IdentityRecord
from hooks.planner.live_keys import ObservedKey
from hooks.planner.snapshot import NodeId
from hooks.planner.upgrade import PROTOCOL
from hooks.providers.preflight import Preflight, preflight, put_back, remember
from hooks.providers.preview import is_formed
from hooks.providers.wire import ConnectionArgs
from tests.clients.certificates import authority, node_material, secret
from tests.clients.fake_api_server import FakeApiServer
from tests.clients.kubernetes_objects import APPS, CORE, labels, pod, stateful_set


def wish(
    component: str = "broker", first_id: int = 0, count: int = 1, volume: int = 2**30, **others: Any
) -> dict[str, Any]:
    """Return what a hook will get."""
    pool = {
        "name": "a",
        "workload": "kafka-a" if component == "broker" else f"kafka-{component}-a",
        "firstId": first_id,
        "count": count,
        "revision": "r2",
        "causes": {},
        "volumeBytes": volume,
        **others,
    }
    return {"component": component, "mode": "kraft", "pools": [pool]}


def test_a_cluster_that_is_not_there_yet_forbids_nothing(at: ConnectionArgs) -> None:
    assert preflight(at, [wish("controller"), wish()]) == Preflight()


def test_a_changed_revision_is_what_the_hooks_are_for(at: ConnectionArgs, server: FakeApiServer) -> None:
    server.put(f"{APPS}/statefulsets", stateful_set())
    assert preflight(at, [wish()]) == Preflight()


def test_a_cluster_that_is_still_to_be_made_cannot_have_older_levels(at: ConnectionArgs) -> None:
    wanted = {**wish(), "features": {"kafka": "4.3", "release": "4.1"}}
    assert "begins with the levels of its version" in preflight(at, [wanted]).problems[0]


def test_brokers_that_do_not_answer_forbid_no_other_version(at: ConnectionArgs, server: FakeApiServer) -> None:
    """Another image may be what heals them."""
    server.put(f"{APPS}/statefulsets", stateful_set())
    data = {"cluster-id": "id", "bootstrapped": "true"}
    server.put(f"{CORE}/configmaps", {"metadata": {"name": "kafka-identity"}, "data": data})
    wanted = {**wish(), "features": {"kafka": "3.9"}}
    wanted["pools"][0]["causes"] = {"image": "another"}
    assert preflight(at, [wanted]) == Preflight()


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (wish(first_id=100), "the first id is 100 in the spec and 0 in the cluster"),
        (wish(volume=2**29), "a volume never shrinks"),
        (wish(storageClass="fast"), "the storage class is fast in the spec"),
        (wish(volumes=3), "pool a: storage.volumes is 3 in the spec and 1 in the cluster"),
        (wish(volumes=3), "ids of its own and 3 volumes for each broker, drain this one, and remove it"),
        (wish(name="z", workload="kafka-z"), "pool z (kafka-z) wants the ids 0, which the live pool a (kafka-a) has"),
        (wish(name="z", workload="kafka-z", first_id=1), "pool a (kafka-a) has 1 broker and is not in the spec"),
    ],
)
def test_what_would_lose_pods_or_data_is_a_problem(
    at: ConnectionArgs, server: FakeApiServer, wanted: dict[str, Any], said: str
) -> None:
    server.put(f"{APPS}/statefulsets", stateful_set())
    found = preflight(at, [wanted])
    assert said in "\n".join(found.problems)
    assert found.unreachable is None


def test_fewer_volumes_than_a_pool_was_made_with_are_a_problem(at: ConnectionArgs, server: FakeApiServer) -> None:
    live = stateful_set()
    (first,) = live["spec"]["volumeClaimTemplates"]
    live["spec"]["volumeClaimTemplates"] = [first, first | {"metadata": {"name": "data-1"}}]
    server.put(f"{APPS}/statefulsets", live)
    assert preflight(at, [wish(volumes=2)]) == Preflight()
    (problem,) = preflight(at, [wish()]).problems
    assert "storage.volumes is 1 in the spec and 2 in the cluster" in problem and "Set it back to 2" in problem


@pytest.mark.parametrize(
    ("live", "wanted", "said"),
    [
        ("", "allowed", ""),
        ("", "required", "it runs at stage disabled"),
        ("allowed", "preferred", ""),
        ("allowed", "required", "Set zookeeper.tls: preferred"),
        ("preferred", "required", "broker 0: it still speaks plain text"),
    ],
)
def test_a_stage_too_far_for_the_live_ensemble_is_a_problem(
    at: ConnectionArgs, server: FakeApiServer, live: str, wanted: str, said: str
) -> None:
    member = pod("kafka-zookeeper-a-1", "kafka-zookeeper-a")
    member["metadata"]["labels"] |= {LABEL_COMPONENT: "zookeeper"}
    member["metadata"]["annotations"] |= {ANNOTATION_ZOOKEEPER_TLS: live} if live else {}
    server.put(f"{CORE}/pods", member)
    server.put(f"{CORE}/pods", pod())
    found = preflight(at, [{**wish("zookeeper", first_id=1), "mode": "zookeeper", "tls": wanted}])
    assert found.problems == () if not said else said in "\n".join(found.problems)


@pytest.mark.parametrize(
    "change",
    [
        ("r2", "new", None, "Set kafka.config.inter.broker.protocol.version to '3.8' for this `up`"),
        ("r2", "new", "3.8", ""),
        ("r2", "old", None, ""),
        ("r2", "old", "3.7", "Kafka does not take the protocol back"),
        ("r1", "old", "3.7", ""),
    ],
)
def test_how_brokers_speak_to_each_other_changes_in_a_roll_of_its_own(
    at: ConnectionArgs,
    server: FakeApiServer,
    monkeypatch: pytest.MonkeyPatch,
    change: tuple[str, str, str | None, str],
) -> None:
    """They are asked only when one of them is to restart."""
    revision, image, protocol, said = change
    running = pod()
    running["metadata"]["annotations"][annotation_cause("image")] = "old"
    server.put(f"{CORE}/pods", running)
    spoken = {NodeId(0): {PROTOCOL: ObservedKey(value="3.8-IV0")}}
    live = SimpleNamespace(keys=SimpleNamespace(observe=lambda _keys: spoken))
    monkeypatch.setattr("hooks.connect.world", lambda *_: nullcontext(live))
    asked = wish(revision=revision, causes={"image": image})
    protocols = {"kafka": "3.9", **({"protocol": protocol} if protocol else {})}
    found = preflight(at, [{**asked, "mode": "zookeeper", "protocol": protocols}]).problems
    assert len(found) == bool(said) and said in "".join(found)


@pytest.mark.parametrize("may", [True, False])
def test_a_volume_grows_where_its_class_allows_it(at: ConnectionArgs, server: FakeApiServer, may: bool) -> None:
    server.put(f"{APPS}/statefulsets", stateful_set())
    claim = {
        "metadata": {"name": "data-kafka-a-0", "labels": labels()},
        "spec": {"storageClassName": "fast", "resources": {"requests": {"storage": "1Gi"}}},
    }
    server.put(f"{CORE}/persistentvolumeclaims", claim)
    server.put("/apis/storage.k8s.io/v1/storageclasses", {"metadata": {"name": "fast"}, "allowVolumeExpansion": may})
    found = "\n".join(preflight(at, [wish(volume=2**31)]).problems)
    assert found == "" if may else "StorageClass fast does not allow it (allowVolumeExpansion is not true)" in found


def test_a_stateful_set_that_is_away_is_told_apart_and_put_back(at: ConnectionArgs, server: FakeApiServer) -> None:
    recorded = {"apiVersion": "apps/v1", "kind": "StatefulSet", **stateful_set()}
    record = {
        "metadata": {"name": "kafka-a-replacement", "labels": {**labels(), LABEL_REPLACEMENT: "true"}},
        "data": {"statefulset": json.dumps(recorded), "manager": "pulumi-kubernetes-1a2b3c4d"},
    }
    server.put(f"{CORE}/configmaps", record)
    assert preflight(at, [wish()]) == Preflight(away=("broker",))
    put_back(at, "kraft", ("broker",))
    assert f"{APPS}/statefulsets/kafka-a" in server.objects
    assert preflight(at, [wish()]) == Preflight()


@pytest.mark.parametrize(("replicas", "forbids"), [(0, False), (1, True)])
def test_the_mode_does_not_change_while_the_other_ones_quorum_serves(
    at: ConnectionArgs, server: FakeApiServer, replicas: int, forbids: bool
) -> None:
    ensemble = stateful_set("kafka-zookeeper-a", replicas=replicas)
    ensemble["metadata"]["labels"][LABEL_COMPONENT] = "zookeeper"
    server.put(f"{APPS}/statefulsets", ensemble)
    found = preflight(at, [wish("controller", first_id=9000), wish()]).problems
    assert [problem.startswith("kafka-zookeeper-a: the metadata") for problem in found] == [True] * forbids


def test_the_quorum_of_a_destroyed_cluster_comes_again(at: ConnectionArgs, server: FakeApiServer) -> None:
    _served_before(server)
    assert preflight(at, [wish("controller")]) == Preflight()


def test_a_pool_more_of_a_quorum_that_serves_is_a_resize(at: ConnectionArgs, server: FakeApiServer) -> None:
    _served_before(server)
    other = stateful_set("kafka-controller-b", first_id=9100)
    other["metadata"]["labels"][LABEL_COMPONENT] = "controller"
    server.put(f"{APPS}/statefulsets", other)
    assert any("would add" in problem for problem in preflight(at, [wish("controller")]).problems)


def test_a_cluster_that_does_not_answer_is_no_problem_of_the_spec(at: ConnectionArgs, server: FakeApiServer) -> None:
    server.away = 1000
    found = preflight(at, [wish()])
    assert found.problems == ()
    assert found.unreachable is not None


def test_answers_that_come_too_slowly_in_all_are_an_unreachable_cluster(
    at: ConnectionArgs, server: FakeApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each question has a deadline of its own, which a slow proxy may use up again and again."""
    server.put(f"{APPS}/statefulsets", stateful_set())
    monkeypatch.setattr("hooks.providers.preflight.SECONDS", 0.0)
    found = preflight(at, [wish()])
    assert found.problems == ()
    assert found.unreachable is not None
    assert "not to everything" in found.unreachable


def test_an_unusable_kubeconfig_is_unreachable_too(at: ConnectionArgs) -> None:
    found = preflight({**at, "kubeconfig": "/nowhere/kubeconfig"}, [wish()])
    assert found.unreachable is not None
    assert "/nowhere/kubeconfig" in found.unreachable


@pytest.mark.parametrize(
    ("record", "mode", "formed"),
    [
        (None, "kraft", False),
        (IdentityRecord(cluster_id="id"), "kraft", False),
        (IdentityRecord(cluster_id="id", bootstrapped=True), "kraft", True),
        (IdentityRecord(cluster_id="id", bootstrapped=True, going=True), "kraft", False),
        (IdentityRecord(cluster_id=None), "zookeeper", False),
        (IdentityRecord(cluster_id="id"), "zookeeper", True),
    ],
)
def test_a_quorum_has_formed_once_it_served_unless_a_destroy_was_broken_off(
    record: IdentityRecord | None, mode: Any, formed: bool
) -> None:
    assert is_formed(record, mode) is formed


def _served_before(server: FakeApiServer) -> None:
    """Leave the identity object of a cluster that has served."""
    data = {"clusterId": "id", "initialControllers": "x", "bootstrapped": "true"}
    server.put(f"{CORE}/configmaps", {"metadata": {"name": "kafka-identity"}, "data": data})


def test_another_authority_behind_the_certificates_is_refused_before_anything_is_registered(
    at: ConnectionArgs, server: FakeApiServer
) -> None:
    wanted: CertificateArgs = {
        "source": "secrets",
        "amongNodes": True,
        "nodesSecret": "kafka-nodes-tls",
        "adminSecret": "kafka-admin-tls",
        "authoritySecret": "kafka-authority",
        "names": ["kafka.example.org"],
        "nodesSubject": "CN=kafka-nodes",
        "adminSubject": "CN=kafka-admin",
        "validityDays": 365,
        "renewBeforeDays": 30,
    }

    def bring(by: Authority) -> None:
        for name, material in (
            ("kafka-admin-tls", node_material(by, subject="kafka-admin")),
            ("kafka-nodes-tls", node_material(by, "kafka.example.org")),
        ):
            server.objects.pop(f"{CORE}/secrets/{name}", None)
            server.put(f"{CORE}/secrets", secret(name, material))

    server.put(f"{CORE}/configmaps", {"metadata": {"name": "kafka-identity"}, "data": {}})
    bring(authority("old"))
    issue = preflight(at, [], wanted).issue
    assert issue is not None
    remember(at, wanted, (issue, str))
    metadata = {"name": "kafka-a-0", "labels": {LABEL_CLUSTER: "kafka"}}
    server.put(f"{CORE}/pods", {"metadata": {**metadata, "annotations": {annotation_cause("certificates"): issue}}})
    assert preflight(at, [], wanted).problems == ()
    bring(authority("new"))
    (problem,) = preflight(at, [], wanted).problems
    assert "the cluster would split" in problem and "in three steps" in problem
