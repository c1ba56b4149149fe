"""Ending parts of the local cluster as if from outside, and the processes of its pods."""

import os
import select
import signal
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from dev.cluster import cgroups, zone
from dev.cluster.addresses import zone_named
from dev.cluster.processes import pid_of, start


def kill(pids: Sequence[int]) -> None:
    """End processes of the cluster, and wait until they have ended."""
    for pid in pids:
        with suppress(ProcessLookupError):  # it may go with one of the others
            handle = os.pidfd_open(pid)
            poll = select.poll()
            poll.register(handle, select.POLLIN)
            signal.pidfd_send_signal(handle, signal.SIGKILL)
            assert poll.poll(10_000)
            os.close(handle)


@contextmanager
def without_kubelet(node: str, binaries: Path) -> Generator[None]:
    """End one node's kubelet, and nothing else of it; start it again at the end."""
    each = zone_named(node)
    running, runtime = pid_of(f"kubelet-{each.name}"), pid_of(f"containerd-{each.name}")
    assert running is not None
    assert runtime is not None
    kill([running])
    try:
        yield
    finally:
        start(zone.kubelet(each, binaries, runtime))


def kafka_processes(node: str, uid: str) -> list[int]:
    """Return the processes of the pod's Kafka."""
    found = cgroups.members(zone.pods_cgroup(zone_named(node)))
    return [pid for pid in sorted(found) if uid in _text(pid, "cgroup") and _text(pid, "comm").strip() == "java"]


def _text(pid: int, name: str) -> str:
    """Read a file of a process; nothing of one that has ended."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/{name}").read_text()
    return ""
