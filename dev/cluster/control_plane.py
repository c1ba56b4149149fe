"""The command lines of the control plane: etcd, API server, controller manager, scheduler, DNS.

They run in the host's network namespace. The API server and DNS listen on the bridge, everything else on loopback.
"""

import http.client
from pathlib import Path
from typing import Final

from dev.cluster.addresses import (
    API_PORT,
    CLUSTER_DOMAIN,
    CONTROL_PLANE,
    LOOPBACK,
    POD_RANGE,
    SERVICE_RANGE,
)
from dev.cluster.certificates import CLUSTER_CA, ETCD_CA, SERVICE_ACCOUNT_KEY
from dev.cluster.kubeconfigs import path_of
from dev.cluster.processes import Part
from dev.cluster.state import ETCD, PKI, STATE

CGROUP: Final = "control-plane"
DNS_READINESS_PORT: Final = 8181
BINARIES: Final = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "coredns")
NODE_GRACE: Final = "16s"
"""After this long without a heartbeat a node is NotReady: the time a zone outage takes to be seen."""
COREFILE: Final = STATE / "Corefile"
ETCD_CLIENTS: Final = f"https://{LOOPBACK}:2379"
ETCD_PEERS: Final = f"https://{LOOPBACK}:2380"


def etcd(binaries: Path) -> Part:
    """The store. It does not sync to disk: a power cut may cost the cluster, and no test waits for a disk."""
    return _part(
        binaries / "etcd",
        f"--data-dir={ETCD}",
        "--name=local",
        f"--listen-client-urls={ETCD_CLIENTS}",
        f"--advertise-client-urls={ETCD_CLIENTS}",
        f"--listen-peer-urls={ETCD_PEERS}",
        f"--initial-advertise-peer-urls={ETCD_PEERS}",
        f"--initial-cluster=local={ETCD_PEERS}",
        "--client-cert-auth",
        f"--trusted-ca-file={PKI / f'{ETCD_CA}.crt'}",
        f"--cert-file={PKI / 'etcd.crt'}",
        f"--key-file={PKI / 'etcd.key'}",
        "--peer-client-cert-auth",
        f"--peer-trusted-ca-file={PKI / f'{ETCD_CA}.crt'}",
        f"--peer-cert-file={PKI / 'etcd.crt'}",
        f"--peer-key-file={PKI / 'etcd.key'}",
        "--unsafe-no-fsync",
    )


def api_server(binaries: Path) -> Part:
    """The API server: certificates for everybody, nobody anonymous, RBAC and node authorization."""
    key = PKI / f"{SERVICE_ACCOUNT_KEY}.key"
    return _part(
        binaries / "kube-apiserver",
        f"--bind-address={CONTROL_PLANE}",
        f"--advertise-address={CONTROL_PLANE}",
        f"--secure-port={API_PORT}",
        f"--service-cluster-ip-range={SERVICE_RANGE}",
        f"--etcd-servers={ETCD_CLIENTS}",
        f"--etcd-cafile={PKI / f'{ETCD_CA}.crt'}",
        f"--etcd-certfile={PKI / 'apiserver-etcd-client.crt'}",
        f"--etcd-keyfile={PKI / 'apiserver-etcd-client.key'}",
        f"--tls-cert-file={PKI / 'apiserver.crt'}",
        f"--tls-private-key-file={PKI / 'apiserver.key'}",
        f"--client-ca-file={PKI / f'{CLUSTER_CA}.crt'}",
        f"--kubelet-certificate-authority={PKI / f'{CLUSTER_CA}.crt'}",
        f"--kubelet-client-certificate={PKI / 'apiserver-kubelet-client.crt'}",
        f"--kubelet-client-key={PKI / 'apiserver-kubelet-client.key'}",
        "--kubelet-preferred-address-types=InternalIP",
        "--anonymous-auth=false",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        f"--service-account-issuer=https://kubernetes.default.svc.{CLUSTER_DOMAIN}",
        f"--service-account-key-file={key}",
        f"--service-account-signing-key-file={key}",
        "--profiling=false",
    )


def controller_manager(binaries: Path) -> Part:
    """The controllers, each under its own service account."""
    return _part(
        binaries / "kube-controller-manager",
        *_loopback_server("controller-manager"),
        f"--root-ca-file={PKI / f'{CLUSTER_CA}.crt'}",
        f"--service-account-private-key-file={PKI / f'{SERVICE_ACCOUNT_KEY}.key'}",
        "--use-service-account-credentials=true",
        "--allocate-node-cidrs=false",
        f"--cluster-cidr={POD_RANGE}",
        f"--node-monitor-grace-period={NODE_GRACE}",
        "--node-monitor-period=1s",
    )


def scheduler(binaries: Path) -> Part:
    """The scheduler."""
    return _part(binaries / "kube-scheduler", *_loopback_server("scheduler"))


def dns(binaries: Path) -> Part:
    """The cluster's DNS: the names of services and pods, and of nothing else."""
    return _part(binaries / "coredns", "-conf", str(COREFILE))


def corefile() -> str:
    """Return the DNS server's configuration. Any other name does not exist: no question leaves the machine."""
    return f"""\
{CLUSTER_DOMAIN} in-addr.arpa {{
    bind {CONTROL_PLANE}
    errors
    ready {LOOPBACK}:{DNS_READINESS_PORT}
    kubernetes {{
        kubeconfig {path_of("coredns")}
        ttl 2
    }}
}}
. {{
    bind {CONTROL_PLANE}
    errors
    template ANY ANY {{
        rcode NXDOMAIN
    }}
}}
"""


def _loopback_server(part: str) -> tuple[str, ...]:
    config = path_of(part)
    return (
        f"--kubeconfig={config}",
        f"--authentication-kubeconfig={config}",
        f"--authorization-kubeconfig={config}",
        f"--client-ca-file={PKI / f'{CLUSTER_CA}.crt'}",
        f"--bind-address={LOOPBACK}",
        f"--tls-cert-file={PKI / f'{part}.crt'}",
        f"--tls-private-key-file={PKI / f'{part}.key'}",
        "--leader-elect=false",
        "--profiling=false",
    )


def _part(binary: Path, *arguments: str) -> Part:
    return Part(name=binary.name, cgroup=CGROUP, command=(str(binary), *arguments))


def dns_is_ready() -> bool:
    """Whether the DNS server has read the cluster's services."""
    connection = http.client.HTTPConnection(str(LOOPBACK), DNS_READINESS_PORT, timeout=2)
    try:
        connection.request("GET", "/ready")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
