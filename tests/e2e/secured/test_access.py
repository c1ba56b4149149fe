"""TLS, SCRAM and ACLs on real parts: who may, who may not, and an upgrade under the load of one who may."""

import datetime
import secrets
from collections.abc import Mapping

from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from dev.credentials import administrator, certified, secret
from dev.proof import prove
from hooks.clients.authority import issue, load_authority
from tests.e2e.load import Load
from tests.e2e.platform import KAFKA
from tests.e2e.secured.clients import OLD, TOPIC, Secured, kept_out, reads_from, written

NEW = {"version": "4.3.1", "image": "localhost/kafka:4.3.1", "metadataVersion": "4.3"}
ROLL = f"{TOPIC}-{secrets.token_hex(3)}"


def test_a_secure_cluster_comes_up_and_the_hooks_see_it(secured: Secured) -> None:
    proof = prove(secured.listeners["EXTERNAL"], credentials=administrator(secured.platform.stack))
    assert sorted(proof.brokers) == [0, 1000, 2000]
    uids = secured.platform.uids()
    again = secured.platform.engine("up", "--yes", "--skip-preview", "--expect-no-changes")
    assert again.status == 0, again.text
    assert secured.platform.uids() == uids
    assert "PRIVATE KEY" not in secured.platform.engine("stack", "export", "--show-secrets").text


def test_an_upgrade_is_refused_while_a_topic_has_what_the_new_version_does_not_load(secured: Secured) -> None:
    """Its first broker would stop at its start."""
    platform, small = secured.platform, f"{ROLL}-small"
    admin = AdminClient({"bootstrap.servers": secured.listeners["EXTERNAL"], **administrator(platform.stack)})
    own = {"segment.bytes": str(1 << 19)}
    admin.create_topics([NewTopic(small, num_partitions=1, replication_factor=3, config=own)])[small].result(60)
    uids = platform.uids()
    platform.edit({KAFKA: NEW})
    for command in (("preview",), ("up", "--yes", "--skip-preview")):
        refused = platform.engine(*command)
        assert refused.status != 0 and f"topic {small}: segment.bytes is under 1048576" in refused.text, refused.text
    assert platform.uids() == uids
    platform.edit({KAFKA: {**OLD, "metadataVersion": None}})
    admin.delete_topics([small])[small].result(60)


def test_an_upgrade_under_the_load_of_a_user_loses_nothing_and_raises_the_feature_levels(secured: Secured) -> None:
    platform = secured.platform
    before = platform.uids()
    with Load(secured.listeners["CLIENTS"], ROLL, secured.user("app")) as load:
        platform.edit({KAFKA: NEW})
        preview = platform.preview()
        printed = platform.up()
    assert "image: image: localhost/kafka:3.9.2 -> localhost/kafka:4.3.1" in preview, preview
    assert "feature levels rise after the last restart, and there is no way back: metadata.version: 21 -> 30" in preview
    assert "feature levels rose: metadata.version: 21 -> 30" in printed, printed
    after = platform.uids()
    assert before.keys() == after.keys() and all(before[name] != after[name] for name in before)
    assert load.account.lost == set() and load.account.refused == [] and load.account.fatal == []
    assert platform.preview("--expect-no-changes")


def test_after_that_there_is_no_way_back_and_the_preview_says_so(secured: Secured) -> None:
    platform = secured.platform
    for edits, why in (
        ({**OLD, "metadataVersion": None}, "no node of it would start"),
        ({"metadataVersion": "4.0"}, "Kafka does not lower it"),
    ):
        uids = platform.uids()
        platform.edit({KAFKA: edits})
        refused = platform.engine("up", "--yes", "--skip-preview")
        assert refused.status != 0 and why in refused.text, refused.text
        assert platform.uids() == uids
        platform.edit({KAFKA: NEW})


def test_a_user_with_password_and_acl_writes_through_every_zone(secured: Secured) -> None:
    admin = AdminClient({"bootstrap.servers": secured.listeners["CLIENTS"], **secured.user("app")})
    admin.create_topics([NewTopic(TOPIC, num_partitions=3, replication_factor=3)])[TOPIC].result(60)
    for bootstrap in secured.zones("CLIENTS"):
        assert written(bootstrap, secured.user("app"))


def test_a_client_reads_from_the_replica_of_its_own_zone(secured: Secured) -> None:
    """Whoever leads: the leader sends it there."""
    near, brokers = f"{ROLL}-near", sorted(pod.node_id for pod in secured.platform.pods("broker").values())
    admin = AdminClient({"bootstrap.servers": secured.listeners["EXTERNAL"], **administrator(secured.platform.stack)})
    admin.create_topics([NewTopic(near, num_partitions=1, replica_assignment=[brokers])])[near].result(60)
    for rack, broker in zip(secured.platform.stack.config[KAFKA]["racks"], brokers, strict=True):
        assert reads_from(secured, near, rack["name"], broker)


def test_whoever_may_not_is_kept_out_in_every_zone(secured: Secured) -> None:
    for inside, outside in zip(secured.zones("CLIENTS"), secured.zones("EXTERNAL"), strict=True):
        assert kept_out(inside, secured.user("stranger"), "authorization failed")
        assert kept_out(inside, secured.user("app", "wrong"), "authentication")
        nobody = {"security.protocol": "SSL", "ssl.ca.pem": secured.authority}
        assert kept_out(outside, nobody, "certificate")
        assert kept_out(outside, expired(secured), "certificate")


def expired(secured: Secured) -> Mapping[str, str]:
    """Return an administrator's certificate by the right authority that ended yesterday."""
    held = secret(secured.platform.stack, "kafka-authority")
    authority = load_authority(held["tls.crt"].encode(), held["tls.key"].encode())
    began = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=3)
    made = issue(authority, "kafka-admin", (), (began, 2))
    return certified(made.certificate.decode(), made.key.decode(), made.authority.decode())


def test_a_renewed_certificate_restarts_every_node_and_the_preview_says_why(secured: Secured) -> None:
    platform = secured.platform
    certificate, uids = secret(platform.stack, "kafka-nodes-tls")["tls.crt"], platform.uids()
    platform.edit({"kafka-platform:kafka": {"tls": {"validityDays": 400, "renewBeforeDays": 380}}})
    assert "certificates changed" in platform.preview()
    platform.up()
    assert secret(platform.stack, "kafka-nodes-tls")["tls.crt"] != certificate
    assert not set(uids.values()) & set(platform.uids().values())
    for bootstrap in secured.zones("CLIENTS"):
        assert written(bootstrap, secured.user("app"))
    uids = platform.uids()
    platform.up()
    assert platform.uids() == uids
