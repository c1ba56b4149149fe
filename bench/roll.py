"""The running local platform: what `pulumi up` costs when nothing changed, and what a roll costs per broker."""

import subprocess
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from confluent_kafka.admin import AdminClient

from bench.timing import median_seconds
from dev import toolchain
from dev.progress import Progress
from dev.stack import Stack

KAFKA = "kafka-platform:kafka"
UP = ["up", "--yes", "--skip-preview"]


def local_stack(progress: Progress) -> Stack:
    """Return the local stack with its configuration laid."""
    stack = Stack(name="local", tools=toolchain.ensure(progress).bin)
    stack.prepare()
    return stack


def no_change(stack: Stack) -> list[str]:
    """Measure an `up` with nothing to do against an empty program's."""
    ours = median_seconds(lambda: _run(stack, UP), times=3)
    with tempfile.TemporaryDirectory() as folder:
        empty = median_seconds(lambda: _empty_program(stack, Path(folder)), times=3)
    return [f"no change: {ours:.1f} s, {ours / empty:.2f} x an empty program's {empty:.1f} s"]


def restarts(stack: Stack) -> list[str]:
    """Measure bare restarts of each broker, then a roll of all of them by a changed static key."""
    outputs = stack.outputs()
    admin = AdminClient({"bootstrap.servers": outputs["externalBootstrap"], "log_level": 0})
    pods = [f"{outputs['cluster']}-{rack['name']}-{int(i)}" for rack in outputs["racks"] for i in rack["brokerIds"]]
    bare = sum(_bare_restart(stack, admin, pod) for pod in pods) / len(pods)
    window = float(stack.config["kafka-platform:updates"]["stableWindowSeconds"])
    requests = 501 + int(time.time()) % 90
    changed = replace(stack, overrides={KAFKA: {"config": {"queued.max.requests": requests}}})
    changed.prepare()
    began = time.monotonic()
    _run(changed, UP)
    rolled = time.monotonic() - began
    stack.prepare()
    _run(stack, UP)
    each = rolled / len(pods)
    return [
        f"bare restart: {bare:.1f} s per broker, from the deletion to full ISR",
        (
            f"roll: {rolled:.1f} s for {len(pods)} brokers, the whole `pulumi up`: {each:.1f} s per broker, "
            f"{each / bare:.2f} x a bare restart, {each / (bare + window):.2f} x one with its window of {window:g} s"
        ),
    ]


def _bare_restart(stack: Stack, admin: AdminClient, pod: str) -> float:
    began = time.monotonic()
    subprocess.run(stack.kubectl(["delete", "pod", pod]), check=True, capture_output=True)
    subprocess.run(stack.kubectl(["wait", "--for=create", f"pod/{pod}", "--timeout=120s"]), check=True)
    subprocess.run(stack.kubectl(["wait", "--for=condition=Ready", f"pod/{pod}", "--timeout=300s"]), check=True)
    deadline = time.monotonic() + 120
    while not _in_sync(admin):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{pod} was not back in every ISR 120 s after it was ready")
        time.sleep(0.1)
    return time.monotonic() - began


def _in_sync(admin: AdminClient) -> bool:
    topics = admin.list_topics(timeout=30).topics.values()
    return all(set(p.isrs) == set(p.replicas) for topic in topics for p in topic.partitions.values())


def _run(stack: Stack, arguments: list[str]) -> None:
    done = stack.run(arguments, capture_output=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise RuntimeError(f"pulumi {' '.join(arguments)} failed: {done.stdout}{done.stderr}")


def _empty_program(stack: Stack, folder: Path) -> None:
    """Run `up` of a program that only exports a value, in a backend of its own."""
    environment: dict[str, Any] = {**stack.environment(), "PULUMI_BACKEND_URL": f"file://{folder}"}
    (folder / "Pulumi.yaml").write_text("name: empty\nruntime: python\n")
    (folder / "__main__.py").write_text("import pulumi\n\npulumi.export('empty', True)\n")
    pulumi = str(stack.tools / "pulumi")
    if not (folder / "Pulumi.empty.yaml").exists():
        subprocess.run([pulumi, "stack", "init", "empty"], cwd=folder, env=environment, check=True, capture_output=True)
    subprocess.run([pulumi, *UP, "--stack", "empty"], cwd=folder, env=environment, check=True, capture_output=True)
