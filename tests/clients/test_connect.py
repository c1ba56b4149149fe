"""What is opened for one operation is closed after it, whatever becomes of the rest."""

from pathlib import Path

import pytest

from hooks import connect
from hooks.clients.admin import KafkaAdmin
from hooks.clients.bridge import Bridge
from hooks.clients.connection import Connection
from hooks.clients.progress import PrintedProgress
from hooks.clients.rest import ApiServer


def test_a_close_that_fails_leaves_nothing_else_open(kubeconfig: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[str] = []

    def fails(self: KafkaAdmin) -> None:
        closed.append("admin")
        raise OSError("the client is broken")

    bridge_close, api_close = Bridge.close, ApiServer.close
    monkeypatch.setattr(KafkaAdmin, "close", fails)
    monkeypatch.setattr(Bridge, "close", lambda self: (closed.append("bridge"), bridge_close(self)))
    monkeypatch.setattr(ApiServer, "close", lambda self: (closed.append("api"), api_close(self)))
    at = Connection(kubeconfig=str(kubeconfig), context="trial", namespace="streams", cluster="kafka")
    with pytest.raises(OSError, match="broken"), connect.world(at, "kraft", PrintedProgress()):
        pass
    assert closed == ["admin", "bridge", "api", "api"]
