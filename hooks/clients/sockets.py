"""The Kafka client's way through the bridge: its own leaves open what did not connect.

The client learns this class by the scheme of its `proxy_url`. What it leaves open would be closed by the garbage
collector at last, and a run that waits for a broker tries one connection after the other.
"""

import socket
from typing import Any, Final

from kafka.net.http_connect import HttpConnectProxy

SCHEME: Final = "bridge"
"""Scheme of the address `bridge://user:password@host:port`; what is spoken is HTTP CONNECT."""


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
