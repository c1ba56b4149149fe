"""Claims about listeners with SASL PLAIN: where passwords stand, what restarts, what is refused."""

from typing import Any

import pytest

from components.spec.rendering import render_cluster
from components.spec.revision import digest_of
from components.spec.topology import controller_pools
from tests.spec.clusters import changed, cluster, kraft_config, zookeeper_config
from tests.spec.test_access import MTLS, SCRAM, broker, properties, secured

PLAIN = {**SCRAM, "authentication": "plain"}
USERS = [{"name": "till", "plain": {"secret": "till"}, "deletionProtection": False}]


def plain(config: dict[str, Any], listener: dict[str, Any] = PLAIN, **listeners: Any) -> dict[str, Any]:
    """Return a stack with TLS and ACLs whose clients come by SASL PLAIN."""
    return {**secured(config, listeners={"internal": MTLS, "external": [listener], **listeners}), "users": USERS}


@pytest.mark.parametrize("config", [kraft_config(), zookeeper_config()], ids=["kraft", "zookeeper"])
def test_brokers_look_the_login_up_in_a_mounted_file_and_no_controller_can(config: dict[str, Any]) -> None:
    found = properties(plain(config))
    assert found["listener.security.protocol.map"].startswith("INTERNAL:SSL,EXTERNAL:SASL_SSL")
    assert found["listener.name.external.sasl.enabled.mechanisms"] == "PLAIN"
    entry = found["listener.name.external.plain.sasl.jaas.config"]
    assert entry == "${logins:/etc/kafka-platform-logins:login}"
    assert found["config.providers"] == "platform,logins"
    assert found["config.providers.logins.param.allowed.paths"] == "/etc/kafka-platform-logins"
    template: Any = broker(plain(config)).template["spec"]
    (volume,) = [one for one in template["volumes"] if one["name"] == "logins"]
    assert volume["secret"] == {"secretName": "kafka-plain-users", "defaultMode": 0o440}
    (mount,) = [one for one in template["containers"][0]["volumeMounts"] if one["name"] == "logins"]
    assert mount == {"name": "logins", "mountPath": "/etc/kafka-platform-logins", "readOnly": True}
    rendered = render_cluster(cluster(plain(config)))
    for pool in (*rendered["controller"], *rendered["zookeeper"]):
        assert "logins" not in str(pool.template) + str(pool.files) and "passwords" not in pool.revision.causes


def test_the_first_line_of_kafka_has_no_bound_for_the_folder_and_is_given_none() -> None:
    found = properties(changed(plain(zookeeper_config()), "kafka/version", "3.7.2"))
    assert "config.providers.logins.class" in found and "config.providers.logins.param.allowed.paths" not in found


def test_another_issue_of_the_passwords_restarts_brokers_and_nobody_else_and_is_a_cause_of_its_own() -> None:
    first, second = broker(plain(kraft_config())).revision, broker(plain(kraft_config(), plainIssue="2")).revision
    assert {cause for cause in first.causes if first.causes[cause] != second.causes[cause]} == {"passwords"}
    assert second.causes["passwords"] == digest_of({"issue": "2"})
    before, after = (render_cluster(cluster(plain(kraft_config(), plainIssue=issue))) for issue in "12")
    assert [p.revision for p in before["controller"]] == [p.revision for p in after["controller"]]
    assert len(before["controller"]) == len(controller_pools(cluster(plain(kraft_config()))))


def test_without_tls_it_must_be_allowed_by_name_and_then_needs_no_certificates() -> None:
    clear = {"name": "EXTERNAL", "authentication": "plain", "allowWithoutTls": True}
    config = {**plain(kraft_config(), clear, internal={}), "namespace": "streams"}
    for section in ("tls", "authorization"):
        del config["kafka"][section]
    found = properties(config)
    assert found["listener.security.protocol.map"].startswith("INTERNAL:PLAINTEXT,EXTERNAL:SASL_PLAINTEXT")
    assert found["config.providers"] == "logins"


def test_a_stack_without_it_has_nothing_of_it() -> None:
    rendered = broker(secured(kraft_config()))
    assert "passwords" not in rendered.revision.causes and "logins" not in str(rendered.template) + str(rendered.files)
