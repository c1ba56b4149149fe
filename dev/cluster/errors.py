"""The error of this package, and how it quotes a log."""

from pathlib import Path

from dev import DevError

TAIL_LINES = 15


class ClusterError(DevError):
    """The local cluster cannot be brought to the state asked for; the message says which part, why and what to do."""


def log_tail(path: Path) -> str:
    """Return the path of a log and its last lines, indented, as the end of an error message."""
    try:
        lines = path.read_text(errors="replace").splitlines()[-TAIL_LINES:]
    except FileNotFoundError:
        return f"it wrote no log at {path}"
    return "\n    ".join([f"the end of {path}:", *(line[:400] for line in lines)])
