"""Finds the parts that are already on PATH in a fitting version."""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from dev import cache
from dev.toolchain.parts import Part, Version

_VERSION = re.compile(r"\bv?(\d+)\.(\d+)\.(\d+)")


def search_path() -> str:
    """Give PATH without our own cache, whose programs would otherwise be found as if someone had installed them."""
    own = cache.root().resolve()
    folders = (folder for folder in os.environ.get("PATH", "").split(os.pathsep) if folder)
    return os.pathsep.join(folder for folder in folders if not Path(folder).resolve().is_relative_to(own))


def find(part: Part, path: str) -> dict[str, Path] | None:
    """Find every program of the part on `path`, in a version that fits; None when one is missing or does not fit."""
    found = {name: shutil.which(name, path=path) for name in part.programs}
    located = {name: Path(where) for name, where in found.items() if where}
    if len(located) < len(found) or not part.probes:
        return None
    for program, arguments in part.probes.items():
        version = _probe([str(located[program]), *arguments])
        if version is None or not part.at_least <= version < part.below:
            return None
    return located


def _probe(command: Sequence[str]) -> Version | None:
    """Read the first version in what the command prints; None when it cannot be run, fails or prints none."""
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        result = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=20,
            env=environment,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = _VERSION.search(result.stdout) if result.returncode == 0 else None
    return tuple(int(number) for number in match.groups()) if match else None
