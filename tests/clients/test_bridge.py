"""Claims about the in-process proxy: whom it serves, where it leads, what it leaves behind."""

import base64
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from urllib.parse import urlsplit

import pytest

from hooks.clients.bridge import Bridge
from hooks.interfaces import NotYet

HOST = "kafka-a-0.kafka-brokers.streams.svc.cluster.local"
SERVICES = {"kafka-brokers": frozenset({9092})}


class EchoTunnel:
    """A broker that answers every message with itself, until it is restarted."""

    def __init__(self) -> None:
        """Begin with nothing said."""
        self.closed = threading.Event()

    def pump(self, local: socket.socket) -> None:
        """Echo until the client ends or the broker restarts."""
        while data := local.recv(4096):
            if data == b"restart":
                raise NotYet("port 9092 of pod kafka-a-0: connection reset by peer")
            local.sendall(data)

    def close(self) -> None:
        """Note the end."""
        self.closed.set()


class Brokers:
    """What the bridge dials."""

    def __init__(self) -> None:
        """Begin reachable."""
        self.dialled: list[tuple[str, int]] = []
        self.tunnels: list[EchoTunnel] = []
        self.down = False

    def dial(self, pod: str, port: int) -> EchoTunnel:
        """Open a tunnel, unless the broker is down."""
        self.dialled.append((pod, port))
        if self.down:
            raise NotYet(f"port {port} of pod {pod}: connection refused")
        self.tunnels.append(EchoTunnel())
        return self.tunnels[-1]


@pytest.fixture
def brokers() -> Brokers:
    return Brokers()


@pytest.fixture
def bridge(brokers: Brokers) -> Iterator[Bridge]:
    bridge = Bridge(brokers.dial, "streams", SERVICES)
    yield bridge
    bridge.close()


def test_bytes_pass_both_ways_to_the_pod_that_the_name_stands_for(bridge: Bridge, brokers: Brokers) -> None:
    with closing(_connect(bridge)) as client:
        assert _reply(client) == b"HTTP/1.1 200 Connection established\r\n\r\n"
        client.sendall(b"ping")
        assert client.recv(100) == b"ping"
    assert brokers.dialled == [("kafka-a-0", 9092)]


def test_it_survives_a_restart_of_the_broker(bridge: Bridge, brokers: Brokers) -> None:
    with closing(_connect(bridge)) as client:
        _reply(client)
        client.sendall(b"restart")
        assert client.recv(100) == b""
    brokers.down = True
    with closing(_connect(bridge)) as client:
        _reply(client)
        assert client.recv(100) == b""
    assert bridge.last_error == "port 9092 of pod kafka-a-0: connection refused"
    brokers.down = False
    with closing(_connect(bridge)) as client:
        _reply(client)
        client.sendall(b"again")
        assert client.recv(100) == b"again"


def test_the_connection_is_granted_before_the_pod_is_dialled(brokers: Brokers) -> None:
    reached = threading.Event()

    def slow_dial(pod: str, port: int) -> EchoTunnel:
        assert reached.wait(timeout=10)
        return brokers.dial(pod, port)

    bridge = Bridge(slow_dial, "streams", SERVICES)
    with closing(_connect(bridge)) as client:
        assert b" 200 " in _reply(client)
        reached.set()
        client.sendall(b"ping")
        assert client.recv(100) == b"ping"
    bridge.close()


@pytest.mark.parametrize(
    "target",
    [
        "kafka-a-0.kafka-brokers.elsewhere.svc.cluster.local:9092",
        "kafka-a-0.other-service.streams.svc.cluster.local:9092",
        "kafka-a-0.kafka-brokers.streams.svc.cluster.local:22",
        "kafka-brokers.streams.svc.cluster.local:9092",
        "a.b.kafka-brokers.streams.svc.cluster.local:9092",
        "127.0.0.1:9092",
        "example.com:443",
    ],
)
def test_it_leads_nowhere_but_to_the_brokers_own_port(bridge: Bridge, brokers: Brokers, target: str) -> None:
    with closing(_connect(bridge, target=target)) as client:
        assert b" 403 " in _reply(client)
    assert brokers.dialled == []
    assert bridge.last_error is not None
    assert target in bridge.last_error


@pytest.mark.parametrize("password", ["", "guessed", None])
def test_without_the_password_of_this_run_nobody_is_served(
    bridge: Bridge, brokers: Brokers, password: str | None
) -> None:
    with closing(_connect(bridge, password=password or "", anonymous=password is None)) as client:
        assert b" 407 " in _reply(client)
    assert brokers.dialled == []


def test_every_bridge_has_a_password_of_its_own(bridge: Bridge, brokers: Brokers) -> None:
    with closing(Bridge(brokers.dial, "streams", SERVICES)) as other:
        assert urlsplit(bridge.proxy_url).password != urlsplit(other.proxy_url).password


def test_only_connect_is_served(bridge: Bridge) -> None:
    with closing(_connect(bridge, method="GET")) as client:
        assert b" 405 " in _reply(client)


def test_it_listens_on_loopback_only(bridge: Bridge) -> None:
    assert urlsplit(bridge.proxy_url).hostname == "127.0.0.1"


def test_fifty_connections_leave_neither_threads_nor_open_tunnels(bridge: Bridge, brokers: Brokers) -> None:
    before = set(threading.enumerate())
    for _ in range(50):
        with closing(_connect(bridge)) as client:
            _reply(client)
    for tunnel in brokers.tunnels:
        assert tunnel.closed.wait(timeout=10)
    for thread in set(threading.enumerate()) - before:
        thread.join(timeout=10)
    assert set(threading.enumerate()) <= before


def test_closing_ends_connections_that_are_under_way(brokers: Brokers) -> None:
    before = set(threading.enumerate())
    bridge = Bridge(brokers.dial, "streams", SERVICES)
    port = urlsplit(bridge.proxy_url).port
    with closing(_connect(bridge)) as client:
        _reply(client)
        client.sendall(b"ping")
        client.recv(100)
        bridge.close()
        bridge.close()
        assert client.recv(100) == b""
    assert set(threading.enumerate()) <= before
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port or 0), timeout=10)


def _connect(
    bridge: Bridge,
    *,
    target: str = f"{HOST}:9092",
    password: str | None = None,
    anonymous: bool = False,
    method: str = "CONNECT",
) -> socket.socket:
    """Open a connection as the Kafka client does."""
    url = urlsplit(bridge.proxy_url)
    client = socket.create_connection(("127.0.0.1", url.port or 0), timeout=10)
    secret = url.password if password is None else password
    credentials = base64.b64encode(f"hooks:{secret}".encode()).decode()
    lines = [f"{method} {target} HTTP/1.1", f"Host: {target}"]
    if not anonymous:
        lines.append(f"Proxy-Authorization: Basic {credentials}")
    client.sendall("\r\n".join([*lines, "", ""]).encode())
    return client


def _reply(client: socket.socket) -> bytes:
    """Read the proxy's answer up to its empty line."""
    head = b""
    with suppress(OSError):
        while not head.endswith(b"\r\n\r\n"):
            chunk = client.recv(1)
            if not chunk:
                break
            head += chunk
    return head
