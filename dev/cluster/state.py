"""Where the local cluster keeps what: one place of the machine for each purpose.

`STATE` survives a reboot, `RUN` describes running processes. Below `STATE`, `CACHE` outlives even `down` with its
volumes removed: it holds what can be made again but takes time (unpacked images).
"""

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from dev.cluster.addresses import Zone

STATE: Final = Path("/var/lib/kafka-platform")
CACHE: Final = STATE / "cache"
ETCD: Final = STATE / "etcd"
LOGS: Final = STATE / "log"
PKI: Final = STATE / "pki"
VOLUMES: Final = STATE / "volumes"
NODES: Final = STATE / "nodes"

RUN: Final = Path("/run/kafka-platform")
LOCK: Final = Path("/run/kafka-platform.lock")
PARTS: Final = RUN / "parts"
KUBECONFIG: Final = RUN / "kubeconfig"
MARKER: Final = RUN / "cluster.json"
"""Written last by `up` and removed first by `down`: without it, whatever runs is debris."""

CONTEXT: Final = "kafka-platform-local"


def runtime_root(zone: Zone) -> Path:
    """The image and snapshot store of a zone's container runtime."""
    return CACHE / "containerd" / zone.node


def runtime_socket(zone: Zone) -> Path:
    """The socket of a zone's container runtime."""
    return RUN / zone.node / "containerd.sock"


def kubelet_root(zone: Zone) -> Path:
    """The working folder of a zone's kubelet."""
    return NODES / zone.node / "kubelet"


def log_of(part: str) -> Path:
    """The log of a part."""
    return LOGS / f"{part}.log"


def write_marker(fingerprint: str, facts: Mapping[str, Any]) -> None:
    """Say that the cluster is whole, and of which inputs it is made."""
    MARKER.write_text(json.dumps({"fingerprint": fingerprint, **facts}, indent=1))


def read_marker() -> Mapping[str, Any] | None:
    """Return what `write_marker` wrote, or None when no whole cluster runs."""
    try:
        return json.loads(MARKER.read_text())
    except (FileNotFoundError, ValueError):
        return None


def fingerprint(binaries: Path, names: tuple[str, ...]) -> str:
    """Digest what a running cluster is made of: this package's source and the identity of each binary."""
    digest = hashlib.sha256()
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.name.encode() + source.read_bytes())
    for name in names:
        binary = (binaries / name).resolve()
        facts = binary.stat()
        digest.update(f"{name} {binary.name} {facts.st_size} {facts.st_mtime_ns}".encode())
    return digest.hexdigest()


def remove_state(*, volumes: bool) -> None:
    """Delete what a stopped cluster leaves; with `volumes`, its objects, volumes, logs and local stacks as well."""
    shutil.rmtree(RUN, ignore_errors=True)
    if volumes and STATE.is_dir():
        for entry in STATE.iterdir():
            if entry.is_dir() and entry != CACHE:
                shutil.rmtree(entry)
