"""A volume outlives its pod, and once its claim is gone it is emptied and offered again."""

from dev import cluster, toolchain
from dev.cluster.api import Api
from dev.cluster.state import VOLUMES
from tests.e2e import probes


def test_a_volume_whose_claim_is_gone_is_emptied_and_offered_again(
    local_cluster: cluster.Cluster, tools: toolchain.Toolchain
) -> None:
    with probes.running(tools.bin) as pods:
        for pod in pods:
            (pod.folder / "mark").write_text(pod.uid)
        used = {pod.volume: pod.folder for pod in pods}
    phases = {v["metadata"]["name"]: v["status"]["phase"] for v in Api().items("/api/v1/persistentvolumes")}
    assert all(folder.is_relative_to(VOLUMES) and not any(folder.iterdir()) for folder in used.values())
    assert {phases[name] for name in used} == {"Available"}
