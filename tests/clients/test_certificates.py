"""Claims about certificates: each fault is found and named, before anything is touched and without showing a key."""

import datetime

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from hooks.clients.authority import Material, load_authority
from hooks.clients.certificates import Expected, ends, faults
from tests.clients.certificates import NOW, authority, node_material

NAMES = ("*.kafka-brokers.streams.svc.cluster.local", "192.0.2.1", "broker-0.kafka.example.com")
WANTED = Expected(subject="CN=kafka-nodes", names=NAMES)
TRUSTED = authority()
GOOD = node_material(TRUSTED, *NAMES)


def held(material: Material = GOOD, **others: bytes | None) -> dict[str, bytes]:
    """Return a Secret's content, with some of its keys changed or taken away."""
    content = {"tls_crt": material.certificate, "tls_key": material.key, "ca_crt": material.authority, **others}
    return {key.replace("_", "."): value for key, value in content.items() if value is not None}


def pkcs1() -> bytes:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.PrivateFormat.TraditionalOpenSSL
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def test_a_certificate_that_is_right_has_no_fault() -> None:
    assert faults(held(), WANTED, NOW) == []


OTHER = node_material(authority("other"), *NAMES)
FAULTS: list[tuple[str, dict[str, bytes], str]] = [
    ("no key", held(tls_key=None), "no tls.key"),
    ("nothing at all", {}, "it holds nothing"),
    ("no certificate", held(tls_crt=b"hello"), "cannot be read"),
    ("a key in the form of old", held(tls_key=pkcs1()), "openssl pkcs8"),
    ("no real key", held(tls_key=b"-----BEGIN PRIVATE KEY-----\n?"), "its key cannot be read"),
    ("the key of another", held(tls_key=OTHER.key), "not that of its certificate"),
    ("ended", held(node_material(TRUSTED, *NAMES, days=5, old=6)), "its certificate ended at"),
    ("not begun", held(node_material(TRUSTED, *NAMES, old=-1)), "begins only at"),
    ("another subject", held(node_material(TRUSTED, *NAMES, subject="other")), "its subject is CN=other"),
    ("an address too few", held(node_material(TRUSTED, NAMES[0], NAMES[2])), "does not hold 192.0.2.1"),
    ("a name too few", held(node_material(TRUSTED, *NAMES[:2])), "does not hold broker-0.kafka.example.com"),
    ("no names", held(node_material(TRUSTED)), "no names at all"),
    ("signed by a stranger", held(OTHER, ca_crt=GOOD.authority), "does not hold the authority"),
    ("a chain that is none", held(tls_crt=GOOD.certificate + OTHER.certificate), "do not lead from one to the next"),
]


@pytest.mark.parametrize(("content", "said"), [case[1:] for case in FAULTS], ids=[case[0] for case in FAULTS])
def test_each_fault_is_named_with_what_to_do_and_without_a_key(content: dict[str, bytes], said: str) -> None:
    words = "\n".join(map(str, faults(content, WANTED, NOW)))
    assert said in words and "; " in words
    assert "BEGIN" not in words.replace("BEGIN PRIVATE KEY", "")


def test_a_wildcard_covers_one_label() -> None:
    wild = held(node_material(TRUSTED, "*.kafka.example.com"))
    one = Expected(subject="CN=kafka-nodes", names=["broker-7.kafka.example.com"])
    assert faults(wild, one, NOW) == []
    two = Expected(subject="CN=kafka-nodes", names=["a.broker-7.kafka.example.com"])
    assert faults(wild, two, NOW) != []


def test_an_authority_comes_back_from_what_was_written() -> None:
    again = load_authority(TRUSTED.pem, TRUSTED.key_pem)
    assert faults(held(node_material(again, *NAMES), ca_crt=TRUSTED.pem), WANTED, NOW) == []
    assert "PRIVATE" not in repr(again) + repr(GOOD)


def test_the_end_is_that_of_the_certificate() -> None:
    end = ends(held())
    assert end is not None and abs(end - NOW - datetime.timedelta(days=30)) < datetime.timedelta(minutes=1)
    assert ends({"tls.crt": b"?"}) is None
