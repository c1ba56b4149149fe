"""Old and new value of what restarts, from live pods and their files."""

from collections.abc import Mapping
from typing import Any

import pytest

from components.spec.rendering import render_cluster
from contract import CONTAINER
from hooks.clients.redaction import MASK
from hooks.providers.contents import PodContents
from stacks.changes import told, values
from tests.spec.clusters import changed, cluster, kraft_config, zookeeper_config


def shown(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what a preview says of a cluster that runs the one spec and is to run the other."""
    old, spec = render_cluster(cluster(before)), cluster(after)
    live = [
        PodContents(name=f"{pool.pool.workload}-{node}", spec=pool.template["spec"], files=pool.files)  # type: ignore[arg-type]
        for pools in old.values()
        for pool in pools
        for node in pool.pool.ids
    ]
    pools = {pool.pool.workload: pool for found in render_cluster(spec).values() for pool in found}
    return told(spec, pools, live)


BROKERS = "kafka-a-0, kafka-b-1000, kafka-c-2000"


@pytest.mark.parametrize(
    ("path", "value", "line"),
    [
        ("kafka/config/queued.max.requests", 600, f"config: queued.max.requests: not set -> 600 on {BROKERS}"),
        ("kafka/resources/cpu", "600m", f"resources: cpu: 500m -> 600m on {BROKERS}"),
        ("zookeeper/config", {"maxClientCnxns": 7}, "config: maxClientCnxns: not set -> 7 on kafka-zookeeper-a-1"),
    ],
)
def test_each_value_that_changes_is_shown_with_its_cause_and_its_pods(path: str, value: object, line: str) -> None:
    said = shown(zookeeper_config(), changed(zookeeper_config(), path, value))
    assert len(said) == 1 and said[0].startswith(line), said


def test_an_image_a_heap_and_a_key_that_goes_are_shown() -> None:
    before = changed(zookeeper_config(), "kafka/config", {"queued.max.requests": 600})
    after = changed(changed(zookeeper_config(), "kafka/config", {}), "kafka/image", "example.com/kafka:1")
    said = shown(before, changed(after, "kafka/resources/heap", "300Mi"))
    assert [line.split(": ")[:2] for line in said] == [
        ["config", "queued.max.requests"],
        ["image", "image"],
        ["jvm", "KAFKA_HEAP_OPTS"],
    ]
    assert "600 -> not set" in said[0] and "-> example.com/kafka:1 on" in said[1] and "and 1 more" in said[1]


@pytest.mark.parametrize("config", [zookeeper_config(), kraft_config()], ids=["zookeeper", "kraft"])
def test_what_is_the_same_or_goes_live_is_not_spoken_of(config: dict[str, Any]) -> None:
    assert shown(config, config) == ()
    assert shown(config, changed(config, "kafka/config", {"num.network.threads": 9})) == ()


def test_secrets_are_masked_on_both_sides() -> None:
    def given(word: str) -> dict[str, Any]:
        keys = {"my.plugin.password": word, "my.plugin.url": f"https://me:{word}@example.com", "my.depth": 1}
        return changed(zookeeper_config(), "kafka/config", keys)

    said = "\n".join(shown(given("first-word"), given("other-word")))
    assert "first-word" not in said and "other-word" not in said
    assert f"my.plugin.password: {MASK} -> {MASK} on" in said


def test_a_pod_of_no_pool_and_one_whose_configuration_is_gone_break_nothing() -> None:
    spec = cluster(zookeeper_config())
    pools = {pool.pool.workload: pool for found in render_cluster(spec).values() for pool in found}
    bare = {"containers": [{"name": CONTAINER, "image": "x", "resources": {}}]}
    assert told(spec, pools, [PodContents(name="other-0", spec=bare)]) == ()
    assert any(
        line.startswith("image: image: x -> ") for line in told(spec, pools, [PodContents(name="kafka-a-0", spec=bare)])
    )
    assert values(bare, {}) == {("image", "image"): "x"}
