"""From nothing to a serving cluster, and the second `up` that has nothing to do."""

import json
from collections import defaultdict

from dev.proof import prove
from tests.e2e.platform import KAFKA, Platform


def test_a_stack_from_nothing_serves_every_partition(platform: Platform) -> None:
    proof = prove(platform.bootstrap())
    assert len(proof.brokers) == 3
    assert proof.messages == proof.partitions * 10


def test_each_rack_holds_one_server_and_one_broker_in_its_own_zone(platform: Platform) -> None:
    zones: defaultdict[str, set[str]] = defaultdict(set)
    for pod in platform.pods().values():
        assert pod.ready, f"{pod.name} is not ready"
        zones[pod.zone].add(pod.component)
    server = "controller" if platform.stack.config[KAFKA]["mode"] == "kraft" else "zookeeper"
    assert dict(zones) == {f"zone-{zone}": {"broker", server} for zone in "abc"}


def test_the_brokers_know_their_racks_and_their_ids_are_the_pods_ordinals(platform: Platform) -> None:
    wanted = {rack["firstBrokerId"]: rack["name"] for rack in platform.stack.config[KAFKA]["racks"]}
    assert {pod.node_id for pod in platform.pods("broker").values()} == set(wanted)
    for pod in platform.pods("broker").values():
        logs = platform.kubectl("logs", pod.name)
        assert f"broker.rack = {wanted[pod.node_id]}" in logs


def test_a_second_up_changes_nothing_and_restarts_nothing(platform: Platform) -> None:
    before = platform.uids()
    versions = _resource_versions(platform)
    run = platform.engine("up", "--yes", "--skip-preview", "--expect-no-changes")
    assert run.status == 0, run.text
    assert platform.uids() == before
    assert _resource_versions(platform) == versions


def test_a_preview_of_no_change_plans_nothing(platform: Platform) -> None:
    run = platform.engine("preview", "--json", "--expect-no-changes")
    assert run.status == 0, run.text
    summary = json.loads(run.text[run.text.index("{") :])["changeSummary"]
    assert set(summary) == {"same"}


def _resource_versions(platform: Platform) -> dict[str, str]:
    """Every StatefulSet, Service, ConfigMap and budget with its resource version: equal means nothing was written."""
    return {
        f"{kind}/{item['metadata']['name']}": item["metadata"]["resourceVersion"]
        for kind in ("statefulsets", "services", "configmaps", "poddisruptionbudgets")
        for item in platform.objects(kind)
    }
