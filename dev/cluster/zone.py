"""One zone: its container runtime, its kubelet and its kube-proxy, in a network, mounts and cgroup of their own.

The runtime makes the mount namespace and the kubelet joins it. Every mount of a pod lives in there, so all of them are
gone with the last process of the zone, however it ended. The few folders that the runtime, CNI and kubelet have at
fixed places of the machine are the zone's own in there, so that three of each, and one that the machine may have
already, never meet.
"""

import os
import resource
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from dev.cluster.addresses import CLUSTER_DOMAIN, DNS_SERVICE, LOOPBACK, POD_RANGE, REGION, Zone
from dev.cluster.certificates import CLUSTER_CA
from dev.cluster.kubeconfigs import path_of
from dev.cluster.network import enter
from dev.cluster.processes import Part
from dev.cluster.runtime import runtime_config
from dev.cluster.state import NODES, PKI, RUN, kubelet_root, runtime_socket

BINARIES: Final = ("kubelet", "kube-proxy")
KEPT_FOR_THE_HOST: Final = 2 * 1024**3
"""Memory in bytes that no zone may hand out: the control plane, the engine and the person's own work."""
LEAST_CPUS: Final = 2
_PRIVATE_FOLDERS: Final = ("/run/containerd", "/var/lib/cni", "/var/lib/kubelet", "/var/log/containers")

# Lays the zone's own folders over those of the machine, in the mount namespace it was started in; becomes the runtime.
_PRIVATE_MOUNTS: Final = """
set -e
mount --make-rshared /
while [ "$1" != -- ]; do mount --bind "$1" "$2"; shift 2; done
shift
exec "$@"
"""


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What the zones share."""

    cpus: int
    memory: int
    """Bytes."""

    @classmethod
    def this(cls) -> "Machine":
        """Measure this machine."""
        return cls(cpus=os.cpu_count() or 1, memory=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))

    def reserved(self) -> dict[str, str]:
        """Return what a node keeps back, so that the scheduler sees a third of the machine in each zone.

        Memory is split strictly. CPU may be overcommitted, since it only makes pods slower: each zone offers a third
        but at least two, as far as the machine has them.
        """
        cpus = max(self.cpus / 3, min(LEAST_CPUS, self.cpus))
        offered = max(self.memory - KEPT_FOR_THE_HOST, 0) // 3 // 1024
        return {"cpu": f"{round((self.cpus - cpus) * 1000)}m", "memory": f"{self.memory // 1024 - offered}Ki"}


def cgroup(zone: Zone) -> str:
    """The group of a zone; its daemons are in `system` below it, its pods in `kubepods`."""
    return zone.node


def pods_cgroup(zone: Zone) -> str:
    """The group below which all pods of a zone are."""
    return f"{zone.node}/kubepods"


def prepare(zone: Zone, machine: Machine) -> None:
    """Write the configuration files of a zone and make its folders."""
    folder = RUN / zone.node
    for private, public in _private_folders(zone):
        private.mkdir(parents=True, exist_ok=True)
        public.mkdir(parents=True, exist_ok=True)
    kubelet_root(zone).mkdir(parents=True, exist_ok=True)
    for name, content in runtime_config(zone).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    (folder / "kubelet.yaml").write_text(yaml.safe_dump(kubelet_config(zone, machine)))
    (folder / "proxy.yaml").write_text(yaml.safe_dump(proxy_config(zone)))


def _private_folders(zone: Zone) -> list[tuple[Path, Path]]:
    return [(RUN / zone.node / "private" / public.lstrip("/"), Path(public)) for public in _PRIVATE_FOLDERS]


def runtime(zone: Zone) -> Part:
    """The container runtime; it makes the zone's mount namespace."""
    folders = [str(path) for pair in _private_folders(zone) for path in pair]
    command = (
        *enter(zone),
        *("unshare", "--mount", "--propagation", "slave", "--"),
        *("/bin/sh", "-c", _PRIVATE_MOUNTS, "sh", *folders, "--"),
        *("containerd", "--config", str(RUN / zone.node / "containerd.toml")),
    )
    return Part(name=f"containerd-{zone.name}", cgroup=f"{cgroup(zone)}/system", command=command)


def kubelet(zone: Zone, binaries: Path, runtime_pid: int) -> Part:
    """The node agent."""
    labels = {"topology.kubernetes.io/zone": zone.label, "topology.kubernetes.io/region": REGION}
    command = (
        *enter(zone, runtime_pid=runtime_pid),
        str(binaries / "kubelet"),
        f"--config={RUN / zone.node / 'kubelet.yaml'}",
        f"--kubeconfig={path_of(f'kubelet-{zone.name}')}",
        f"--hostname-override={zone.node}",
        f"--node-ip={zone.address}",
        f"--root-dir={kubelet_root(zone)}",
        f"--node-labels={','.join(f'{key}={value}' for key, value in labels.items())}",
    )
    return Part(name=f"kubelet-{zone.name}", cgroup=f"{cgroup(zone)}/system", command=command)


def proxy(zone: Zone, binaries: Path, runtime_pid: int) -> Part:
    """The service proxy."""
    command = (
        *enter(zone, runtime_pid=runtime_pid),
        str(binaries / "kube-proxy"),
        f"--config={RUN / zone.node / 'proxy.yaml'}",
        f"--hostname-override={zone.node}",
    )
    return Part(name=f"proxy-{zone.name}", cgroup=f"{cgroup(zone)}/system", command=command)


def kubelet_config(zone: Zone, machine: Machine) -> dict[str, Any]:
    """Return the kubelet's configuration."""
    certificate = PKI / f"kubelet-{zone.name}"
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(PKI / f"{CLUSTER_CA}.crt")},
        },
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": f"{certificate}.crt",
        "tlsPrivateKeyFile": f"{certificate}.key",
        "rotateCertificates": False,
        "address": str(zone.address),
        "readOnlyPort": 0,
        "containerRuntimeEndpoint": f"unix://{runtime_socket(zone)}",
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/kafka-platform/{cgroup(zone)}",
        "systemReserved": machine.reserved(),
        # The reserve is for the scheduler's arithmetic; the machine's own processes are in no group to enforce it on.
        "enforceNodeAllocatable": [],
        "failSwapOn": False,
        "maxOpenFiles": resource.getrlimit(resource.RLIMIT_NOFILE)[1],
        # Needs a capability that containers and some virtual machines lack.
        "oomScoreAdj": 0,
        "clusterDNS": [str(DNS_SERVICE)],
        "clusterDomain": CLUSTER_DOMAIN,
        "resolvConf": "",
        "staticPodPath": "",
        "nodeStatusUpdateFrequency": "4s",
        "nodeLeaseDurationSeconds": 12,
        # A full disk must not evict pods or delete images, which no registry would give back.
        "evictionHard": {"memory.available": "50Mi", "nodefs.available": "0%", "imagefs.available": "0%"},
        "imageGCHighThresholdPercent": 100,
        "podLogsDir": str(NODES / zone.node / "logs"),
        "volumePluginDir": str(NODES / zone.node / "volume-plugins"),
    }


def proxy_config(zone: Zone) -> dict[str, Any]:
    """Return the service proxy's configuration. Connection tracking limits are the machine's: hands off."""
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "clientConnection": {"kubeconfig": str(path_of(f"proxy-{zone.name}"))},
        "mode": "iptables",
        "clusterCIDR": str(POD_RANGE),
        "bindAddress": str(zone.address),
        "healthzBindAddress": "",
        "metricsBindAddress": f"{LOOPBACK}:10249",
        "nodePortAddresses": [f"{zone.address}/32"],
        "oomScoreAdj": 0,
        "iptables": {"localhostNodePorts": False, "minSyncPeriod": "100ms"},
        "conntrack": {"maxPerCore": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s"},
    }
