"""The processes of the cluster: started detached in their own cgroup, remembered by number *and* start time.

A number alone may name somebody else's process by the time it is read; with the start time and the boot it cannot.
"""

import json
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from dev.cluster import cgroups
from dev.cluster.commands import ENVIRONMENT
from dev.cluster.errors import ClusterError, log_tail
from dev.cluster.state import PARTS, log_of

# Enters the cgroups given up to `--`, then leaves the command behind, detached, and prints its process id. Containers
# inherit the runtime's limit of open files, and a broker holds many.
_LAUNCHER = """
ulimit -S -n "$(ulimit -H -n)"
log=$1; shift
while [ "$1" != -- ]; do echo 0 > "$1" || exit 1; shift; done
shift
"$@" </dev/null >>"$log" 2>&1 &
echo $!
"""


@dataclass(frozen=True, kw_only=True)
class Part:
    """One process of the cluster."""

    name: str
    cgroup: str
    command: tuple[str, ...]


def start(part: Part) -> int:
    """Start a part and remember it; return its process id. Its log begins anew, the last one is kept as `.previous`."""
    log = log_of(part.name)
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists():
        log.replace(log.with_suffix(".log.previous"))
    doors = [str(path) for path in cgroups.entrances(part.cgroup)]
    done = subprocess.run(
        ["/bin/sh", "-c", _LAUNCHER, "sh", str(log), *doors, "--", *part.command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
        cwd="/",
        start_new_session=True,
        check=False,
    )
    if done.returncode:
        raise ClusterError(f"{part.name} cannot be started: {done.stderr.strip()}")
    pid = int(done.stdout)
    PARTS.mkdir(parents=True, exist_ok=True)
    record = {"pid": pid, "started": _start_time(pid), "boot": _boot()}
    (PARTS / f"{part.name}.json").write_text(json.dumps(record))
    return pid


def started_parts() -> tuple[str, ...]:
    """Return the names of all parts that were started since the last `down`."""
    return tuple(sorted(path.stem for path in PARTS.glob("*.json")))


def pid_of(name: str) -> int | None:
    """Return a part's process id if that very process still runs."""
    try:
        record = json.loads((PARTS / f"{name}.json").read_text())
    except (FileNotFoundError, ValueError):
        return None
    pid = int(record["pid"])
    same = record["boot"] == _boot() and record["started"] is not None and record["started"] == _start_time(pid)
    return pid if same else None


def _start_time(pid: int) -> int | None:
    """When a live process started, in the kernel's ticks since boot."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else int(fields[19])


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def wait_until(what: str, parts: Sequence[str], seconds: float, probe: Callable[[], bool]) -> None:
    """Wait until `probe` holds. Raises ClusterError with the log of the part that died, or of the first when late."""
    deadline = time.monotonic() + seconds
    while not probe():
        dead = next((name for name in parts if pid_of(name) is None), None)
        if dead:
            raise ClusterError(f"{dead} ended before {what}; {log_tail(log_of(dead))}")
        if time.monotonic() > deadline:
            raise ClusterError(f"{what}: not within {seconds:.0f} s; {log_tail(log_of(parts[0]))}")
        time.sleep(0.05)
