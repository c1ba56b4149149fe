"""What a destroy refuses, what it leaves, and that the next `up` serves the same cluster with every message."""

from dev.proof import prove
from tests.e2e.load import read_all
from tests.e2e.platform import Platform


def test_a_destroy_under_deletion_protection_is_refused_and_touches_nothing(platform: Platform) -> None:
    platform.edit({"kafka-platform:deletionProtection": True})
    platform.up()
    before = platform.uids()
    run = platform.engine("destroy", "--yes", "--skip-preview")
    assert run.status != 0
    assert "deletionProtection" in run.text, run.text
    assert platform.uids() == before
    platform.edit({"kafka-platform:deletionProtection": False})
    platform.up("--refresh")
    assert platform.uids() == before


def test_destroy_leaves_claims_volumes_and_identity_and_the_next_up_adopts_them(platform: Platform) -> None:
    with platform.load("survives-destroy") as load:
        pass
    assert load.account.acknowledged
    cluster_id = _identity(platform)["clusterId"]
    claims = {c["metadata"]["name"]: c["spec"]["volumeName"] for c in platform.objects("persistentvolumeclaims")}
    run = platform.engine("destroy", "--yes", "--skip-preview")
    assert run.status == 0, run.text
    assert _left(platform) == {f"configmap/{platform.cluster}-identity", *(f"claim/{name}" for name in claims)}
    platform.up()
    assert {c["metadata"]["name"]: c["spec"]["volumeName"] for c in platform.objects("pvc")} == claims
    assert _identity(platform)["clusterId"] == cluster_id
    kept = read_all(platform.bootstrap(), load.topic)
    assert {int(value) for value in kept} >= load.account.acknowledged
    prove(platform.bootstrap())


def _identity(platform: Platform) -> dict[str, str]:
    maps = platform.objects("configmaps", "--field-selector", f"metadata.name={platform.cluster}-identity")
    return maps[0]["data"]


def _left(platform: Platform) -> set[str]:
    """Everything of ours in the namespace, by kind and name; what Kubernetes itself puts there is left out."""
    kinds = {
        "pods": "pod",
        "statefulsets": "statefulset",
        "services": "service",
        "secrets": "secret",
        "configmaps": "configmap",
        "persistentvolumeclaims": "claim",
        "poddisruptionbudgets": "budget",
        "serviceaccounts": "account",
        "leases.coordination.k8s.io": "lease",
        "controllerrevisions": "revision",
    }
    theirs = {"configmap/kube-root-ca.crt", "account/default"}
    found = {f"{word}/{i['metadata']['name']}" for kind, word in kinds.items() for i in platform.objects(kind)}
    return found - theirs
