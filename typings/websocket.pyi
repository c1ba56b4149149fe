"""What hooks/clients uses of websocket-client, typed."""

import socket
from typing import Any

class ABNF:
    OPCODE_TEXT: int
    OPCODE_BINARY: int
    OPCODE_CLOSE: int
    data: bytes

class WebSocketException(Exception): ...

class WebSocket:
    sock: socket.socket | None
    def __init__(self, *, sslopt: dict[str, Any], skip_utf8_validation: bool) -> None: ...
    def connect(self, url: str, **options: Any) -> None: ...
    def send(self, payload: bytes, opcode: int) -> int: ...
    def recv_data_frame(self, control_frame: bool = ...) -> tuple[int, ABNF]: ...
    def shutdown(self) -> None: ...
