"""Claims about the Secrets with certificates: made once, renewed when due, checked when others made them."""

from base64 import b64decode
from dataclasses import replace
from typing import Any

import pytest

from hooks.clients.certificates import Expected, faults
from hooks.clients.rest import ApiServer
from hooks.clients.vault import Demand, KubernetesCertificates
from hooks.interfaces import Refused
from tests.clients.certificates import NOW, authority, node_material, secret, secured_workload
from tests.clients.fake_api_server import FakeApiServer

SECRETS = "/api/v1/namespaces/streams/secrets"
SETS = "/apis/apps/v1/namespaces/streams/statefulsets"
NAMES = ("*.kafka-brokers.streams.svc.cluster.local",)
DEMAND = Demand(
    source="generated",
    among_nodes=True,
    nodes_secret="kafka-nodes-tls",
    admin_secret="kafka-admin-tls",
    authority_secret="kafka-authority",
    nodes=Expected(subject="CN=kafka-nodes", names=NAMES),
    admin=Expected(subject="CN=kafka-admin"),
    validity_days=365,
    renew_before_days=30,
)
OWN = replace(DEMAND, source="secrets")


def content(server: FakeApiServer, name: str) -> dict[str, bytes]:
    found: Any = server.objects[f"{SECRETS}/{name}"]
    return {key: b64decode(value) for key, value in found["data"].items()}


def live(replicas: int = 3, admin_secret: str | None = "kafka-admin-tls") -> dict[str, Any]:
    return {**secured_workload(admin_secret=admin_secret), "spec": {"replicas": replicas}}


def test_the_first_issue_is_made_whole_and_found_good(api: ApiServer, server: FakeApiServer) -> None:
    vault = KubernetesCertificates(api)
    assert vault.look(DEMAND).issue == "1"
    vault.ensure(DEMAND, "1")
    for name, expected in DEMAND.parts:
        assert faults(content(server, name), expected, NOW) == []
    assert vault.look(DEMAND).issue == "1"


def test_making_again_changes_nothing(api: ApiServer, server: FakeApiServer) -> None:
    vault = KubernetesCertificates(api)
    vault.ensure(DEMAND, "1")
    before = content(server, "kafka-nodes-tls")
    vault.ensure(DEMAND, "1")
    assert content(server, "kafka-nodes-tls") == before


@pytest.mark.parametrize(
    "then",
    [
        replace(DEMAND, renew_before_days=366),
        replace(DEMAND, nodes=Expected(subject="CN=kafka-nodes", names=(*NAMES, "192.0.2.9"))),
        replace(DEMAND, nodes=Expected(subject="CN=brokers", names=NAMES)),
    ],
    ids=["about to end", "a name more", "another subject"],
)
def test_what_is_due_is_the_next_issue_by_the_same_authority(
    api: ApiServer, server: FakeApiServer, then: Demand
) -> None:
    vault = KubernetesCertificates(api)
    vault.ensure(DEMAND, "1")
    before = content(server, "kafka-nodes-tls")
    assert vault.look(then).issue == "2"
    vault.ensure(then, "2")
    after = content(server, "kafka-nodes-tls")
    assert after["tls.crt"] != before["tls.crt"] and after["ca.crt"] == before["ca.crt"]


def test_lost_secrets_of_a_cluster_that_runs_are_another_issue_than_any_before(
    api: ApiServer, server: FakeApiServer
) -> None:
    server.put(SETS, live())
    assert int(KubernetesCertificates(api).look(DEMAND).issue) > 1_000_000


def test_an_authority_that_cannot_be_read_is_not_replaced_in_silence(api: ApiServer, server: FakeApiServer) -> None:
    server.put(SECRETS, {"metadata": {"name": "kafka-authority"}, "data": {}})
    with pytest.raises(Refused, match="restore it"):
        KubernetesCertificates(api).ensure(DEMAND, "1")


def test_the_users_own_secrets_must_be_there_and_right(api: ApiServer, server: FakeApiServer) -> None:
    vault, trusted = KubernetesCertificates(api), authority()
    first, second = vault.look(OWN).problems
    assert "Secret kafka-admin-tls in namespace streams does not exist" in first and "kafka-nodes-tls" in second
    server.put(SECRETS, secret("kafka-admin-tls", node_material(trusted, subject="kafka-admin")))
    server.put(SECRETS, secret("kafka-nodes-tls", node_material(trusted, *NAMES, days=5, old=9)))
    (problem,) = vault.look(OWN).problems
    assert "kafka-nodes-tls" in problem and "ended at" in problem


def test_the_issue_of_the_users_own_is_a_digest_of_what_is_public(api: ApiServer, server: FakeApiServer) -> None:
    vault, trusted = KubernetesCertificates(api), authority()
    server.put(SECRETS, secret("kafka-admin-tls", node_material(trusted, subject="kafka-admin")))
    issues: list[str] = []
    for _ in range(2):
        server.objects.pop(f"{SECRETS}/kafka-nodes-tls", None)
        server.put(SECRETS, secret("kafka-nodes-tls", node_material(trusted, *NAMES)))
        issues += [vault.look(OWN).issue, vault.look(OWN).issue]
    assert issues[0] == issues[1] != issues[2] == issues[3]


def test_cert_manager_may_still_be_at_it_and_counts_by_itself(api: ApiServer, server: FakeApiServer) -> None:
    vault, asked = KubernetesCertificates(api), replace(DEMAND, source="cert-manager")
    seen = vault.look(asked)
    assert (seen.problems, seen.issue) == ((), "1")
    path = "/apis/cert-manager.io/v1/namespaces/streams/certificates"
    server.put(path, {"metadata": {"name": "kafka-nodes-tls"}, "status": {"revision": 4}})
    assert vault.look(asked).issue == "4"


@pytest.mark.parametrize(
    ("workload", "demand", "said"),
    [
        (live(admin_secret=None), DEMAND, "speak plain text among themselves, and the spec says TLS"),
        (live(), None, "speak TLS among themselves, and the spec says plain text"),
        (live(), replace(DEMAND, among_nodes=False), "the spec says plain text"),
    ],
)
def test_nodes_that_run_do_not_change_between_plain_text_and_tls(
    api: ApiServer, server: FakeApiServer, workload: dict[str, Any], demand: Demand | None, said: str
) -> None:
    server.put(SETS, workload)
    (problem,) = KubernetesCertificates(api).look(demand).problems
    assert said in problem and "set kafka.listeners.internal.tls back" in problem


def test_nodes_that_stand_still_may_change(api: ApiServer, server: FakeApiServer) -> None:
    server.put(SETS, live(replicas=0, admin_secret=None))
    assert KubernetesCertificates(api).look(DEMAND).problems == ()
