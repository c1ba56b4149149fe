"""An authority of the platform's own, for clusters whose operator brings none: it makes keys and certificates.

Nothing here is kept: keys go into Secrets of the cluster and nowhere else.
"""

import datetime
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_DAYS: Final = 3650
#: For a machine whose clock is a little behind.
_BEHIND: Final = datetime.timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True)
class Material:
    """A certificate with its key and the authority behind it, each in PEM. The key stays out of every text."""

    certificate: bytes
    key: bytes = field(repr=False)
    authority: bytes


@dataclass(frozen=True, kw_only=True)
class Authority:
    """A certificate authority with its private key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey = field(repr=False)

    @property
    def pem(self) -> bytes:
        """Its certificate in PEM."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        """Its key in PEM."""
        return _pem_key(self.key)


@dataclass(frozen=True, kw_only=True)
class Bearer:
    """Whom a certificate names, and for what it may be used."""

    subject: x509.Name
    names: Sequence[x509.GeneralName]
    uses: Sequence[x509.ObjectIdentifier]


def new_authority(name: str, now: datetime.datetime, days: int = AUTHORITY_DAYS) -> Authority:
    """Make a self-signed authority that holds for so many days."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _subject(f"{name} authority")
    certificate = (
        _builder((subject, subject), key.public_key(), (now, days))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    return Authority(certificate=certificate, key=key)


def load_authority(certificate: bytes, key: bytes) -> Authority:
    """Return the authority that was written before. Raises ValueError when it cannot be read."""
    loaded = serialization.load_pem_private_key(key, password=None)
    if not isinstance(loaded, ec.EllipticCurvePrivateKey):
        raise ValueError("the authority's key is not one of the platform's own")  # noqa: TRY004
    return Authority(certificate=x509.load_pem_x509_certificate(certificate), key=loaded)


def issue(authority: Authority, subject: str, names: Sequence[str], until: tuple[datetime.datetime, int]) -> Material:
    """Make a key and a certificate for nodes of these DNS names and addresses, or for a client if there are none.

    `until` is the present time and the days for which the certificate holds.
    """
    uses = [ExtendedKeyUsageOID.CLIENT_AUTH, *([ExtendedKeyUsageOID.SERVER_AUTH] if names else [])]
    return certify(
        authority, Bearer(subject=_subject(subject), names=[_general_name(n) for n in names], uses=uses), until
    )


def certify(authority: Authority, bearer: Bearer, until: tuple[datetime.datetime, int]) -> Material:
    """Make a key and a certificate for this bearer; `until` is the present time and the days for which it holds."""
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        _builder((bearer.subject, authority.certificate.subject), key.public_key(), until)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(bearer.uses), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()), critical=False)
    )
    if bearer.names:
        builder = builder.add_extension(x509.SubjectAlternativeName(bearer.names), critical=False)
    certificate = builder.sign(authority.key, hashes.SHA256())
    return Material(
        certificate=certificate.public_bytes(serialization.Encoding.PEM), key=_pem_key(key), authority=authority.pem
    )


def _subject(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _builder(
    names: tuple[x509.Name, x509.Name], key: ec.EllipticCurvePublicKey, until: tuple[datetime.datetime, int]
) -> x509.CertificateBuilder:
    (subject, issuer), (now, days) = names, until
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BEHIND)
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _key_usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem_key(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return the key as Kafka reads it: PKCS #8."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
