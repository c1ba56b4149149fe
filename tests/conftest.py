"""What all tests share: a Kubernetes API server on loopback with the kubeconfig that leads there, and patience."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.clients.fake_api_server import FakeApiServer, serve

# No test fails for want of a fast machine.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture
def server() -> FakeApiServer:
    """Return an empty API server."""
    return FakeApiServer()


@pytest.fixture
def kubeconfig(server: FakeApiServer, tmp_path: Path) -> Iterator[Path]:
    """Serve it and write the kubeconfig that leads there, by the context `trial`."""
    with serve(server) as address:
        path = tmp_path / "kubeconfig"
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "trial", "cluster": {"server": address}}],
            "users": [{"name": "trial", "user": {}}],
            "contexts": [{"name": "trial", "context": {"cluster": "trial", "user": "trial"}}],
            "current-context": "trial",
        }
        path.write_text(json.dumps(config))
        yield path
