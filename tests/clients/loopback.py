"""What leads to a port of this machine as a port-forward leads to a port of a pod."""

import socket
import threading
from contextlib import suppress


class LoopbackTunnel:
    """`hooks.clients.forward.Tunnel` to a server on loopback."""

    def __init__(self, port: int) -> None:
        """Connect."""
        self._far = socket.create_connection(("127.0.0.1", port))
        self._far.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def pump(self, local: socket.socket) -> None:
        """Move bytes until either side ends."""
        back = threading.Thread(target=_move, args=(self._far, local), daemon=True)
        back.start()
        _move(local, self._far)
        back.join()

    def close(self) -> None:
        """End the connection."""
        self._far.close()


def _move(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
