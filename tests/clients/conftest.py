"""The API server that the clients' claims are tried on, through a clock that waits for nobody."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hooks.clients.connection import Connection, Patience
from hooks.clients.pods import KubernetesPods
from hooks.clients.rest import ApiServer


class StillClock:
    """A clock that moves only when somebody waits."""

    def __init__(self) -> None:
        """Begin at zero."""
        self.time = 0.0

    def now(self) -> float:
        """Return the seconds that were waited so far."""
        return self.time

    def minute_of_day(self) -> int:
        return int(self.now() // 60) % 1440

    def sleep(self, seconds: float) -> None:
        """Let the time pass at once."""
        self.time += seconds


@pytest.fixture
def clock() -> StillClock:
    """Return a clock of the test's own."""
    return StillClock()


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


@pytest.fixture
def pods(api: ApiServer) -> KubernetesPods:
    """Return the pods on it."""
    return KubernetesPods(api)
