"""A kubelet that goes alone, in the middle of a roll: its containers run on, and so does the roll once it is back."""

import subprocess
import time

import pytest

from tests.e2e.parts import without_kubelet
from tests.e2e.platform import Platform, Pod
from tests.e2e.test_interruption import kill_tree
from tests.e2e.test_roll import Watch, watching


@pytest.mark.full
def test_a_roll_waits_for_a_node_whose_kubelet_went_and_finishes_when_it_is_back(platform: Platform) -> None:
    before = platform.pods("broker")
    platform.edit_kafka("queued.max.requests", 900)
    with platform.load("kubelet") as load, watching(platform) as watch:
        process = platform.start("up", "--yes", "--skip-preview")
        try:
            _await_first(process, watch)
            waiting = next(pod for name, pod in before.items() if name not in watch.order)
            with without_kubelet(waiting.zone, platform.tools):
                _await_unready(platform, waiting)
                assert process.poll() is None, process.communicate()[0]
            printed, _ = process.communicate(timeout=600)
        finally:
            if process.poll() is None:
                kill_tree(process)
    after = platform.pods("broker")
    assert process.returncode == 0, printed
    assert all(pod.ready and pod.uid != before[name].uid for name, pod in after.items()), printed
    assert watch.deleted == len(before), f"{watch.deleted} restarts for {len(before)} brokers\n{printed}"
    assert not load.account.refused and not load.account.fatal, load.account
    assert not load.account.lost and not platform.written_twice(load)


def _await_first(process: "subprocess.Popen[str]", watch: Watch) -> None:
    """Wait until the roll has restarted its first broker."""
    deadline = time.monotonic() + 180
    while not watch.order:
        if process.poll() is not None or time.monotonic() > deadline:
            kill_tree(process)
            raise AssertionError(f"the roll did not begin:\n{process.communicate()[0]}")
        time.sleep(0.05)


def _await_unready(platform: Platform, pod: Pod) -> None:
    """Wait until Kubernetes has given up the pod's node: its pods are not ready then."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        now = platform.pods("broker").get(pod.name)
        if now is None or not now.ready:
            return
        time.sleep(0.5)
    raise AssertionError(f"{pod.name} was ready all the time without its kubelet")
