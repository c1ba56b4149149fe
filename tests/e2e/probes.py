"""Pods that do nothing, one in each zone, and what the tests do from inside their networks.

The sandbox image holds a single program, so what is tried "in a pod" is tried by this machine's Python in the pod's
network namespace.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dev.cluster import SANDBOX_IMAGE, cgroups, recycle_released_volumes
from dev.cluster.addresses import Zone, zone_named
from dev.cluster.state import KUBECONFIG
from dev.cluster.storage import folder_of
from dev.cluster.zone import pods_cgroup

NAMESPACE = "local-cluster-test"
PORT = 8000
NODE_PORT = 31234

# Sends to an address and prints what became of it. UDP learns of a refusal by a message that comes back, and
# of every such message with IP_RECVERR (11).
_SEND = """
import errno, socket, sys
kind, address, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
with socket.socket(socket.AF_INET, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM) as s:
    s.settimeout(10)
    s.setsockopt(socket.SOL_IP, 11, 1)
    try:
        s.connect((address, port))
        s.send(b"kafka-platform")
        print(s.recv(100).decode() or "closed")
    except TimeoutError:
        print("timeout")
    except OSError as error:
        print(errno.errorcode[error.errno])
"""


@dataclass(frozen=True, kw_only=True)
class Probe:
    """One such pod."""

    name: str
    uid: str
    zone: Zone
    address: str
    volume: str
    pid: int

    @property
    def network(self) -> str:
        """The file of its network namespace."""
        return f"/proc/{self.pid}/ns/net"

    @property
    def folder(self) -> Path:
        """The folder behind its volume."""
        return folder_of(self.zone, self.volume)

    def inside(self, path: str) -> Path:
        """A path in the container, as this machine sees it."""
        return Path(f"/proc/{self.pid}/root") / path.lstrip("/")


def kubectl(tools: Path, *arguments: str, text: str | None = None) -> str:
    """Run kubectl as the administrator."""
    command = [str(tools / "kubectl"), "--kubeconfig", str(KUBECONFIG), *arguments]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout


def python_in(network: str, program: str, *arguments: str) -> list[str]:
    """Return the command that runs a Python program in a network namespace."""
    return ["nsenter", f"--net={network}", "--", sys.executable, "-c", program, *arguments]


def send_from(network: str | None, kind: str, address: str, port: int = 9) -> str:
    """Send from a network namespace (None: from the host); return the answer, or the name of the error."""
    command = (
        [sys.executable, "-c", _SEND, kind, address, str(port)]
        if network is None
        else python_in(network, _SEND, kind, address, str(port))
    )
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout.strip()


@contextmanager
def running(tools: Path) -> Iterator[Sequence[Probe]]:
    """Run a probe in each zone; at the end, take pods and claims away and offer the volumes again.

    The namespace stays: its deletion takes longer than all the tests, and the next module wants it again.
    """
    kubectl(tools, "apply", "-f", "-", text=json.dumps({"apiVersion": "v1", "kind": "List", "items": _objects()}))
    try:
        kubectl(tools, "-n", NAMESPACE, "rollout", "status", "statefulset/probe", "--timeout=60s")
        pods = json.loads(kubectl(tools, "-n", NAMESPACE, "get", "pods", "-o", "json"))["items"]
        claims = json.loads(kubectl(tools, "-n", NAMESPACE, "get", "persistentvolumeclaims", "-o", "json"))["items"]
        volumes = {claim["metadata"]["name"]: claim["spec"]["volumeName"] for claim in claims}
        yield [_probe(pod, volumes) for pod in pods]
    finally:
        kinds = "statefulsets,services,pods,persistentvolumeclaims"
        kubectl(tools, "-n", NAMESPACE, "delete", kinds, "--all", "--wait=true", "--timeout=60s")
        recycle_released_volumes()


def _probe(pod: dict[str, Any], volumes: dict[str, str]) -> Probe:
    name, uid, zone = pod["metadata"]["name"], pod["metadata"]["uid"], zone_named(pod["spec"]["nodeName"])
    return Probe(
        name=name,
        uid=uid,
        zone=zone,
        address=pod["status"]["podIP"],
        volume=volumes[f"data-{name}"],
        pid=_container_process(zone, uid),
    )


def _container_process(zone: Zone, uid: str) -> int:
    """Find the process of a pod's container, which has the volume, beside the sandbox's, which has not."""
    for pid in sorted(cgroups.members(pods_cgroup(zone))):
        if uid in Path(f"/proc/{pid}/cgroup").read_text() and " /data " in Path(f"/proc/{pid}/mountinfo").read_text():
            return pid
    raise AssertionError(f"pod {uid} has no process in the cgroups of {zone.node}")


def _objects() -> list[dict[str, Any]]:
    labels = {"app": "probe"}
    service = {"apiVersion": "v1", "kind": "Service"}
    return [
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": NAMESPACE, "labels": {"pod-security.kubernetes.io/enforce": "restricted"}},
        },
        {
            **service,
            "metadata": {"name": "probe", "namespace": NAMESPACE},
            "spec": {"clusterIP": "None", "selector": labels, "ports": [{"port": PORT}]},
        },
        {
            **service,
            "metadata": {"name": "open", "namespace": NAMESPACE},
            "spec": {"type": "NodePort", "selector": labels, "ports": [{"port": PORT, "nodePort": NODE_PORT}]},
        },
        {
            "apiVersion": "apps/v1",
            "kind": "StatefulSet",
            "metadata": {"name": "probe", "namespace": NAMESPACE},
            "spec": {
                "serviceName": "probe",
                "replicas": 3,
                "podManagementPolicy": "Parallel",
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": pod_spec(labels)},
                "volumeClaimTemplates": [
                    {
                        "metadata": {"name": "data"},
                        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
                    }
                ],
            },
        },
    ]


def pod_spec(labels: dict[str, str]) -> dict[str, Any]:
    """Return a pod that the restricted policy admits, one for each zone."""
    return {
        "terminationGracePeriodSeconds": 1,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 1000,
            "runAsGroup": 1000,
            "fsGroup": 1000,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": "topology.kubernetes.io/zone",
                "whenUnsatisfiable": "DoNotSchedule",
                "labelSelector": {"matchLabels": labels},
            }
        ],
        "containers": [
            {
                "name": "pause",
                "image": SANDBOX_IMAGE,
                "resources": {"limits": {"cpu": "100m", "memory": "32Mi"}},
                "securityContext": {
                    "allowPrivilegeEscalation": False,
                    "readOnlyRootFilesystem": True,
                    "capabilities": {"drop": ["ALL"]},
                },
                "volumeMounts": [{"name": "data", "mountPath": "/data"}],
            }
        ],
    }
