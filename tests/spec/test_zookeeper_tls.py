"""Claims about TLS of ZooKeeper: what each stage writes, what it restarts, what it leaves alone, what is refused."""

from typing import Any

import pytest

from components.args import cluster_args
from components.spec.certificates import certificate_names
from components.spec.parsing import parse_cluster
from components.spec.problems import Problem, SpecError
from components.spec.properties import broker_configuration, zookeeper_configuration
from components.spec.rendering import RenderedPool, render_pool
from components.spec.scripts import START, ZOO_CFG
from components.spec.topology import broker_pools, zookeeper_pools
from contract import ANNOTATION_ADMIN_SECRET, ANNOTATION_ZOOKEEPER_TLS, ZOOKEEPER_TLS
from stacks.settings import parse_settings
from tests.spec.clusters import changed, cluster, confluent_zookeeper_config, kraft_config, zookeeper_config
from tests.spec.test_access import secured

PLAIN = secured(zookeeper_config())
EVERY = pytest.mark.parametrize("stage", ZOOKEEPER_TLS)
EVERY_WITH_TLS = pytest.mark.parametrize("stage", ZOOKEEPER_TLS[1:])


def at(stage: str) -> dict[str, Any]:
    return changed(PLAIN, "zookeeper/tls", stage)


def server(config: dict[str, Any]) -> RenderedPool:
    spec = cluster(config)
    assert spec.zookeeper is not None
    return render_pool(spec, spec.zookeeper, zookeeper_pools(spec)[0])


def broker(config: dict[str, Any]) -> RenderedPool:
    spec = cluster(config)
    return render_pool(spec, spec.kafka, broker_pools(spec)[0])


def stands(stage: str) -> tuple[str | None, ...]:
    """Return what a server at a stage sends, takes, and where its ports are."""
    found = zookeeper_configuration(cluster(at(stage))).file
    return tuple(found.get(key) for key in ("sslQuorum", "portUnification", "secureClientPort", "clientPortAddress"))


def test_what_is_not_set_changes_no_file_and_no_template() -> None:
    left_out = zookeeper_config()
    for stage in (left_out, changed(left_out, "zookeeper/tls", "disabled")):
        assert server(stage).files == server(left_out).files
        assert server(stage).template == server(left_out).template
    template = str(server(PLAIN).template)
    assert "keys" not in template and "certificates" not in template and "2182" not in template
    assert broker(at("allowed")) == broker(changed(PLAIN, "zookeeper/tls", "disabled"))


def test_each_stage_takes_what_its_neighbours_send() -> None:
    assert stands("disabled") == (None, None, None, None)
    assert stands("allowed") == ("false", "true", "2182", None)
    assert stands("preferred") == ("true", "true", "2182", None)
    assert stands("required") == ("true", "false", "2182", "127.0.0.1")


@EVERY_WITH_TLS
def test_servers_ask_everybody_for_a_certificate_and_check_names(stage: str) -> None:
    found = zookeeper_configuration(cluster(at(stage))).file
    for of in ("ssl.", "ssl.quorum."):
        assert found[f"{of}clientAuth"] == "need"
        assert found[f"{of}hostnameVerification"] == "true"
        assert found[f"{of}keyStore.location"] == "/run/kafka-platform-keys/nodes.pem"
        assert found[f"{of}trustStore.location"] == "/etc/kafka-platform-tls/ca.crt"


@pytest.mark.parametrize(
    ("stage", "port"), [("disabled", 2181), ("allowed", 2181), ("preferred", 2182), ("required", 2182)]
)
def test_brokers_come_by_tls_where_servers_prefer_it(stage: str, port: int) -> None:
    spec = cluster(at(stage))
    found = broker_configuration(spec, broker_pools(spec)[0]).file
    assert {one.rpartition(":")[2] for one in found["zookeeper.connect"].split(",")} == {str(port)}
    assert found.get("zookeeper.ssl.client.enable") == (None if port == 2181 else "true")


def test_brokers_restart_once_on_the_whole_way() -> None:
    digests = [broker(at(stage)).revision.digest for stage in ZOOKEEPER_TLS]
    assert digests[0] == digests[1] != digests[2] == digests[3]
    assert len({server(at(stage)).revision.digest for stage in ZOOKEEPER_TLS}) == 4


@EVERY
def test_pods_say_which_stages_suit_them(stage: str) -> None:
    def said(pool: RenderedPool) -> str | None:
        metadata: Any = pool.template["metadata"]
        return metadata["annotations"].get(ANNOTATION_ZOOKEEPER_TLS)

    assert said(server(at(stage))) == (None if stage == "disabled" else stage)
    assert said(broker(at(stage))) == ("preferred" if stage in {"preferred", "required"} else None)


@EVERY_WITH_TLS
def test_the_key_is_in_a_mounted_secret_and_in_memory_and_nowhere_else(stage: str) -> None:
    pool = server(at(stage))
    template: Any = pool.template["spec"]
    volumes = {one["name"]: one for one in template["volumes"]}
    assert volumes["keys"]["emptyDir"]["medium"] == "Memory"
    assert volumes["certificates"]["secret"]["secretName"] == "kafka-nodes-tls"
    assert "umask 077" in pool.files[START]
    assert not any("PRIVATE KEY" in text or "assword" in text for text in pool.files.values())


def test_a_new_issue_of_the_certificates_restarts_servers_too() -> None:
    second = changed(at("required"), "kafka/tls/issue", "2")
    first, then = server(at("required")).revision.causes, server(second).revision.causes
    assert {cause for cause in first if first[cause] != then[cause]} == {"certificates"}


def test_the_hooks_still_ask_servers_in_plain_text() -> None:
    assert ANNOTATION_ADMIN_SECRET not in server(at("required")).annotations


def test_the_certificate_holds_the_servers_names_where_they_show_it() -> None:
    name = "*.kafka-zookeepers.streams.svc.cluster.local"
    assert name not in certificate_names(cluster(PLAIN))
    assert name in certificate_names(cluster(at("allowed")))


def test_a_broker_asks_for_its_former_session_by_the_distributions_own_tool() -> None:
    sections = {key: PLAIN["kafka"][key] for key in ("listeners", "tls")}
    config = confluent_zookeeper_config()
    config["kafka"] |= sections
    script = broker(changed(config, "zookeeper/tls", "required")).files[START]
    asked = "org.apache.zookeeper.ZooKeeperMainWithTlsSupportForKafka -waitforconnection -server"
    assert f"/usr/bin/kafka-run-class {asked}" in script
    assert "-zk-tls-config-file /run/kafka-platform/server.properties" in script
    assert "/dev/tcp" not in script
    assert f"/opt/kafka/bin/kafka-run-class.sh {asked}" in broker(at("required")).files[START]


@EVERY
def test_the_components_read_what_the_stack_read(stage: str) -> None:
    spec = parse_settings(at(stage)).cluster
    assert parse_cluster(cluster_args(spec)) == spec  # type: ignore[arg-type]


def test_the_users_own_keys_of_tls_stay_beside() -> None:
    config = changed(at("required"), "zookeeper/config", {"ssl.quorum.protocol": "TLSv1.3"})
    assert "ssl.quorum.protocol=TLSv1.3\n" in server(config).files[ZOO_CFG]


# Each line: the configuration, the path that the error names, and what its text must say.
BAD_INPUT: list[tuple[dict[str, Any], str, str]] = [
    (at("on"), "zookeeper.tls", "disabled or allowed or preferred or required"),
    (changed(PLAIN, "zookeeper/tls", True), "zookeeper.tls", "this is true or false"),
    (changed(zookeeper_config(), "zookeeper/tls", "required"), "zookeeper.tls", "internal.tls to true"),
    (
        changed(at("required"), "zookeeper/config", {"sslQuorum": "false"}),
        "zookeeper.config.sslQuorum",
        "zookeeper.tls writes this key itself",
    ),
    (
        changed(at("allowed"), "zookeeper/config", {"ssl.quorum.keyStore.password": "x"}),
        "zookeeper.config.ssl.quorum.keyStore.password",
        "the certificates are those of kafka.tls",
    ),
    (
        changed(at("required"), "zookeeper/config", {"clientPortAddress": "0.0.0.0"}),
        "zookeeper.config.clientPortAddress",
        "remove it",
    ),
    (
        changed(at("required"), "kafka/config", {"zookeeper.ssl.client.enable": "false"}),
        "kafka.config.zookeeper.ssl.client.enable",
        "zookeeper.tls writes this key itself",
    ),
    (
        changed(at("preferred"), "kafka/config", {"zookeeper.ssl.truststore.location": "/t"}),
        "kafka.config.zookeeper.ssl.truststore.location",
        "remove it",
    ),
    (changed(kraft_config(), "controllers/tls", "required"), "controllers.tls", "this key does not exist"),
]


@pytest.mark.parametrize(("config", "path", "said"), BAD_INPUT)
def test_what_cannot_be_is_refused_with_its_path_the_reason_and_what_to_do(
    config: dict[str, Any], path: str, said: str
) -> None:
    with pytest.raises(SpecError) as caught:
        parse_settings(config)
    found: dict[str, Problem] = {problem.path: problem for problem in caught.value.problems}
    assert f"kafka-platform:{path}" in found, list(found)
    assert said in str(found[f"kafka-platform:{path}"])


def test_without_hooks_nobody_would_see_a_stage_too_far() -> None:
    config = secured(zookeeper_config(), tls={"source": "secrets", "nodesSecret": "nodes", "adminSecret": "admin"})
    args: Any = cluster_args(parse_settings(changed(config, "zookeeper/tls", "required")).cluster)
    with pytest.raises(SpecError, match="stages must follow each other on a live ensemble"):
        parse_cluster({**args, "updates": "rolling"})
