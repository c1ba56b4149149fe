"""One question to a node that speaks TLS, through a tunnel that moves plain bytes."""

import ssl
import time
from collections.abc import Callable

from hooks.clients.forward import Tunnel
from hooks.clients.piped import piped
from hooks.interfaces import NotYet

_CHUNK = 64 * 1024


class SecuredTunnel:
    """A connection for one question, as `hooks.clients.zookeeper.Connection`, with TLS between here and the node."""

    def __init__(self, tunnel: Tunnel, context: ssl.SSLContext, host: str) -> None:
        """Speak to the node of this DNS name, which its certificate must hold."""
        self._tunnel = tunnel
        self._context = context
        self._host = host

    def exchange(self, request: bytes, complete: Callable[[bytes], bool], seconds: float) -> bytes:
        """Send a request and return what came back once it is complete or the node ended it. Raises NotYet."""
        deadline = time.monotonic() + seconds
        with piped(self._tunnel, seconds) as pipe:
            try:
                with self._context.wrap_socket(pipe.socket, server_hostname=self._host) as secured:
                    secured.sendall(request)
                    return _received(secured, complete, deadline)
            except (OSError, ValueError) as error:
                raise NotYet(f"no answer over TLS from {self._host}: {pipe.broken or error}") from None

    def close(self) -> None:
        """End the tunnel."""
        self._tunnel.close()


def _received(secured: ssl.SSLSocket, complete: Callable[[bytes], bool], deadline: float) -> bytes:
    received = b""
    while not complete(received):
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long")
        secured.settimeout(left)
        chunk = secured.recv(_CHUNK)
        if not chunk:
            break
        received += chunk
    return received
