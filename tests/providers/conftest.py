"""The connection to the API server on loopback, as a stack would write it."""

from pathlib import Path

import pytest

from hooks.providers.wire import ConnectionArgs


@pytest.fixture
def at(kubeconfig: Path) -> ConnectionArgs:
    """Return the connection."""
    return {"kubeconfig": str(kubeconfig), "context": "trial", "namespace": "streams", "cluster": "kafka"}
