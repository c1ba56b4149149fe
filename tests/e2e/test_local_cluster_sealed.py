"""Nothing of the local cluster leaves the machine: tried with real packets, witnessed by a counter at every way out.

The witness counts, after routing and filtering, each packet of any address of the cluster or of the foreign addresses
tried here that goes out by a link other than the bridge and loopback. The foreign addresses are documentation ranges.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from dev import cluster, toolchain
from dev.cluster.addresses import API_PORT, BRIDGE, CLUSTER_RANGE, CONTROL_PLANE, SERVICE_RANGE, ZONES
from dev.cluster.commands import run
from tests.e2e.probes import Probe, python_in, running, send_from

FOREIGN = "198.51.100.0/24"
OUTSIDE = "198.51.100.1"
WITNESSED = "203.0.113.9"
CHAIN = "SEALED-WITNESS"
REFUSED_AT_ONCE = {"ENETUNREACH", "EHOSTUNREACH", "ECONNREFUSED", "EPERM"}
HOST_NETWORK = "/proc/self/ns/net"

# Sends one packet with a source address of its choice, and an answer to it would go there.
_FORGE = """
import socket, struct, sys
source, target, kind = socket.inet_aton(sys.argv[1]), sys.argv[2], sys.argv[3]
syn = struct.pack(">HHIIBBHHH", 40000, 6443, 1, 0, 5 << 4, 2, 1024, 0, 0)
datagram = struct.pack(">HHHH", 40000, 9, 8, 0)
body = syn if kind == "tcp" else datagram
number = socket.IPPROTO_TCP if kind == "tcp" else socket.IPPROTO_UDP
pseudo = source + socket.inet_aton(target) + struct.pack(">BBH", 0, number, len(body))
words = sum(struct.unpack(f">{len(pseudo + body) // 2}H", pseudo + body))
while words >> 16:
    words = (words & 0xFFFF) + (words >> 16)
check = struct.pack(">H", ~words & 0xFFFF)
body = body[:16] + check + body[18:] if kind == "tcp" else body[:6] + check
header = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(body), 0, 0, 64, number, 0, source, socket.inet_aton(target))
with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as s:
    s.sendto(header + body, (target, 0))
"""
_SEND_AS = """
import errno, socket, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    s.bind((sys.argv[1], 0))
    try:
        s.sendto(b"kafka-platform", (sys.argv[2], 9))
        print("sent")
    except OSError as error:
        print(errno.errorcode[error.errno])
"""

_CONNECT = """
import socket, sys
socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=10).close()
"""


@pytest.fixture(scope="module")
def probes(local_cluster: cluster.Cluster, tools: toolchain.Toolchain) -> Iterator[Sequence[Probe]]:
    with running(tools.bin) as pods:
        yield pods


@pytest.fixture
def witness(local_cluster: cluster.Cluster) -> Iterator[Callable[[], int]]:
    """Count packets that leave the machine; first prove, on a link that ends in this machine, that one is counted."""
    table = ("iptables", "-w", "-t", "mangle")
    run(*table, "-N", CHAIN)
    try:
        for link in ("lo", BRIDGE):
            run(*table, "-A", CHAIN, "-o", link, "-j", "RETURN")
        for match in ("-d", "-s"):
            for range_ in (str(CLUSTER_RANGE), FOREIGN, WITNESSED):
                run(*table, "-A", CHAIN, match, range_, "-m", "comment", "--comment", "leak", "-j", "RETURN")
        run(*table, "-A", "POSTROUTING", "-j", CHAIN)

        def count() -> int:
            listing = run(*table, "-nvxL", CHAIN)
            return sum(int(line.split()[0]) for line in listing.splitlines() if "leak" in line)

        with _link_that_ends_here():
            send_unheard(WITNESSED)
            assert count() == 1
        yield lambda: count() - 1
    finally:
        run("sh", "-c", f"iptables -w -t mangle -D POSTROUTING -j {CHAIN}; true")
        run(*table, "-F", CHAIN)
        run(*table, "-X", CHAIN)


@contextmanager
def _link_that_ends_here() -> Iterator[None]:
    run("ip", "link", "add", "kp-witness", "type", "veth", "peer", "name", "kp-witness-end")
    try:
        for link in ("kp-witness", "kp-witness-end"):
            Path(f"/proc/sys/net/ipv6/conf/{link}/disable_ipv6").write_text("1")
            run("ip", "link", "set", link, "up")
        run("ip", "address", "add", "203.0.113.1/24", "dev", "kp-witness")
        run("ip", "neighbour", "add", WITNESSED, "lladdr", "02:00:00:00:00:09", "dev", "kp-witness")
        yield
    finally:
        run("ip", "link", "delete", "kp-witness")


def send_unheard(address: str) -> None:
    run(*python_in(HOST_NETWORK, _SEND_AS, "0.0.0.0", address))


def zone_network(index: int) -> str:
    return f"/run/netns/{ZONES[index].namespace}"


@pytest.mark.parametrize("kind", ["udp", "tcp"])
def test_a_node_cannot_send_outside(witness: Callable[[], int], kind: str) -> None:
    for index in range(len(ZONES)):
        assert send_from(zone_network(index), kind, OUTSIDE) in REFUSED_AT_ONCE
    assert witness() == 0


@pytest.mark.parametrize("kind", ["udp", "tcp"])
def test_a_pod_cannot_send_outside(witness: Callable[[], int], probes: Sequence[Probe], kind: str) -> None:
    for probe in probes:
        assert send_from(probe.network, kind, OUTSIDE) in REFUSED_AT_ONCE
    assert witness() == 0


@pytest.mark.parametrize("kind", ["udp", "tcp"])
def test_the_host_cannot_send_to_a_service_address_that_only_pods_know(witness: Callable[[], int], kind: str) -> None:
    assert send_from(None, kind, str(SERVICE_RANGE[-2])) in REFUSED_AT_ONCE
    assert witness() == 0


@pytest.mark.parametrize("kind", ["udp", "tcp"])
def test_a_pod_that_asks_for_an_unknown_service_is_refused_in_its_zone(
    witness: Callable[[], int], probes: Sequence[Probe], kind: str
) -> None:
    assert send_from(probes[0].network, kind, str(SERVICE_RANGE[-2])) in REFUSED_AT_ONCE
    assert witness() == 0


def test_an_address_of_the_cluster_without_a_route_is_unreachable_and_not_sent_by_default(
    witness: Callable[[], int],
) -> None:
    without_route = str(CLUSTER_RANGE[20 * 256])
    assert send_from(None, "tcp", without_route) in REFUSED_AT_ONCE
    assert f"unreachable {CLUSTER_RANGE}" in run("ip", "route", "show", "type", "unreachable")
    assert witness() == 0


def test_the_host_does_not_send_outside_in_the_clusters_name(witness: Callable[[], int]) -> None:
    said = run(*python_in(HOST_NETWORK, _SEND_AS, str(CONTROL_PLANE), OUTSIDE)).strip()
    assert said in REFUSED_AT_ONCE
    assert witness() == 0


@pytest.mark.parametrize("kind", ["udp", "tcp"])
def test_the_host_does_not_answer_a_forged_address(witness: Callable[[], int], kind: str) -> None:
    for index in range(len(ZONES)):
        run(*python_in(zone_network(index), _FORGE, OUTSIDE, str(CONTROL_PLANE), kind))
    _settle()
    assert witness() == 0


def test_a_zone_that_takes_the_host_for_a_router_still_gets_nowhere(witness: Callable[[], int]) -> None:
    forwarding = Path("/proc/sys/net/ipv4/ip_forward")
    before = forwarding.read_text()
    run("ip", "-n", ZONES[0].namespace, "route", "add", FOREIGN, "via", str(CONTROL_PLANE))
    try:
        forwarding.write_text("1")
        assert send_from(zone_network(0), "tcp", OUTSIDE) in REFUSED_AT_ONCE
        assert send_from(zone_network(0), "udp", OUTSIDE) in REFUSED_AT_ONCE
    finally:
        forwarding.write_text(before)
        run("ip", "-n", ZONES[0].namespace, "route", "delete", FOREIGN)
    assert witness() == 0


def test_no_zone_has_a_default_route(local_cluster: cluster.Cluster) -> None:
    for zone in ZONES:
        assert run("ip", "-n", zone.namespace, "route", "show", "default") == ""
        assert run("ip", "-n", zone.namespace, "-6", "route", "show", "default") == ""


def _settle() -> None:
    """Wait until the host has handled what a zone sent before: it answers in order, so an answer says so."""
    for index in range(len(ZONES)):
        run(*python_in(zone_network(index), _CONNECT, str(CONTROL_PLANE), str(API_PORT)))
