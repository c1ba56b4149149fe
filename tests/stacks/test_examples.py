"""The examples in docs/examples are right: each of them is read as the program would, and every pool of it rendered."""

from pathlib import Path

import pytest

from components.args import cluster_args
from components.spec.parsing import parse_cluster
from components.spec.rendering import wishes
from tests.stacks.test_stack_files import ROOT, settings_of

EXAMPLES = sorted((ROOT / "docs" / "examples").glob("Pulumi.*.yaml"))


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.name)
def test_every_example_is_a_stack_that_renders(file: Path) -> None:
    spec = settings_of(file).cluster
    assert parse_cluster(cluster_args(spec)) == spec
    pools = [pool for found in wishes(spec).values() for pool in found]
    assert len({pool["workload"] for pool in pools}) == len(pools) >= 6


def test_the_readme_names_every_example() -> None:
    text = (ROOT / "README.md").read_text()
    assert EXAMPLES
    assert [file.name for file in EXAMPLES if f"docs/examples/{file.name}" not in text] == []
