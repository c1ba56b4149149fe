"""The README and the pages under docs say what is there: tests, paths, links, settings, and nobody's own machine."""

import ast
import re
from pathlib import Path

from dev import PROJECT, reference
from dev.__main__ import COMMANDS

README = (PROJECT / "README.md").read_text()
PAGES = [PROJECT / "README.md", PROJECT / "CHANGELOG.md", *sorted((PROJECT / "docs").rglob("*.md"))]


def section(title: str) -> str:
    """The text under a heading of the README."""
    return README.split(f"\n## {title}\n")[1].split("\n## ")[0]


def mapped() -> set[str]:
    """The paths of the map."""
    return {line.split()[0] for line in section("Map of the code").split("```")[1].splitlines() if line}


def names_in(file: Path) -> set[str]:
    return {node.name for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.FunctionDef)}


def test_every_safety_line_names_tests_that_exist() -> None:
    lines = re.split(r"^- ", section("Safety"), flags=re.MULTILINE)[1:]
    assert len(lines) > 15
    for line in lines:
        named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", line)
        assert named, f"no test: {line}"
        for file, name in named:
            assert name in names_in(PROJECT / file), f"{file}::{name}"


def test_every_path_of_the_map_exists() -> None:
    assert {path for path in mapped() if not (PROJECT / path).exists()} == set()


def test_the_map_names_every_folder_and_package() -> None:
    code = [entry for entry in PROJECT.iterdir() if any(entry.glob("*.py")) or any(entry.glob("*.pyi"))]
    top = {entry.name for entry in code if not entry.name.startswith((".", "__"))} | {"typings", "docs/decisions"}
    modules = {file.name for file in PROJECT.glob("*.py")}
    packages = {
        str(file.parent.relative_to(PROJECT))
        for name in ("components", "hooks", "stacks", "dev")
        for file in (PROJECT / name).rglob("__init__.py")
    }
    assert (top | modules | packages) - mapped() == set()


def test_links_and_decisions_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_decisions_have_a_number_each_and_say_what_was_rejected() -> None:
    pages = {int(page.name[:4]): page for page in (PROJECT / "docs" / "decisions").glob("*.md")}
    assert len(pages) == len(list((PROJECT / "docs" / "decisions").iterdir()))
    for number, page in pages.items():
        text = page.read_text()
        assert text.startswith(f"# {number}. ")
        for part in ("Situation", "Decision", "Rejected"):
            assert f"**{part}.**" in text, f"{page.name}: {part}"


def test_files_that_decisions_name_exist() -> None:
    for page in PAGES:
        for path in re.findall(r"`((?:components|hooks|stacks|dev|tests|docs)/[\w./-]+\.\w+)", page.read_text()):
            assert (PROJECT / path).exists() or "NAME" in path, f"{page.name}: {path}"


def test_commands_of_the_readme_exist() -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (PROJECT / "Makefile").read_text(), flags=re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z0-9-]+)\b(?=[`\s]*(?:`|#|$))", README, flags=re.MULTILINE)) <= targets
    assert set(re.findall(r"python -m dev (\w+)", README)) <= COMMANDS.keys()


def test_the_reference_is_current() -> None:
    assert reference.TARGET.read_text() == reference.text(), "run `make reference`"


def test_no_page_names_a_place_of_somebodys_machine() -> None:
    for page in PAGES:
        found = re.findall(r"(?<![\w.}/])/(?:home|root|tmp|work|Users|mnt)\b[^\s`]*", page.read_text())
        assert found == [], f"{page.name}: {found}"
