"""What the certificates of a cluster must be: which Secrets hold them, for which names and subjects.

One certificate serves all brokers and controllers: its names are wildcards under the headless Services, so that growing
needs no new one. The hooks have another of their own.
"""

from dataclasses import dataclass

from components.spec.access import Issuer, Tls
from components.spec.external import outside_names
from components.spec.model import ClusterSpec
from components.spec.naming import is_address
from components.spec.zookeeper_stages import speaks_tls
from contract import (
    CertificateArgs,
    Component,
    admin_secret,
    authority_secret,
    bootstrap_service,
    headless_service,
    nodes_secret,
)

DOMAIN = "svc.cluster.local"


@dataclass(frozen=True, kw_only=True)
class Secured:
    """A cluster whose certificates are described."""

    cluster: str
    tls: Tls

    @property
    def nodes_secret(self) -> str:
        """The Secret with the nodes' certificate."""
        return self.tls.nodes_secret or nodes_secret(self.cluster)

    @property
    def admin_secret(self) -> str:
        """The Secret with the hooks' certificate."""
        return self.tls.admin_secret or admin_secret(self.cluster)

    @property
    def nodes_subject(self) -> str:
        """The subject of the nodes' certificate, which is their principal's name."""
        return self.tls.nodes_subject or f"CN={self.cluster}-nodes"

    @property
    def admin_subject(self) -> str:
        """The subject of the hooks' certificate, which is their principal's name."""
        return self.tls.admin_subject or f"CN={self.cluster}-admin"


def secured(spec: ClusterSpec) -> Secured | None:
    """Return the certificates of a cluster, None when it has none."""
    return None if spec.kafka.tls is None else Secured(cluster=spec.kafka.name, tls=spec.kafka.tls)


def certificate_names(spec: ClusterSpec) -> tuple[str, ...]:
    """Return the names under which nodes are reached, sorted: inside, at the bootstrap Service, and from outside."""
    components: tuple[Component, ...] = ("broker", "controller") if spec.kafka.mode == "kraft" else ("broker",)
    if speaks_tls(spec, "zookeeper"):
        components = (*components, "zookeeper")
    inside = [f"*.{headless_service(spec.kafka.name, one)}.{spec.namespace}.{DOMAIN}" for one in components]
    bootstrap = f"{bootstrap_service(spec.kafka.name)}.{spec.namespace}"
    return tuple(sorted({*inside, bootstrap, f"{bootstrap}.svc", f"{bootstrap}.{DOMAIN}", *outside_names(spec)}))


def certificate_objects(spec: ClusterSpec) -> dict[str, dict[str, object]]:
    """Return, by Secret, what cert-manager is asked for; nothing when it is not asked."""
    held = secured(spec)
    if held is None or held.tls.issuer is None:
        return {}
    names = certificate_names(spec)
    return {
        held.nodes_secret: _certificate(held, held.nodes_secret, held.nodes_subject, names),
        held.admin_secret: _certificate(held, held.admin_secret, held.admin_subject, ()),
    }


def _certificate(held: Secured, secret: str, subject: str, names: tuple[str, ...]) -> dict[str, object]:
    addresses = [name for name in names if is_address(name)]
    hosts = [name for name in names if not is_address(name)]
    issuer = held.tls.issuer or Issuer(name="")
    return {
        "secretName": secret,
        # The subject is the principal: more than a common name is given whole, in the order in which Kafka prints it.
        **({"literalSubject": subject} if "," in subject else {"commonName": subject.removeprefix("CN=")}),
        **({"dnsNames": hosts} if hosts else {}),
        **({"ipAddresses": addresses} if addresses else {}),
        "usages": ["digital signature", "client auth", *(["server auth"] if names else [])],
        # Kafka reads keys of this form alone.
        "privateKey": {"algorithm": "ECDSA", "size": 256, "encoding": "PKCS8", "rotationPolicy": "Always"},
        "duration": f"{24 * held.tls.validity_days}h",
        "renewBefore": f"{24 * max(1, held.tls.renew_before_days)}h",
        "issuerRef": {"name": issuer.name, "kind": issuer.kind, "group": "cert-manager.io"},
    }


def certificate_wish(spec: ClusterSpec) -> CertificateArgs | None:
    """Return what the hooks are told of the certificates, None when there are none."""
    held = secured(spec)
    if held is None:
        return None
    return {
        "source": held.tls.source,
        "amongNodes": spec.kafka.listeners.internal.tls,
        "nodesSecret": held.nodes_secret,
        "adminSecret": held.admin_secret,
        "authoritySecret": authority_secret(held.cluster),
        "names": list(certificate_names(spec)),
        "nodesSubject": held.nodes_subject,
        "adminSubject": held.admin_subject,
        "validityDays": held.tls.validity_days,
        "renewBeforeDays": held.tls.renew_before_days,
    }
