"""Timed progress lines for work that takes seconds to minutes: builds, images, the cluster, the stacks."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

HEARTBEAT_SECONDS = 20.0


def elapsed(seconds: float) -> str:
    """Write a duration as people read it: 0.4 s, 12 s, 3 min 05 s."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{int(seconds) // 60} min {int(seconds) % 60:02d} s"


class Progress:
    """Writes whole lines, from any thread, so that a terminal and a CI log read the same."""

    def __init__(self, stream: TextIO | None = None, heartbeat: float = HEARTBEAT_SECONDS) -> None:
        self._stream = stream if stream is not None else sys.stdout
        self._heartbeat = heartbeat
        self._lock = threading.Lock()

    def say(self, line: str) -> None:
        """Write one line at once."""
        with self._lock:
            self._stream.write(line + "\n")
            self._stream.flush()

    @contextmanager
    def step(self, name: str, detail: Callable[[], str] = lambda: "") -> Iterator[None]:
        """Say that a step starts and ends, with its time; in between say every 20 s how far it is, with `detail()`."""
        started = time.monotonic()
        done = threading.Event()

        def report() -> None:
            while not done.wait(self._heartbeat):
                more = detail()
                self.say(f"  {name}: {elapsed(time.monotonic() - started)}{', ' + more if more else ''}")

        self.say(f"{name} ...")
        reporter = threading.Thread(target=report, daemon=True)
        reporter.start()
        try:
            yield
        except BaseException:
            self.say(f"{name}: failed after {elapsed(time.monotonic() - started)}")
            raise
        else:
            self.say(f"{name}: done in {elapsed(time.monotonic() - started)}")
        finally:
            done.set()
            reporter.join()
