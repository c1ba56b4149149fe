"""Claims about the Kafka client's sockets: what it gives up while it connects is closed."""

import socket
from types import coroutine
from typing import Any

import pytest
from kafka.errors import KafkaError
from kafka.net.inet import KafkaNetSocket

from hooks.clients.sockets import BridgeSocket

TARGET = (socket.AF_UNSPEC, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("kafka-a-0", 9092))


class Waiting:
    """The client's event loop as a connection sees it: what waits for the socket waits until it is told to go on."""

    @coroutine
    def _wait(self, *_: Any, **__: Any) -> Any:
        yield

    wait_read = wait_write = _wait


@pytest.mark.parametrize("ends", ["given up", "refused"])
def test_a_connection_that_does_not_come_about_is_closed(ends: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        asked = KafkaNetSocket(f"bridge://hooks:word@127.0.0.1:{proxy.getsockname()[1]}")
        assert isinstance(asked, BridgeSocket)
        connecting = asked.connect(Waiting(), TARGET)
        connecting.send(None)
        served, _ = proxy.accept()
        with served:
            connecting.send(None)
            served.settimeout(10)
            assert served.recv(4096).startswith(b"CONNECT kafka-a-0:9092")
            if ends == "given up":
                connecting.close()
            else:
                served.sendall(b"HTTP/1.1 403 Forbidden\r\n\r\n")
                with pytest.raises((KafkaError, OSError)):
                    connecting.send(None)
            assert served.recv(1) == b"", "the client's end is still open"
