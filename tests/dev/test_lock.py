"""requirements.lock against pyproject.toml, without any package index: `make lock` writes it anew."""

import re
import tomllib
from importlib import metadata

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

from dev import PROJECT

LOCK = (PROJECT / "requirements.lock").read_text()


def pins() -> dict[NormalizedName, str]:
    """Every locked distribution that this machine's markers select: name -> version."""
    requirements = [Requirement(line.rstrip(" \\")) for line in re.findall(r"^[a-z0-9].*$", LOCK, re.MULTILINE)]
    return {
        canonicalize_name(requirement.name): str(requirement.specifier).removeprefix("==")
        for requirement in requirements
        if requirement.marker is None or requirement.marker.evaluate()
    }


def asked_for() -> list[Requirement]:
    """What pyproject.toml asks for: the dependencies and the development group."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    return [Requirement(text) for text in (*project["project"]["dependencies"], *project["dependency-groups"]["dev"])]


def test_the_lock_satisfies_every_requirement_of_the_project() -> None:
    locked = pins()
    for requirement in asked_for():
        version = locked.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement} is not locked; run `make lock`"
        assert requirement.specifier.contains(version), f"{requirement} is locked at {version}; run `make lock`"


def test_the_lock_has_nothing_that_no_requirement_leads_to() -> None:
    locked = pins()
    reached = set[str]()
    waiting = [canonicalize_name(requirement.name) for requirement in asked_for()]
    while waiting:
        name = waiting.pop()
        if name in reached or name not in locked:
            continue
        reached.add(name)
        requirements = [Requirement(text) for text in metadata.requires(name) or ()]
        # An extra may be asked for by anyone: following all of them finds too much, never too little.
        waiting += [canonicalize_name(requirement.name) for requirement in requirements]
    assert set(locked) - reached == set(), "run `make lock`"


def test_the_environment_is_the_lock() -> None:
    installed = {canonicalize_name(found.name): found.version for found in metadata.distributions()}
    assert pins().items() <= installed.items(), "run any `make` target: it sets the environment up"


def test_every_locked_file_is_known_by_its_hash() -> None:
    blocks = re.split(r"\n(?=[a-z0-9])", LOCK.strip())
    assert all("--hash=sha256:" in block for block in blocks)
