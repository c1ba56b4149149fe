"""The Secrets with the certificates of one cluster: looked at in every preflight, made and renewed where they are ours.

Which *issue* of the certificates is in use is a plain word in the pods' revision, so that a preview can say that a
renewal restarts brokers. Where the platform generates them it is a number on the Secret; where cert-manager makes them,
the number of cert-manager's own; where they are the user's, a digest of the certificates, which are public.
"""

import datetime
import hashlib
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

from contract import (
    ANNOTATION_ADMIN_SECRET,
    ANNOTATION_ISSUE,
    LABEL_CLUSTER,
    LABEL_COMPONENT,
    TLS_AUTHORITY,
    TLS_CERTIFICATE,
    TLS_KEY,
)
from hooks.clients.authority import Authority, Material, issue, load_authority, new_authority
from hooks.clients.certificates import Expected, ends, faults
from hooks.clients.rest import ApiServer, Exists, Json
from hooks.clients.trust import Bundle, IssueDigest, KubernetesTrust, breaches, bundle, way_round
from hooks.interfaces import NotYet, Refused

FIRST_ISSUE: Final = "1"


@dataclass(frozen=True, kw_only=True)
class Demand:
    """What the certificates of a cluster must be."""

    source: str
    among_nodes: bool
    """Whether the nodes speak TLS among themselves, and not only with clients."""
    nodes_secret: str
    admin_secret: str
    authority_secret: str
    nodes: Expected
    admin: Expected
    validity_days: int
    renew_before_days: int

    @property
    def parts(self) -> tuple[tuple[str, Expected], ...]:
        """Each Secret with what it must hold, the hooks' own first."""
        return (self.admin_secret, self.admin), (self.nodes_secret, self.nodes)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a preflight found out."""

    problems: tuple[str, ...] = ()
    issue: str = FIRST_ISSUE


class KubernetesCertificates:
    """Reads and writes the Secrets. No key leaves this process but into them."""

    def __init__(self, api: ApiServer) -> None:
        """Work on the connection's cluster."""
        self._api = api
        self._secrets = f"{api.namespaced}/secrets"
        self._trust = KubernetesTrust(api)

    def look(self, demand: Demand | None) -> Seen:
        """Return what forbids this demand, and which issue is, or will be, in use."""
        switched = _switched(self._workloads(), wanted=demand is not None and demand.among_nodes)
        if demand is None or switched:
            return Seen(problems=switched)
        held = self._held(demand)
        if demand.source == "generated":
            return Seen(issue=self._next_issue(demand, held))
        said = [line for name, expected in demand.parts for line in self._foreign(demand, (name, held[name]), expected)]
        wanted = self._signed_issue(demand) if demand.source == "cert-manager" else _digest(held[demand.nodes_secret])
        return Seen(problems=tuple(said), issue=wanted)

    def ensure(self, demand: Demand, wanted: str) -> None:
        """Make what is not of this issue yet; what is stays as it is."""
        held = self._held(demand)
        due = [(name, expected) for name, expected in demand.parts if not _is_of(held[name], wanted)]
        authority = self._authority(demand.authority_secret) if due else None
        for name, expected in due:
            until = (self._api.server_time(), demand.validity_days)
            made = issue(cast(Authority, authority), common_name(expected.subject), expected.names, until)
            self._write(name, _content(made), wanted, exists=held[name] is not None)
        present = bundle(_decoded(self._held(demand)[demand.nodes_secret] or {}))
        if present is not None:
            self._trust.remember({wanted: present, **self._trust.recorded()})

    def cut_off(self, demand: Demand, wanted: str, digest: IssueDigest) -> tuple[str, ...]:
        """Return why nodes of this issue and the nodes that run would not believe each other: a roll would split them.

        Nodes that run with an issue of which nothing is remembered are not judged.
        """
        running = self._trust.running(digest) if demand.among_nodes else {}
        if not running:
            return ()
        held = self._held(demand)
        if demand.source != "generated" or all(_is_of(one, wanted) for one in held.values()):
            read = {name: bundle(_decoded(one)) for name, one in held.items() if one is not None}
            found = breaches(running.values(), {name: one for name, one in read.items() if one is not None})
        else:
            found = self._renewal(demand, running)
        return (f"{'; '.join(found)}. {way_round(demand.source)}",) if found else ()

    def _renewal(self, demand: Demand, running: Mapping[str, Bundle]) -> tuple[str, ...]:
        """Return what speaks against certificates that the authority would make now."""
        pem = _decoded(self._api.find(f"{self._secrets}/{demand.authority_secret}") or {}).get(TLS_CERTIFICATE, b"")
        authority = bundle({TLS_CERTIFICATE: pem, TLS_AUTHORITY: pem})
        if authority is None:
            return (
                f"certificates are to be made anew, and Secret {demand.authority_secret} with their authority is gone",
            )
        return breaches(running.values(), {name: authority for name, _ in demand.parts})

    def remember(self, demand: Demand, wanted: str, digest: IssueDigest) -> None:
        """Remember what nodes of this issue show and trust, and forget the issues with which nobody runs any more.

        The first to say so is right: what others change in a Secret later is not what nodes have read.
        """
        known, running = self._trust.recorded(), self._trust.running(digest)
        held = self._held(demand)[demand.nodes_secret]
        present = bundle(_decoded(held or {}))
        if present is not None and (demand.source != "generated" or _is_of(held, wanted)):
            running[wanted] = known.get(wanted, present)
        self._trust.remember(running)

    def _held(self, demand: Demand) -> dict[str, Json | None]:
        return {name: self._api.find(f"{self._secrets}/{name}") for name, _ in demand.parts}

    def _workloads(self) -> list[Json]:
        labels = {LABEL_CLUSTER: self._api.connection.cluster}
        return self._api.list(f"{self._api.group('apps/v1')}/statefulsets", labels)

    def _next_issue(self, demand: Demand, held: Mapping[str, Json | None]) -> str:
        """Return the issue in use, or the one to come when something is missing or due."""
        known = [_issue(found) for found in held.values() if found is not None]
        if len(known) < len(held):
            # The old authority may be gone with them; whoever runs restarts with the new one.
            return str(int(self._api.server_time().timestamp())) if self._workloads() else FIRST_ISSUE
        newest = max(known, key=int)
        due = any(_due(demand, held[name], expected, self._api.server_time()) for name, expected in demand.parts)
        return str(int(newest) + 1) if due else newest

    def _signed_issue(self, demand: Demand) -> str:
        """Return how often cert-manager has issued the nodes' certificate; before the first time, that first time."""
        path = f"{self._api.group('cert-manager.io/v1')}/certificates/{demand.nodes_secret}"
        found: Json = (self._api.find(path) or {}).get("status") or {}
        return str(found.get("revision") or FIRST_ISSUE)

    def _foreign(self, demand: Demand, secret: tuple[str, Json | None], expected: Expected) -> list[str]:
        """Return what is wrong with a Secret that others fill."""
        name, found = secret
        where = f"Secret {name} in namespace {self._api.connection.namespace}"
        if found is None:
            if demand.source == "cert-manager":
                return []
            keys = f"{TLS_CERTIFICATE}, {TLS_KEY} and {TLS_AUTHORITY}"
            return [
                f"{where} does not exist: kafka.tls names it, and no node could start without; make it, with {keys}"
            ]
        return [f"{where}: {fault}" for fault in faults(_decoded(found), expected, self._api.server_time())]

    def _authority(self, name: str) -> Authority:
        """Return the authority of this cluster; the first one to ask makes it."""
        found = self._api.find(f"{self._secrets}/{name}")
        if found is None:
            made = new_authority(self._api.connection.cluster, self._api.server_time())
            self._write(name, {TLS_CERTIFICATE: made.pem, TLS_KEY: made.key_pem}, FIRST_ISSUE, exists=False)
            return made
        data = _decoded(found)
        try:
            return load_authority(data[TLS_CERTIFICATE], data[TLS_KEY])
        except (KeyError, ValueError):
            words = f"Secret {name} must hold the authority that the platform generated, and it cannot be read; "
            todo = "restore it; if it is lost, delete it and the Secrets of the certificates, and run `pulumi up` again"
            raise Refused([words + todo]) from None

    def _write(self, name: str, content: Mapping[str, bytes], wanted: str, *, exists: bool) -> None:
        body: Json = {
            "metadata": {
                "name": name,
                "labels": {LABEL_CLUSTER: self._api.connection.cluster},
                "annotations": {ANNOTATION_ISSUE: wanted},
            },
            "data": {key: b64encode(value).decode() for key, value in content.items()},
        }
        if exists:
            self._api.merge(f"{self._secrets}/{name}", body)
            return
        try:
            self._api.create(self._secrets, {"apiVersion": "v1", "kind": "Secret", "type": "Opaque", **body})
        except Exists:
            raise NotYet(f"Secret {name} was made by somebody else meanwhile; run again") from None


def _switched(workloads: Sequence[Json], wanted: bool) -> tuple[str, ...]:
    """Return why nodes that run cannot change between plain text and TLS."""
    said: list[str] = []
    for found in workloads:
        metadata: Json = found["metadata"]
        annotations: Json = metadata.get("annotations") or {}
        speaks = bool(annotations.get(ANNOTATION_ADMIN_SECRET))
        of_kafka = metadata["labels"].get(LABEL_COMPONENT) != "zookeeper"
        if speaks != wanted and of_kafka and found["spec"].get("replicas"):
            now, then = ("TLS", "plain text") if speaks else ("plain text", "TLS")
            said.append(
                f"{metadata['name']}: its nodes speak {now} among themselves, and the spec says {then}; "
                + "nodes of both kinds cannot talk, so a rolling restart would split the cluster; "
                + "set kafka.listeners.internal.tls back, or move the data to a new cluster"
            )
    return tuple(said)


def _due(demand: Demand, found: Json | None, expected: Expected, now: datetime.datetime) -> bool:
    """Say whether a certificate must be made anew: wrong in any way, or about to end."""
    data = _decoded(found or {})
    end = ends(data)
    soon = now + datetime.timedelta(days=demand.renew_before_days)
    return end is None or end <= soon or bool(faults(data, expected, now))


def common_name(subject: str) -> str:
    """Return the name in a subject of the form `CN=name`, which is all that a generated certificate has."""
    return subject.removeprefix("CN=")


def _digest(found: Json | None) -> str:
    """Return a digest of what is public in a Secret."""
    data = _decoded(found or {})
    public = data.get(TLS_CERTIFICATE, b"") + data.get(TLS_AUTHORITY, b"")
    return hashlib.sha256(public).hexdigest()[:16]


def _decoded(found: Json) -> dict[str, bytes]:
    data: Json = found.get("data") or {}
    return {key: b64decode(value) for key, value in data.items()}


def _content(material: Material) -> dict[str, bytes]:
    return {TLS_CERTIFICATE: material.certificate, TLS_KEY: material.key, TLS_AUTHORITY: material.authority}


def _is_of(found: Json | None, wanted: str) -> bool:
    return found is not None and _issue(found) == wanted


def _issue(found: Json) -> str:
    """Return the issue that is written on a Secret; one that somebody else made counts as none."""
    annotations: Json = found["metadata"].get("annotations") or {}
    number = str(annotations.get(ANNOTATION_ISSUE, ""))
    return number if number.isdecimal() else "0"
