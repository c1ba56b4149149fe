"""One session on real parts: the local three-zone Kubernetes, and on it both stacks from nothing.

The session takes down what it finds, starts its own cluster and leaves it down, whatever happened in between. With
`--keep` it uses the cluster and the stacks that run and leaves them: for work on one test.
"""

from collections.abc import Iterator

import pytest

from dev import cluster, images, toolchain
from dev.progress import Progress
from dev.proof import prove
from dev.up import clear
from tests.e2e.platform import Platform

STACKS = ("local", "local-kraft")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--keep`."""
    parser.addoption("--keep", action="store_true", help="use the running local cluster and stacks, and leave them")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Try the cluster itself first, while nothing runs on it."""
    items.sort(key=lambda item: not item.path.name.startswith("test_local_cluster"))


@pytest.fixture(scope="session")
def tools() -> toolchain.Toolchain:
    """The engine and Kubernetes, built if need be."""
    return toolchain.ensure(Progress())


@pytest.fixture(scope="session")
def local_cluster(request: pytest.FixtureRequest, tools: toolchain.Toolchain) -> Iterator[cluster.Cluster]:
    """A local cluster of this session's own."""
    progress = Progress()
    archives = images.ensure(progress)
    if request.config.getoption("--keep"):
        yield cluster.up(tools.bin, archives, progress)
        return
    clear(progress)
    try:
        yield cluster.up(tools.bin, archives, progress)
    finally:
        clear(progress)


@pytest.fixture(scope="session", params=STACKS)
def platform(
    request: pytest.FixtureRequest, local_cluster: cluster.Cluster, tools: toolchain.Toolchain
) -> Iterator[Platform]:
    """A stack that was brought up from nothing. Every test leaves it serving, at the edits that the platform keeps.

    It is destroyed when the last test that uses it is done, to make room for the next one.
    """
    platform = Platform(name=request.param, tools=tools.bin)
    platform.first_up = platform.up()
    prove(platform.bootstrap())
    yield platform
    if not request.config.getoption("--keep"):
        platform.engine("destroy", "--yes", "--skip-preview")
