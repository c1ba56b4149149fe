"""One session on real parts: the local three-zone Kubernetes, and on it both stacks from nothing.

The session takes down what it finds, starts its own cluster and leaves it down, whatever happened in between.
"""

from collections.abc import Iterator

import pytest

from dev import cluster, images, toolchain
from dev.progress import Progress
from dev.up import clear
from tests.e2e.platform import Platform

STACKS = ("local", "local-kraft")


@pytest.fixture(scope="session")
def tools() -> toolchain.Toolchain:
    """The engine and Kubernetes, built if need be."""
    return toolchain.ensure(Progress())


@pytest.fixture(scope="session")
def local_cluster(tools: toolchain.Toolchain) -> Iterator[cluster.Cluster]:
    """A local cluster of this session's own."""
    progress = Progress()
    archives = images.ensure(progress)
    clear(progress)
    try:
        yield cluster.up(tools.bin, archives, progress)
    finally:
        clear(progress)


@pytest.fixture(scope="session", params=STACKS)
def platform(request: pytest.FixtureRequest, local_cluster: cluster.Cluster, tools: toolchain.Toolchain) -> Platform:
    """A stack that was brought up from nothing. Every test leaves it serving, at the edits that the platform keeps."""
    platform = Platform(name=request.param, tools=tools.bin)
    platform.first_up = platform.up()
    return platform
