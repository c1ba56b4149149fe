"""Certificates made at run time, and nodes on loopback that speak TLS with them."""

import datetime
import socket
import ssl
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from contract import ANNOTATION_ADMIN_SECRET, LABEL_CLUSTER
from hooks.clients.authority import Authority, Material, issue, new_authority

NOW = datetime.datetime.now(datetime.UTC)


def authority(name: str = "trial") -> Authority:
    """Return a fresh authority."""
    return new_authority(name, NOW)


def secret(name: str, material: Material) -> dict[str, Any]:
    """Return the Secret that holds it."""
    held = {"tls.crt": material.certificate, "tls.key": material.key, "ca.crt": material.authority}
    return {"metadata": {"name": name}, "data": {key: b64encode(value).decode() for key, value in held.items()}}


def secured_workload(name: str = "kafka-a", admin_secret: str | None = "kafka-admin-tls") -> dict[str, Any]:
    """Return a StatefulSet whose nodes speak TLS, or plain text without a Secret."""
    annotations = {} if admin_secret is None else {ANNOTATION_ADMIN_SECRET: admin_secret}
    return {"metadata": {"name": name, "labels": {LABEL_CLUSTER: "kafka"}, "annotations": annotations}}


class TlsTunnel:
    """A tunnel to a node that speaks TLS, asks for a certificate and echoes in capital letters."""

    def __init__(self, node: Material, folder: Path) -> None:
        """Serve with the node's certificate."""
        (folder / "node.pem").write_bytes(node.certificate + node.key)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(folder / "node.pem")
        self._context.load_verify_locations(cadata=node.authority.decode())
        self._context.verify_mode = ssl.CERT_REQUIRED
        self.closed = False
        self.subjects: list[str] = []

    def pump(self, local: socket.socket) -> None:
        """Be the node at the other end."""
        duplicate = local.dup()
        with suppress(OSError), duplicate, self._context.wrap_socket(duplicate, server_side=True) as node:
            certificate: Any = node.getpeercert()
            self.subjects.append(certificate["subject"][0][0][1])
            while data := node.recv(4096):
                node.sendall(data.upper())

    def close(self) -> None:
        """End."""
        self.closed = True


@contextmanager
def tls_server(tunnel: TlsTunnel) -> Iterator[int]:
    """Serve connections of the tunnel's node on a loopback port, and yield the port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                with client:
                    tunnel.pump(client)

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def node_material(by: Authority, *names: str, subject: str = "kafka-nodes", days: int = 30, old: int = 0) -> Material:
    """Return a certificate by this authority, made so many days ago for so many days."""
    return issue(by, subject, names, (NOW - datetime.timedelta(days=old), days))
