"""A Kubernetes API server on loopback, and the connection to it as a stack would write it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from hooks.providers.wire import ConnectionArgs
from tests.clients.fake_api_server import FakeApiServer, serve


@pytest.fixture
def server() -> FakeApiServer:
    """Return an empty API server."""
    return FakeApiServer()


@pytest.fixture
def at(server: FakeApiServer, tmp_path: Path) -> Iterator[ConnectionArgs]:
    """Serve it and return the connection."""
    with serve(server) as address:
        path = tmp_path / "kubeconfig"
        kubeconfig = {
            "clusters": [{"name": "c", "cluster": {"server": address}}],
            "users": [{"name": "u", "user": {}}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
            "current-context": "x",
        }
        path.write_text(json.dumps(kubeconfig))
        yield {"kubeconfig": str(path), "context": "x", "namespace": "streams", "cluster": "kafka"}
