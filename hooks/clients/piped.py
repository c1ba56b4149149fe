"""A tunnel to a pod as an ordinary socket: what the library of a protocol wants, and a tunnel is not."""

import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Final

from hooks.clients.forward import Tunnel
from hooks.interfaces import NotYet

_END_SECONDS: Final = 5.0


class Pipe:
    """The near end, and why the tunnel behind it broke, if it did."""

    def __init__(self, near: socket.socket) -> None:
        """Begin unbroken."""
        self.socket = near
        self.broken: str | None = None

    def pump(self, tunnel: Tunnel, far: socket.socket) -> None:
        """Move bytes until either side ends; the end of the far socket tells the near one."""
        with far:
            try:
                tunnel.pump(far)
            except NotYet as error:
                self.broken = str(error)


@contextmanager
def piped(tunnel: Tunnel, seconds: float) -> Generator[Pipe]:
    """Yield the tunnel as a socket whose calls wait so long at most. Who opened the tunnel closes it."""
    near, far = socket.socketpair()
    pipe = Pipe(near)
    with near:
        near.settimeout(seconds)
        pump = threading.Thread(target=pipe.pump, args=(tunnel, far), name="piped tunnel", daemon=True)
        pump.start()
        try:
            yield pipe
        finally:
            with suppress(OSError):
                near.shutdown(socket.SHUT_RDWR)
            # Before the tunnel is closed under it: the number of a closed socket is soon another one's.
            pump.join(_END_SECONDS)
