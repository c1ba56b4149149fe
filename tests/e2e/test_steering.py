"""Words in the cluster and the hours of the day steer a roll: pause, abort, skip, restart, and a closed window."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import contract
from tests.e2e.platform import Platform

KRAFT = pytest.mark.parametrize("platform", ["local-kraft"], indirect=True)
KEY = "queued.max.requests"
UPDATES = "kafka-platform:updates"


@KRAFT
def test_a_paused_roll_restarts_nobody_and_an_aborted_one_ends_with_the_way_back(platform: Platform) -> None:
    before, former = platform.uids(), _change(platform)
    with _word(platform, f"configmap/{contract.identity_name(platform.cluster)}", "pause") as say:
        process = platform.start("up", "--yes", "--skip-preview")
        said = _until(process, "paused by annotation")
        say("abort")
        rest, _ = process.communicate(timeout=120)
    assert process.returncode != 0 and "the roll was aborted" in rest, said + rest
    assert "run again: the roll goes on from there" in " ".join(rest.split()), rest
    platform.edit_kafka(KEY, former)
    platform.up()
    assert platform.uids() == before


@KRAFT
def test_a_closed_window_leaves_the_roll_for_later(platform: Platform) -> None:
    before, former, now = platform.uids(), _change(platform), datetime.now(UTC)
    closed = [f"{now + timedelta(hours=hours):%H:%M}" for hours in (6, 7)]
    platform.edit({UPDATES: {"window": "-".join(closed)}})
    printed = platform.up()
    assert "left for a later run: 3 pods still to restart" in printed, printed
    platform.edit({UPDATES: {"window": None}})
    platform.edit_kafka(KEY, former)
    platform.up()
    assert platform.uids() == before


@KRAFT
def test_a_pod_to_skip_keeps_its_revision_until_its_word_is_gone(platform: Platform) -> None:
    before = platform.pods("broker")
    _change(platform)
    kept = max(before)
    with _word(platform, f"pod/{kept}", "skip"):
        preview = platform.preview()
        assert "2 pods will restart" in preview and f"{kept} keeps its old revision" in preview, preview
        platform.up()
    after = platform.pods("broker")
    assert [name for name, pod in after.items() if pod.uid == before[name].uid] == [kept]
    platform.up()
    now = platform.uids("broker")
    assert [name for name, pod in after.items() if now[name] != pod.uid] == [kept]
    assert platform.preview("--expect-no-changes")


@KRAFT
def test_a_pod_that_is_told_to_restart_does_so_alone_and_once(platform: Platform) -> None:
    before, chosen = platform.uids(), min(platform.pods("broker"))
    with _word(platform, f"pod/{chosen}", "restart"):
        preview = platform.preview()
        assert "1 pod will restart" in preview and chosen in preview, preview
        platform.up()
    after = platform.uids()
    assert [name for name in before if after[name] != before[name]] == [chosen]
    assert platform.preview("--expect-no-changes")


def _change(platform: Platform) -> Any:
    """Edit a key that restarts every broker, and return what it was."""
    former = platform.edit_kafka(KEY, 610)
    platform.edit_kafka(KEY, 611 if former == 610 else 610)
    return former


@contextmanager
def _word(platform: Platform, what: str, word: str) -> Iterator["_Say"]:
    """Write a word on an object, and take it away afterwards; a pod that restarted has lost it already."""
    say = _Say(platform, what)
    say(word)
    try:
        yield say
    finally:
        platform.kubectl("annotate", what, f"{contract.ANNOTATION_ROLL}-")


class _Say:
    def __init__(self, platform: Platform, what: str) -> None:
        self._platform, self._what = platform, what

    def __call__(self, word: str) -> None:
        """Write another word."""
        self._platform.kubectl("annotate", "--overwrite", self._what, f"{contract.ANNOTATION_ROLL}={word}")


def _until(process: "subprocess.Popen[str]", words: str) -> str:
    """Read what a command prints until it says this."""
    assert process.stdout is not None
    said: list[str] = []
    for line in process.stdout:
        said.append(line)
        if words in line:
            return "".join(said)
    raise AssertionError(f"it ended without saying {words!r}:\n{''.join(said)}")
