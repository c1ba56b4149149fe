"""The objects that every local cluster has from the start: rights of its own parts, DNS, the storage class."""

from typing import Any, Final

from dev.cluster.addresses import CONTROL_PLANE, DNS_SERVICE
from dev.cluster.api import Api

STORAGE_CLASS: Final = "local"
_RBAC: Final = "rbac.authorization.k8s.io"
_DNS_PORTS: Final = (("dns", "UDP"), ("dns-tcp", "TCP"))


def base_objects() -> list[tuple[str, dict[str, Any]]]:
    """Return path and body of each object."""
    rbac = f"/apis/{_RBAC}/v1"
    return [
        # The API server's way to logs, exec and port-forward.
        (
            f"{rbac}/clusterrolebindings/kafka-platform:kubelet-api",
            _binding("kafka-platform:kubelet-api", "system:kubelet-api-admin", "kube-apiserver-kubelet-client"),
        ),
        (f"{rbac}/clusterroles/kafka-platform:coredns", _dns_role()),
        (
            f"{rbac}/clusterrolebindings/kafka-platform:coredns",
            _binding("kafka-platform:coredns", "kafka-platform:coredns", "kafka-platform:coredns"),
        ),
        ("/api/v1/namespaces/kube-system/services/kube-dns", _dns_service()),
        ("/apis/discovery.k8s.io/v1/namespaces/kube-system/endpointslices/kube-dns", _dns_endpoints()),
        (f"/apis/storage.k8s.io/v1/storageclasses/{STORAGE_CLASS}", _storage_class()),
    ]


def apply_base_objects(api: Api) -> None:
    """Make the base objects be there."""
    for path, body in base_objects():
        api.apply(path, body)


def _binding(name: str, role: str, user: str) -> dict[str, Any]:
    return {
        "apiVersion": f"{_RBAC}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": name},
        "roleRef": {"apiGroup": _RBAC, "kind": "ClusterRole", "name": role},
        "subjects": [{"apiGroup": _RBAC, "kind": "User", "name": user}],
    }


def _dns_role() -> dict[str, Any]:
    watch = ["list", "watch"]
    return {
        "apiVersion": f"{_RBAC}/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "kafka-platform:coredns"},
        "rules": [
            {"apiGroups": [""], "resources": ["services", "namespaces"], "verbs": watch},
            {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": watch},
        ],
    }


def _dns_service() -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "kube-dns", "namespace": "kube-system"},
        "spec": {
            "clusterIP": str(DNS_SERVICE),
            "ports": [
                {"name": name, "port": 53, "targetPort": 53, "protocol": protocol} for name, protocol in _DNS_PORTS
            ],
        },
    }


def _dns_endpoints() -> dict[str, Any]:
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "name": "kube-dns",
            "namespace": "kube-system",
            "labels": {"kubernetes.io/service-name": "kube-dns"},
        },
        "addressType": "IPv4",
        "ports": [{"name": name, "port": 53, "protocol": protocol} for name, protocol in _DNS_PORTS],
        "endpoints": [{"addresses": [str(CONTROL_PLANE)], "conditions": {"ready": True}}],
    }


def _storage_class() -> dict[str, Any]:
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {
            "name": STORAGE_CLASS,
            "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
        },
        "provisioner": "kubernetes.io/no-provisioner",
        "volumeBindingMode": "WaitForFirstConsumer",
        # A local folder cannot be deleted by Kubernetes; released ones are recycled by dev.cluster.storage.
        "reclaimPolicy": "Retain",
        # Each volume declares more than a claim asks for, so a claim that asks for more has it at once.
        "allowVolumeExpansion": True,
    }
