"""An API server's port-forward on loopback: the websocket handshake, the channels, and a pod behind them.

The pod echoes; the word `restart` makes its connection break, as a restarting broker's does.
"""

import base64
import hashlib
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
DATA, ERROR = 0, 1


class FakePortForward:
    """Serves port-forwards; what it does is set before it is dialled."""

    def __init__(self) -> None:
        """Begin with a pod that answers."""
        self.requests: list[str] = []
        self.refusal: str | None = None
        """What the pod's error channel says instead of data."""
        self.status = "101 Switching Protocols"
        self.answer_in_pieces = False
        self.silent = False
        self.port: int | None = None
        """Where on loopback the pod listens, in place of echoing."""
        self.ended = threading.Event()

    def serve_one(self, client: socket.socket) -> None:
        """Shake hands and echo until the client ends, which it may do at any point."""
        with client, suppress(ConnectionError):
            head = b""
            while b"\r\n\r\n" not in head:
                chunk = client.recv(4096)
                if not chunk:
                    return
                head += chunk
            self.requests.append(head.decode())
            client.sendall(self._handshake(head))
            if self.status.startswith("101"):
                self._forward(client)
        self.ended.set()

    def _handshake(self, head: bytes) -> bytes:
        key = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key:"))
        accepted = base64.b64encode(hashlib.sha1(key.split(b": ")[1] + _MAGIC).digest()).decode()
        lines = [f"HTTP/1.1 {self.status}", "Upgrade: websocket", "Connection: Upgrade"]
        lines += [f"Sec-WebSocket-Accept: {accepted}", "Sec-WebSocket-Protocol: v4.channel.k8s.io", "Content-Length: 0"]
        return "\r\n".join([*lines, "", ""]).encode()

    def _forward(self, client: socket.socket) -> None:
        for channel in (DATA, ERROR):
            client.sendall(_frame(bytes([channel]) + struct.pack("<H", 9092)))
        if self.refusal is not None:
            client.sendall(_frame(bytes([ERROR]) + self.refusal.encode()))
            # A connection closed over unread bytes is reset, and a reset takes what was sent with it.
            while _read_frame(client) is not None:
                pass
            return
        if self.port is not None:
            self._relay(client, self.port)
            return
        while (payload := _read_frame(client)) is not None:
            data = payload[1:]
            if data == b"restart":
                return
            if self.silent:
                continue
            pieces = [data[i : i + 1] for i in range(len(data))] if self.answer_in_pieces else [data]
            for piece in pieces:
                client.sendall(_frame(bytes([DATA]) + piece))

    def _relay(self, client: socket.socket, port: int) -> None:
        """Move bytes between the client's frames and the port until the client ends."""

        def back() -> None:
            with suppress(OSError):
                while data := far.recv(4096):
                    client.sendall(_frame(bytes([DATA]) + data))

        with socket.create_connection(("127.0.0.1", port)) as far:
            threading.Thread(target=back, daemon=True).start()
            while (payload := _read_frame(client)) is not None:
                far.sendall(payload[1:])


@contextmanager
def serve(server: FakePortForward) -> Iterator[str]:
    """Serve on a free loopback port; yields the address."""
    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=server.serve_one, args=(client,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def _frame(payload: bytes) -> bytes:
    """Return a binary frame as a server sends it, unmasked."""
    if len(payload) < 126:
        return bytes([0x82, len(payload)]) + payload
    return bytes([0x82, 126]) + struct.pack(">H", len(payload)) + payload


def _read_frame(client: socket.socket) -> bytes | None:
    """Read a client's frame, unmask it, and return its payload; None at the end."""
    head = _exactly(client, 2)
    if head is None or head[0] & 0x0F == 0x8:
        return None
    length = head[1] & 0x7F
    if length == 126:
        length = struct.unpack(">H", _exactly(client, 2) or b"\0\0")[0]
    mask = _exactly(client, 4) or b"\0\0\0\0"
    masked = _exactly(client, length) or b""
    return bytes(byte ^ mask[i % 4] for i, byte in enumerate(masked))


def _exactly(client: socket.socket, count: int) -> bytes | None:
    received = b""
    while len(received) < count:
        try:
            chunk = client.recv(count - len(received))
        except OSError:
            return None
        if not chunk:
            return None
        received += chunk
    return received
