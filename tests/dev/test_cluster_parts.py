"""The command lines and configuration files of the parts: closed by default, and a third of the machine per zone."""

import json
import tomllib
from pathlib import Path

import pytest

from dev.cluster import control_plane, objects, runtime, storage, zone
from dev.cluster.addresses import CONTROL_PLANE, LOOPBACK, ZONES
from dev.cluster.errors import ClusterError
from dev.cluster.processes import Part
from dev.cluster.state import RUN, STATE

BINARIES = Path("/opt/tools")
GIB = 1024**3
MACHINE = zone.Machine(cpus=2, memory=24 * GIB)
CONTROL_PLANE_PARTS = [
    control_plane.etcd(BINARIES),
    control_plane.api_server(BINARIES),
    control_plane.controller_manager(BINARIES),
    control_plane.scheduler(BINARIES),
]


@pytest.mark.parametrize("part", CONTROL_PLANE_PARTS, ids=lambda part: part.name)
def test_no_part_of_the_control_plane_listens_beyond_bridge_and_loopback(part: Part) -> None:
    bound = [
        argument.partition("=")[2]
        for argument in part.command
        if argument.startswith(("--bind-address=", "--listen-client-urls=", "--listen-peer-urls="))
    ]
    assert bound
    assert all(str(LOOPBACK) in value or value == str(CONTROL_PLANE) for value in bound)


def test_the_api_server_serves_nobody_anonymous_and_asks_rbac() -> None:
    command = control_plane.api_server(BINARIES).command
    assert "--anonymous-auth=false" in command
    assert "--authorization-mode=Node,RBAC" in command
    assert "--enable-admission-plugins=NodeRestriction" in command
    assert not any("token-auth-file" in argument or "insecure" in argument for argument in command)


def test_every_controller_has_an_account_of_its_own() -> None:
    assert "--use-service-account-credentials=true" in control_plane.controller_manager(BINARIES).command


@pytest.mark.parametrize("part", CONTROL_PLANE_PARTS, ids=lambda part: part.name)
def test_no_secret_is_in_an_argument(part: Part) -> None:
    assert all(value.startswith("--") and "token=" not in value for value in part.command[1:])


def test_the_kubelet_lets_nobody_in_without_the_api_servers_word() -> None:
    config = zone.kubelet_config(ZONES[0], MACHINE)
    assert config["authentication"]["anonymous"] == {"enabled": False}
    assert config["authentication"]["webhook"] == {"enabled": True}
    assert config["authorization"] == {"mode": "Webhook"}
    assert config["readOnlyPort"] == 0


@pytest.mark.parametrize(
    ("cpus", "memory", "offered_millicpus", "offered_mib"),
    [
        (1, 8, 1000, 2048),
        (2, 24, 2000, 7509),
        (6, 26, 2000, 8192),
        (12, 32, 4000, 10240),
    ],
)
def test_a_zone_offers_a_third_of_the_machine_but_two_cpus_at_least(
    cpus: int, memory: int, offered_millicpus: int, offered_mib: int
) -> None:
    reserved = zone.Machine(cpus=cpus, memory=memory * GIB).reserved()
    assert cpus * 1000 - int(reserved["cpu"].removesuffix("m")) == offered_millicpus
    assert (memory * GIB // 1024 - int(reserved["memory"].removesuffix("Ki"))) // 1024 == offered_mib


def test_memory_offered_in_all_zones_leaves_the_host_its_share() -> None:
    reserved = int(MACHINE.reserved()["memory"].removesuffix("Ki")) * 1024
    assert 3 * (MACHINE.memory - reserved) <= MACHINE.memory - zone.KEPT_FOR_THE_HOST


def test_the_runtime_keeps_to_folders_of_its_own() -> None:
    config = tomllib.loads(runtime.runtime_config(ZONES[0])["containerd.toml"])
    cri = config["plugins"]["io.containerd.grpc.v1.cri"]
    assert Path(config["root"]).is_relative_to(STATE)
    assert Path(config["state"]).is_relative_to(RUN)
    assert cri["sandbox_image"] == runtime.SANDBOX_IMAGE
    assert cri["netns_mounts_under_state_dir"] is True


def test_pods_get_addresses_of_their_zone_and_no_translation_hides_them() -> None:
    for each in ZONES:
        network = json.loads(runtime.runtime_config(each)["cni/10-pods.conflist"])["plugins"][0]
        assert network["ipam"]["ranges"] == [[{"subnet": str(each.pods)}]]
        assert network["ipMasq"] is False


def test_a_name_outside_the_cluster_is_answered_here_and_not_asked_elsewhere() -> None:
    corefile = control_plane.corefile()
    assert "forward" not in corefile
    assert "rcode NXDOMAIN" in corefile


def test_the_dns_server_may_only_read_what_it_serves() -> None:
    role = next(body for path, body in objects.base_objects() if path.endswith("clusterroles/kafka-platform:coredns"))
    assert {verb for rule in role["rules"] for verb in rule["verbs"]} == {"list", "watch"}
    assert {r for rule in role["rules"] for r in rule["resources"]} == {"services", "namespaces", "endpointslices"}


def test_a_volume_can_be_used_in_its_own_zone_only_and_is_kept() -> None:
    each = ZONES[1]
    spec = storage.persistent_volume(each, storage.volume_name(each, 3))["spec"]
    term = spec["nodeAffinity"]["required"]["nodeSelectorTerms"][0]["matchExpressions"][0]
    assert (term["key"], term["values"]) == ("topology.kubernetes.io/zone", ["local-b"])
    assert spec["persistentVolumeReclaimPolicy"] == "Retain"
    assert spec["local"]["path"].endswith("/zone-b/local-b-03")


def test_a_cluster_without_the_sandbox_image_is_refused_before_anything_starts() -> None:
    with pytest.raises(ClusterError, match="no pod can start without the image localhost/pause:1; given were"):
        runtime.require_sandbox_image([])
