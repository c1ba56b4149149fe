"""Runs one command of an image's build, with its output in the build's log."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from dev import DevError

_TAIL_LINES = 20


class ImageError(DevError):
    """An image cannot be made; the message names the log and shows its end, or says what to correct."""


def run(command: Sequence[str], log: Path, folder: Path | None = None, env: Mapping[str, str] | None = None) -> None:
    """Run the command to its end; a failure names the log and shows its end."""
    with log.open("a") as sink:
        sink.write(f"$ {' '.join(command)}\n")
        sink.flush()
        try:
            result = subprocess.run(
                command,
                cwd=folder,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                check=False,
            )
        except FileNotFoundError as error:
            raise ImageError(f"{command[0]} is not on PATH; `make up` installs what is missing") from error
    if result.returncode != 0:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-_TAIL_LINES:])
        raise ImageError(
            f"{command[0]} failed (exit code {result.returncode}); the whole log is {log}, its end:\n{tail}"
        )
