"""The cluster's own certificates: two authorities made at the first `up`, and one certificate for each part.

etcd has an authority of its own, so that no certificate meant for the API server opens the store behind it.
"""

import datetime
import os
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from dev.cluster.addresses import CLUSTER_DOMAIN, CONTROL_PLANE, KUBERNETES_SERVICE, LOOPBACK, ZONES
from hooks.clients.authority import Bearer, certify, new_authority

DAYS: Final = 365
RENEW_BEFORE: Final = datetime.timedelta(days=30)
CLUSTER_CA: Final = "ca"
ETCD_CA: Final = "etcd-ca"
SERVICE_ACCOUNT_KEY: Final = "service-account"


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Who a part is to others: as a client by name and group, as a server by its addresses."""

    part: str
    common_name: str
    group: str | None = None
    addresses: tuple[IPv4Address, ...] = ()
    hosts: tuple[str, ...] = ()
    client: bool = True
    authority: str = CLUSTER_CA

    @property
    def subject(self) -> x509.Name:
        """Name and group, as Kubernetes reads them."""
        group = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, self.group)] if self.group else []
        return x509.Name([*group, x509.NameAttribute(NameOID.COMMON_NAME, self.common_name)])

    @property
    def alternatives(self) -> list[x509.GeneralName]:
        """The addresses and names at which clients call the part."""
        return [*(x509.IPAddress(address) for address in self.addresses), *(x509.DNSName(host) for host in self.hosts)]

    def is_of(self, certificate: x509.Certificate) -> bool:
        """Whether a certificate says who this part is now: the plan of addresses may have changed since."""
        try:
            named = list(certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
        except x509.ExtensionNotFound:
            named = []
        return certificate.subject == self.subject and named == self.alternatives

    @property
    def bearer(self) -> Bearer:
        """Whom the certificate names, and for what it may be used."""
        server = [ExtendedKeyUsageOID.SERVER_AUTH] if self.addresses else []
        client = [ExtendedKeyUsageOID.CLIENT_AUTH] if self.client else []
        return Bearer(subject=self.subject, names=self.alternatives, uses=[*server, *client])


def identities() -> tuple[Identity, ...]:
    """Return the identity of every part."""
    service = ("kubernetes", "kubernetes.default", "kubernetes.default.svc")
    return (
        # etcd calls itself as a peer and through its gateway, hence the client use.
        Identity(part="etcd", common_name="etcd", addresses=(LOOPBACK,), authority=ETCD_CA),
        Identity(part="apiserver-etcd-client", common_name="kube-apiserver", authority=ETCD_CA),
        Identity(
            part="apiserver",
            common_name="kube-apiserver",
            addresses=(CONTROL_PLANE, KUBERNETES_SERVICE),
            hosts=(*service, f"kubernetes.default.svc.{CLUSTER_DOMAIN}"),
            client=False,
        ),
        Identity(part="apiserver-kubelet-client", common_name="kube-apiserver-kubelet-client"),
        Identity(part="controller-manager", common_name="system:kube-controller-manager", addresses=(LOOPBACK,)),
        Identity(part="scheduler", common_name="system:kube-scheduler", addresses=(LOOPBACK,)),
        Identity(part="coredns", common_name="kafka-platform:coredns"),
        Identity(part="admin", common_name="kafka-platform:admin", group="system:masters"),
        *(
            Identity(
                part=f"kubelet-{zone.name}",
                common_name=f"system:node:{zone.node}",
                group="system:nodes",
                addresses=(zone.address,),
                hosts=(zone.node,),
            )
            for zone in ZONES
        ),
        *(Identity(part=f"proxy-{zone.name}", common_name="system:kube-proxy") for zone in ZONES),
    )


def prepare(folder: Path, now: datetime.datetime, parts: Sequence[Identity]) -> None:
    """Lay keys and certificates into `folder`; keep what is there while it is whole and valid for 30 days more."""
    if _usable(folder, now, parts):
        return
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    # The authorities' certificates go first and come last: their presence says that the folder is whole.
    for name in (CLUSTER_CA, ETCD_CA):
        (folder / f"{name}.crt").unlink(missing_ok=True)
    authorities = {name: new_authority(f"kafka-platform local {name}", now, DAYS) for name in (CLUSTER_CA, ETCD_CA)}
    for identity in parts:
        made = certify(authorities[identity.authority], identity.bearer, (now, DAYS))
        _write(folder / f"{identity.part}.key", made.key)
        _write(folder / f"{identity.part}.crt", made.certificate)
    _write(folder / f"{SERVICE_ACCOUNT_KEY}.key", _service_account_key())
    # Nothing more is ever signed, so the authorities' keys are not kept.
    for name, authority in authorities.items():
        _write(folder / f"{name}.crt", authority.pem)


def _usable(folder: Path, now: datetime.datetime, parts: Sequence[Identity]) -> bool:
    def load(name: str) -> x509.Certificate:
        return x509.load_pem_x509_certificate((folder / f"{name}.crt").read_bytes())

    try:
        own = {identity: load(identity.part) for identity in parts}
        authorities = [load(CLUSTER_CA), load(ETCD_CA)]
    except (FileNotFoundError, ValueError):
        return False
    lasting = all(c.not_valid_after_utc - now > RENEW_BEFORE for c in (*own.values(), *authorities))
    return lasting and all(identity.is_of(certificate) for identity, certificate in own.items())


def _service_account_key() -> bytes:
    """Return a new key in the one form in which the API server also finds the public key: not PKCS #8."""
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
