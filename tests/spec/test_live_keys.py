"""Which keys of kafka.config restart nobody, and that the files hold them all the same."""

from typing import Any

import pytest

from components.spec.live_keys import live_keys
from components.spec.properties import broker_configuration
from components.spec.topology import broker_pools
from tests.spec.clusters import changed, cluster, kraft_config, zookeeper_config

STACKS = pytest.mark.parametrize("config", [zookeeper_config(), kraft_config()], ids=["zookeeper", "kraft"])


@STACKS
@pytest.mark.parametrize(
    ("key", "value", "kind"),
    [
        ("num.network.threads", 5, "live"),
        ("message.max.bytes", 5, "live"),
        ("log.cleaner.threads", 2, "live"),
        ("compression.type", "lz4", "live"),
        ("queued.max.requests", 600, None),
        ("my.plugin.depth", 3, None),
        ("log.retention.ms", 5, "file"),
        ("unclean.leader.election.enable", True, "file"),
        ("metric.reporters", "example.Reporter", "file"),
        ("num.io.threads", "${env:THREADS}", "file"),
    ],
)
def test_a_key_is_live_when_kafka_takes_it_over_and_it_can_be_given_back(
    config: dict[str, Any], key: str, value: object, kind: str | None
) -> None:
    found = live_keys(cluster(changed(config, "kafka/config", {key: value})))
    assert (key in found.live, key in found.file) == (kind == "live", kind == "file")


@STACKS
def test_the_file_holds_a_live_key_and_the_restart_reading_does_not(config: dict[str, Any]) -> None:
    spec = cluster(changed(config, "kafka/config", {"num.io.threads": 4, "queued.max.requests": 600}))
    found = broker_configuration(spec, broker_pools(spec)[0])
    assert found.file["num.io.threads"] == "4" and "num.io.threads" not in found.restart
    assert found.file["queued.max.requests"] == found.restart["queued.max.requests"] == "600"


def test_what_the_platform_writes_itself_stays_in_the_restart_reading() -> None:
    for config in (zookeeper_config(), kraft_config()):
        spec = cluster(config)
        restart = broker_configuration(spec, broker_pools(spec)[0]).restart
        assert {"min.insync.replicas", "listeners", "advertised.listeners"} <= set(restart)


def test_a_key_that_the_controllers_have_otherwise_restarts() -> None:
    config = changed(kraft_config(), "kafka/config", {"num.io.threads": 4, "num.network.threads": 4})
    both = changed(config, "controllers/config", {"num.io.threads": 2, "num.network.threads": 4})
    found = live_keys(cluster(both))
    assert found.file == ("num.io.threads",) and set(found.live) == {"num.network.threads"}


def test_a_key_that_one_pool_has_otherwise_restarts() -> None:
    config = changed(kraft_config(), "kafka/config", {"num.io.threads": 4})
    found = live_keys(cluster(changed(config, "kafka/racks/1/config", {"num.io.threads": 16})))
    assert ("num.io.threads" in found.live, "num.io.threads" in found.file) == (False, True)


@pytest.mark.parametrize("key", ["message.max.bytes", "log.cleaner.threads", "log.cleaner.io.buffer.size"])
@pytest.mark.parametrize(
    ("heap", "size", "live"),
    [("512Mi", None, True), ("511Mi", None, False), ("320Mi", 83886080, True), ("320Mi", 83886081, False)],
)
def test_a_key_of_the_log_cleaner_is_live_only_where_the_heap_holds_two_of_its_maps(
    key: str, heap: str, size: int | None, live: bool
) -> None:
    """Kafka starts another cleaner for it: with 320 MiB two brokers of three ran out of memory at the same moment."""
    config = changed(kraft_config(), "kafka/resources", {"cpu": "1", "memory": "2Gi", "heap": heap})
    keys = {key: 2_000_000} if size is None else {key: 2_000_000, "log.cleaner.dedupe.buffer.size": size}
    found = live_keys(cluster(changed(config, "kafka/config", keys | {"num.io.threads": 4})))
    assert ((key in found.live), (key in found.file)) == (live, not live)
    assert "num.io.threads" in found.live


def test_the_heap_of_the_smallest_pool_decides_about_the_log_cleaner() -> None:
    config = changed(kraft_config(), "kafka/config", {"log.cleaner.threads": 2})
    small = {"cpu": "1", "memory": "2Gi", "heap": "320Mi"}
    assert live_keys(cluster(config)).live
    assert not live_keys(cluster(changed(config, "kafka/racks/1/resources", small))).live


def test_a_key_is_live_only_in_the_lines_that_say_so() -> None:
    copiers = {"remote.log.manager.copier.thread.pool.size": 4}
    assert live_keys(cluster(changed(kraft_config(), "kafka/config", copiers))).live
    # A shuffled order of the keys is no other answer.
    config = changed(kraft_config(), "kafka/config", {"num.io.threads": 4, "message.max.bytes": 5})
    assert list(live_keys(cluster(config)).live) == ["message.max.bytes", "num.io.threads"]
