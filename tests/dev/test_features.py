"""The README's table of features says of each what it was proven by, and a test of that kind is there to prove it."""

import ast
import re

import pytest

from dev import PROJECT

#: Where the tests of each kind of proof are. What is validated is validated by parts that only the slow tier has.
HOMES = {"real": "tests/e2e/", "validated": "tests/e2e/", "rendered": "tests/"}


def rows() -> list[tuple[str, str, str]]:
    """The rows of the table: the feature, the word for its proof, and the tests."""
    section = (PROJECT / "README.md").read_text().split("\n## Features\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [(a.strip(), b.strip(), c.strip()) for a, b, c in (line.strip("|").split(" | ") for line in lines)]


def test_the_table_has_rows_and_names_each_feature_once() -> None:
    features = [feature for feature, _, _ in rows()]
    assert len(features) > 5 and len(set(features)) == len(features)


@pytest.mark.parametrize(("feature", "proof", "tests"), rows(), ids=[feature for feature, _, _ in rows()])
def test_a_feature_names_tests_of_the_kind_that_it_claims(feature: str, proof: str, tests: str) -> None:
    assert proof in HOMES, f"{feature}: {proof!r} is none of {', '.join(HOMES)}"
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", tests)
    assert named, f"{feature}: no test"
    for file, name in named:
        assert file.startswith(HOMES[proof]), f"{feature}: {proof} by {file}"
        tree = ast.parse((PROJECT / file).read_text())
        assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}, f"{file}::{name}"
