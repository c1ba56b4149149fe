"""Credential plugins of a kubeconfig (`exec`), such as `aws eks get-token`: a program that prints an ExecCredential."""

import json
import os
import subprocess
import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from hooks.clients.redaction import redact
from hooks.interfaces import Refused

_SECONDS: Final = 60
_MARGIN: Final = timedelta(seconds=60)


class CredentialPlugin:
    """One plugin; asked when first needed and again shortly before what it gave expires."""

    def __init__(self, spec: Mapping[str, Any], folder: Path, cluster: Mapping[str, Any]) -> None:
        """Take the kubeconfig's `exec` entry, its folder and the cluster that the credentials are for."""
        self._spec = spec
        self._folder = folder
        self._cluster = cluster
        self._given: dict[str, Any] | None = None
        self._lock = threading.Lock()

    def token(self) -> str | None:
        """Return the token that is valid now, if the plugin gives tokens."""
        return self._status().get("token")

    def certificate(self) -> tuple[bytes | None, bytes | None]:
        """Return the client certificate and its key, if the plugin gives them."""
        status = self._status()
        certificate, key = status.get("clientCertificateData"), status.get("clientKeyData")
        return (certificate.encode(), key.encode()) if certificate and key else (None, None)

    def _status(self) -> dict[str, Any]:
        with self._lock:
            if self._given is None or _expires_soon(self._given):
                self._given = self._ask()
            return self._given

    def _ask(self) -> dict[str, Any]:
        """Run the plugin. Raises Refused with what it wrote when it fails."""
        command = str(self._spec["command"])
        if os.sep in command:
            command = str(self._folder / command)
        added: list[dict[str, str]] = self._spec.get("env") or []
        extra = {entry["name"]: entry["value"] for entry in added}
        environment = {**os.environ, **extra, "KUBERNETES_EXEC_INFO": json.dumps(self._question())}
        try:
            done = subprocess.run(
                [command, *(self._spec.get("args") or [])],
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_SECONDS,
                check=True,
            )
            return dict(json.loads(done.stdout)["status"])
        except (OSError, subprocess.SubprocessError, ValueError, KeyError) as error:
            raise Refused([self._failed(command, error)]) from None

    def _question(self) -> dict[str, Any]:
        """Return the ExecCredential that asks."""
        spec: dict[str, Any] = {"interactive": False}
        if self._spec.get("provideClusterInfo"):
            known = ("server", "certificate-authority-data", "tls-server-name", "insecure-skip-tls-verify")
            spec["cluster"] = {key: self._cluster[key] for key in known if key in self._cluster}
        version = self._spec.get("apiVersion", "client.authentication.k8s.io/v1")
        return {"apiVersion": version, "kind": "ExecCredential", "spec": spec}

    def _failed(self, command: str, error: Exception) -> str:
        """Say what failed, what it wrote and what its author says to do."""
        written: bytes = getattr(error, "stderr", None) or b""
        last = redact(" ".join(written.decode(errors="replace").split())[-500:])
        hint = str(self._spec.get("installHint") or "").strip()
        what = "gave no ExecCredential" if isinstance(error, (ValueError, KeyError)) else f"failed: {error}"
        return "; ".join(part for part in (f"the kubeconfig's credential plugin {command} {what}", last, hint) if part)


def _expires_soon(status: Mapping[str, Any]) -> bool:
    expires = status.get("expirationTimestamp")
    return expires is not None and datetime.fromisoformat(expires) - _MARGIN <= datetime.now(UTC)
