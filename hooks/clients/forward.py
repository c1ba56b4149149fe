"""One connection to one port of one pod, over the API server's port-forward.

The bytes are moved in the caller's thread until either side ends, and the end carries its reason: the protocol is the
API server's `v4.channel.k8s.io`, a data channel and an error channel for each port.
"""

import select
import socket
import ssl
import time
from collections.abc import Callable
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

from websocket import ABNF, WebSocket, WebSocketException

from hooks.clients.kubeconfig import Access
from hooks.clients.rest import ApiServer
from hooks.interfaces import NotYet

#: For the connection to the API server, and for the rest of a frame that has begun.
_STALL_SECONDS = 10
_DATA, _ERROR = 0, 1
_CHUNK = 64 * 1024


class Tunnel(Protocol):
    """Bytes to and from one port of one pod."""

    def pump(self, local: socket.socket) -> None:
        """Move bytes between the local socket and the pod until either ends. Raises NotYet with the pod's reason."""
        ...

    def close(self) -> None:
        """End the connection."""
        ...


class PortForward:
    """`Tunnel` over a websocket to the API server."""

    def __init__(self, api: ApiServer, pod: str, port: int) -> None:
        """Dial. Raises NotYet when the API server does not forward."""
        self._what = f"port {port} of pod {pod}"
        self._opened = [False, False]
        self._ended = False
        self._socket = WebSocket(sslopt=_tls(api.access), skip_utf8_validation=True)
        try:
            self._socket.connect(_address(api, pod, port), **_options(api))
        except (WebSocketException, OSError) as error:
            raise NotYet(f"{self._what} cannot be reached through {api.access.server}: {error}") from None
        assert self._socket.sock is not None
        self._raw = self._socket.sock

    def pump(self, local: socket.socket) -> None:
        """Move bytes between the local socket and the pod until either ends."""
        poll = select.poll()
        poll.register(local, select.POLLIN)
        poll.register(self._raw, select.POLLIN)
        try:
            while not self._ended:
                ready = {fd for fd, _ in poll.poll()}
                if local.fileno() in ready:
                    data = local.recv(_CHUNK)
                    if not data:
                        return
                    self.send(data)
                if self._raw.fileno() in ready:
                    for data in self._frames():
                        local.sendall(data)
        except (WebSocketException, OSError) as error:
            raise NotYet(f"the connection to {self._what} broke: {error}") from None

    def exchange(self, request: bytes, complete: Callable[[bytes], bool], seconds: float) -> bytes:
        """Send a request and return what came back once it is complete, the pod ended it or the time is over."""
        received = b""
        deadline = time.monotonic() + seconds
        try:
            self.send(request)
            poll = select.poll()
            poll.register(self._raw, select.POLLIN)
            while not self._ended and not complete(received):
                left = deadline - time.monotonic()
                if left <= 0 or not poll.poll(left * 1000):
                    raise NotYet(f"{self._what} did not answer within {seconds:g} s")
                received += b"".join(self._frames())
        except (WebSocketException, OSError) as error:
            raise NotYet(f"the connection to {self._what} broke: {error}") from None
        return received

    def send(self, data: bytes) -> None:
        """Send bytes to the pod."""
        self._socket.send(bytes([_DATA]) + data, opcode=ABNF.OPCODE_BINARY)

    def close(self) -> None:
        """End the connection without waiting for the other side to agree."""
        self._socket.shutdown()

    def _frames(self) -> list[bytes]:
        """Return the data of all frames that are there. Raises NotYet with the pod's own reason."""
        found: list[bytes] = []
        while True:
            data = self._frame()
            if data:
                found.append(data)
            if self._ended or not (isinstance(self._raw, ssl.SSLSocket) and self._raw.pending()):
                return found

    def _frame(self) -> bytes:
        """Read one frame; the first of each channel only names the port."""
        opcode, frame = self._socket.recv_data_frame(control_frame=True)
        if opcode == ABNF.OPCODE_CLOSE:
            self._ended = True
            return b""
        if opcode not in (ABNF.OPCODE_BINARY, ABNF.OPCODE_TEXT) or not frame.data:
            return b""
        channel, data = frame.data[0], bytes(frame.data[1:])
        if channel not in (_DATA, _ERROR):
            raise NotYet(f"{self._what}: the API server sent channel {channel}, known are 0 and 1")
        if not self._opened[channel]:
            self._opened[channel] = True
            return b""
        if channel == _ERROR:
            raise NotYet(f"{self._what}: {data.decode(errors='replace').strip()}")
        return data


def _address(api: ApiServer, pod: str, port: int) -> str:
    """Return the websocket's URL."""
    base = api.access.server.replace("http", "ws", 1)
    return f"{base}{api.namespaced}/pods/{pod}/portforward?{urlencode({'ports': port})}"


def _options(api: ApiServer) -> dict[str, Any]:
    """Return what the handshake carries, and the way that it takes."""
    carried = [f"{name}: {value}" for name, value in api.access.headers().items()]
    options: dict[str, Any] = {
        "header": [*carried, "sec-websocket-protocol: v4.channel.k8s.io"],
        "timeout": _STALL_SECONDS,
        # The proxy of the kubeconfig or of the environment was chosen already, or none.
        "http_no_proxy": ["*"],
    }
    if api.access.proxy:
        proxy = urlsplit(api.access.proxy)
        options |= {"http_proxy_host": proxy.hostname, "http_proxy_port": proxy.port, "http_no_proxy": []}
        if proxy.username:
            options["http_proxy_auth"] = (proxy.username, proxy.password or "")
    return options


def _tls(way: Access) -> dict[str, Any]:
    """Return how the API server is verified and what certificate it is shown."""
    options: dict[str, Any] = {}
    if way.tls is not None:
        options["context"] = way.tls
    if way.tls_name is not None:
        options["server_hostname"] = way.tls_name
    return options
