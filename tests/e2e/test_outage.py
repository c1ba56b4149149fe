"""A pod, then a whole zone, is lost and returns as itself."""

import time
from collections.abc import Callable

from dev import cluster
from dev.progress import Progress
from dev.proof import prove
from tests.e2e.platform import Platform
from tests.e2e.test_roll import eventually_ready


def test_a_deleted_pod_comes_back_with_the_same_id_configuration_and_volume(platform: Platform) -> None:
    name, pod = next(iter(platform.pods("broker").items()))
    volume = _volume(platform, name)
    platform.kubectl("delete", "pod", name)
    back = eventually_ready(platform, name)
    assert back.uid != pod.uid
    assert (back.node_id, back.revision, _volume(platform, name)) == (pod.node_id, pod.revision, volume)
    assert platform.preview("--expect-no-changes")


def test_a_zone_goes_and_returns_and_nobody_else_restarts(platform: Platform) -> None:
    """Scenario 64: an `up` in the outage says who is missing and stops. It waits not for ever and restarts nobody."""
    progress = Progress()
    before = platform.pods()
    patience = platform.stack.config["kafka-platform:updates"]["readyTimeoutSeconds"]
    platform.edit({"kafka-platform:updates": {"readyTimeoutSeconds": 15}})
    with platform.load("zone-outage") as load:
        cluster.zone_down("b", progress)
        _await(lambda: not all(p.ready for p in platform.pods().values()), "the outage was never noticed")
        refused = platform.engine("up", "--yes", "--skip-preview")
        cluster.zone_up("b", progress)
        _await(lambda: all(p.ready for p in platform.pods().values()), "not all pods returned with the zone")
    after = platform.pods()
    assert refused.status != 0
    lost = [name for name, pod in before.items() if pod.zone == "zone-b"]
    assert any(f"{name} is on a node that does not answer" in refused.text for name in lost), refused.text
    platform.edit({"kafka-platform:updates": {"readyTimeoutSeconds": patience}})
    assert {n: p.uid for n, p in after.items()} == {n: p.uid for n, p in before.items()}
    assert not load.account.lost and not load.account.refused and not platform.written_twice(load)
    platform.up()
    assert platform.uids() == {n: p.uid for n, p in before.items()}
    prove(platform.bootstrap())


def _volume(platform: Platform, pod: str) -> str:
    claim = platform.objects("persistentvolumeclaims", "--field-selector", f"metadata.name=data-{pod}")
    return claim[0]["spec"]["volumeName"]


def _await(condition: Callable[[], bool], why: str) -> None:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.5)
    raise AssertionError(why)
