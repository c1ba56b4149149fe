"""The front doors of the local platform: from nothing to proven messages, and back to nothing."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from dev import cluster, images, toolchain
from dev.cluster.state import KUBECONFIG
from dev.progress import Progress, elapsed
from dev.proof import Proof, ProofError, prove
from dev.stack import BACKEND, Stack, StackError, replace_process


def local_cluster(progress: Progress) -> toolchain.Toolchain:
    """Build what is missing, bring the three-zone Kubernetes up, and return the tools that belong to it."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        archives = pool.submit(images.ensure, progress)
        tools = toolchain.ensure(progress)
        cluster.up(tools.bin, archives.result(), progress)
    return tools


def engine(progress: Progress) -> Path:
    """Return the folder of the engine and its plugins, built if need be."""
    return toolchain.ensure(progress).bin


def up(stack_name: str, progress: Progress) -> int:
    """Bring a stack up and prove that it serves. Returns the exit status; every failure has said why."""
    started = time.monotonic()
    tools = engine(progress)
    stack = Stack(name=stack_name, tools=tools)
    try:
        if stack.is_local:
            local_cluster(progress)
        stack.prepare()
        provisioning = time.monotonic()
        if stack.run(["up", "--yes", "--skip-preview"]).returncode:
            progress.say(f"`pulumi up` of stack {stack_name} failed; the reason stands above")
            return 1
        outputs = stack.outputs()
        proof = prove(
            outputs["externalBootstrap"],
            replication_factor=int(outputs["replicationFactor"]),
            min_isr=int(outputs["minInsyncReplicas"]),
        )
    except (StackError, ProofError, toolchain.ToolchainError, images.ImageError, cluster.ClusterError) as error:
        progress.say(f"failed: {error}")
        return 1
    _report(stack, outputs["namespace"], proof, progress)
    progress.say(f"empty cluster to first message: {elapsed(time.monotonic() - provisioning - _after_first(proof))}")
    progress.say(f"in all: {elapsed(time.monotonic() - started)}")
    return 0


def _after_first(proof: Proof) -> float:
    return proof.seconds - proof.first_message_seconds


def clear(progress: Progress) -> None:
    """Take the local cluster down with its volumes and the local stacks' state; caches stay."""
    cluster.down(remove_volumes=True, progress=progress)
    shutil.rmtree(BACKEND, ignore_errors=True)


def down(progress: Progress) -> int:
    """`make down`."""
    clear(progress)
    return 0


def pulumi(arguments: Sequence[str], progress: Progress) -> int:
    """Become `pulumi` for the stack named by STACK (default: local), with everything set."""
    stack = Stack(name=os.environ.get("STACK", "local"), tools=engine(progress))
    try:
        replace_process(stack, arguments)
    except StackError as error:
        progress.say(f"failed: {error}")
    return 1


def _report(stack: Stack, namespace: str, proof: Proof, progress: Progress) -> None:
    """Print what runs where, what was proven and what to try next."""
    for line in running(stack.tools, namespace):
        progress.say(line)
    progress.say(
        f"proof: topic {proof.topic}, RF {proof.replication_factor}, min ISR {proof.min_isr}: {proof.messages} messages "
        f"written with acks=all to {proof.partitions} partitions on brokers {', '.join(map(str, proof.brokers))}, "
        "each read back"
    )
    name = "" if stack.name == "local" else f"STACK={stack.name} "
    progress.say("try next:")
    progress.say(f"  edit stacks/Pulumi.{stack.name}.yaml, e.g. add `num.io.threads: 4` under kafka.config, then")
    progress.say(f"  {name}dev/pulumi preview     which brokers will restart, in which order, and why")
    progress.say(f"  {name}dev/pulumi up --yes    restart them, one at a time, with nothing lost")
    progress.say(f"  KUBECONFIG={KUBECONFIG} dev/kubectl -n {namespace} get pods -o wide")


def running(tools: Path, namespace: str) -> list[str]:
    """Return one line per pod: zone, name, image and state."""
    done = subprocess.run(
        [str(tools / "kubectl"), "--kubeconfig", str(KUBECONFIG), "-n", namespace, "get", "pods", "-o", "json"],
        capture_output=True,
        text=True,
        check=True,
    )
    lines: list[str] = []
    for pod in json.loads(done.stdout)["items"]:
        ready = any(c["type"] == "Ready" and c["status"] == "True" for c in pod["status"].get("conditions", []))
        lines.append(
            f"  {pod['spec'].get('nodeName', 'unscheduled'):8} {pod['metadata']['name']:28} "
            f"{pod['spec']['containers'][0]['image']:24} {'ready' if ready else 'not ready'}"
        )
    return sorted(lines)
