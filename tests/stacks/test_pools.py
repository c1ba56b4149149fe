"""Several pools in one rack: what each of them gets, what stays common, and what is refused."""

from typing import Any

import pytest

from components.args import cluster_args
from components.spec.parsing import parse_cluster
from components.spec.rendering import RenderedPool, render_cluster, wishes
from stacks.settings import parse_settings
from tests.spec.clusters import changed, cluster, kraft_config, zookeeper_config
from tests.stacks.test_settings import problems

LARGE: dict[str, Any] = {
    "name": "a",
    "pool": "a-large",
    "zone": "zone-a",
    "firstBrokerId": 500,
    "brokers": 2,
    "resources": {"cpu": "2", "memory": "4Gi"},
    "storage": {"class": "slow", "size": "50Gi"},
    "jvm": {"options": "-XX:+UseZGC"},
    "config": {"queued.max.requests": 800},
    "pod": {"priorityClass": "kafka"},
}


def with_pool(**fields: Any) -> dict[str, Any]:
    """Return a stack whose rack a has a second pool, with these fields changed; None takes one away."""
    pool = {key: value for key, value in {**LARGE, **fields}.items() if value is not None}
    config = zookeeper_config()
    return changed(config, "kafka/racks", [*config["kafka"]["racks"], pool])


def rendered(config: dict[str, Any]) -> dict[str, RenderedPool]:
    return {one.pool.name: one for one in render_cluster(cluster(config))["broker"]}


def test_a_second_pool_is_a_stateful_set_of_its_own_in_the_same_rack() -> None:
    found = rendered(with_pool())
    assert list(found) == ["a", "a-large", "b", "c"]
    large = found["a-large"]
    assert (large.pool.workload, list(large.pool.ids), large.pool.rack) == ("kafka-a-large", [500, 501], "a")
    assert "broker.rack=a\n" in large.files["server.properties"]
    assert "queued.max.requests=800\n" in large.files["server.properties"]
    assert "compression.type=zstd\n" in large.files["server.properties"]
    template: Any = large.template
    assert template["metadata"]["labels"]["kafka-platform/pool"] == "a-large"
    assert template["spec"]["priorityClassName"] == "kafka"
    (container,) = template["spec"]["containers"]
    assert container["resources"]["limits"] == {"memory": "4Gi"}
    environment = {variable["name"]: variable.get("value") for variable in container["env"]}
    assert environment["KAFKA_HEAP_OPTS"] == "-Xms2048m -Xmx2048m"
    assert environment["KAFKA_JVM_PERFORMANCE_OPTS"] == "-XX:+UseZGC"


def test_a_second_pool_leaves_those_that_are_there_as_they_are() -> None:
    before, after = rendered(zookeeper_config()), rendered(with_pool())
    assert {name: after[name] for name in before} == before


def test_a_second_pool_avoids_the_hosts_of_its_rack() -> None:
    template: Any = rendered(with_pool())["a-large"].template
    (term,) = template["spec"]["affinity"]["podAntiAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"]
    assert "kafka-platform/pool" not in term["podAffinityTerm"]["labelSelector"]["matchLabels"]


def test_the_hooks_hear_of_each_pools_own_volume() -> None:
    told = {pool["name"]: pool for pool in wishes(cluster(with_pool()))["broker"]}
    assert (told["a-large"]["volumeBytes"], told["a-large"]["storageClass"]) == (50 * 2**30, "slow")
    assert (told["a"]["volumeBytes"], told["a"]["storageClass"]) == (10 * 2**30, "fast")


def test_what_a_pool_does_not_say_is_the_common_part() -> None:
    bare = dict.fromkeys(("resources", "storage", "jvm", "config", "pod"))
    found = rendered(with_pool(**bare))
    assert found["a-large"].node == found["a"].node


def test_a_component_reads_the_same_pools_out_of_its_arguments() -> None:
    spec = cluster(with_pool())
    assert parse_cluster(cluster_args(spec)) == spec


def test_two_pools_are_one_rack_for_the_replicas() -> None:
    config = with_pool()
    racks = [rack for rack in config["kafka"]["racks"] if rack["name"] != "c"]
    (found,) = problems(changed(config, "kafka/racks", racks))
    assert found.path == "kafka-platform:kafka.racks" and found.given == "2 racks with brokers"


# Each line: the fields of the second pool, the path that the error names, and what its text must say.
BAD_POOLS: list[tuple[dict[str, Any], str, str]] = [
    ({"pool": None, "zone": "zone-a"}, "name", "a `pool` name of its own"),
    ({"pool": "b"}, "pool", "a pool is one StatefulSet"),
    ({"pool": "A"}, "pool", "lower-case"),
    ({"pool": "zookeeper-a"}, "pool", "StatefulSet would be kafka-zookeeper-a"),
    ({"pool": "a" * 50}, "pool", "at most 52"),
    ({"zone": "zone-z"}, "zone", "a rack is one zone"),
    ({"name": "z", "zone": "zone-a"}, "zone", "call both racks a"),
    ({"firstBrokerId": 0}, "firstBrokerId", "already belong"),
    ({"resources": {"cpu": "2"}}, "resources.memory", "required"),
    ({"resources": {"cpu": "2", "memory": "300Mi"}}, "resources.memory", "at least 384Mi"),
    ({"resources": {"cpu": "2", "memory": "4Gi", "heap": "3500Mi"}}, "resources.heap", "page cache"),
    ({"storage": {"size": "lots"}}, "storage.size", "quantity of bytes"),
    ({"storage": {"size": "5Gi", "clas": "x"}}, "storage.clas", "did you mean class"),
    ({"config": {"broker.rack": "b"}}, "config.broker.rack", "the rack's name"),
    ({"config": {"unclean.leader.election.enable": True}}, "config.unclean.leader.election.enable", "would disagree"),
    (
        {"storage": {"size": "3Gi"}, "config": {"log.segment.bytes": 2 * 10**9}},
        "config.log.segment.bytes",
        "half of the volume",
    ),
    ({"pod": {"volumes": [{"name": "data", "emptyDir": True}]}}, "pod.volumes[0].name", "for itself"),
    ({"sorage": {}}, "sorage", "did you mean storage"),
]


@pytest.mark.parametrize(("fields", "path", "says"), BAD_POOLS)
def test_a_wrong_pool_is_one_error_with_its_path(fields: dict[str, Any], path: str, says: str) -> None:
    (found,) = problems(with_pool(**fields))
    assert found.path == f"kafka-platform:kafka.racks[3].{path}"
    assert says in str(found)


def test_what_is_wrong_for_all_is_said_once() -> None:
    (found,) = problems(changed(with_pool(resources=None), "kafka/resources/memory", "300Mi"))
    assert found.path == "kafka-platform:kafka.resources.memory"


def test_a_common_key_that_only_one_pool_cannot_hold_is_said_of_that_pool() -> None:
    config = changed(with_pool(storage={"size": "1Gi"}), "kafka/config/log.segment.bytes", 2**30)
    (found,) = problems(config)
    assert found.path == "kafka-platform:kafka.racks[3].config.log.segment.bytes"


def test_consumers_read_from_their_own_rack_only_when_that_is_asked_for() -> None:
    for base in (zookeeper_config(), kraft_config()):
        key, value = "replica.selector.class", "org.apache.kafka.common.replica.RackAwareReplicaSelector"
        asked = changed(base, "kafka/followerFetching", True)
        assert key not in rendered(base)["a"].files["server.properties"]
        assert f"{key}={value}\n" in rendered(asked)["a"].files["server.properties"]
        (found,) = problems(changed(asked, f"kafka/config/{key}", "org.example.Selector"))
        assert found.path == f"kafka-platform:kafka.config.{key}"
        assert parse_settings(changed(base, f"kafka/config/{key}", "org.example.Selector"))
