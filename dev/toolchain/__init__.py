"""The toolchain: Pulumi with its plugins, Kubernetes, etcd and CoreDNS, from PATH or built once from Go modules.

`ensure` is the only entry. It asks for each part whether PATH has it, else whether the cache has it, else builds it,
and returns one folder in which every program has its usual name.
"""

import os
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

from dev import cache
from dev.progress import Progress
from dev.toolchain import gobuild, installed
from dev.toolchain.gobuild import ToolchainError
from dev.toolchain.parts import ENGINE, PARTS, Part

__all__ = ["ENGINE", "Toolchain", "ToolchainError", "ensure"]

_BUILDS_AT_ONCE = 2
"""Two builds on two cores: while one links or downloads, which keeps one core busy at most, the other compiles."""


@dataclass(frozen=True, kw_only=True)
class Toolchain:
    """Where the programs are. Put `bin` first on PATH, after the virtual environment's, to run pulumi."""

    bin: Path
    versions: Mapping[str, str]
    """Part -> its version and where it comes from, for people to read."""

    def program(self, name: str) -> Path:
        """Give the path of one program by its usual name."""
        return self.bin / name


def ensure(progress: Progress, parts: Sequence[Part] = PARTS) -> Toolchain:
    """Make the parts available and return them; quick when everything is on PATH or in the cache.

    `parts` is everything, for the local cluster, or ENGINE, for a stack on a cluster that is there already.
    """
    folder = cache.root() / "toolchain"
    path = installed.search_path()
    platform = gobuild.platform()
    programs: dict[str, Path] = {}
    versions: dict[str, str] = {}
    missing: list[tuple[Part, Path]] = []
    for part in parts:
        on_path = installed.find(part, path)
        if on_path is not None:
            programs |= on_path
            versions[part.name] = f"from {next(iter(on_path.values())).parent}"
            continue
        entry = folder / f"{part.name}-{gobuild.part_key(part, platform)}"
        programs |= {name: entry / "bin" / name for name in part.programs}
        versions[part.name] = part.version
        if not cache.is_present(entry):
            missing.append((part, entry))
    if missing:
        _build_all(missing, folder, progress)
    return Toolchain(bin=_link(programs, folder), versions=versions)


def _build_all(missing: list[tuple[Part, Path]], folder: Path, progress: Progress) -> None:
    def wait() -> None:
        progress.say(f"toolchain: another run is building into {folder}; waiting for it")

    with cache.lock(folder, wait) as lock:
        todo = [(part, entry) for part, entry in missing if not cache.is_present(entry)]
        if todo:
            names = ", ".join(part.name for part, _ in todo)
            progress.say(f"toolchain: building {names} from source; from nothing all take about 20 minutes on 2 cores")
        run = _Run(todo=todo, folder=folder, progress=progress, lock=lock)
        with ThreadPoolExecutor(max_workers=_BUILDS_AT_ONCE) as pool:
            builds = [pool.submit(run.build, number) for number in range(len(todo))]
            try:
                for build in as_completed(builds):
                    build.result()
            finally:
                # After a failure or an interrupt nothing new starts: the reason is seen now and not after the rest.
                run.over.set()
        cache.prune(folder)


@dataclass(frozen=True, kw_only=True)
class _Run:
    """The builds of one run, each in a thread of its own."""

    todo: Sequence[tuple[Part, Path]]
    folder: Path
    progress: Progress
    lock: int
    over: threading.Event = field(default_factory=threading.Event)

    def build(self, number: int) -> None:
        """Build one part into its entry, unless the run is over."""
        if self.over.is_set():
            return
        part, entry = self.todo[number]
        log = gobuild.Log(path=self.folder / "log" / f"{part.name}.log")
        title = f"toolchain {number + 1} of {len(self.todo)}: {part.name} {part.version}"
        try:
            with self.progress.step(title, log.reached), cache.entry(entry) as partial:
                (partial / "bin").mkdir()
                gobuild.build_part(part, partial / "bin", log, self.lock)
        except BaseException:
            self.over.set()
            raise


def _link(programs: Mapping[str, Path], folder: Path) -> Path:
    """Make the folder of links for exactly these programs, unless it is there already."""
    target = folder / f"bin-{cache.key(*(f'{name}={where}' for name, where in sorted(programs.items())))}"
    if cache.is_present(target):
        return target
    with cache.lock(folder, lambda: None):
        if not cache.is_present(target):
            with cache.entry(target) as partial:
                for name, where in sorted(programs.items()):
                    os.symlink(where, partial / name)
    return target
