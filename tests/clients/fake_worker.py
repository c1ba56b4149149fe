"""A worker of Kafka Connect on loopback, which answers every request with what a test has set for it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from tests.clients.fake_api_server import FakeApiServer

PODS = "/api/v1/namespaces/streams/pods"


@dataclass
class FakeWorker:
    """Answers every request with what was set for it."""

    answers: dict[str, tuple[int, object]] = field(default_factory=dict)
    asked: list[tuple[str, object]] = field(default_factory=list)
    port: int = 0
    closing: bool = False
    """Whether it ends the connection after each answer."""

    @contextmanager
    def served(self) -> Iterator[None]:
        worker = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                request = f"{self.command} {self.path}"
                worker.asked.append((request, json.loads(body) if body else None))
                status, told = worker.answers.get(request, (204, None))
                text = b"" if told is None else told.encode() if isinstance(told, str) else json.dumps(told).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                if worker.closing:
                    self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_PUT = do_POST = do_DELETE = answer

            def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002 - the name that callers use

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = server.server_port
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()


def put(server: FakeApiServer, name: str, *, ready: bool = True) -> None:
    labels = {"kafka-platform/cluster": "kafka", "kafka-platform/component": "connect"}
    conditions = [{"type": "Ready", "status": str(ready)}]
    server.put(PODS, {"metadata": {"name": name, "labels": labels}, "status": {"conditions": conditions}})
