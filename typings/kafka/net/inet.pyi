import socket
from typing import Any

class KafkaNetSocket:
    def __init__(self, proxy_url: str | None = None) -> None: ...
    async def sock_connect(
        self, net: Any, sock: socket.socket, sockaddr: Any, timeout_at: float | None = None
    ) -> socket.socket: ...
