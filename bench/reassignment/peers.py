"""The peers that install from the package index, in an environment of their own in the cache.

A peer that cannot be installed, fails or passes its time box is named as such in the table.
"""

import json
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from dev.cache import entry, is_present, key, lock, root
from dev.progress import Progress
from hooks.planner.reassignment.model import Options, Placement
from hooks.planner.snapshot import NodeId

PEERS = ("bubuku", "kafka-utils", "kafka-tools")
_PACKAGES = ("kafka-utils==4.1.0", "kafka-tools==0.1.9", "six")
_BARE_PACKAGES = ("bubuku==0.10.48",)
"""Installed without what they require: a plan needs none of it."""
TIME_BOX = 120
"""CPU seconds that a peer gets; on a busy machine it may take that many times WAITING in all."""
WAITING = 3


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What one planner made of a task."""

    seconds: float
    cpu: float
    megabytes: int
    replicas: tuple[tuple[NodeId, ...], ...]
    """In the order of the placement's partitions."""


def environment(progress: Progress) -> Path | None:
    """Return the peers' Python, installed on first use; None when the packages cannot be had."""
    folder = root() / "peers"
    target = folder / key(sys.version, *_PACKAGES, *_BARE_PACKAGES)
    with lock(folder, lambda: progress.say("waiting for another run that installs the peers")):
        if not is_present(target):
            progress.say("installing the peers")
            try:
                with entry(target) as partial:
                    _install(partial)
            except subprocess.CalledProcessError as error:
                progress.say(f"the peers cannot be installed: {error.stderr.decode(errors='replace')[-300:]}")
                return None
    return target / "bin" / "python"


def _install(folder: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, capture_output=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, *_PACKAGES], check=True, capture_output=True)
    subprocess.run([*pip, "--no-deps", *_BARE_PACKAGES], check=True, capture_output=True)


def ask(python: Path, peer: str, placement: Placement, options: Options) -> Answer | str:
    """Let a peer plan in a process of its own; return what it answered, or why there is no answer."""
    with tempfile.TemporaryDirectory() as folder:
        task, answer = Path(folder, "task.json"), Path(folder, "answer.json")
        task.write_text(json.dumps(_task(placement, options)))
        driver = Path(__file__).with_name("driver.py")
        try:
            subprocess.run(
                [str(python), str(driver), peer, str(task), str(answer), str(TIME_BOX)],
                check=True,
                capture_output=True,
                timeout=WAITING * TIME_BOX,
            )
        except subprocess.TimeoutExpired:
            return f"not within {TIME_BOX} s"
        except subprocess.CalledProcessError as error:
            if error.returncode in (-signal.SIGKILL, -signal.SIGXCPU):
                return f"not within {TIME_BOX} s of CPU time"
            return f"failed: {error.stderr.decode(errors='replace').strip().splitlines()[-1][:80]}"
        return read_answer(answer)


def read_answer(path: Path) -> Answer:
    """Read what a driver wrote."""
    found = json.loads(path.read_text())
    return Answer(
        seconds=found["seconds"],
        cpu=found["cpu"],
        megabytes=found["megabytes"],
        replicas=tuple(tuple(NodeId(node) for node in replicas) for replicas in found["replicas"]),
    )


def _task(placement: Placement, options: Options) -> dict[str, object]:
    return {
        "brokers": {int(broker.id): broker.rack for broker in placement.brokers},
        "partitions": [[p.topic, p.index, p.replicas, p.size_bytes] for p in placement.partitions],
        "drained": sorted(options.drained),
    }
