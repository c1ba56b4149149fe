"""The Kafka client's ways to a broker, through the bridge or directly: its own leave open what did not connect.

The client learns these classes by the scheme of its `proxy_url`. What it leaves open would be closed by the garbage
collector at last, and a run that waits for a broker tries one connection after the other.
"""

import socket
from typing import Any, Final

from kafka.net.http_connect import HttpConnectProxy
from kafka.net.inet import KafkaNetSocket

SCHEME: Final = "bridge"
"""Scheme of the address `bridge://user:password@host:port`; what is spoken is HTTP CONNECT."""

DIRECT: Final = "direct"
"""Scheme of the address `direct://`, for which there is no proxy."""


class BridgeSocket(HttpConnectProxy):
    """A socket that is closed when its connection fails, is given up or runs out of time."""

    SCHEMES = (SCHEME,)

    async def connect(
        self, net: Any, addrinfo: tuple[Any, ...], socket_options: Any = (), timeout_at: float | None = None
    ) -> socket.socket:
        """Connect to the proxy and through it. Raises what the library raises."""
        try:
            return await super().connect(net, addrinfo, socket_options, timeout_at=timeout_at)
        except BaseException:
            # The library ends a task that waits here by GeneratorExit.
            if self._sock is not None:
                self._sock.close()
            raise


class DirectSocket(KafkaNetSocket):
    """A socket without a proxy that is closed in the same cases."""

    SCHEMES = (DIRECT,)

    async def sock_connect(
        self, net: Any, sock: socket.socket, sockaddr: Any, timeout_at: float | None = None
    ) -> socket.socket:
        """Connect. Raises what the library raises."""
        try:
            return await super().sock_connect(net, sock, sockaddr, timeout_at=timeout_at)
        except BaseException:
            sock.close()
            raise
