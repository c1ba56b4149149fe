"""Builds one part from its pinned Go modules into a folder of the cache."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dev import DevError, cache
from dev.toolchain.parts import MODULES, Build, ModuleFile, Part

_FLAGS = ("-trimpath", "-buildvcs=false")
_SETTINGS = {"CGO_ENABLED": "0", "GOWORK": "off", "GOTOOLCHAIN": "local", "GOFLAGS": ""}
"""What else would change what is built: the user's own Go settings reach only where modules come from and are kept."""
_TAIL_LINES = 20


class ToolchainError(DevError):
    """A tool cannot be built; the message names the log and shows its end."""


@dataclass(frozen=True, kw_only=True)
class Log:
    """The log of one part's build, kept whole for a failure and counted for the progress."""

    path: Path

    def reached(self) -> str:
        """Say how far the build is: Go writes a line for each module it fetches and each package it compiles."""
        try:
            lines = self.path.read_bytes().splitlines()
        except FileNotFoundError:
            lines = []
        fetched = sum(line.startswith(b"go: downloading") for line in lines)
        compiled = sum(not line.startswith((b"go: ", b"$ ")) for line in lines)
        counts = {"modules fetched": fetched, "packages compiled": compiled}
        return ", ".join(f"{count} {what}" for what, count in counts.items() if count)

    def tail(self) -> str:
        """Give the end of the log, for the message of a failure."""
        return "\n".join(self.path.read_text(errors="replace").splitlines()[-_TAIL_LINES:])


def platform() -> str:
    """Name the Go version and the platform, which are part of what a build depends on."""
    try:
        result = subprocess.run(
            ["go", "env", "GOVERSION", "GOOS", "GOARCH"], capture_output=True, text=True, check=True, env=_environment()
        )
    except (OSError, subprocess.CalledProcessError) as error:
        raise ToolchainError(f"`go env` does not work ({error}): install Go 1.26 and put it on PATH") from error
    return " ".join(result.stdout.split())


def part_key(part: Part, platform: str) -> str:
    """Hash all that the part's programs depend on."""
    inputs = [platform, repr(part.files), *_FLAGS, repr(sorted(_SETTINGS.items()))]
    for build in part.builds:
        inputs += [repr(sorted(build.programs.items())), _linker_flags(build.variables)]
    for module in sorted({build.module for build in part.builds}):
        for source in sorted((MODULES / module).iterdir()):
            inputs += [source.name, source.read_text()]
    return cache.key(*inputs)


def build_part(part: Part, target: Path, log: Log, lock: int) -> None:
    """Build every program of the part into `target`; `lock` is inherited, see cache.lock."""
    log.path.parent.mkdir(parents=True, exist_ok=True)
    log.path.write_text("")
    for build in part.builds:
        _go_build(build, target, log, lock)
    for file in part.files:
        _install(file, target, log, lock)


def _go_build(build: Build, target: Path, log: Log, lock: int) -> None:
    packages = list(build.programs.values())
    flags = [*_FLAGS, "-v", "-ldflags", _linker_flags(build.variables)]
    _go(["build", *flags, "-o", f"{target}/", *packages], build.module, log, lock)
    for name, package in build.programs.items():
        (target / _default_name(build.module, package)).rename(target / name)


def _install(file: ModuleFile, target: Path, log: Log, lock: int) -> None:
    folder = _go(["list", "-m", "-f", "{{.Dir}}", file.dependency], file.module, log, lock)
    shutil.copyfile(Path(folder.strip()) / file.path, target / file.name)
    (target / file.name).chmod(0o755)


def _go(arguments: Sequence[str], module: str, log: Log, lock: int) -> str:
    command = ["go", *arguments]
    with log.path.open("a") as sink:
        sink.write(f"$ {' '.join(command)}\n")
        sink.flush()
        result = subprocess.run(
            command,
            cwd=MODULES / module,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=sink,
            text=True,
            pass_fds=(lock,),
            check=False,
        )
    if result.returncode != 0:
        raise ToolchainError(
            f"building {module} failed (exit code {result.returncode}); the whole log is {log.path}, its end:\n"
            f"{log.tail()}\nRun the same command again: what was compiled so far is kept."
        )
    return result.stdout


def _environment() -> Mapping[str, str]:
    return {**os.environ, **_SETTINGS}


def _linker_flags(variables: Mapping[str, str]) -> str:
    return " ".join(["-s", "-w", *(f"-X {name}={value}" for name, value in variables.items())])


def _default_name(module: str, package: str) -> str:
    """Give the name that Go chooses for a program: the last element of its path that is not a major version."""
    path = module if package == "." else package
    return re.sub(r"/v\d+$", "", path).rpartition("/")[2]
