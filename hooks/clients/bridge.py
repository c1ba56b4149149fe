"""An HTTP CONNECT proxy inside this process that leads onto Kubernetes port-forward.

The Kafka client passes the brokers' internal names unresolved to its proxy, so the ordinary listener serves the hooks:
no extra listener, no load balancer, only the right to forward ports. Bound to loopback on a free port, and closed to
everybody who does not present this process' random password; it leads nowhere but to the cluster's own pods.
"""

import base64
import hmac
import re
import secrets
import socket
import threading
from collections.abc import Callable
from contextlib import suppress

from hooks.clients.forward import Tunnel
from hooks.clients.sockets import SCHEME
from hooks.interfaces import HookError

Dial = Callable[[str, int], Tunnel]
"""Opens a connection to a port of a pod."""

_HEAD_LIMIT = 8192
_HEAD_SECONDS = 5.0
_GRANTED = b"HTTP/1.1 200 Connection established\r\n\r\n"


class Bridge:
    """The proxy. One thread accepts, one per connection moves bytes; `close` ends them all."""

    def __init__(self, dial: Dial, namespace: str, services: dict[str, frozenset[int]]) -> None:
        """Listen at once. Allowed are pods of these headless Services, on these ports."""
        self._dial = dial
        self._namespace = namespace
        self._services = services
        self._password = secrets.token_urlsafe(24)
        self._credentials = base64.b64encode(f"hooks:{self._password}".encode())
        self._open: set[socket.socket] = set()
        self._threads: set[threading.Thread] = set()
        self._lock = threading.Lock()
        self._closed = False
        self._last_error: str | None = None
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._acceptor = threading.Thread(target=self._accept, name="bridge", daemon=True)
        self._acceptor.start()

    @property
    def proxy_url(self) -> str:
        """The address for the Kafka client, with this process' password."""
        return f"{SCHEME}://hooks:{self._password}@127.0.0.1:{self._listener.getsockname()[1]}"

    @property
    def last_error(self) -> str | None:
        """Why the last connection failed, if one did: the client itself reports only a time-out."""
        return self._last_error

    def forget_error(self) -> None:
        """Start afresh, so that an error belongs to what is tried next."""
        self._last_error = None

    def close(self) -> None:
        """End every connection and thread. Idempotent."""
        with self._lock:
            self._closed = True
            waiting = [self._acceptor, *self._threads]
            for held in (self._listener, *self._open):
                with suppress(OSError):
                    held.shutdown(socket.SHUT_RDWR)
        for thread in waiting:
            thread.join(timeout=_HEAD_SECONDS)
        self._listener.close()

    def _accept(self) -> None:
        """Serve each connection in a thread of its own until closed."""
        while True:
            try:
                local, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(local,), name="bridge connection", daemon=True)
            with self._lock:
                if self._closed:
                    local.close()
                    return
                self._open.add(local)
                self._threads.add(thread)
                # Within the lock: `close` joins what it finds here, and a thread that has not begun cannot be joined.
                thread.start()

    def _serve(self, local: socket.socket) -> None:
        """Check the request, grant it and move bytes until one side ends."""
        try:
            target = self._requested(local)
            if target is not None:
                # Granted before dialling: the client spins while it waits for this line.
                local.sendall(_GRANTED)
                self._connect(local, *target)
        except HookError as error:
            self._last_error = str(error)
        except OSError as error:
            self._last_error = f"the connection to this process' own proxy broke: {error}"
        finally:
            # Only now: who sees the end of the connection may ask for the reason at once.
            local.close()
            with self._lock:
                self._open.discard(local)
                self._threads.discard(threading.current_thread())

    def _connect(self, local: socket.socket, pod: str, port: int) -> None:
        """Dial the pod and move bytes."""
        tunnel = self._dial(pod, port)
        try:
            local.settimeout(None)
            tunnel.pump(local)
        finally:
            tunnel.close()

    def _requested(self, local: socket.socket) -> tuple[str, int] | None:
        """Read the request and return the pod and port, or answer why not and return None."""
        head = _head(local)
        lines = head.split(b"\r\n")
        offered = next((li for li in lines[1:] if li.lower().startswith(b"proxy-authorization: basic ")), b"")
        if not hmac.compare_digest(offered.rpartition(b" ")[2], self._credentials):
            return self._deny(local, "407 Proxy Authentication Required", "a connection without this run's password")
        request = re.fullmatch(rb"CONNECT ([a-z0-9.-]+):(\d{1,5}) HTTP/1\.[01]", lines[0])
        if request is None:
            return self._deny(local, "405 Method Not Allowed", f"{lines[0][:80]!r}, only CONNECT is served")
        host, port = request[1].decode(), int(request[2])
        pod = self._pod(host, port)
        if pod is None:
            return self._deny(local, "403 Forbidden", f"{host}:{port}, which is no broker of this cluster")
        return pod, port

    def _pod(self, host: str, port: int) -> str | None:
        """Return the pod that the internal name stands for, None for any other name."""
        for service, ports in self._services.items():
            pod = host.removesuffix(f".{service}.{self._namespace}.svc.cluster.local")
            if port in ports and pod != host and pod and "." not in pod:
                return pod
        return None

    def _deny(self, local: socket.socket, status: str, what: str) -> None:
        """Answer with a status and keep the reason."""
        self._last_error = f"the proxy refused {what}"
        local.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())


def _head(local: socket.socket) -> bytes:
    """Read up to the empty line."""
    local.settimeout(_HEAD_SECONDS)
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        chunk = local.recv(_HEAD_LIMIT)
        if not chunk or len(head) + len(chunk) > _HEAD_LIMIT:
            raise OSError("no complete request")
        head += chunk
    return head
