"""Claims about the replacement of an authority: at once it is refused, in three steps it goes through."""

import json
from base64 import b64encode
from dataclasses import replace

import pytest

from contract import IDENTITY_CERTIFICATES, LABEL_CLUSTER, annotation_cause, identity_name
from hooks.clients.authority import Authority, Material
from hooks.clients.rest import ApiServer
from hooks.clients.vault import KubernetesCertificates
from tests.clients.certificates import authority, node_material, secret
from tests.clients.fake_api_server import FakeApiServer
from tests.clients.test_vault import DEMAND, NAMES, OWN, SECRETS

CORE = "/api/v1/namespaces/streams"
IDENTITY = f"{CORE}/configmaps/{identity_name('kafka')}"
BOTH = ("kafka-admin-tls", "kafka-nodes-tls")


def digest(issue: str) -> str:
    return f"digest of {issue}"


class Cluster:
    """Nodes that run with an issue, and the Secrets of their user."""

    def __init__(self, api: ApiServer, server: FakeApiServer) -> None:
        """Begin with an identity object and nothing else."""
        self.server, self.vault = server, KubernetesCertificates(api)
        server.put(f"{CORE}/configmaps", {"metadata": {"name": identity_name("kafka")}, "data": {}})

    def secrets(self, by: Authority, *trusted: Authority) -> None:
        """Put certificates by an authority into both Secrets, beside the trusted ones."""
        authorities = b"".join(one.pem for one in trusted or (by,))
        admin = replace(node_material(by, subject="kafka-admin"), authority=authorities)
        nodes = replace(node_material(by, *NAMES), authority=authorities)
        self.fill("kafka-admin-tls", admin)
        self.fill("kafka-nodes-tls", nodes)

    def trusting(self, *trusted: Authority) -> None:
        """Change ca.crt of both Secrets and nothing else."""
        pem = b64encode(b"".join(one.pem for one in trusted)).decode()
        for name in BOTH:
            self.server.objects[f"{SECRETS}/{name}"]["data"]["ca.crt"] = pem

    def fill(self, name: str, material: Material) -> None:
        """Replace one Secret."""
        self.server.objects.pop(f"{SECRETS}/{name}", None)
        self.server.put(SECRETS, secret(name, material))

    def runs(self, *issues: str) -> None:
        """Have one pod for each issue."""
        for path in [path for path in self.server.objects if path.startswith(f"{CORE}/pods/")]:
            del self.server.objects[path]
        for number, issue in enumerate(issues):
            annotations = {annotation_cause("certificates"): digest(issue)}
            metadata = {"name": f"kafka-a-{number}", "labels": {LABEL_CLUSTER: "kafka"}, "annotations": annotations}
            self.server.put(f"{CORE}/pods", {"metadata": metadata})

    def up(self) -> str:
        """Do what an update does, and let every node restart; return the issue."""
        seen = self.vault.look(OWN)
        assert seen.problems == () and self.refused() == ()
        self.vault.remember(OWN, seen.issue, digest)
        self.runs(seen.issue)
        return seen.issue

    def refused(self) -> tuple[str, ...]:
        """Return what a preview or an update refuses now."""
        return self.vault.cut_off(OWN, self.vault.look(OWN).issue, digest)


@pytest.fixture
def cluster(api: ApiServer, server: FakeApiServer) -> Cluster:
    return Cluster(api, server)


def test_an_authority_that_is_replaced_at_once_is_refused_with_the_three_steps(cluster: Cluster) -> None:
    """Scenario 82."""
    cluster.secrets(authority("old"))
    cluster.up()
    cluster.secrets(authority("new"))
    (said,) = cluster.refused()
    assert "tls.crt of Secret kafka-nodes-tls is signed by CN=new authority" in said
    assert "nodes that run trust only CN=old authority" in said
    assert "ca.crt of Secret kafka-admin-tls holds only CN=new authority" in said
    assert "(1) old and new authority together in ca.crt" in said and "(2)" in said and "(3)" in said


def test_in_three_steps_it_goes_through(cluster: Cluster) -> None:
    """Scenario 82."""
    old, new = authority("old"), authority("new")
    cluster.secrets(old)
    issues = [cluster.up()]
    cluster.trusting(old, new)
    issues.append(cluster.up())
    cluster.secrets(new, old, new)
    issues.append(cluster.up())
    cluster.trusting(new)
    issues.append(cluster.up())
    assert len(set(issues)) == 4


def test_new_certificates_together_with_the_longer_bundle_are_refused(cluster: Cluster) -> None:
    old, new = authority("old"), authority("new")
    cluster.secrets(old)
    cluster.up()
    cluster.secrets(new, old, new)
    (said,) = cluster.refused()
    assert "tls.crt of Secret kafka-nodes-tls" in said and "holds only" not in said


def test_the_old_authority_stays_while_any_node_shows_its_certificate(cluster: Cluster) -> None:
    old, new = authority("old"), authority("new")
    cluster.secrets(old)
    cluster.up()
    cluster.trusting(old, new)
    before = cluster.up()
    cluster.secrets(new, old, new)
    after = cluster.up()
    cluster.trusting(new)
    cluster.runs(before, after)
    (said,) = cluster.refused()
    assert "ca.crt of Secret kafka-nodes-tls holds only CN=new authority" in said and "tls.crt of" not in said
    cluster.runs(after)
    assert cluster.refused() == ()


def test_renewed_certificates_by_the_same_authority_are_what_a_roll_is_for(cluster: Cluster) -> None:
    """Scenario 81."""
    old = authority("old")
    cluster.secrets(old)
    first = cluster.up()
    cluster.secrets(old)
    assert cluster.up() != first


def test_nodes_that_stand_still_cannot_be_cut_off(cluster: Cluster) -> None:
    cluster.secrets(authority("old"))
    cluster.up()
    cluster.secrets(authority("new"))
    cluster.runs()
    assert cluster.refused() == ()


def test_nodes_that_speak_plain_text_among_themselves_are_not_concerned(cluster: Cluster) -> None:
    cluster.secrets(authority("old"))
    issue = cluster.up()
    cluster.secrets(authority("new"))
    assert cluster.vault.cut_off(replace(OWN, among_nodes=False), issue, digest) == ()


def test_issues_with_which_nobody_runs_are_forgotten_and_no_key_is_remembered(cluster: Cluster) -> None:
    old = authority("old")
    issues: list[str] = []
    for _ in range(3):
        cluster.secrets(old)
        issues.append(cluster.up())
    cluster.vault.remember(OWN, issues[-1], digest)
    held = cluster.server.objects[IDENTITY]["data"][IDENTITY_CERTIFICATES]
    assert list(json.loads(held)) == issues[-1:]
    assert "PRIVATE" not in held


def test_a_key_that_stands_beside_a_certificate_is_not_remembered(cluster: Cluster) -> None:
    cluster.secrets(authority("old"))
    found = cluster.server.objects[f"{SECRETS}/kafka-nodes-tls"]["data"]
    material = node_material(authority("other"), *NAMES)
    found["ca.crt"] = b64encode(material.key + material.authority).decode()
    cluster.vault.remember(OWN, "7", digest)
    assert "PRIVATE" not in cluster.server.objects[IDENTITY]["data"][IDENTITY_CERTIFICATES]


def test_a_lost_generated_authority_is_refused_when_certificates_are_due(cluster: Cluster) -> None:
    cluster.vault.ensure(DEMAND, "1")
    cluster.runs("1")
    assert cluster.vault.cut_off(DEMAND, "1", digest) == ()
    assert cluster.vault.cut_off(DEMAND, "2", digest) == ()
    del cluster.server.objects[f"{SECRETS}/kafka-authority"]
    assert cluster.vault.cut_off(DEMAND, "1", digest) == ()
    (said,) = cluster.vault.cut_off(DEMAND, "2", digest)
    assert "Secret kafka-authority with their authority is gone" in said and "kafka.tls.source: secrets" in said


def test_another_generated_authority_under_nodes_that_run_is_refused(cluster: Cluster) -> None:
    cluster.vault.ensure(DEMAND, "1")
    cluster.runs("1")
    other = authority("kafka")
    found = cluster.server.objects[f"{SECRETS}/kafka-authority"]["data"]
    found["tls.crt"], found["tls.key"] = b64encode(other.pem).decode(), b64encode(other.key_pem).decode()
    (said,) = cluster.vault.cut_off(DEMAND, "2", digest)
    assert "Restore the Secret with the authority" in said


def test_an_issue_that_was_never_recorded_is_not_judged(cluster: Cluster) -> None:
    cluster.secrets(authority("new"))
    cluster.runs("older than the record")
    assert cluster.refused() == ()


def test_without_an_identity_object_nothing_is_remembered(cluster: Cluster) -> None:
    del cluster.server.objects[IDENTITY]
    cluster.secrets(authority("old"))
    cluster.vault.remember(OWN, "1", digest)
    assert IDENTITY not in cluster.server.objects
