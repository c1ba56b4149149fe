import socket
from typing import Any, ClassVar

class HttpConnectProxy:
    SCHEMES: ClassVar[tuple[str, ...]]
    _sock: socket.socket | None
    async def connect(
        self, net: Any, addrinfo: tuple[Any, ...], socket_options: Any = ..., timeout_at: float | None = ...
    ) -> socket.socket: ...
