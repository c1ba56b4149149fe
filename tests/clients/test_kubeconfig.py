"""Claims about reading a kubeconfig: kubectl's rules, and one clear message when it cannot be used."""

import base64
import json
import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from hooks.clients.connection import Connection
from hooks.clients.kubeconfig import Access, access
from hooks.interfaces import Refused


class Kubeconfig:
    """A kubeconfig in a folder of the test's own."""

    def __init__(self, folder: Path) -> None:
        """Write into this folder."""
        self.folder = folder

    def write(
        self, name: str = "config", *, user: dict[str, Any] | None = None, cluster: dict[str, Any] | None = None
    ) -> Path:
        """Write a file with one context, named after itself."""
        content = {
            "clusters": [{"name": name, "cluster": {"server": "https://api.example:6443/", **(cluster or {})}}],
            "users": [{"name": name, "user": user or {}}],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
            "current-context": name,
        }
        path = self.folder / name
        path.write_text(json.dumps(content))
        return path

    def read(self, **options: Any) -> Access:
        """Write it and read it back."""
        return access(_connection(self.write(**options)))


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Kubeconfig:
    return Kubeconfig(tmp_path)


def test_the_server_is_that_of_the_current_context(kubeconfig: Kubeconfig) -> None:
    found = kubeconfig.read()
    assert found.server == "https://api.example:6443"
    assert found.headers() == {}


def test_of_several_files_each_contributes_its_contexts_and_the_first_is_current(
    kubeconfig: Kubeconfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = kubeconfig.write("first", cluster={"server": "https://first"})
    second = kubeconfig.write("second", cluster={"server": "https://second"})
    monkeypatch.setenv("KUBECONFIG", f"{first}:{second}:{first.parent / 'missing'}")
    assert access(Connection(namespace="n", cluster="c")).server == "https://first"
    assert access(Connection(namespace="n", cluster="c", context="second")).server == "https://second"


def test_without_an_authority_the_systems_are_trusted_and_names_are_checked(kubeconfig: Kubeconfig) -> None:
    tls = kubeconfig.read().tls
    assert tls is not None
    assert tls.verify_mode is ssl.CERT_REQUIRED
    assert tls.check_hostname


def test_verification_is_off_only_where_the_kubeconfig_says_so(kubeconfig: Kubeconfig) -> None:
    found = kubeconfig.read(cluster={"insecure-skip-tls-verify": True})
    assert found.tls is not None
    assert found.tls.verify_mode is ssl.CERT_NONE
    assert not found.verified


def test_certificates_are_read_from_data_and_from_files_beside_the_kubeconfig(kubeconfig: Kubeconfig) -> None:
    certificate, key = _certificate()
    (kubeconfig.folder / "ca.crt").write_bytes(certificate)
    by_data = {
        "client-certificate-data": base64.b64encode(certificate).decode(),
        "client-key-data": base64.b64encode(key).decode(),
    }
    tls = kubeconfig.read(user=by_data, cluster={"certificate-authority": "ca.crt"}).tls
    assert tls is not None
    assert tls.cert_store_stats()["x509_ca"] == 1


def test_a_broken_certificate_is_said_to_be_broken(kubeconfig: Kubeconfig) -> None:
    with pytest.raises(Refused, match="kubeconfig"):
        kubeconfig.read(cluster={"certificate-authority-data": base64.b64encode(b"nothing").decode()})


def test_a_token_is_sent_as_bearer(kubeconfig: Kubeconfig) -> None:
    assert kubeconfig.read(user={"token": "t1"}).headers() == {"Authorization": "Bearer t1"}


def test_a_token_file_is_read_again_each_time_since_it_rotates(kubeconfig: Kubeconfig) -> None:
    token = kubeconfig.folder / "token"
    token.write_text("t1\n")
    found = kubeconfig.read(user={"tokenFile": "token"})
    assert found.headers() == {"Authorization": "Bearer t1"}
    token.write_text("t2\n")
    assert found.headers() == {"Authorization": "Bearer t2"}


def test_basic_credentials_and_impersonation_are_sent(kubeconfig: Kubeconfig) -> None:
    headers = kubeconfig.read(user={"username": "u", "password": "p", "as": "deployer"}).headers()
    assert headers == {"Authorization": "Basic dTpw", "Impersonate-User": "deployer"}


def test_the_proxy_is_the_kubeconfigs_else_the_environments_unless_the_host_is_excepted(
    kubeconfig: Kubeconfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", "http://proxy:3128")
    monkeypatch.setenv("no_proxy", "internal.example")
    assert kubeconfig.read().proxy == "http://proxy:3128"
    assert kubeconfig.read(cluster={"proxy-url": "http://own:1"}).proxy == "http://own:1"
    assert kubeconfig.read(cluster={"server": "https://internal.example"}).proxy is None


class TestCredentialPlugins:
    """A program that prints credentials, such as that of a cloud."""

    def test_its_token_is_used_and_kept_until_it_expires(self, kubeconfig: Kubeconfig) -> None:
        found = kubeconfig.read(user=_plugin(kubeconfig.folder, _counting(expires_in=3600)))
        assert [found.headers()["Authorization"] for _ in range(3)] == ["Bearer token-1"] * 3

    def test_it_is_asked_again_when_its_token_expires(self, kubeconfig: Kubeconfig) -> None:
        found = kubeconfig.read(user=_plugin(kubeconfig.folder, _counting(expires_in=30)))
        assert found.headers() != found.headers()

    def test_its_arguments_environment_and_question_reach_it(self, kubeconfig: Kubeconfig) -> None:
        script = (
            'printf \'{"status": {"token": "%s-%s-%s"}}\' "$1" "$REGION" '
            '"$(printf %s "$KUBERNETES_EXEC_INFO" | grep -c ExecCredential)"'
        )
        user = _plugin(kubeconfig.folder, script)
        user["exec"] |= {"args": ["get-token"], "env": [{"name": "REGION", "value": "r1"}]}
        assert kubeconfig.read(user=user).headers() == {"Authorization": "Bearer get-token-r1-1"}

    def test_its_client_certificate_is_used(self, kubeconfig: Kubeconfig) -> None:
        certificate, key = _certificate()
        answer = {"status": {"clientCertificateData": certificate.decode(), "clientKeyData": key.decode()}}
        (kubeconfig.folder / "answer").write_text(json.dumps(answer))
        user = _plugin(kubeconfig.folder, f"cat {kubeconfig.folder / 'answer'}")
        assert kubeconfig.read(user=user).headers() == {}

    @pytest.mark.parametrize(
        ("script", "said"),
        [
            ("echo 'the session has expired' >&2; exit 1", "the session has expired"),
            ("echo nothing", "gave no ExecCredential"),
        ],
    )
    def test_when_it_fails_its_own_words_and_its_authors_hint_are_shown(
        self, kubeconfig: Kubeconfig, script: str, said: str
    ) -> None:
        user = _plugin(kubeconfig.folder, script)
        user["exec"]["installHint"] = "log in with `cloud login`"
        with pytest.raises(Refused, match=said) as refused:
            kubeconfig.read(user=user).headers()
        assert "cloud login" in str(refused.value)


@pytest.mark.parametrize(
    ("connection", "said"),
    [
        (Connection(kubeconfig="/nowhere/config", namespace="n", cluster="c"), "/nowhere/config"),
        (Connection(kubeconfig="config", context="elsewhere", namespace="n", cluster="c"), "elsewhere"),
    ],
)
def test_an_unusable_kubeconfig_is_refused_with_its_path_context_and_what_to_do(
    kubeconfig: Kubeconfig, monkeypatch: pytest.MonkeyPatch, connection: Connection, said: str
) -> None:
    kubeconfig.write()
    monkeypatch.chdir(kubeconfig.folder)
    with pytest.raises(Refused, match=said) as refused:
        access(connection)
    assert "kafka-platform:kubernetes" in str(refused.value)


@pytest.mark.parametrize("text", ["", "[]", "a: [", "clusters: 1"])
def test_a_file_that_is_no_kubeconfig_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config"
    path.write_text(text)
    with pytest.raises(Refused, match=str(path)):
        access(_connection(path))


def _connection(path: Path) -> Connection:
    return Connection(kubeconfig=str(path), namespace="n", cluster="c")


def _plugin(folder: Path, script: str) -> dict[str, Any]:
    """Write a plugin and return the user entry that names it, relative to the kubeconfig."""
    path = folder / "plugin"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "./plugin"}}


def _counting(expires_in: int) -> str:
    """Return a script whose answers are numbered and expire."""
    expires = (datetime.now(UTC) + timedelta(seconds=expires_in)).strftime("%Y-%m-%dT%H:%M:%SZ")
    answer = f'{{"status": {{"token": "token-%s", "expirationTimestamp": "{expires}"}}}}'
    return f'cd "$(dirname "$0")"; echo x >> asked; printf \'{answer}\' $(wc -l < asked)'


def _certificate() -> tuple[bytes, bytes]:
    """Return a certificate that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "trial")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return certificate.public_bytes(pem), secret
