"""One connection to one port of one pod, over the API server's port-forward.

The library's own port-forward runs a thread that dies with a traceback when a pod restarts and keeps its sockets; this
one moves the bytes in its caller's thread, ends when either side does, and says why.
"""

import select
import socket
import ssl
import time
from collections.abc import Callable
from typing import Any, Protocol
from urllib.parse import urlencode

import certifi
from kubernetes.client import Configuration
from kubernetes.stream.ws_client import websocket_proxycare
from websocket import ABNF, WebSocket, WebSocketException

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
        self._socket = WebSocket(sslopt=_tls(api.configuration), skip_utf8_validation=True)
        try:
            self._socket.connect(_address(api, pod, port), **_options(api))
        except (WebSocketException, OSError) as error:
            raise NotYet(f"{self._what} cannot be reached through {api.configuration.host}: {error}") from None
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
    base = api.configuration.host.replace("http", "ws", 1)
    return f"{base}{api.namespaced}/pods/{pod}/portforward?{urlencode({'ports': port})}"


def _options(api: ApiServer) -> dict[str, Any]:
    """Return what the handshake carries."""
    headers = api.credentials()
    carried = [f"{name}: {value}" for name, value in headers.items()]
    options: dict[str, Any] = {
        "header": [*carried, "sec-websocket-protocol: v4.channel.k8s.io"],
        "timeout": _STALL_SECONDS,
    }
    if api.configuration.proxy:
        return websocket_proxycare(options, api.configuration, None, headers)
    return {**options, "http_no_proxy": ["*"]}


def _tls(configuration: Configuration) -> dict[str, Any]:
    """Return how the API server is verified and what certificate it is shown."""
    options: dict[str, Any] = {"cert_reqs": ssl.CERT_NONE}
    if configuration.verify_ssl:
        options = {"cert_reqs": ssl.CERT_REQUIRED, "ca_certs": configuration.ssl_ca_cert or certifi.where()}
        if configuration.assert_hostname is not None:
            options["check_hostname"] = configuration.assert_hostname
    if configuration.cert_file:
        options["certfile"] = configuration.cert_file
    if configuration.key_file:
        options["keyfile"] = configuration.key_file
    if configuration.tls_server_name:
        options["server_hostname"] = configuration.tls_server_name
    return options
