"""Claims about one port-forward: what it carries, how it ends and what it says then."""

import base64
import socket
import threading
from collections.abc import Iterator

import pytest

from hooks.clients.bridge import Bridge
from hooks.clients.connection import Connection
from hooks.clients.forward import PortForward
from hooks.clients.kubeconfig import Access
from hooks.clients.rest import ApiServer
from hooks.interfaces import NotYet
from tests.clients.conftest import StillClock
from tests.clients.fake_port_forward import FakePortForward, serve


@pytest.fixture
def pod() -> FakePortForward:
    return FakePortForward()


@pytest.fixture
def forwarding(pod: FakePortForward) -> Iterator[ApiServer]:
    with serve(pod) as address:
        way = Access(server=address, tls=None, headers=lambda: {"Authorization": "Bearer t1"})
        yield ApiServer(Connection(namespace="streams", cluster="kafka"), StillClock(), way=way)


def test_a_question_is_answered_by_the_pod(forwarding: ApiServer) -> None:
    tunnel = PortForward(forwarding, "kafka-a-0", 9092)
    assert tunnel.exchange(b"ping", lambda received: received == b"ping", seconds=10) == b"ping"
    tunnel.close()


def test_an_answer_in_many_frames_is_put_together(forwarding: ApiServer, pod: FakePortForward) -> None:
    pod.answer_in_pieces = True
    tunnel = PortForward(forwarding, "kafka-a-0", 9092)
    assert tunnel.exchange(b"x" * 300, lambda received: len(received) == 300, seconds=10) == b"x" * 300
    tunnel.close()


def test_the_request_names_pod_and_port_and_carries_the_credentials(
    forwarding: ApiServer, pod: FakePortForward
) -> None:
    PortForward(forwarding, "kafka-a-0", 9092).close()
    head = pod.requests[0]
    assert head.startswith("GET /api/v1/namespaces/streams/pods/kafka-a-0/portforward?ports=9092 ")
    assert "Authorization: Bearer t1" in head
    assert "v4.channel.k8s.io" in head


def test_a_port_that_refuses_is_told_in_the_kubelets_words(forwarding: ApiServer, pod: FakePortForward) -> None:
    pod.refusal = "failed to connect to localhost:9092: connection refused"
    tunnel = PortForward(forwarding, "kafka-a-0", 9092)
    with pytest.raises(NotYet, match="port 9092 of pod kafka-a-0: failed to connect to localhost:9092"):
        tunnel.exchange(b"ping", bool, seconds=10)
    tunnel.close()


def test_an_api_server_that_does_not_forward_is_not_yet(forwarding: ApiServer, pod: FakePortForward) -> None:
    pod.status = "404 Not Found"
    with pytest.raises(NotYet, match="port 9092 of pod kafka-a-0 cannot be reached"):
        PortForward(forwarding, "kafka-a-0", 9092)


def test_a_pod_that_does_not_answer_in_time_is_not_yet(forwarding: ApiServer, pod: FakePortForward) -> None:
    pod.silent = True
    tunnel = PortForward(forwarding, "kafka-a-0", 9092)
    with pytest.raises(NotYet, match="did not answer"):
        tunnel.exchange(b"ping", bool, seconds=0.05)
    tunnel.close()


def test_the_end_of_the_client_ends_the_forward(forwarding: ApiServer, pod: FakePortForward) -> None:
    ours, theirs = socket.socketpair()
    tunnel = PortForward(forwarding, "kafka-a-0", 9092)
    mover = threading.Thread(target=tunnel.pump, args=(theirs,))
    mover.start()
    ours.sendall(b"ping")
    assert ours.recv(100) == b"ping"
    ours.close()
    mover.join(timeout=10)
    assert not mover.is_alive()
    tunnel.close()
    assert pod.ended.wait(timeout=10)
    theirs.close()


def test_through_the_bridge_a_restart_of_the_broker_ends_one_connection_and_the_next_one_works(
    forwarding: ApiServer,
) -> None:
    bridge = Bridge(
        lambda pod, port: PortForward(forwarding, pod, port), "streams", {"kafka-brokers": frozenset({9092})}
    )
    before = _connect(bridge)
    before.sendall(b"restart")
    assert before.recv(100) == b""
    after = _connect(bridge)
    after.sendall(b"ping")
    assert after.recv(100) == b"ping"
    for client in (before, after):
        client.close()
    bridge.close()


def _connect(bridge: Bridge) -> socket.socket:
    """Connect through the bridge as the Kafka client does, past its answer."""
    credentials, _, address = bridge.proxy_url.removeprefix("bridge://").rpartition("@")
    host, _, port = address.partition(":")
    client = socket.create_connection((host, int(port)), timeout=10)
    basic = base64.b64encode(credentials.encode()).decode()
    target = "kafka-a-0.kafka-brokers.streams.svc.cluster.local:9092"
    client.sendall(f"CONNECT {target} HTTP/1.1\r\nProxy-Authorization: Basic {basic}\r\n\r\n".encode())
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += client.recv(1)
    return client
