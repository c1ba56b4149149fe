"""The local three-zone Kubernetes is a real one: zones, volumes, names, node ports, identities and rights."""

import http.client
import json
import socket
import ssl
import struct
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from dev import cluster, images, toolchain
from dev.cluster import NODE_ADDRESSES, cgroups, control_plane
from dev.cluster.addresses import CONTROL_PLANE, DNS_SERVICE, KUBERNETES_SERVICE, LOOPBACK, ZONES
from dev.cluster.api import Api
from dev.cluster.state import KUBECONFIG, PKI
from dev.cluster.storage import PER_ZONE
from dev.progress import Progress
from tests.e2e.probes import NAMESPACE, NODE_PORT, PORT, Probe, kubectl, pod_spec, python_in, running

_SERVE = """
import socket, sys
with socket.create_server((sys.argv[1], int(sys.argv[2]))) as server:
    print("listening", flush=True)
    while True:
        with server.accept()[0] as connection:
            connection.sendall(sys.argv[3].encode())
"""
_ASK = """
import socket, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    s.settimeout(5)
    s.sendto(bytes.fromhex(sys.argv[2]), (sys.argv[1], 53))
    print(s.recv(1500).hex())
"""


@pytest.fixture(scope="module")
def probes(local_cluster: cluster.Cluster, tools: toolchain.Toolchain) -> Iterator[Sequence[Probe]]:
    with running(tools.bin) as pods:
        yield pods


def resolve(probe: Probe, name: str) -> tuple[int, list[str]]:
    """Ask the cluster's DNS from a pod; return the response code and the addresses."""
    question = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"
    query = struct.pack(">6H", 1, 0x0100, 1, 0, 0, 0) + question + struct.pack(">2H", 1, 1)
    command = python_in(probe.network, _ASK, str(DNS_SERVICE), query.hex())
    answer = bytes.fromhex(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    count = struct.unpack(">H", answer[6:8])[0]
    records = answer[len(query) :]
    # Each record repeats the name as a pointer (2 bytes), then type, class, lifetime, length and the address.
    found, at = list[str](), 0
    for _ in range(count):
        name_length = 2 if records[at] >= 0xC0 else len(question)
        at += name_length + 10
        found.append(socket.inet_ntoa(records[at : at + 4]))
        at += 4
    return answer[3] & 0x0F, found


def status_of(address: str, port: int, path: str, part: str | None = None, change: str | None = None) -> int:
    """Return the HTTP status that a server of the cluster gives to a part, or to nobody; its TLS is verified."""
    context = ssl.create_default_context(cafile=str(PKI / "ca.crt"))
    if part:
        context.load_cert_chain(PKI / f"{part}.crt", PKI / f"{part}.key")
    connection = http.client.HTTPSConnection(address, port, context=context, timeout=10)
    try:
        method = "PATCH" if change else "GET"
        connection.request(method, path, change, {"Content-Type": "application/merge-patch+json"})
        return connection.getresponse().status
    finally:
        connection.close()


def test_every_zone_has_a_ready_node_that_carries_its_label(
    local_cluster: cluster.Cluster, tools: toolchain.Toolchain
) -> None:
    assert cluster.status().healthy
    nodes = json.loads(kubectl(tools.bin, "get", "nodes", "-o", "json"))["items"]
    zones = {node["metadata"]["name"]: node["metadata"]["labels"]["topology.kubernetes.io/zone"] for node in nodes}
    assert zones == {zone.node: zone.label for zone in ZONES}


def test_a_second_up_changes_nothing(local_cluster: cluster.Cluster, tools: toolchain.Toolchain) -> None:
    before = cluster.status().parts
    assert cluster.up(tools.bin, images.ensure(Progress()), Progress()) == local_cluster
    assert cluster.status().parts == before


def test_the_administrators_kubeconfig_is_roots_alone(local_cluster: cluster.Cluster) -> None:
    assert local_cluster.kubeconfig == KUBECONFIG
    assert local_cluster.context == "kafka-platform-local"
    assert KUBECONFIG.stat().st_mode & 0o777 == 0o600


def test_a_restricted_pod_in_each_zone_writes_to_a_volume_of_its_zone(probes: Sequence[Probe]) -> None:
    assert {probe.zone for probe in probes} == set(ZONES)
    for probe in probes:
        assert probe.volume.startswith(probe.zone.label)
        assert probe.inside("/data").stat().st_gid == 1000
        subprocess.run(["touch", str(probe.folder / "mark")], user=1000, group=1000, extra_groups=[], check=True)
        assert probe.inside("/data/mark").stat().st_uid == 1000


def test_the_cpu_limit_of_a_pod_is_enforced(probes: Sequence[Probe]) -> None:
    for probe in probes:
        paths = dict(line.split(":")[1:] for line in Path(f"/proc/{probe.pid}/cgroup").read_text().split())
        tree = Path("/sys/fs/cgroup")
        if "cpu" in paths:
            assert int((tree / "cpu" / paths["cpu"].lstrip("/") / "cpu.cfs_quota_us").read_text()) == 10_000
        else:
            assert (tree / paths[""].lstrip("/") / "cpu.max").read_text().split() == ["10000", "100000"]


def test_pods_find_each_other_and_the_api_server_by_name(probes: Sequence[Probe]) -> None:
    for asking in probes:
        for other in probes:
            name = f"{other.name}.probe.{NAMESPACE}.svc.cluster.local"
            assert resolve(asking, name) == (0, [other.address])
        assert resolve(asking, "kubernetes.default.svc.cluster.local") == (0, [str(KUBERNETES_SERVICE)])


def test_a_name_outside_the_cluster_does_not_exist(probes: Sequence[Probe]) -> None:
    assert resolve(probes[0], "www.example.com") == (3, [])


def test_a_node_port_is_reached_at_every_nodes_address(probes: Sequence[Probe]) -> None:
    servers = [
        subprocess.Popen(python_in(p.network, _SERVE, p.address, str(PORT), p.name), stdout=subprocess.PIPE, text=True)
        for p in probes
    ]
    try:
        for server in servers:
            assert server.stdout is not None and server.stdout.readline() == "listening\n"
        for address in NODE_ADDRESSES.values():
            with socket.create_connection((address, NODE_PORT), timeout=10) as connection:
                assert connection.recv(100).decode() in {probe.name for probe in probes}
    finally:
        for server in servers:
            server.kill()
            server.communicate()


def test_nobody_is_served_without_a_certificate(local_cluster: cluster.Cluster) -> None:
    assert status_of(str(CONTROL_PLANE), 6443, "/version") == 401
    for zone in ZONES:
        assert status_of(str(zone.address), 10250, "/pods") == 401


@pytest.mark.parametrize(
    ("part", "path"),
    [
        ("coredns", "/api/v1/secrets"),
        ("coredns", "/api/v1/pods"),
        ("proxy-a", "/api/v1/secrets"),
        ("kubelet-a", "/api/v1/secrets"),
        ("scheduler", "/api/v1/secrets"),
    ],
)
def test_a_part_may_only_what_its_work_needs(local_cluster: cluster.Cluster, part: str, path: str) -> None:
    assert status_of(str(CONTROL_PLANE), 6443, path, part) == 403


def test_a_kubelet_may_change_its_own_node_and_no_other(local_cluster: cluster.Cluster) -> None:
    note = '{"metadata": {"annotations": {"kafka-platform/test": "1"}}}'
    own = status_of(str(CONTROL_PLANE), 6443, "/api/v1/nodes/zone-a", "kubelet-a", note)
    other = status_of(str(CONTROL_PLANE), 6443, "/api/v1/nodes/zone-b", "kubelet-a", note)
    assert (own, other) == (200, 403)


def test_a_kubelet_serves_the_api_server_and_no_other_part(local_cluster: cluster.Cluster) -> None:
    for zone in ZONES:
        assert status_of(str(zone.address), 10250, "/pods", "apiserver-kubelet-client") == 200
        assert status_of(str(zone.address), 10250, "/pods", "coredns") == 403


def test_a_pod_knows_the_clusters_authority_and_its_own_account(probes: Sequence[Probe]) -> None:
    account = "/var/run/secrets/kubernetes.io/serviceaccount"
    for probe in probes:
        assert probe.inside(f"{account}/ca.crt").read_text() == (PKI / "ca.crt").read_text()
        token = probe.inside(f"{account}/token").read_text()
        context = ssl.create_default_context(cafile=str(probe.inside(f"{account}/ca.crt")))
        connection = http.client.HTTPSConnection(str(CONTROL_PLANE), 6443, context=context, timeout=10)
        connection.request("GET", f"/api/v1/namespaces/{NAMESPACE}/pods", headers={"Authorization": f"Bearer {token}"})
        response = connection.getresponse()
        message = json.loads(response.read())["message"]
        connection.close()
        assert response.status == 403
        assert f"system:serviceaccount:{NAMESPACE}:default" in message


def test_a_privileged_pod_is_refused_where_the_namespace_says_so(
    probes: Sequence[Probe], tools: toolchain.Toolchain
) -> None:
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "bold", "namespace": NAMESPACE}}
    spec = pod_spec({}) | {"hostNetwork": True, "containers": [{"name": "bold", "image": cluster.SANDBOX_IMAGE}]}
    with pytest.raises(subprocess.CalledProcessError) as refused:
        kubectl(tools.bin, "apply", "-f", "-", text=json.dumps(pod | {"spec": spec}))
    assert "violates PodSecurity" in refused.value.stderr


def test_the_control_plane_listens_on_the_bridge_and_on_loopback_only(local_cluster: cluster.Cluster) -> None:
    ours = cgroups.members(control_plane.CGROUP)
    listening = subprocess.run(["ss", "-Hltunp"], capture_output=True, text=True, check=True).stdout.splitlines()
    addresses = {line.split()[4].rpartition(":")[0] for line in listening if any(f"pid={pid}," in line for pid in ours)}
    assert addresses == {str(CONTROL_PLANE), str(LOOPBACK)}


def test_each_zone_has_volumes_to_spare(local_cluster: cluster.Cluster) -> None:
    names = [volume["metadata"]["name"] for volume in Api().items("/api/v1/persistentvolumes")]
    assert {zone.label: sum(name.startswith(zone.label) for name in names) for zone in ZONES} == {
        zone.label: PER_ZONE for zone in ZONES
    }
