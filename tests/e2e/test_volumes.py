"""A larger size in the stack file: claims and StatefulSets grow under running brokers, and nobody restarts.

The local volumes are folders of a machine and declare more than a claim ever asks for, so no file system is enlarged
here: what is proven is what the API server and the engine make of it.
"""

from typing import Any

import contract
from tests.e2e.platform import KAFKA, Platform


def test_volumes_grow_under_running_brokers_and_nobody_restarts(platform: Platform) -> None:
    """Scenario 80."""
    uids, template = platform.uids(), _templates(platform)
    platform.edit({KAFKA: {"storage": {"size": "2Gi"}}})
    preview = platform.preview()
    assert "pool a: volumes grow from 1Gi to 2Gi, and nobody restarts" in preview, preview
    printed = platform.up()
    assert platform.uids() == uids, printed
    assert set(template.values()) == {"1Gi"}
    assert set(_templates(platform).values()) == {"2Gi"}
    claims = {f"data-{name}" for name in platform.pods("broker")}
    sizes = {claim["metadata"]["name"]: _size(claim["spec"]) for claim in platform.objects("pvc")}
    assert {name: sizes[name] for name in claims} == dict.fromkeys(claims, "2Gi")
    assert platform.preview("--expect-no-changes")


def test_a_smaller_volume_is_refused_before_anything_is_touched(platform: Platform) -> None:
    """Scenario 80."""
    uids = platform.uids()
    platform.edit({KAFKA: {"storage": {"size": "1Gi"}}})
    refused = platform.engine("up", "--yes", "--skip-preview")
    platform.edit({KAFKA: {"storage": {"size": "2Gi"}}})
    assert refused.status != 0 and "nothing was touched" in refused.text, refused.text
    assert platform.uids() == uids
    assert platform.preview("--expect-no-changes")


def _templates(platform: Platform) -> dict[str, str]:
    """Return what the StatefulSets of the brokers ask for, by name."""
    found = platform.objects("statefulsets", "-l", f"{contract.LABEL_COMPONENT}=broker")
    return {one["metadata"]["name"]: _size(one["spec"]["volumeClaimTemplates"][0]["spec"]) for one in found}


def _size(spec: dict[str, Any]) -> str:
    return str(spec["resources"]["requests"]["storage"])
