import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dev import cache

HOLDER = """
import sys, pathlib
from dev import cache
with cache.lock(pathlib.Path(sys.argv[1]), lambda: None):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_an_entry_is_whole_or_absent(tmp_path: Path) -> None:
    target = tmp_path / "part-1"
    with pytest.raises(IsADirectoryError), cache.entry(target) as partial:
        partial.write_text("a folder cannot be written to")
    assert list(tmp_path.iterdir()) == []
    with cache.entry(target) as partial:
        (partial / "whole").write_text("x")
        assert not target.exists()
    assert [path.name for path in tmp_path.rglob("*")] == ["part-1", "whole"]


def test_what_a_killed_run_left_is_removed_by_the_next(tmp_path: Path) -> None:
    (tmp_path / f"{cache.PARTIAL}part-1" / "bin").mkdir(parents=True)
    with cache.lock(tmp_path, lambda: pytest.fail("nobody holds the lock")):
        assert [path.name for path in tmp_path.iterdir()] == [".lock"]


def test_a_second_run_waits_for_the_first(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            HOLDER,
            str(tmp_path),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdin is not None and holder.stdout is not None
    with holder, holder.stdin:
        assert holder.stdout.readline() == "held\n"
        # The holder lets go only when it is told to, which happens when the second run says that it waits.
        with cache.lock(tmp_path, holder.stdin.close):
            assert holder.stdin.closed
    assert holder.returncode == 0


def test_a_build_that_outlives_its_killed_parent_keeps_the_lock(tmp_path: Path) -> None:
    with cache.lock(tmp_path, lambda: None) as descriptor:
        child = subprocess.Popen(["cat"], stdin=subprocess.PIPE, pass_fds=(descriptor,))
    assert child.stdin is not None
    with child, child.stdin, cache.lock(tmp_path, child.stdin.close):
        assert child.stdin.closed


def test_a_key_tells_lists_of_inputs_apart() -> None:
    keys = [cache.key("ab", "c"), cache.key("a", "bc"), cache.key("abc"), cache.key("ab", "c", "")]
    assert len(set(keys)) == len(keys)
    assert cache.key("a", b"b") == cache.key(b"a", "b")


@pytest.mark.parametrize(("age", "kept"), [(-60, True), (60, False)])
def test_an_entry_is_kept_for_two_weeks_after_its_last_use(tmp_path: Path, age: int, kept: bool) -> None:
    entry, last_use = tmp_path / "part-1", time.time() - cache.KEPT_SECONDS - age
    entry.mkdir()
    os.utime(entry, (last_use, last_use))
    cache.prune(tmp_path)
    assert entry.exists() == kept


def test_using_an_entry_keeps_it(tmp_path: Path) -> None:
    entry = tmp_path / "part-1"
    entry.mkdir()
    os.utime(entry, (0, 0))
    assert cache.is_present(entry)
    cache.prune(tmp_path)
    assert entry.exists()
    assert not cache.is_present(tmp_path / "part-2")


@pytest.mark.parametrize(
    ("given", "root"),
    [("/elsewhere", "/elsewhere/kafka-platform"), ("", "/home/me/.cache/kafka-platform"), ("relative", None)],
)
def test_the_cache_is_in_the_users_cache_folder(monkeypatch: pytest.MonkeyPatch, given: str, root: str | None) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setenv("XDG_CACHE_HOME", given)
    assert str(cache.root()) == (root or "/home/me/.cache/kafka-platform")
