"""The front doors of the local platform: from nothing to proven messages, and back to nothing."""

import json
import os
import subprocess
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from dev import cluster, images, toolchain
from dev.credentials import administrator
from dev.progress import Progress, elapsed
from dev.proof import Proof, prove
from dev.stack import Stack, replace_process


def local_cluster(progress: Progress) -> Path:
    """Build what is missing, bring the three-zone Kubernetes up, and return the folder of the tools."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        archives = pool.submit(images.ensure, progress)
        tools = toolchain.ensure(progress)
        cluster.up(tools.bin, archives.result(), progress)
    return tools.bin


def engine(progress: Progress) -> Path:
    """Return the folder of the engine, its plugins and kubectl: all that a stack on an existing cluster needs."""
    return toolchain.ensure(progress, toolchain.ENGINE).bin


def up_command(arguments: Sequence[str], progress: Progress) -> int:
    """`make up`: bring the named stack up (default: local) and prove that it serves."""
    started = time.monotonic()
    name = arguments[0] if arguments else "local"
    tools = local_cluster(progress) if Stack(name=name, tools=Path()).is_local else engine(progress)
    stack = Stack(name=name, tools=tools)
    stack.prepare()
    provisioning = time.monotonic()
    if stack.run(["up", "--yes", "--skip-preview"]).returncode:
        progress.say(f"`pulumi up` of stack {name} failed; the reason stands above")
        return 1
    outputs = stack.outputs()
    if not outputs["externalBootstrap"]:
        progress.say("the brokers have no external listeners (`external` of a rack), so they are not proven from here")
        return 0
    proof = prove(
        outputs["externalBootstrap"],
        replication_factor=int(outputs["replicationFactor"]),
        min_isr=int(outputs["minInsyncReplicas"]),
        credentials=administrator(stack),
    )
    first = time.monotonic() - provisioning - proof.seconds + proof.first_message_seconds
    _report(stack, proof, progress)
    progress.say(
        f"from `pulumi up` to the first message: {elapsed(first)}; in all: {elapsed(time.monotonic() - started)}"
    )
    return 0


def clear(progress: Progress) -> None:
    """Take the local cluster down with its volumes and the local stacks' state; caches stay."""
    cluster.down(remove_volumes=True, progress=progress)


def down_command(_arguments: Sequence[str], progress: Progress) -> int:
    """`make down`."""
    clear(progress)
    return 0


def pulumi_command(arguments: Sequence[str], progress: Progress) -> int:
    """`dev/pulumi`: become `pulumi` for the stack named by STACK (default: local), with everything set."""
    stack = Stack(name=_stack_name(), tools=engine(progress))
    stack.refuse_lost_edits(arguments)
    replace_process(stack, arguments)


def kubectl_command(arguments: Sequence[str], progress: Progress) -> int:
    """`dev/kubectl`: become `kubectl` in the cluster and namespace of the stack named by STACK (default: local)."""
    command = Stack(name=_stack_name(), tools=engine(progress)).kubectl(arguments)
    os.execv(command[0], command)


def _stack_name() -> str:
    return os.environ.get("STACK", "local")


def _report(stack: Stack, proof: Proof, progress: Progress) -> None:
    """Print what runs where, what was proven and what to try next."""
    for line in _running(stack):
        progress.say(line)
    progress.say(
        f"proof: topic {proof.topic}, RF {proof.replication_factor}, min ISR {proof.min_isr}: {proof.messages} messages"
        f" written with acks=all to {proof.partitions} partitions on brokers {', '.join(map(str, proof.brokers))},"
        " each read back"
    )
    name = "" if stack.name == "local" else f"STACK={stack.name} "
    progress.say("try next:")
    progress.say(f"  edit stacks/Pulumi.{stack.name}.yaml, e.g. `queued.max.requests: 600` under kafka.config, then")
    progress.say(f"  {name}dev/pulumi preview     which brokers will restart, in which order, and why")
    progress.say(f"  {name}dev/pulumi up --yes    restart them, one at a time, with nothing lost")
    progress.say(f"  {name}dev/kubectl get pods -o wide")


def _running(stack: Stack) -> list[str]:
    """Return one line per pod: node, name, image and state."""
    done = subprocess.run(stack.kubectl(["get", "pods", "-o", "json"]), capture_output=True, text=True, check=True)
    lines: list[str] = []
    for pod in json.loads(done.stdout)["items"]:
        ready = any(c["type"] == "Ready" and c["status"] == "True" for c in pod["status"].get("conditions", []))
        lines.append(
            f"  {pod['spec'].get('nodeName', 'unscheduled'):8} {pod['metadata']['name']:28} "
            f"{pod['spec']['containers'][0]['image']:24} {'ready' if ready else 'not ready'}"
        )
    return sorted(lines)
