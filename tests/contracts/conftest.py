"""One provider process for all claims of a module, and the connection to an API server on loopback."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts.engine import DynamicProcess, dynamic_process


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DynamicProcess]:
    """Run a provider process."""
    with dynamic_process(tmp_path_factory.mktemp("process")) as started:
        yield started


@pytest.fixture
def connection(kubeconfig: Path) -> dict[str, str]:
    """Return the connection as the engine sends it."""
    return {"kubeconfig": str(kubeconfig), "context": "trial", "namespace": "streams", "cluster": "kafka"}
