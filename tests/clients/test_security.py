"""Claims about how the hooks speak TLS: whom they believe, what they show, and what they say when it fails."""

import socket
import ssl
from pathlib import Path

import pytest

from hooks.clients.admin import KafkaAdmin
from hooks.clients.bridge import Bridge
from hooks.clients.connection import Patience
from hooks.clients.rest import ApiServer
from hooks.clients.secured import SecuredTunnel
from hooks.clients.security import KubernetesSecurity, NodeContext, node_context
from hooks.interfaces import NotYet, Refused
from tests.clients.certificates import TlsTunnel, authority, node_material, secret, secured_workload
from tests.clients.fake_api_server import FakeApiServer

SECRETS = "/api/v1/namespaces/streams/secrets"
SETS = "/apis/apps/v1/namespaces/streams/statefulsets"
HOST = "kafka-a-0.kafka-brokers.streams.svc.cluster.local"
NAMES = ("*.kafka-brokers.streams.svc.cluster.local",)
TRUSTED = authority()
NODE = node_material(TRUSTED, *NAMES)
ADMIN = node_material(TRUSTED, subject="kafka-admin")


def context_of(admin: object = ADMIN) -> NodeContext:
    assert admin is not None
    return node_context("kafka-admin-tls", ADMIN.certificate, ADMIN.key, ADMIN.authority)


def all_there(received: bytes) -> bool:
    return len(received) >= 5


def test_nodes_without_the_annotation_are_spoken_to_in_plain_text(api: ApiServer, server: FakeApiServer) -> None:
    server.put(SETS, secured_workload(admin_secret=None))
    assert KubernetesSecurity(api).context() is None


def test_the_secret_that_the_workload_names_is_read_once_until_it_is_forgotten(
    api: ApiServer, server: FakeApiServer
) -> None:
    server.put(SETS, secured_workload())
    server.put(SECRETS, secret("kafka-admin-tls", ADMIN))
    security = KubernetesSecurity(api)
    first = security.context()
    assert first is not None and security.context() is first
    security.forget()
    assert security.context() is not first


def test_a_secret_that_is_not_there_yet_is_waited_for(api: ApiServer, server: FakeApiServer) -> None:
    server.put(SETS, secured_workload())
    with pytest.raises(NotYet, match=r"kafka-admin-tls.*does not exist yet"):
        KubernetesSecurity(api).context()


def test_a_secret_without_a_key_or_with_another_one_is_refused_without_its_content(
    api: ApiServer, server: FakeApiServer
) -> None:
    server.put(SETS, secured_workload())
    broken = secret("kafka-admin-tls", ADMIN)
    del broken["data"]["tls.key"]
    server.put(SECRETS, broken)
    with pytest.raises(Refused, match=r"has no tls\.key"):
        KubernetesSecurity(api).context()
    other = node_material(TRUSTED, subject="other")
    with pytest.raises(Refused, match="cannot be used") as caught:
        node_context("kafka-admin-tls", ADMIN.certificate, other.key, ADMIN.authority)
    assert "BEGIN" not in str(caught.value)


def test_a_question_over_tls_shows_the_hooks_certificate(tmp_path: Path) -> None:
    tunnel = TlsTunnel(NODE, tmp_path)
    asked = SecuredTunnel(tunnel, context_of(), HOST)
    assert asked.exchange(b"hello", all_there, 5) == b"HELLO"
    asked.close()
    assert tunnel.closed and tunnel.subjects == ["kafka-admin"]


@pytest.mark.parametrize(
    ("node", "said"),
    [
        (node_material(authority("other"), *NAMES), "certificate verify failed"),
        (node_material(TRUSTED, "*.elsewhere.svc.cluster.local"), "Hostname mismatch"),
        (node_material(TRUSTED, *NAMES, days=5, old=6), "certificate has expired"),
    ],
    ids=["of another authority", "of another name", "expired"],
)
def test_a_node_that_is_not_the_one_asked_for_is_not_believed(tmp_path: Path, node: object, said: str) -> None:
    tunnel = TlsTunnel(node, tmp_path)  # type: ignore[arg-type]
    with pytest.raises(NotYet, match=said):
        SecuredTunnel(tunnel, context_of(), HOST).exchange(b"hello", all_there, 5)


def test_a_node_that_believes_another_authority_ends_the_question(tmp_path: Path) -> None:
    stranger = node_material(authority("other"), subject="stranger")
    context = node_context("x", stranger.certificate, stranger.key, NODE.authority)
    with pytest.raises(NotYet):
        SecuredTunnel(TlsTunnel(NODE, tmp_path), context, HOST).exchange(b"hello", all_there, 5)


class _Fixed:
    """Security that is always the same."""

    def __init__(self, context: NodeContext) -> None:
        self._context = context
        self.forgotten = 0

    def context(self) -> NodeContext:
        return self._context

    def forget(self) -> None:
        self.forgotten += 1


def test_the_admin_says_why_a_broker_was_not_believed_and_reads_its_certificate_again(tmp_path: Path) -> None:
    node = TlsTunnel(node_material(TRUSTED, "*.elsewhere.svc.cluster.local"), tmp_path)
    security = _Fixed(context_of())
    bridge = Bridge(lambda pod, port: node, "streams", {"kafka-brokers": frozenset({9092})})
    patience = Patience(broker=0.5, first_broker=0.5)
    admin = KafkaAdmin(bridge, lambda: [f"{HOST}:9092"], patience, security)
    try:
        with pytest.raises(NotYet, match=rf"TLS with {HOST}.*Hostname mismatch"):
            admin.observe()
    finally:
        admin.close()
        bridge.close()
    assert security.forgotten


def test_the_certificate_of_the_hooks_is_not_kept_on_disk() -> None:
    context = context_of()
    assert isinstance(context, ssl.SSLContext) and context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    with socket.socket() as plain, context.wrap_socket(plain, server_hostname=HOST) as secured:
        assert secured.context is context
