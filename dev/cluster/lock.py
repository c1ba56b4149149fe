"""One local cluster per machine: every change of it holds one lock, which the kernel frees when its holder dies."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from dev.cluster.errors import ClusterError
from dev.cluster.state import LOCK
from dev.progress import Progress

PATIENCE_SECONDS = 300.0


@contextmanager
def cluster_lock(progress: Progress, patience: float = PATIENCE_SECONDS) -> Iterator[None]:
    """Hold the machine's cluster lock; wait for another holder, saying so. Raises ClusterError after `patience`."""
    descriptor = os.open(LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _take(descriptor, progress, patience)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int, progress: Progress, patience: float) -> None:
    deadline = time.monotonic() + patience
    told = False
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            holder = os.pread(descriptor, 32, 0).decode().strip() or "unknown"
        if time.monotonic() > deadline:
            raise ClusterError(
                f"process {holder} has held {LOCK} for {patience:.0f} s, and only one may change the local cluster "
                f"at a time; wait for it or end it"
            )
        if not told:
            progress.say(f"process {holder} is changing the local cluster; waiting for it")
            told = True
        time.sleep(0.2)
