"""Runs a start script for real, with its absolute paths moved into a folder and Kafka's own scripts replaced."""

import os
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

from components.spec.data_folders import MOST_VOLUMES, data_folders
from components.spec.distributions import APACHE
from components.spec.scripts import CONFIG_MOUNT, IDENTITY_MOUNT, RUN_MOUNT

#: Stands for each of Kafka's scripts: it writes down how it was called.
_CALLED = '#!/bin/bash\necho "$(basename "$0")" "$@" >> "$CALLS"\n'


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a run of the script did."""

    code: int
    calls: tuple[str, ...]
    complaint: str


class Container:
    """The file system of a pod, below a folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        scripts = root / "kafka" / "bin"
        scripts.mkdir(parents=True)
        self.distribution = replace(APACHE, scripts=str(scripts))
        for name in ("kafka-server-start.sh", "zookeeper-server-start.sh", "kafka-storage.sh"):
            (scripts / name).write_text(_CALLED)
            (scripts / name).chmod(0o755)
        for mount in (CONFIG_MOUNT, RUN_MOUNT, IDENTITY_MOUNT):
            self.path(mount).mkdir(parents=True)

    def path(self, inside: str) -> Path:
        """Return where a path of the container is."""
        return self.root / inside.lstrip("/")

    def write(self, inside: str, text: str) -> None:
        """Write a file of the container."""
        self.path(inside).parent.mkdir(parents=True, exist_ok=True)
        self.path(inside).write_text(text)

    def run(self, script: str, pod: str) -> Outcome:
        """Run a start script as the pod of that name."""
        for mount in (CONFIG_MOUNT, RUN_MOUNT, IDENTITY_MOUNT, *data_folders(MOST_VOLUMES)):
            script = script.replace(mount, str(self.path(mount)))
        calls = self.root / "calls"
        calls.unlink(missing_ok=True)
        done = subprocess.run(
            ["bash", "-c", script],
            env={"HOSTNAME": pod, "CALLS": str(calls), "PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            check=False,
        )
        lines = calls.read_text().splitlines() if calls.exists() else []
        return Outcome(code=done.returncode, calls=tuple(lines), complaint=done.stderr)
