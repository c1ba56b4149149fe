"""Run the machine's own tools (ip, iptables, ctr), with their complaint in the error."""

import os
import subprocess
from typing import Final

from dev.cluster.errors import ClusterError

ENVIRONMENT: Final = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
"""The whole environment of every part: no proxy setting of the caller may send cluster traffic out of the machine."""


def run(*command: str, text: str = "", timeout: float = 60) -> str:
    """Run a command to its end and return its output. Raises ClusterError with what it said."""
    try:
        done = subprocess.run(
            command, input=text, capture_output=True, text=True, env=ENVIRONMENT, timeout=timeout, check=False
        )
    except FileNotFoundError:
        raise ClusterError(f"the program {command[0]!r} is not installed; `make up` installs it first") from None
    except subprocess.TimeoutExpired:
        raise ClusterError(f"`{' '.join(command)}` did not end within {timeout:.0f} s") from None
    if done.returncode:
        raise ClusterError(f"`{' '.join(command)}` failed ({done.returncode}): {done.stderr.strip()}")
    return done.stdout


def require_root() -> None:
    """Raise ClusterError unless this process may make network namespaces and mounts."""
    if os.geteuid() != 0:
        raise ClusterError("the local cluster makes network namespaces and mounts: run it as root, or with sudo")
