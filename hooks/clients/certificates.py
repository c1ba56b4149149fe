"""What is wrong with a certificate that nodes or hooks would use: found before anything is touched.

Pure: Secrets' content and the present time in, words out. No key ever stands in the words.
"""

import datetime
import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from contract import TLS_AUTHORITY, TLS_CERTIFICATE, TLS_KEY

#: Kafka reads keys of this form alone.
_PKCS8: Final = b"-----BEGIN PRIVATE KEY-----"


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What a certificate must be."""

    subject: str
    """In the words of RFC 2253, as Kafka names principals."""
    names: Sequence[str] = ()
    """DNS names, which may begin with `*.`, and addresses that it must hold."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing that is wrong."""

    what: str
    todo: str

    def __str__(self) -> str:
        """Return it as one sentence."""
        return f"{self.what}; {self.todo}"


def faults(data: Mapping[str, bytes], expected: Expected, now: datetime.datetime) -> list[Fault]:
    """Return everything that is wrong with a Secret's content."""
    missing = [key for key in (TLS_CERTIFICATE, TLS_KEY, TLS_AUTHORITY) if not data.get(key)]
    if missing:
        given = ", ".join(sorted(data)) or "nothing"
        what = f"it holds {given} and no {', no '.join(missing)}"
        return [Fault(what=what, todo="put certificate, key and authority there, each in PEM")]
    try:
        chain = x509.load_pem_x509_certificates(data[TLS_CERTIFICATE])
        authorities = x509.load_pem_x509_certificates(data[TLS_AUTHORITY])
    except ValueError as error:
        return [Fault(what=f"a certificate in it cannot be read: {error}", todo="write certificates in PEM")]
    return [
        *_key_faults(chain[0], data[TLS_KEY]),
        *_time_faults(chain[0], now),
        *_name_faults(chain[0], expected),
        *_chain_faults(chain, authorities, now),
    ]


def ends(data: Mapping[str, bytes]) -> datetime.datetime | None:
    """Return until when the certificate holds, None when it cannot be read."""
    try:
        return x509.load_pem_x509_certificate(data[TLS_CERTIFICATE]).not_valid_after_utc
    except (KeyError, ValueError):
        return None


def _key_faults(certificate: x509.Certificate, pem: bytes) -> list[Fault]:
    if _PKCS8 not in pem:
        todo = "convert it with `openssl pkcs8 -topk8 -nocrypt`; for cert-manager set privateKey.encoding: PKCS8"
        return [
            Fault(what="its key is not in the form that Kafka reads, which is PKCS #8 without a password", todo=todo)
        ]
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError):
        return [Fault(what="its key cannot be read", todo="put the certificate's own key there, in PEM")]
    if _public(key.public_key()) != _public(certificate.public_key()):
        return [Fault(what="its key is not that of its certificate", todo="put the two there that belong together")]
    return []


def _public(key: PublicKeyTypes) -> bytes:
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def _time_faults(certificate: x509.Certificate, now: datetime.datetime) -> list[Fault]:
    begins, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if end <= now:
        return [Fault(what=f"its certificate ended at {end:%Y-%m-%d %H:%M} UTC", todo="put a new one there")]
    if begins > now:
        todo = "wait until then, or have it made anew"
        return [Fault(what=f"its certificate begins only at {begins:%Y-%m-%d %H:%M} UTC", todo=todo)]
    return []


def _name_faults(certificate: x509.Certificate, expected: Expected) -> list[Fault]:
    found: list[Fault] = []
    subject = certificate.subject.rfc4514_string()
    if subject != expected.subject:
        what = f"its subject is {subject}, and the stack says {expected.subject}"
        todo = (
            "say the subject in kafka.tls (nodesSubject, adminSubject), since it is the principal, or have it made anew"
        )
        found.append(Fault(what=what, todo=todo))
    held = _alternatives(certificate)
    if missing := [name for name in expected.names if not _covered(name, held)]:
        what = f"its certificate does not hold {', '.join(missing)}, so clients would not believe the nodes"
        holds = ", ".join(sorted(held)) or "no names at all"
        found.append(Fault(what=f"{what} (it holds {holds})", todo="have it made with these subject alternative names"))
    return found


def _alternatives(certificate: x509.Certificate) -> set[str]:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return set()
    names = extension.get_values_for_type(x509.DNSName)
    return {*names, *(str(address) for address in extension.get_values_for_type(x509.IPAddress))}


def _covered(name: str, held: set[str]) -> bool:
    """Say whether a name, or the wildcard for its first label, is among those of the certificate."""
    try:
        return str(ipaddress.ip_address(name)) in held
    except ValueError:
        _, _, rest = name.partition(".")
        return name in held or f"*.{rest}" in held


def _chain_faults(
    chain: Sequence[x509.Certificate], authorities: Sequence[x509.Certificate], now: datetime.datetime
) -> list[Fault]:
    """Follow the signatures from the certificate to an authority that still holds."""
    last = chain[0]
    for above in chain[1:]:
        if not signed(last, above):
            todo = "put the intermediate certificates behind it in tls.crt, in order"
            return [Fault(what="its certificates do not lead from one to the next", todo=todo)]
        last = above
    signers = [one for one in authorities if last == one or signed(last, one)]
    if not signers:
        todo = "put the authority that signed it into ca.crt"
        return [
            Fault(what=f"ca.crt does not hold the authority {last.issuer.rfc4514_string()} that signed it", todo=todo)
        ]
    if all(one.not_valid_after_utc <= now for one in signers):
        return [Fault(what="the authority that signed it has ended", todo="have both made anew")]
    return []


def signed(certificate: x509.Certificate, by: x509.Certificate) -> bool:
    """Say whether the one was issued by the other."""
    try:
        certificate.verify_directly_issued_by(by)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True
