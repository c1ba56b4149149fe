"""Control groups: each zone and the control plane live in their own, so that they can be ended whole.

Membership cannot be stale or escaped from by a fork, as a recorded process id can. Written for cgroup v1 (one tree per
controller), the hybrid layout and v2 (one tree); proven on v1.
"""

import os
import select
import signal
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from dev.cluster.errors import ClusterError

ROOT: Final = "kafka-platform"
MOUNT_TABLE: Final = Path("/proc/self/mountinfo")
CPUSET_FILES: Final = ("cpuset.cpus", "cpuset.mems")


def trees(mount_table: str) -> tuple[Path, ...]:
    """Return the mount point of each cgroup tree named in a mountinfo table, once each."""
    found: set[Path] = set()
    for line in mount_table.splitlines():
        before, _, after = line.partition(" - ")
        if after.split(" ", 1)[0] in ("cgroup", "cgroup2"):
            found.add(Path(before.split()[4]))
    return tuple(sorted(found))


def _trees() -> tuple[Path, ...]:
    found = trees(MOUNT_TABLE.read_text())
    if not found:
        raise ClusterError("no cgroup file system is mounted, and the cluster's parts are kept and ended by cgroup")
    return found


def create(name: str) -> None:
    """Make a group (such as `zone-a/system`) in every tree, with its ancestors."""
    for tree in _trees():
        group = tree
        for part in (ROOT, *Path(name).parts):
            _delegate(group)
            group = group / part
            group.mkdir(exist_ok=True)
            _inherit_cpuset(group)


def _delegate(group: Path) -> None:
    """Cgroup v2: offer a group's controllers to its children. In the hybrid layout the v1 trees have what counts."""
    control = group / "cgroup.subtree_control"
    if not control.exists() or len(_trees()) > 1:
        return
    missing = set((group / "cgroup.controllers").read_text().split()) - set(control.read_text().split())
    try:
        if missing:
            control.write_text(" ".join(f"+{name}" for name in sorted(missing)))
    except OSError as error:
        raise ClusterError(
            f"cgroup {group} cannot offer {', '.join(sorted(missing))} to the cluster's groups ({error.strerror}); "
            "in a container, move the container's processes into a child group first"
        ) from error


def _inherit_cpuset(group: Path) -> None:
    """Cgroup v1: a cpuset starts empty and takes no process before it is filled."""
    if (group / "cgroup.subtree_control").exists():
        return
    for name in CPUSET_FILES:
        file = group / name
        if file.exists() and not file.read_text().strip():
            file.write_text((group.parent / name).read_text())


def entrances(name: str) -> tuple[Path, ...]:
    """Return the files into which a process writes 0 to enter a group."""
    return tuple(tree / ROOT / name / "cgroup.procs" for tree in _trees())


def members(name: str = "") -> frozenset[int]:
    """Return the processes in a group or below it, in any tree."""
    found: set[int] = set()
    for group in _groups(name):
        try:
            found.update(int(line) for line in (group / "cgroup.procs").read_text().split())
        except (FileNotFoundError, OSError):
            continue  # the group went away while we looked
    return frozenset(found - {0})


def _groups(name: str) -> list[Path]:
    """All groups from `name` down, in every tree, children before parents."""
    return [
        Path(folder)
        for tree in _trees()
        for folder, _, _ in os.walk(tree / ROOT / name if name else tree / ROOT, topdown=False)
    ]


def send(name: str, number: signal.Signals, seconds: float) -> frozenset[int]:
    """Signal a group's processes until all have ended or the time is over; return those that are left.

    SIGKILL is repeated, since a process may fork between the look and the signal; others are sent once to each. A
    process leaves its group before it has freed its files and ports, so its end is waited for by handle.
    """
    deadline = time.monotonic() + seconds
    handles: dict[int, int] = {}
    try:
        while True:
            alive = members(name)
            if number is signal.SIGKILL:
                _thaw(name)
            for pid in sorted(alive):
                _signal_member(pid, number, handles)
            left = alive | {pid for pid, handle in handles.items() if not _has_ended(handle)}
            if not left or time.monotonic() > deadline:
                return frozenset(left)
            time.sleep(0.02)
    finally:
        for handle in handles.values():
            os.close(handle)


def _signal_member(pid: int, number: signal.Signals, handles: dict[int, int]) -> None:
    """Signal a process, taking hold of it first if it is new to us."""
    if pid not in handles:
        handle = _hold(pid)
        if handle is None:
            return
        handles[pid] = handle
    elif number is not signal.SIGKILL:
        return
    try:
        signal.pidfd_send_signal(handles[pid], number)
    except ProcessLookupError:
        os.close(handles.pop(pid))


def _hold(pid: int) -> int | None:
    """Return a handle of a process of ours: looked at again once held, as its number may be another's by now."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return None
    try:
        if f"/{ROOT}" in Path(f"/proc/{pid}/cgroup").read_text():
            return handle
    except (FileNotFoundError, ProcessLookupError):
        pass
    os.close(handle)
    return None


def _has_ended(handle: int) -> bool:
    """Whether a held process has ended; its parent may not have asked for it yet."""
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    return bool(poll.poll(0))


def _thaw(name: str) -> None:
    """Free what a runtime froze (v1) and was killed before thawing: a frozen process does not even die."""
    for group in _groups(name):
        state = group / "freezer.state"
        try:
            if state.exists() and state.read_text().strip() != "THAWED":
                state.write_text("THAWED")
        except OSError:
            continue


def remove(seconds: float = 3) -> None:
    """Delete all our groups; they must be empty. Raises ClusterError naming one that cannot be deleted."""
    deadline = time.monotonic() + seconds
    while left := _remove_once(_groups("")):
        if time.monotonic() > deadline:
            raise ClusterError(f"cgroup {left[0]} cannot be deleted: it holds processes {sorted(members()) or 'none'}")
        time.sleep(0.05)


def _remove_once(groups: Iterable[Path]) -> list[Path]:
    left: list[Path] = []
    for group in groups:
        try:
            group.rmdir()
        except FileNotFoundError:
            continue
        except OSError:
            left.append(group)
    return left
