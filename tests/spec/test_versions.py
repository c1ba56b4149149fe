"""Which version runs in which mode."""

import pytest

from components.spec.model import Mode
from components.spec.versions import parse_version, refusal


@pytest.mark.parametrize("text", ["", "3.9", "v3.9.2", "3.9.2-rc1", "latest", "3.9.2\n"])
def test_what_is_no_full_version_is_none(text: str) -> None:
    assert parse_version(text) is None


@pytest.mark.parametrize(
    ("text", "mode", "runs"),
    [
        ("3.6.2", "zookeeper", False),
        ("3.7.0", "zookeeper", True),
        ("3.9.2", "zookeeper", True),
        ("4.0.0", "zookeeper", False),
        ("3.8.1", "kraft", False),
        ("3.9.0", "kraft", True),
        ("4.3.1", "kraft", True),
        ("5.0.0", "kraft", False),
    ],
)
def test_a_version_runs_only_in_the_modes_that_it_has(text: str, mode: Mode, runs: bool) -> None:
    version = parse_version(text)
    assert version is not None
    assert (refusal(version, mode) is None) is runs
