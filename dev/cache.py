"""The content-addressed cache of everything that is built once: tools and images.

An entry is a folder named by what went into it. It is built beside its place and renamed into it, so it is whole or it
is absent, whatever ended the build. One lock per kind of entry keeps two runs from building the same thing at once.
"""

import fcntl
import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dev.progress import Progress

PARTIAL = ".partial-"
KEPT_SECONDS = 14 * 24 * 3600
"""How long an entry that nothing asks for is kept: going back to last week's commit should not build anything."""


def root() -> Path:
    """Name this project's folder in the user's cache folder."""
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (base if base.is_absolute() else Path.home() / ".cache") / "kafka-platform"


def key(*inputs: bytes | str) -> str:
    """Hash the inputs, each with its length, so that no two lists of inputs share a key."""
    digest = hashlib.sha256()
    for value in inputs:
        data = value.encode() if isinstance(value, str) else value
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()[:16]


@contextmanager
def lock(folder: Path, on_wait: Callable[[], None]) -> Iterator[int]:
    """Hold the folder's lock and remove what an ended run left half built.

    Yields the lock's file descriptor: a child that inherits it keeps the lock for as long as it lives, so a build whose
    parent was killed is waited for and not raced.
    """
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            on_wait()
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        for leftover in folder.glob(PARTIAL + "*"):
            shutil.rmtree(leftover)
        yield descriptor
    finally:
        os.close(descriptor)


def is_present(entry: Path) -> bool:
    """Tell whether the entry is there, and if so note that it was asked for."""
    try:
        os.utime(entry)
    except FileNotFoundError:
        return False
    return True


def prune(folder: Path) -> None:
    """Remove the entries that nothing asked for in two weeks. Call it under the lock, after building something new."""
    oldest = time.time() - KEPT_SECONDS
    for entry in folder.iterdir():
        if entry.is_dir() and entry.name != "log" and entry.stat().st_mtime < oldest:
            shutil.rmtree(entry)


@contextmanager
def entry(target: Path) -> Iterator[Path]:
    """Give an empty folder to fill; it becomes `target` in one step if the block succeeds. Call it under the lock."""
    partial = target.parent / (PARTIAL + target.name)
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        yield partial
        partial.rename(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def ensure(target: Path, what: str, progress: Progress, make: Callable[[Path, Path], None]) -> Path:
    """Return the entry, made if it is not there by `make`, which is given the folder to fill and a log beside it."""
    folder = target.parent

    def wait() -> None:
        progress.say(f"{what}: another run is fetching into {folder}; waiting for it")

    if not is_present(target):
        with lock(folder, wait):
            if not is_present(target):
                with progress.step(what), entry(target) as partial:
                    make(partial, folder / "fetch.log")
                prune(folder)
    return target
