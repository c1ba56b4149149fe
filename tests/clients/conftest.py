"""The API server that the clients' claims are tried on: a small one on loopback."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from hooks.clients.connection import Connection, Patience
from hooks.clients.rest import ApiServer
from tests.clients.fake_api_server import FakeApiServer, serve


class StillClock:
    """A clock that moves only when somebody waits."""

    def __init__(self) -> None:
        """Begin at zero."""
        self.time = 0.0

    def now(self) -> float:
        """Return the seconds that were waited so far."""
        return self.time

    def sleep(self, seconds: float) -> None:
        """Let the time pass at once."""
        self.time += seconds


@pytest.fixture
def server() -> FakeApiServer:
    """Return an empty API server."""
    return FakeApiServer()


@pytest.fixture
def clock() -> StillClock:
    """Return a clock of the test's own."""
    return StillClock()


@pytest.fixture
def kubeconfig(server: FakeApiServer, tmp_path: Path) -> Iterator[Path]:
    """Serve it and write the kubeconfig that leads there."""
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


@pytest.fixture
def connection(kubeconfig: Path) -> Connection:
    """Return the connection to the cluster `kafka` in the namespace `streams` on it."""
    return Connection(kubeconfig=str(kubeconfig), context="trial", namespace="streams", cluster="kafka")


@pytest.fixture
def api(connection: Connection, clock: StillClock) -> Iterator[ApiServer]:
    """Return a client of it that waits up to a minute for an API server that is away."""
    api = ApiServer(connection, clock, Patience(answer=5, outage=60.0))
    yield api
    api.close()
