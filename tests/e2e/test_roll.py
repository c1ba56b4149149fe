"""A changed spec rolls the brokers: planned in the preview, one at a time, with clients that notice nothing."""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.platform import Platform, Pod


def test_a_static_change_rolls_all_brokers_one_at_a_time_and_no_client_notices(
    platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the preview promised, on which the update insists."""
    before = platform.pods()
    former = platform.edit_kafka("queued.max.requests", 600) or "not set"
    monkeypatch.setenv("KAFKA_PLATFORM_SAVE_PLANS", str(tmp_path))
    preview = platform.preview()
    monkeypatch.setenv("KAFKA_PLATFORM_INSIST_ON_PLANS", str(tmp_path))
    shown = f"config: queued.max.requests: {former} -> 600 on kafka-a-0, kafka-b-1000, kafka-c-2000"
    assert shown in preview, preview
    planned = planned_restarts(preview, platform)
    with platform.load("roll-static") as load, watching(platform) as watch:
        printed = platform.up()
    brokers = [name for name, pod in before.items() if pod.component == "broker"]
    assert sorted(planned) == sorted(brokers), preview
    assert all(f". {name}: config changed" in preview for name in brokers), preview
    assert watch.most_away <= 1, f"{watch.most_away} brokers were away at once\n{printed}"
    assert watch.order == planned, f"planned {planned}, restarted {watch.order}\n{preview}\n{printed}"
    assert not load.account.refused and not load.account.fatal, load.account
    assert not load.account.lost and not platform.written_twice(load)
    after = platform.pods()
    for name, pod in after.items():
        assert (pod.uid == before[name].uid) == (pod.component != "broker"), f"{name} restarted needlessly, or not"
    assert len({pod.revision for pod in platform.pods("broker").values()}) == 3  # racks differ in their content


def test_what_no_preview_promised_is_refused_before_anybody_restarts(
    platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = platform.uids()
    monkeypatch.setenv("KAFKA_PLATFORM_SAVE_PLANS", str(tmp_path))
    platform.preview()
    monkeypatch.setenv("KAFKA_PLATFORM_INSIST_ON_PLANS", str(tmp_path))
    former = platform.edit_kafka("queued.max.requests", 601)
    refused = platform.engine("up", "--yes", "--skip-preview")
    assert refused.status != 0 and "would do what the promised plan does not say" in refused.text, refused.text
    assert "restart kafka-a-0: config changed" in refused.text
    assert platform.uids() == before
    platform.edit_kafka("queued.max.requests", former)
    platform.up()
    assert platform.uids() == before


def test_a_change_taken_back_rolls_the_brokers_and_leaves_no_difference(platform: Platform) -> None:
    before = platform.uids()
    platform.edit_kafka("queued.max.requests", None)
    platform.up()
    after = platform.pods("broker")
    assert all(before[name] != pod.uid and pod.ready for name, pod in after.items())
    assert platform.preview("--expect-no-changes")


def planned_restarts(preview: str, platform: Platform) -> list[str]:
    """Return the brokers that a preview says will restart, in its order, each once."""
    names = "|".join(re.escape(name) for name in platform.pods("broker"))
    return list(dict.fromkeys(re.findall(rf"\d+\. +({names})\b", preview)))


def eventually_ready(platform: Platform, name: str, *, restarts: int = 0) -> Pod:
    """Wait for a pod to be ready with at least so many container restarts."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        pod = platform.pods().get(name)
        if pod is not None and pod.ready and pod.restarts >= restarts:
            return pod
        time.sleep(0.5)
    raise AssertionError(f"{name} was not ready with {restarts} restarts: {platform.pods().get(name)}")


class Watch:
    """What was seen of the brokers while the spec changed."""

    def __init__(self) -> None:
        """Begin with nothing seen."""
        self.most_away = 0
        self.order: list[str] = []
        self.seen: set[str] = set()
        """Every UID that a broker's pod had."""
        self.first: int = 0

    @property
    def deleted(self) -> int:
        """How many pods were replaced by others."""
        return len(self.seen) - self.first


@contextmanager
def watching(platform: Platform) -> Iterator[Watch]:
    """Watch the brokers' pods: how many were away at once at the most, and in which order they were deleted."""
    watch = Watch()
    wanted = platform.uids("broker")
    watch.seen = set(wanted.values())
    watch.first = len(wanted)
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            try:
                pods = platform.pods("broker")
            except AssertionError:
                continue  # the API server is busy: this look is lost, not the watch
            watch.seen |= {pod.uid for pod in pods.values()}
            away = [name for name in wanted if name not in pods or not pods[name].ready]
            watch.most_away = max(watch.most_away, len(away))
            for name, uid in wanted.items():
                gone = name not in pods or pods[name].uid != uid
                if gone and name not in watch.order:
                    watch.order.append(name)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield watch
    finally:
        stop.set()
        thread.join()
