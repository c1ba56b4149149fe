"""Claims about the access to ZooKeeper's nodes: what each stage writes, what it leaves alone, what is refused."""

from typing import Any

import pytest

from components.args import cluster_args
from components.spec.parsing import parse_cluster
from components.spec.problems import Problem, SpecError
from components.spec.rendering import RenderedPool, render_pool
from components.spec.scripts import PROPERTIES, START, ZOO_CFG
from components.spec.topology import broker_pools, zookeeper_pools
from contract import ANNOTATION_ZOOKEEPER_ACL
from stacks.settings import parse_settings
from tests.spec.clusters import changed, cluster, confluent_zookeeper_config, kraft_config, zookeeper_config
from tests.spec.test_access import secured

PLAIN = zookeeper_config()
LOGIN = "-Djava.security.auth.login.config=/etc/kafka-platform-zookeeper"


def at(stage: str) -> dict[str, Any]:
    return changed(PLAIN, "zookeeper/acl", stage)


def server(config: dict[str, Any]) -> RenderedPool:
    spec = cluster(config)
    assert spec.zookeeper is not None
    return render_pool(spec, spec.zookeeper, zookeeper_pools(spec)[0])


def broker(config: dict[str, Any]) -> RenderedPool:
    spec = cluster(config)
    return render_pool(spec, spec.kafka, broker_pools(spec)[0])


def container(pool: RenderedPool) -> dict[str, Any]:
    spec: Any = pool.template["spec"]
    return spec["containers"][0]


def options(pool: RenderedPool) -> str:
    return next(one["value"] for one in container(pool)["env"] if one["name"] == "KAFKA_OPTS")


def mounted(pool: RenderedPool) -> list[dict[str, Any]]:
    """Return what a pool's pods get of the Secret with the login."""
    spec: Any = pool.template["spec"]
    return [one["secret"] for one in spec["volumes"] if one["name"] == "zookeeper-login"]


def test_what_is_not_set_changes_no_file_and_no_template() -> None:
    for stage in (PLAIN, at("disabled")):
        for pool, left_out in ((server(stage), server(PLAIN)), (broker(stage), broker(PLAIN))):
            assert pool == left_out
            assert not mounted(pool) and "login.config" not in options(pool)
    assert broker(at("allowed")) == broker(PLAIN)


def test_servers_restart_once_and_brokers_at_every_stage_from_login_on() -> None:
    servers = {stage: server(at(stage)).revision.digest for stage in ("disabled", "allowed", "login", "enabled")}
    assert len(set(servers.values())) == 2 and servers["allowed"] == servers["login"] == servers["enabled"]
    brokers = {stage: broker(at(stage)).revision.digest for stage in ("disabled", "allowed", "login", "enabled")}
    assert len(set(brokers.values())) == 3 and brokers["disabled"] == brokers["allowed"]


def test_each_mounts_its_own_login_and_nothing_of_it_is_in_clear() -> None:
    for pool, key in ((server(at("allowed")), "server.jaas"), (broker(at("enabled")), "client.jaas")):
        assert mounted(pool) == [
            {"secretName": "kafka-zookeeper-login", "defaultMode": 0o440, "items": [{"key": key, "path": key}]}
        ]
        assert f"{LOGIN}/{key}" in options(pool)
        assert not any("DigestLoginModule" in text for text in pool.files.values())
    assert "authProvider.sasl=org.apache.zookeeper" in server(at("allowed")).files[ZOO_CFG]


def test_brokers_alone_own_what_they_make_and_walk_through_what_is_there() -> None:
    assert "zookeeper.set.acl=true" in broker(at("enabled")).files[PROPERTIES]
    assert "zookeeper.set.acl" not in broker(at("login")).files[PROPERTIES]
    walks = {stage: broker(at(stage)).files[START].count("ZkSecurityMigrator") for stage in ("allowed", "login")}
    assert walks == {"allowed": 0, "login": 1}
    assert "--zookeeper.acl=secure " in broker(at("enabled")).files[START]
    assert "--zookeeper.acl=unsecure " in broker(at("login")).files[START]
    assert "tls-config-file" not in broker(at("enabled")).files[START]
    tls = changed(changed(secured(zookeeper_config()), "zookeeper/acl", "enabled"), "zookeeper/tls", "required")
    script = broker(tls).files[START]
    assert " --zk-tls-config-file " in script and script.count(" -zk-tls-config-file ") == 2


def test_the_tools_are_those_of_the_distribution() -> None:
    script = broker(changed(confluent_zookeeper_config(), "zookeeper/acl", "enabled")).files[START]
    assert "/usr/bin/kafka-run-class kafka.admin.ZkSecurityMigrator" in script


def test_pods_say_from_which_stage_on_they_are_as_they_are() -> None:
    def said(pool: RenderedPool) -> object:
        metadata: Any = pool.template["metadata"]
        return metadata["annotations"].get(ANNOTATION_ZOOKEEPER_ACL)

    assert [said(server(at(stage))) for stage in ("disabled", "allowed", "enabled")] == [None, "allowed", "allowed"]
    found = [said(broker(at(stage))) for stage in ("disabled", "allowed", "login", "enabled")]
    assert found == [None, None, "login", "enabled"]


BAD_INPUT: list[tuple[dict[str, Any], str, str]] = [
    (at("on"), "zookeeper.acl", "disabled or allowed or login or enabled"),
    (changed(PLAIN, "zookeeper/acl", True), "zookeeper.acl", "this is true or false"),
    (changed(PLAIN, "kafka/config", {"zookeeper.set.acl": True}), "kafka.config.zookeeper.set.acl", "zookeeper.acl"),
    (
        changed(PLAIN, "zookeeper/config", {"authProvider.sasl": "x"}),
        "zookeeper.config.authProvider.sasl",
        "use zookeeper.acl",
    ),
    (
        changed(at("login"), "kafka/jvm", {"options": "-Djava.security.auth.login.config=/x"}),
        "kafka.jvm.options",
        "the JVM reads one such file",
    ),
    (
        changed(at("allowed"), "zookeeper/jvm", {"options": "-Djava.security.auth.login.config=/x"}),
        "zookeeper.jvm.options",
        "the JVM reads one such file",
    ),
    (
        changed(PLAIN, "kafka/pod", {"volumes": [{"name": "zookeeper-login", "mountPath": "/x", "emptyDir": True}]}),
        "kafka.pod.volumes[0].name",
        "has it for itself",
    ),
    (changed(kraft_config(), "zookeeper", PLAIN["zookeeper"] | {"acl": "enabled"}), "zookeeper", "kraft"),
]


@pytest.mark.parametrize(("config", "path", "said"), BAD_INPUT)
def test_bad_input_is_one_error_that_names_the_path_and_says_what_to_do(
    config: dict[str, Any], path: str, said: str
) -> None:
    with pytest.raises(SpecError) as caught:
        parse_settings(config)
    found: dict[str, Problem] = {problem.path: problem for problem in caught.value.problems}
    assert list(found) == [f"kafka-platform:{path}"]
    assert said in str(found[f"kafka-platform:{path}"])


def test_without_hooks_nobody_would_see_a_broker_that_is_cut_off() -> None:
    args: Any = cluster_args(parse_settings(at("enabled")).cluster)
    with pytest.raises(SpecError, match="stages must follow each other on a live cluster"):
        parse_cluster({**args, "updates": "rolling"})
