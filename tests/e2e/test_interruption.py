"""Killed in the middle of a roll: the same command goes on, with no needless restart and nothing lost."""

import os
import signal
import subprocess
import time
from collections.abc import Callable

from dev.stack import BACKEND
from tests.e2e.platform import Platform
from tests.e2e.test_roll import watching


def test_a_roll_whose_cli_was_killed_is_finished_by_the_next_up(platform: Platform) -> None:
    """The dynamic provider survives its CLI; the Lease keeps the second run from acting beside it."""
    _interrupted_roll(platform, "queued.max.requests", 700, lambda process: process.kill())


def test_a_roll_whose_whole_process_tree_was_killed_is_finished_by_the_next_up(platform: Platform) -> None:
    """Plugins live in process groups of their own, so every descendant is ended by its own id."""
    _interrupted_roll(platform, "queued.max.requests", 800, kill_tree)


def test_a_stale_lock_is_explained_and_cured_by_one_command(platform: Platform) -> None:
    process = platform.start("refresh", "--yes")
    _await_lock(process, platform.name)
    kill_tree(process)
    process.communicate()
    refused = platform.engine("up", "--yes", "--skip-preview")
    assert refused.status != 0
    assert "pulumi cancel" in refused.text, refused.text
    assert platform.engine("cancel", "--yes").status == 0
    platform.up()


def _interrupted_roll(
    platform: Platform, key: str, value: int, kill: Callable[["subprocess.Popen[str]"], None]
) -> None:
    before = platform.uids("broker")
    platform.edit_kafka(key, value)
    with platform.load(f"interrupted-{value}") as load, watching(platform) as watch:
        process = platform.start("up", "--yes", "--skip-preview")
        deadline = time.monotonic() + 180
        while len(watch.order) < 1 and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        kill(process)
        printed, _ = process.communicate()
        assert len(watch.order) >= 1, printed
        assert platform.engine("cancel", "--yes").status == 0
        finished = platform.up("--refresh")
    after = platform.pods("broker")
    assert all(pod.ready for pod in after.values())
    assert all(pod.uid != before[name] for name, pod in after.items())
    assert watch.deleted == len(before), f"{watch.deleted} restarts for {len(before)} brokers\n{printed}\n{finished}"
    assert watch.most_away <= 1
    assert not load.account.refused and not load.account.fatal, load.account
    assert not load.account.lost and not platform.written_twice(load)
    assert platform.preview("--expect-no-changes")


def _await_lock(process: "subprocess.Popen[str]", stack: str) -> None:
    """Wait until the command has its stack's lock."""
    deadline = time.monotonic() + 60
    while not any(stack in lock.parts for lock in (BACKEND / ".pulumi" / "locks").rglob("*.json")):
        assert process.poll() is None and time.monotonic() < deadline, "the command ended without a lock"
        time.sleep(0.02)


def kill_tree(process: "subprocess.Popen[str]") -> None:
    """End a command and every descendant, children first known, by process id."""
    for pid in [process.pid, *_descendants(process.pid)]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def _descendants(pid: int) -> list[int]:
    done = subprocess.run(["ps", "-e", "-o", "pid=,ppid="], capture_output=True, text=True, check=True)
    children: dict[int, list[int]] = {}
    for line in done.stdout.splitlines():
        child, parent = map(int, line.split())
        children.setdefault(parent, []).append(child)
    found: list[int] = []
    pending = [pid]
    while pending:
        below = children.get(pending.pop(), [])
        found += below
        pending += below
    return found
