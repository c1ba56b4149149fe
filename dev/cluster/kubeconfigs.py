"""Kubeconfig files: one for each client of the API server, each with its own certificate inside."""

import base64
import os
from pathlib import Path
from typing import Any

import yaml

from dev.cluster.addresses import API_SERVER
from dev.cluster.certificates import CLUSTER_CA
from dev.cluster.state import CONTEXT, KUBECONFIG, PKI


def kubeconfig(part: str, pki: Path = PKI) -> dict[str, Any]:
    """Return the kubeconfig of a part, complete in itself."""

    def content(name: str) -> str:
        return base64.b64encode((pki / name).read_bytes()).decode()

    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": CONTEXT,
                "cluster": {"server": API_SERVER, "certificate-authority-data": content(f"{CLUSTER_CA}.crt")},
            }
        ],
        "users": [
            {
                "name": part,
                "user": {
                    "client-certificate-data": content(f"{part}.crt"),
                    "client-key-data": content(f"{part}.key"),
                },
            }
        ],
        "contexts": [{"name": CONTEXT, "context": {"cluster": CONTEXT, "user": part}}],
        "current-context": CONTEXT,
    }


def path_of(part: str) -> Path:
    """Where the kubeconfig of a part lies."""
    return PKI / f"{part}.kubeconfig"


def write_for_part(part: str) -> Path:
    """Write a part's kubeconfig beside its certificate."""
    _write(path_of(part), kubeconfig(part))
    return path_of(part)


def write_for_people() -> Path:
    """Write the administrator's kubeconfig where people and tests look for it."""
    _write(KUBECONFIG, kubeconfig("admin"))
    return KUBECONFIG


def _write(path: Path, content: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        yaml.safe_dump(content, file, sort_keys=False)
