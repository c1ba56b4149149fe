"""The local cluster returns from the death of any part, with its objects and volumes, and cleans up after itself.

Each of these tests stops the cluster that the whole session uses, and leaves it with every pod ready again.
"""

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from dev import cluster, images, toolchain
from dev.cluster import cgroups, mounts
from dev.cluster.addresses import BRIDGE, ZONES
from dev.cluster.commands import run
from dev.cluster.firewall import CHAIN
from dev.cluster.processes import pid_of
from dev.cluster.state import RUN
from dev.progress import Progress
from tests.e2e.parts import kill
from tests.e2e.probes import NAMESPACE, Probe, kubectl, running

pytestmark = pytest.mark.full

PARTS = (
    *("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "coredns"),
    *("containerd-b", "kubelet-b", "proxy-b"),
)


@pytest.fixture
def probes(local_cluster: cluster.Cluster, tools: toolchain.Toolchain) -> Iterator[Sequence[Probe]]:
    with running(tools.bin) as pods:
        yield pods


@pytest.fixture
def up(local_cluster: cluster.Cluster, tools: toolchain.Toolchain) -> Iterator[Callable[[], object]]:
    """Bring the cluster up as the session did; after the test, every pod of the session is ready again."""

    def start() -> object:
        return cluster.up(tools.bin, images.ensure(Progress()), Progress())

    yield start
    start()
    every_pod_is_ready(tools)


def every_pod_is_ready(tools: toolchain.Toolchain) -> None:
    kubectl(tools.bin, "wait", "pod", "--all", "--all-namespaces", "--for=condition=Ready", "--timeout=180s")


def leftovers() -> list[str]:
    """Everything on the machine that a running cluster has and a stopped one must not."""
    links = [link["ifname"] for link in json.loads(run("ip", "-json", "link", "show"))]
    return [
        *(link for link in links if link.startswith(BRIDGE)),
        *(str(path) for zone in ZONES for path in Path("/run/netns").glob(zone.namespace)),
        *(rule for rule in run("iptables-save").splitlines() if CHAIN in rule),
        *mounts.ours(mounts.MOUNT_TABLE.read_text()),
        *(str(path) for path in Path("/sys/fs/cgroup").glob(f"**/{cgroups.ROOT}")),
        *(str(pid) for pid in cgroups.members()),
        *(str(path) for path in [RUN] if path.exists()),
    ]


@pytest.mark.parametrize("part", PARTS)
def test_up_heals_a_cluster_that_lost_a_part_and_keeps_its_pods_and_volumes(
    probes: Sequence[Probe], tools: toolchain.Toolchain, up: Callable[[], object], part: str
) -> None:
    for probe in probes:
        (probe.folder / "mark").write_text(probe.uid)
    pid = pid_of(part)
    assert pid is not None
    kill([pid])
    now = cluster.status()
    assert not now.healthy
    assert now.parts[part] is None
    up()
    assert cluster.status().healthy
    every_pod_is_ready(tools)
    pods = json.loads(kubectl(tools.bin, "-n", NAMESPACE, "get", "pods", "-o", "json"))["items"]
    assert {pod["metadata"]["uid"] for pod in pods} == {probe.uid for probe in probes}
    assert all((probe.folder / "mark").read_text() == probe.uid for probe in probes)


@pytest.mark.parametrize("part", PARTS)
def test_down_leaves_nothing_of_a_cluster_that_lost_a_part(
    probes: Sequence[Probe], up: Callable[[], object], part: str
) -> None:
    pid = pid_of(part)
    assert pid is not None
    kill([pid])
    cluster.down(progress=Progress())
    assert leftovers() == []
    assert not cluster.status().whole
    up()


def test_up_starts_on_the_debris_of_a_cluster_whose_every_process_was_killed(
    probes: Sequence[Probe], up: Callable[[], object]
) -> None:
    kill(sorted(cgroups.members()))
    up()
    assert cluster.status().healthy


def test_down_ends_a_running_cluster_whose_records_are_lost(probes: Sequence[Probe], up: Callable[[], object]) -> None:
    shutil.rmtree(RUN)
    cluster.down(progress=Progress())
    assert leftovers() == []
    up()
