"""Distributions: what each promises of its images, and what we must not do to them."""

import re
from pathlib import PurePosixPath
from typing import Any

import pytest

from components.spec.distributions import APACHE, CONFLUENT, DISTRIBUTIONS, Distribution, line_of
from components.spec.rendering import RenderedPool, render_cluster
from tests.spec.clusters import (
    changed,
    cluster,
    confluent_kraft_config,
    confluent_zookeeper_config,
    kraft_config,
    zookeeper_config,
)

CONFIGS = (zookeeper_config(), kraft_config(), confluent_zookeeper_config(), confluent_kraft_config())


def rendered(config: dict[str, Any]) -> dict[str, RenderedPool]:
    """Return the first pool of each component."""
    return {component: pools[0] for component, pools in render_cluster(cluster(config)).items() if pools}


def container(pool: RenderedPool) -> Any:
    template: Any = pool.template
    return template["spec"]["containers"][0]


def properties(pool: RenderedPool) -> dict[str, str]:
    lines = pool.files["server.properties"].splitlines()
    return dict(line.split("=", 1) for line in lines)


@pytest.mark.parametrize("distribution", DISTRIBUTIONS.values(), ids=lambda one: one.name)
def test_no_mount_of_ours_lies_above_a_volume_that_an_image_declares(distribution: Distribution) -> None:
    # The runtime would put an empty volume of its own there, over ours, and throw it away with the container.
    mounts = {
        PurePosixPath(mount["mountPath"])
        for config in CONFIGS
        for pool in rendered(config).values()
        for mount in container(pool)["volumeMounts"]
    }
    assert distribution.volumes
    assert not {mount for volume in distribution.volumes for mount in PurePosixPath(volume).parents} & mounts


@pytest.mark.parametrize(
    ("config", "images"),
    [
        (zookeeper_config(), {"zookeeper": "apache/kafka:3.9.2", "broker": "apache/kafka:3.9.2"}),
        (kraft_config(), {"controller": "apache/kafka:4.3.1", "broker": "apache/kafka:4.3.1"}),
        (
            confluent_zookeeper_config(),
            {"zookeeper": "confluentinc/cp-zookeeper:7.9.4", "broker": "confluentinc/cp-kafka:7.9.4"},
        ),
        (
            confluent_kraft_config(),
            {"controller": "confluentinc/cp-server:8.3.0", "broker": "confluentinc/cp-server:8.3.0"},
        ),
    ],
)
def test_each_component_has_the_image_of_its_distribution(config: dict[str, Any], images: dict[str, str]) -> None:
    assert {component: container(pool)["image"] for component, pool in rendered(config).items()} == images


@pytest.mark.parametrize("config", CONFIGS)
def test_one_image_that_was_named_serves_every_node(config: dict[str, Any]) -> None:
    named = rendered(changed(config, "kafka/image", "registry.example.com/kafka:1"))
    assert {container(pool)["image"] for pool in named.values()} == {"registry.example.com/kafka:1"}


def test_the_scripts_of_confluent_platform_are_in_usr_bin_and_have_no_suffix() -> None:
    older, newer = rendered(confluent_zookeeper_config()), rendered(confluent_kraft_config())
    assert "\nexec /usr/bin/zookeeper-server-start /" in older["zookeeper"].files["start.sh"]
    assert "\nexec /usr/bin/kafka-server-start /" in older["broker"].files["start.sh"]
    assert "/usr/bin/kafka-storage format " in newer["controller"].files["start.sh"]
    for pool in (*older.values(), *newer.values()):
        assert not re.search(r"/bin/[\w-]+\.sh", pool.files["start.sh"])


def test_the_images_own_entry_point_is_never_used() -> None:
    # It renders a file from the environment: it would take KAFKA_HEAP_OPTS of a pod for a setting, and refuse a
    # controller that advertises itself.
    for config in CONFIGS:
        for pool in rendered(config).values():
            assert container(pool)["command"] == ["bash", "/etc/kafka-platform/start.sh"]
            names = {variable["name"] for variable in container(pool)["env"]}
            assert names <= {
                *("EXTRA_ARGS", "KAFKA_HEAP_OPTS", "KAFKA_JVM_PERFORMANCE_OPTS"),
                *("KAFKA_LOG4J_OPTS", "KAFKA_OPTS", "LOG_DIR"),
            }


@pytest.mark.parametrize("config", CONFIGS)
def test_logging_is_that_of_the_line(config: dict[str, Any]) -> None:
    log4j = line_of(cluster(config).kafka).log4j
    for pool in rendered(config).values():
        (option,) = (one["value"] for one in container(pool)["env"] if one["name"] == "KAFKA_LOG4J_OPTS")
        name = {1: "log4j.properties", 2: "log4j2.properties"}[log4j]
        assert name in pool.files and option.endswith(f"/{name}")
        assert option.startswith({1: "-Dlog4j.configuration=file:", 2: "-Dlog4j2.configurationFile="}[log4j])


@pytest.mark.parametrize("config", CONFIGS)
def test_nothing_is_written_outside_of_what_is_mounted(config: dict[str, Any]) -> None:
    for pool in rendered(config).values():
        one = container(pool)
        assert one["securityContext"]["readOnlyRootFilesystem"]
        writable = {mount["mountPath"] for mount in one["volumeMounts"] if not mount.get("readOnly")}
        (logs,) = (variable["value"] for variable in one["env"] if variable["name"] == "LOG_DIR")
        assert writable == {"/var/lib/kafka-platform", "/run/kafka-platform", "/tmp"}
        assert str(PurePosixPath(logs).parent) in writable


@pytest.mark.parametrize("config", [kraft_config(), confluent_kraft_config()])
def test_the_start_in_kraft_and_every_probe_need_bash_and_coreutils_only(config: dict[str, Any]) -> None:
    for pool in rendered(config).values():
        words = set(
            re.findall(r"(?:^|[|(;]|&&|\bif|\bthen|\bdo)\s*([a-z][\w-]*)", pool.files["start.sh"], re.MULTILINE)
        )
        assert not words & {"sed", "grep", "awk", "python", "python3", "curl", "nc", "tr", "timeout", "hostname"}
        assert "tcpSocket" in container(pool)["readinessProbe"]


def test_confluent_server_is_told_what_production_needs_of_it() -> None:
    for pool in rendered(confluent_kraft_config()).values():
        keys = properties(pool)
        assert keys["confluent.balancer.enable"] == "false"
        assert keys["confluent.license.topic.replication.factor"] == "3"
        assert keys["kafka.rest.enable"] == "false"


def test_the_user_overrides_what_confluent_server_is_told() -> None:
    config = changed(confluent_kraft_config(), "kafka/config", {"kafka.rest.enable": True})
    assert properties(rendered(config)["broker"])["kafka.rest.enable"] == "true"


def test_controllers_take_over_the_keys_of_confluent_server_unless_they_have_their_own() -> None:
    config = changed(
        confluent_kraft_config(), "kafka/config", {"confluent.tier.enable": True, "confluent.tier.feature": True}
    )
    config = changed(config, "controllers/config", {"confluent.tier.feature": False})
    keys = properties(rendered(config)["controller"])
    assert (keys["confluent.tier.enable"], keys["confluent.tier.feature"]) == ("true", "false")


@pytest.mark.parametrize("config", [zookeeper_config(), kraft_config(), confluent_zookeeper_config()])
def test_keys_of_confluent_server_are_in_no_other_file(config: dict[str, Any]) -> None:
    for component, pool in rendered(config).items():
        if component != "zookeeper":
            assert not [key for key in properties(pool) if key.startswith(("confluent.", "kafka.rest."))]


def test_both_distributions_run_the_same_lines_of_kafka() -> None:
    assert [line.kafka for line in APACHE.lines.values()] == [line.kafka for line in CONFLUENT.lines.values()]
