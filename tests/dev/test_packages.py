"""dev/packages.txt against the code: what it installs is used, and what is used is installed."""

import ast
import os
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from dev import PROJECT
from dev.toolchain.parts import PARTS

PREREQUISITES = {"go", "mvn", "jlink", "java"}
"""Checked by dev/setup.sh, each with its install line."""


def listed() -> list[tuple[str, str, str]]:
    """The lines of the list: package, program, the file that uses it."""
    lines = (PROJECT / "dev" / "packages.txt").read_text().splitlines()
    return [(a, b, c) for a, b, c in (line.split() for line in lines if line and not line.startswith("#"))]


def first_words(tree: ast.Module) -> Iterator[str]:
    """Every constant that begins a list or tuple of words, or the arguments of a call: what could be a program."""
    for node in ast.walk(tree):
        words = node.args if isinstance(node, ast.Call) else node.elts if isinstance(node, ast.List | ast.Tuple) else []
        # `run(*prefix, "sysctl", ...)`: the prefix is another command that runs this one.
        plain = [word for word in words if not isinstance(word, ast.Starred)]
        if len(words) > 1 and plain and isinstance(plain[0], ast.Constant) and isinstance(plain[0].value, str):
            yield plain[0].value


@cache
def package_of(program: str) -> tuple[str, bool] | None:
    """The Debian package of an installed program and whether every Debian has it; None when it is no program."""
    for folder in ("/usr/sbin", "/usr/bin", "/sbin", "/bin"):
        path = Path(folder) / program
        if path.is_file() and os.access(path, os.X_OK):
            # Resolved too: some programs, those of iptables for one, are reached over /etc/alternatives.
            question = ["dpkg", "-S", str(path), str(path.resolve())]
            found = subprocess.run(question, capture_output=True, text=True, check=False)
            if found.stdout:
                name = found.stdout.split(":")[0]
                form = "${Essential} ${Priority}"
                status = subprocess.run(
                    ["dpkg-query", "-W", "-f", form, name], capture_output=True, text=True, check=True
                )
                return name, any(word in status.stdout.split() for word in ("yes", "required"))
    return None


def test_every_listed_package_names_a_file_that_uses_it() -> None:
    for package, program, user in listed():
        assert Path(program).name in (PROJECT / user).read_text(), f"{user} does not use {program} of {package}"


def test_every_program_that_the_code_starts_is_listed_or_always_there() -> None:
    packages = {package for package, _, _ in listed()}
    built = {program for part in PARTS for program in part.programs}
    for file in sorted((PROJECT / "dev").rglob("*.py")):
        for word in first_words(ast.parse(file.read_text())):
            found = None if word in PREREQUISITES | built or "/" in word else package_of(word)
            if found is not None:
                name, always = found
                where = file.relative_to(PROJECT)
                assert always or name in packages, f"{where} starts {word} of {name}, which dev/packages.txt lacks"


def test_the_listed_program_is_the_packages_own() -> None:
    for package, program, _ in listed():
        if program.startswith("/"):
            assert Path(program).exists()
        else:
            found = package_of(program)
            # A program that came another way (Docker's containerd, say) is as good.
            assert found is None or found[0] == package or not Path(f"/var/lib/dpkg/info/{package}.list").exists()
