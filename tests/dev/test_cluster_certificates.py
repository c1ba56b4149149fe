"""Who each part is: names, groups, uses and authorities of the certificates, and when they are made anew."""

import datetime
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from dev.cluster import certificates
from dev.cluster.addresses import CONTROL_PLANE, KUBERNETES_SERVICE, LOOPBACK, ZONES
from dev.cluster.kubeconfigs import kubeconfig

NOW = datetime.datetime(2030, 1, 1, tzinfo=datetime.UTC)


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "pki"
    certificates.prepare(folder, NOW, certificates.identities())
    return folder


def load(folder: Path, name: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate((folder / f"{name}.crt").read_bytes())


def value(certificate: x509.Certificate, name: x509.ObjectIdentifier) -> str | None:
    found = certificate.subject.get_attributes_for_oid(name)
    return str(found[0].value) if found else None


def uses(certificate: x509.Certificate) -> set[x509.ObjectIdentifier]:
    return set(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)


def alternatives(certificate: x509.Certificate) -> x509.SubjectAlternativeName:
    return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value


@pytest.mark.parametrize(
    ("part", "name", "group"),
    [
        ("controller-manager", "system:kube-controller-manager", None),
        ("scheduler", "system:kube-scheduler", None),
        ("kubelet-a", "system:node:zone-a", "system:nodes"),
        ("kubelet-c", "system:node:zone-c", "system:nodes"),
        ("proxy-b", "system:kube-proxy", None),
        ("coredns", "kafka-platform:coredns", None),
        ("admin", "kafka-platform:admin", "system:masters"),
        ("apiserver-kubelet-client", "kube-apiserver-kubelet-client", None),
    ],
)
def test_each_client_is_known_by_its_own_name_and_group(pki: Path, part: str, name: str, group: str | None) -> None:
    certificate = load(pki, part)
    assert value(certificate, NameOID.COMMON_NAME) == name
    assert value(certificate, NameOID.ORGANIZATION_NAME) == group


def test_only_the_administrator_is_a_master(pki: Path) -> None:
    masters = [
        identity.part
        for identity in certificates.identities()
        if value(load(pki, identity.part), NameOID.ORGANIZATION_NAME) == "system:masters"
    ]
    assert masters == ["admin"]


def test_no_certificate_of_the_cluster_opens_etcd(pki: Path) -> None:
    etcd_ca, cluster_ca = load(pki, certificates.ETCD_CA), load(pki, certificates.CLUSTER_CA)
    by_etcd = {i.part for i in certificates.identities() if load(pki, i.part).issuer == etcd_ca.subject}
    assert by_etcd == {"etcd", "apiserver-etcd-client"}
    for identity in certificates.identities():
        authority = etcd_ca if identity.part in by_etcd else cluster_ca
        load(pki, identity.part).verify_directly_issued_by(authority)


def test_servers_are_named_by_the_addresses_they_are_called_at(pki: Path) -> None:
    apiserver = alternatives(load(pki, "apiserver"))
    assert apiserver.get_values_for_type(x509.IPAddress) == [CONTROL_PLANE, KUBERNETES_SERVICE]
    assert "kubernetes.default.svc" in apiserver.get_values_for_type(x509.DNSName)
    for part in ("etcd", "controller-manager", "scheduler"):
        assert alternatives(load(pki, part)).get_values_for_type(x509.IPAddress) == [LOOPBACK]
    for zone in ZONES:
        kubelet = alternatives(load(pki, f"kubelet-{zone.name}"))
        assert kubelet.get_values_for_type(x509.IPAddress) == [zone.address]


def test_a_pure_client_cannot_serve_and_the_api_server_cannot_pose_as_a_client(pki: Path) -> None:
    assert uses(load(pki, "proxy-a")) == {ExtendedKeyUsageOID.CLIENT_AUTH}
    assert uses(load(pki, "apiserver")) == {ExtendedKeyUsageOID.SERVER_AUTH}


def test_no_certificate_but_an_authority_signs(pki: Path) -> None:
    for identity in certificates.identities():
        constraints = load(pki, identity.part).extensions.get_extension_for_class(x509.BasicConstraints)
        assert not constraints.value.ca
    for name in (certificates.CLUSTER_CA, certificates.ETCD_CA):
        assert load(pki, name).extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_each_key_fits_its_certificate_and_is_its_owners_alone(pki: Path) -> None:
    public = serialization.PublicFormat.SubjectPublicKeyInfo
    for identity in certificates.identities():
        path = pki / f"{identity.part}.key"
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        certified = load(pki, identity.part).public_key()
        assert key.public_key().public_bytes(serialization.Encoding.DER, public) == certified.public_bytes(
            serialization.Encoding.DER, public
        )
        assert path.stat().st_mode & 0o777 == 0o600


def test_the_authorities_keys_are_not_kept(pki: Path) -> None:
    assert {path.stem for path in pki.glob("*ca*.key")} == set()


@pytest.mark.parametrize(("days", "kept"), [(0, True), (334, True), (335, False), (400, False)])
def test_certificates_stay_until_thirty_days_before_their_end(tmp_path: Path, days: int, kept: bool) -> None:
    certificates.prepare(tmp_path, NOW, certificates.identities())
    before = load(tmp_path, "admin")
    certificates.prepare(tmp_path, NOW + datetime.timedelta(days=days), certificates.identities())
    assert (load(tmp_path, "admin") == before) is kept


@pytest.mark.parametrize("lost", ["ca", "etcd-ca", "kubelet-b"])
def test_a_folder_with_a_lost_certificate_is_made_anew_as_a_whole(tmp_path: Path, lost: str) -> None:
    certificates.prepare(tmp_path, NOW, certificates.identities())
    before = load(tmp_path, "admin")
    (tmp_path / f"{lost}.crt").unlink()
    certificates.prepare(tmp_path, NOW, certificates.identities())
    assert load(tmp_path, "admin") != before
    load(tmp_path, "admin").verify_directly_issued_by(load(tmp_path, certificates.CLUSTER_CA))


def test_a_changed_address_makes_the_certificates_anew(tmp_path: Path) -> None:
    parts = certificates.identities()
    certificates.prepare(tmp_path, NOW, parts)
    before = load(tmp_path, "admin")
    moved = [replace(part, addresses=(LOOPBACK + 1,)) if part.part == "scheduler" else part for part in parts]
    certificates.prepare(tmp_path, NOW, moved)
    assert load(tmp_path, "admin") != before


def test_a_kubeconfig_verifies_the_server_and_names_the_local_context(pki: Path) -> None:
    config = kubeconfig("admin", pki)
    cluster = config["clusters"][0]["cluster"]
    assert cluster["server"] == f"https://{CONTROL_PLANE}:6443"
    assert "certificate-authority-data" in cluster and "insecure-skip-tls-verify" not in cluster
    assert config["current-context"] == "kafka-platform-local"


def test_the_key_for_service_accounts_is_in_the_form_of_which_the_api_server_finds_the_public_one(pki: Path) -> None:
    assert (pki / "service-account.key").read_bytes().startswith(b"-----BEGIN EC PRIVATE KEY-----")
