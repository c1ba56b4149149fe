"""How to reach and convince the API server: kubectl's own rules, read from a kubeconfig or the pod's service account.

Written here because the kubernetes package takes two seconds of CPU to import, in every process of every preview.
Covered: several files in KUBECONFIG, certificates and tokens as data or files, credential plugins (`exec`), proxies,
impersonation. Certificates given as data touch the disk only while they are read.
"""

import base64
import os
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Final
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import yaml

from hooks.clients.connection import Connection
from hooks.clients.credential_plugin import CredentialPlugin
from hooks.interfaces import Refused

_POD: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount")
Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Access:
    """The way to one API server."""

    server: str
    """Its URL, without a slash at the end."""
    tls: ssl.SSLContext | None
    """How it is verified and what certificate it is shown; None over plain HTTP."""
    tls_name: str | None = None
    """The name in its certificate, where that is not the host of the URL."""
    proxy: str | None = None
    verified: bool = True
    headers: Callable[[], dict[str, str]] = field(default=dict[str, str])
    """What authenticates a request now: rotated tokens are read again, plugins asked again when theirs expires."""


def access(connection: Connection) -> Access:
    """Return the way to the API server. Raises Refused, naming the file and the context, when there is none."""
    try:
        return _access(connection)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, yaml.YAMLError) as error:
        where = connection.kubeconfig or os.environ.get("KUBECONFIG") or "~/.kube/config"
        wrong = f"no entry {error}" if isinstance(error, KeyError) else str(error)
        raise Refused(
            [
                f"kubeconfig {where}, context {connection.context or 'current'}, cannot be used: {wrong}; "
                + "allowed is a readable kubeconfig and one of its contexts; "
                + "set kafka-platform:kubernetes in the stack file, or for `python -m hooks` --kubeconfig and --context"
            ]
        ) from None


def _access(connection: Connection) -> Access:
    files = _files(connection)
    if not files and not connection.context and (_POD / "token").exists():
        return _of_the_pod()
    if not files:
        raise FileNotFoundError("there is no such file")
    merged = _merged(files)
    context = merged["contexts"][connection.context or merged["current-context"]]
    return _from_entries(merged["clusters"][context["cluster"]], merged["users"][context["user"]])


def _files(connection: Connection) -> list[Path]:
    """Return the files that kubectl would read; a file that is named must exist."""
    if connection.kubeconfig:
        return [Path(connection.kubeconfig).expanduser()]
    named = os.environ.get("KUBECONFIG")
    paths = [Path(p) for p in named.split(os.pathsep) if p] if named else [Path.home() / ".kube" / "config"]
    return [path for path in paths if path.exists()]


def _merged(files: list[Path]) -> Json:
    """Merge the files as kubectl does: of two entries with one name the first wins."""
    merged: Json = {"clusters": {}, "users": {}, "contexts": {}}
    for file in files:
        found: Json = yaml.safe_load(file.read_text()) or {}
        if found.get("current-context"):
            merged.setdefault("current-context", found["current-context"])
        for kind, key in (("clusters", "cluster"), ("users", "user"), ("contexts", "context")):
            entries: list[Json] = found.get(kind) or []
            for entry in entries:
                content: Json = {**(entry.get(key) or {}), "folder": file.resolve().parent}
                merged[kind].setdefault(entry["name"], content)
    return merged


def _from_entries(cluster: Json, user: Json) -> Access:
    server = str(cluster["server"]).rstrip("/")
    plugin = CredentialPlugin(user["exec"], user["folder"], cluster) if user.get("exec") else None
    if user.get("auth-provider"):
        raise ValueError("auth-provider is gone from kubectl since 1.26; use a credential plugin (exec)")
    tls = _tls(cluster, user, plugin) if server.startswith("https") else None
    return Access(
        server=server,
        tls=tls,
        tls_name=cluster.get("tls-server-name"),
        proxy=cluster.get("proxy-url") or _proxy(server),
        verified=not cluster.get("insecure-skip-tls-verify"),
        headers=lambda: _headers(user, plugin),
    )


def _tls(cluster: Json, user: Json, plugin: CredentialPlugin | None) -> ssl.SSLContext:
    """Return the TLS context of a cluster entry and a user entry."""
    authority = _content(cluster, "certificate-authority")
    context = ssl.create_default_context(cadata=authority.decode() if authority else None)
    # Python 3.13 asks for key identifiers that older clusters' own authorities lack; Kubernetes does not.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if cluster.get("insecure-skip-tls-verify"):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    certificate, key = _content(user, "client-certificate"), _content(user, "client-key")
    if plugin is not None and certificate is None:
        certificate, key = plugin.certificate()
    if certificate is not None and key is not None:
        # The library reads certificates from files only; the file is gone once it is read.
        with NamedTemporaryFile() as file:
            file.write(certificate + b"\n" + key)
            file.flush()
            context.load_cert_chain(file.name)
    return context


def _headers(user: Json, plugin: CredentialPlugin | None) -> dict[str, str]:
    """Return the headers of a user entry as they are now."""
    token = user.get("token")
    if user.get("tokenFile"):
        token = (user["folder"] / user["tokenFile"]).read_text().strip()
    elif plugin is not None:
        token = plugin.token()
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    if not token and user.get("username"):
        basic = base64.b64encode(f"{user['username']}:{user.get('password', '')}".encode()).decode()
        headers["Authorization"] = f"Basic {basic}"
    if user.get("as"):
        headers["Impersonate-User"] = str(user["as"])
    return headers


def _content(entry: Json, key: str) -> bytes | None:
    """Return what an entry holds as data, or in a file beside its kubeconfig."""
    if entry.get(f"{key}-data"):
        return base64.b64decode(entry[f"{key}-data"])
    return (entry["folder"] / entry[key]).read_bytes() if entry.get(key) else None


def _of_the_pod() -> Access:
    """Return the way that Kubernetes gives to every pod with a service account."""
    host, port = os.environ["KUBERNETES_SERVICE_HOST"], os.environ["KUBERNETES_SERVICE_PORT"]
    server = f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"
    return Access(
        server=server,
        tls=_tls({"certificate-authority": "ca.crt", "folder": _POD}, {"folder": _POD}, None),
        headers=lambda: {"Authorization": f"Bearer {(_POD / 'token').read_text().strip()}"},
    )


def _proxy(server: str) -> str | None:
    """Return the environment's proxy for this server, None where it is excepted."""
    parts = urlsplit(server)
    return None if proxy_bypass(parts.hostname or "") else getproxies().get(parts.scheme)
