"""Nodes as plain processes on loopback: what their pods would run, start script and all, each in a folder of its own.

Every node has an address of its own, and the JVM takes names from a file, so that certificates are checked under the
names that pods have.
"""

import itertools
import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.spec.data_folders import DATA_MOUNT
from components.spec.rendering import RenderedPool
from components.spec.scripts import CONFIG_MOUNT, RUN_MOUNT, START
from components.spec.topology import Pool
from components.spec.zookeeper_tls import KEYS_MOUNT
from dev.images.kafka import commands
from hooks.clients.authority import Material

LOOPBACK = "127.0.0.1"
DEADLINE = 60.0
_HOSTS = itertools.count(1)
#: Where folders of the container begin; each stands for all that begin so.
_PLACES = ("/etc/kafka-platform", "/run/kafka-platform", DATA_MOUNT)


@dataclass(frozen=True, kw_only=True)
class Machine:
    """Where the nodes run."""

    root: Path
    jars: Path
    addresses: Mapping[str, str]
    """By pod."""
    names: Path
    """The file with names and addresses, in the form of /etc/hosts."""

    def distribution_scripts(self, version: str) -> Path:
        """Write Kafka's own scripts, which start one JVM each, and return their folder."""
        folder = self.root / "bin"
        folder.mkdir(exist_ok=True)
        started = {name: main for name, (_, main) in commands.servers(version).items()} | commands.tools(version)
        for name, main in (started | {"kafka-run-class": ""}).items():
            options = f"-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Djdk.net.hosts.file={self.names}"
            java = f'exec java -Xmx384m {options} $KAFKA_OPTS $KAFKA_LOG4J_OPTS -cp "{self.jars}/*" {main} "$@"'
            (folder / f"{name}.sh").write_text(f"#!/bin/bash\n{java}\n")
            (folder / f"{name}.sh").chmod(0o755)
        return folder


class Node:
    """One node, started as often as one likes; its data stays."""

    def __init__(self, machine: Machine, pod: str, host: str) -> None:
        """Keep its files below the machine's folder."""
        self.pod = pod
        self.host = host
        self.begins = 0
        self.address = machine.addresses[pod]
        self._machine = machine
        self._root = machine.root / pod
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """What it has said, in all its lives."""
        return self._root / "log"

    def write(self, pool: RenderedPool, material: Material, changes: Mapping[str, str]) -> None:
        """Write its files as its volumes would have them, with some texts changed."""
        for mount in (CONFIG_MOUNT, RUN_MOUNT, KEYS_MOUNT, f"{CONFIG_MOUNT}-tls"):
            self._path(mount).mkdir(parents=True, exist_ok=True)
        for name, text in pool.files.items():
            self._path(f"{CONFIG_MOUNT}/{name}").write_text(self._moved(text, changes))
        held = {"tls.crt": material.certificate, "tls.key": material.key, "ca.crt": material.authority}
        for name, content in held.items():
            self._path(f"{CONFIG_MOUNT}-tls/{name}").write_bytes(content)
        environment = {one["name"]: one["value"] for one in _container(pool)["env"]}
        self._environment = {name: self._moved(value, {}) for name, value in environment.items()}

    def hold(self, mount: str, files: Mapping[str, str]) -> None:
        """Write what a Secret mounts."""
        self._path(mount).mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            self._path(f"{mount}/{name}").write_text(text)

    def start(self) -> None:
        """Start it by its start script."""
        self.begins = len(self.log.read_text(errors="replace")) if self.log.exists() else 0
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                ["bash", str(self._path(f"{CONFIG_MOUNT}/{START}"))], stdout=log, stderr=log, env=self._environ()
            )

    def stop(self, *, hard: bool = False) -> None:
        """Stop it and wait for its end."""
        if self._process is not None:
            (self._process.kill if hard else self._process.terminate)()
            self._process.wait(30)
            self._process = None

    def run(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """Run a command as in its container."""
        moved = [self._moved(word, {}) for word in command]
        return subprocess.run(moved, env=self._environ(), capture_output=True, text=True, check=False, timeout=60)

    def alive(self) -> bool:
        """Say whether its process still runs."""
        return self._process is not None and self._process.poll() is None

    def _environ(self) -> dict[str, str]:
        return {**self._environment, "HOSTNAME": self.pod, "PATH": os.environ["PATH"]}

    def _path(self, inside: str) -> Path:
        return self._root / inside.lstrip("/")

    def _moved(self, text: str, changes: Mapping[str, str]) -> str:
        for place in _PLACES:
            text = text.replace(place, str(self._path(place)))
        for old, new in {**changes, "/opt/kafka/bin": str(self._machine.root / "bin"), LOOPBACK: self.address}.items():
            text = text.replace(old, new)
        return text


def loopback_addresses(pools: Sequence[Pool]) -> dict[str, str]:
    """Return an address for the first pod of every pool, in a network of this process: none of them comes twice."""
    process = os.getpid()
    net = f"127.{1 + process // 254 % 254}.{process % 254}"
    return {one.pod(one.first_id): f"{net}.{next(_HOSTS)}" for one in pools}


def until(holds: Callable[[], bool], said: Callable[[], str]) -> None:
    """Wait until something holds; fail with words when it does not in time."""
    deadline = time.monotonic() + DEADLINE
    while not holds():
        assert time.monotonic() < deadline, said()
        time.sleep(0.2)


def tail(node: Node) -> str:
    """Return what a node has said in its present life."""
    return node.log.read_text(errors="replace")[node.begins :] if node.log.exists() else ""


def _container(pool: RenderedPool) -> Any:
    found: Any = pool.template["spec"]
    return found["containers"][0]
