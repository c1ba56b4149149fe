"""Revisions: pinned, and changed by exactly what needs a restart.

The golden digests are a promise to operators: a release that changes one of them restarts every cluster, which is a
decision and stands in the changelog.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

import pytest

from components.spec.model import ClusterSpec
from components.spec.rendering import RenderedPool, render_pool
from components.spec.revision import digest_of, revision_of
from components.spec.topology import broker_pools, controller_pools, zookeeper_pools
from contract import ANNOTATION_REVISION, annotation_cause
from tests.spec.clusters import changed, cluster, kraft_config, zookeeper_config


def broker(config: Mapping[str, Any], rack: int = 0) -> RenderedPool:
    spec = cluster(config)
    return render_pool(spec, spec.kafka, broker_pools(spec)[rack])


def server(config: Mapping[str, Any]) -> RenderedPool:
    spec = cluster(config)
    assert spec.zookeeper
    return render_pool(spec, spec.zookeeper, zookeeper_pools(spec)[0])


def controller(config: Mapping[str, Any]) -> RenderedPool:
    spec = cluster(config)
    assert spec.controllers
    return render_pool(spec, spec.controllers, controller_pools(spec)[0])


GOLDEN: dict[str, dict[str, str]] = {
    "broker with ZooKeeper": {
        "image": "348fdcba370f6fc4",
        "config": "02bc380a73c66e44",
        "jvm": "bd032db42bc68c06",
        "resources": "3636929ffd290e87",
        "pod": "effe90e93f7b8a70",
    },
    "ZooKeeper server": {
        "image": "348fdcba370f6fc4",
        "config": "edb9d5678c858a63",
        "jvm": "8f863bcc835cbcb7",
        "resources": "3636929ffd290e87",
        "pod": "0546aa04d97b5c11",
    },
    "broker in KRaft": {
        "image": "8a77af578eb1ae86",
        "config": "af6e64a1dd849482",
        "jvm": "bd032db42bc68c06",
        "resources": "3636929ffd290e87",
        "pod": "9b933f17345b40d9",
    },
    "controller": {
        "image": "8a77af578eb1ae86",
        "config": "870e6e111672fc1a",
        "jvm": "8f863bcc835cbcb7",
        "resources": "3636929ffd290e87",
        "pod": "92bd8a73d94cd03b",
    },
}


@pytest.mark.parametrize(
    ("path", "value", "causes"),
    [
        ("kafka/image", "registry.example.com/kafka:3.9.2", {"image"}),
        ("kafka/config/queued.max.requests", 600, {"config"}),
        ("kafka/config/num.io.threads", 5, set[str]()),
        ("kafka/config/message.max.bytes", 2_000_000, set[str]()),
        ("kafka/config/log.retention.ms", 3_600_000, {"config"}),
        ("kafka/replicationFactor", 2, {"config"}),
        ("kafka/racks/0/external/host", "198.51.100.1", {"config"}),
        ("kafka/racks/0/external/firstNodePort", 30150, {"config"}),
        ("kafka/jvm", {"options": "-XX:+UseSerialGC"}, {"jvm"}),
        ("kafka/resources/heap", "320Mi", {"jvm"}),
        ("kafka/resources/cpu", "600m", {"resources"}),
        ("kafka/resources/memory", "1200Mi", {"jvm", "resources"}),
        ("kafka/racks/0/zone", "zone-z", {"pod"}),
        ("kafka/version", "3.9.1", {"image"}),
        ("kafka/racks/0/brokers", 3, set[str]()),
        ("kafka/racks/1/external/host", "198.51.100.1", set[str]()),
        ("kafka/storage/size", "20Gi", set[str]()),
        ("kafka/allowFewerRacks", True, set[str]()),
        ("zookeeper/resources/cpu", "600m", set[str]()),
        ("zookeeper/config", {"maxClientCnxns": 100}, set[str]()),
        ("updates", {"stableWindowSeconds": 1}, set[str]()),
    ],
)
def test_a_change_restarts_for_its_own_cause_and_no_other(path: str, value: object, causes: set[str]) -> None:
    before = changed(zookeeper_config(), "kafka/resources/memory", "1Gi")
    old, new = broker(before).revision, broker(changed(before, path, value)).revision
    assert {cause for cause in new.causes if old.causes.get(cause) != new.causes[cause]} == causes
    assert (old.digest != new.digest) is bool(causes)


@pytest.mark.parametrize(
    ("config", "digest"), [(zookeeper_config(), "6a3f396417788385"), (kraft_config(), "6d771df3bc21ce6b")]
)
def test_without_live_keys_a_digest_is_what_it_was_before_there_were_any(
    config: Mapping[str, Any], digest: str
) -> None:
    given = changed(config, "kafka/config", {"queued.max.requests": 600})
    assert broker(given).revision.causes["config"] == digest


def test_every_pools_revision_is_pinned() -> None:
    found = {
        "broker with ZooKeeper": dict(broker(zookeeper_config()).revision.causes),
        "ZooKeeper server": dict(server(zookeeper_config()).revision.causes),
        "broker in KRaft": dict(broker(kraft_config()).revision.causes),
        "controller": dict(controller(kraft_config()).revision.causes),
    }
    assert found == GOLDEN


def test_the_template_carries_its_own_revision() -> None:
    rendered = broker(zookeeper_config())
    metadata: Any = rendered.template["metadata"]
    assert metadata["annotations"][ANNOTATION_REVISION] == rendered.revision.digest
    assert metadata["annotations"][annotation_cause("image")] == rendered.revision.causes["image"]


def test_configuration_is_named_by_its_content() -> None:
    before = broker(zookeeper_config())
    after = broker(changed(zookeeper_config(), "kafka/config/num.io.threads", 5))
    assert before.config_name != after.config_name
    assert before.config_name == f"kafka-a-{digest_of(dict(before.files))}"
    assert broker(zookeeper_config()).config_name == before.config_name


def test_the_template_mounts_the_configuration_of_its_own_content() -> None:
    rendered = broker(zookeeper_config())
    spec: Any = rendered.template["spec"]
    assert {"name": "config", "configMap": {"name": rendered.config_name}} in spec["volumes"]


def test_the_order_of_keys_changes_no_digest() -> None:
    assert digest_of({"a": 1, "b": [1, 2]}) == digest_of({"b": [1, 2], "a": 1})
    assert digest_of([1, 2]) != digest_of([2, 1])


def test_a_cause_that_the_contract_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="weather"):
        revision_of({"weather": "rain"})


def test_the_hooks_hear_of_a_pool_in_plain_values() -> None:
    rendered = broker(changed(zookeeper_config(), "kafka/racks/1/brokers", 2), rack=1)
    assert rendered.wish == {
        "name": "b",
        "workload": "kafka-b",
        "firstId": 1000,
        "count": 2,
        "revision": rendered.revision.digest,
        "causes": dict(rendered.revision.causes),
        "volumeBytes": 10 * 1024**3,
        "storageClass": "fast",
    }


def test_a_spec_is_a_value() -> None:
    spec: ClusterSpec = cluster(zookeeper_config())
    assert dataclasses.replace(spec) == cluster(zookeeper_config())
