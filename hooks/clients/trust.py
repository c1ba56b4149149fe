"""Whether nodes with different issues of the certificates believe each other, as they must while a roll is under way.

The identity object remembers, for each issue that pods run with, which certificates its nodes show and which
authorities they trust: the Secrets say so no longer once somebody has changed them. All of it is public.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from contract import (
    IDENTITY_CERTIFICATES,
    LABEL_CLUSTER,
    TLS_AUTHORITY,
    TLS_CERTIFICATE,
    annotation_cause,
    identity_name,
)
from hooks.clients.certificates import signed
from hooks.clients.rest import Absent, ApiServer, Json

IssueDigest = Callable[[str], str]
"""How a pod's annotation spells the issue with which it runs."""
_SPLIT: Final = (
    "While nodes restart one by one, those that have restarted could not speak to the others: the cluster would split."
)
_STEPS: Final = (
    "replace an authority in three steps, each with an `up` that ends well: (1) old and new authority together in "
    "ca.crt of both Secrets, certificates as they were; (2) tls.crt and tls.key by the new one; "
    "(3) ca.crt without the old one"
)
_WAYS: Final = {
    "secrets": "Put the former content back, and",
    "cert-manager": (
        "Set kafka.tls.issuer back and have the former authority sign again. cert-manager keeps one authority in "
        "ca.crt: to change it, set kafka.tls.source: secrets with Secrets of your own, and"
    ),
    "generated": (
        "Restore the Secret with the authority. If it is lost, set kafka.tls.source: secrets, which keeps the Secrets "
        "of nodes and hooks, and"
    ),
}


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """What a node shows, and what it trusts; nothing but certificates, whatever else stood beside them."""

    chain: Sequence[x509.Certificate]
    trusted: Sequence[x509.Certificate]

    @classmethod
    def of(cls, chain: bytes, trusted: bytes) -> "Bundle":
        """Read PEM. Raises ValueError when there is no certificate in it."""
        load = x509.load_pem_x509_certificates
        return cls(chain=tuple(load(chain)), trusted=tuple(load(trusted)))

    def believes(self, other: "Bundle") -> bool:
        """Say whether one of the trusted authorities stands behind the other's certificate."""
        return any(shown == one or signed(shown, one) for shown in other.chain for one in self.trusted)


def bundle(data: Mapping[str, bytes]) -> Bundle | None:
    """Return what a Secret's content shows and trusts, None when it cannot be read."""
    try:
        return Bundle.of(data[TLS_CERTIFICATE], data[TLS_AUTHORITY])
    except (KeyError, ValueError):
        return None


def breaches(running: Iterable[Bundle], wanted: Mapping[str, Bundle]) -> tuple[str, ...]:
    """Return why nodes that run and nodes with the wanted content, by Secret, would not believe each other."""
    found: dict[str, None] = {}
    for old in running:
        for secret, new in wanted.items():
            if not old.believes(new):
                found[
                    f"{TLS_CERTIFICATE} of Secret {secret} is signed by {new.chain[-1].issuer.rfc4514_string()}, "
                    f"and nodes that run trust only {_names(old.trusted)}"
                ] = None
            if not new.believes(old):
                found[
                    f"{TLS_AUTHORITY} of Secret {secret} holds only {_names(new.trusted)}, and nodes that run show "
                    f"certificates signed by {old.chain[-1].issuer.rfc4514_string()}"
                ] = None
    return tuple(found)


class KubernetesTrust:
    """The memory in the identity object, and which of it is in use."""

    def __init__(self, api: ApiServer) -> None:
        """Work on the connection's cluster."""
        self._api = api
        self._path = f"{api.namespaced}/configmaps/{identity_name(api.connection.cluster)}"

    def running(self, digest: IssueDigest) -> dict[str, Bundle]:
        """Return what is known of the issues with which pods run; of one that was never recorded nothing is known."""
        pods = self._api.list(f"{self._api.namespaced}/pods", {LABEL_CLUSTER: self._api.connection.cluster})
        live = {_annotations(pod).get(annotation_cause("certificates")) for pod in pods}
        return {issue: held for issue, held in self.recorded().items() if digest(issue) in live}

    def recorded(self) -> dict[str, Bundle]:
        """Return everything that is remembered."""
        data: Json = (self._api.find(self._path) or {}).get("data") or {}
        entries: dict[str, dict[str, str]] = json.loads(data.get(IDENTITY_CERTIFICATES) or "{}")
        return {i: Bundle.of(one["chain"].encode(), one["trusted"].encode()) for i, one in entries.items()}

    def remember(self, entries: Mapping[str, Bundle]) -> None:
        """Remember these and nothing else. Before there is an identity object there is nothing that runs."""
        if entries == self.recorded():
            return
        wire = {i: {"chain": _pem(one.chain), "trusted": _pem(one.trusted)} for i, one in sorted(entries.items())}
        try:
            self._api.merge(self._path, {"data": {IDENTITY_CERTIFICATES: json.dumps(wire)}})
        except Absent:
            return


def way_round(source: str) -> str:
    """Return why this is refused and how an authority is replaced, by the source of the certificates."""
    return f"{_SPLIT} {_WAYS[source]} {_STEPS}"


def _annotations(pod: Json) -> dict[str, str]:
    return pod["metadata"].get("annotations") or {}


def _pem(certificates: Sequence[x509.Certificate]) -> str:
    return "".join(one.public_bytes(Encoding.PEM).decode() for one in certificates)


def _names(authorities: Sequence[x509.Certificate]) -> str:
    return " and ".join(f"{one.subject.rfc4514_string()} (serial {one.serial_number:x})"[:120] for one in authorities)
