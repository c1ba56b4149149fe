"""From three brokers to six, restarted by rack, and back, with data and clients, by editing the stack file."""

import time
from typing import Any
from uuid import uuid4

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import ConfigResource
from confluent_kafka.admin._resource import ResourceType

import contract
from tests.e2e.load import PARTITIONS, create_topic, read_all
from tests.e2e.platform import KAFKA, Platform
from tests.e2e.test_interruption import kill_tree
from tests.e2e.test_roll import watching

KRAFT = pytest.mark.parametrize("platform", ["local-kraft"], indirect=True)
UPDATES, REBALANCE = "kafka-platform:updates", "kafka-platform:rebalance"
MEGABYTES = 36
THROTTLED = "replication.throttled"


def test_the_brokers_of_a_rack_restart_together_and_no_client_notices(platform: Platform) -> None:
    _six(platform)
    before = platform.pods("broker")
    platform.edit({UPDATES: {"batch": "rack"}})
    platform.edit_kafka("queued.max.requests", 650)
    preview = platform.preview()
    assert "6 pods will restart in 3 batches (no fewer are possible), the pods of a batch together:" in preview, preview
    with platform.load("by-rack") as load, watching(platform) as watch:
        printed = platform.up()
    zones = [before[name].zone for name in watch.order]
    assert len(zones) == 6 and zones[0::2] == zones[1::2] and len(set(zones)) == 3, printed
    assert watch.most_away == 2, printed
    assert not load.account.refused and not load.account.fatal, load.account
    assert not load.account.lost and not platform.written_twice(load)
    platform.edit({UPDATES: {"batch": None}})


@KRAFT
def test_brokers_far_from_their_share_are_levelled_and_nobody_restarts(platform: Platform) -> None:
    _six(platform)
    uids, filler = platform.uids(), _fill(platform, [0, 1000, 2000])
    platform.edit({REBALANCE: {"level": {"thresholdPercent": 50}}})
    preview = platform.preview()
    assert "a broker's data is more than 50% from its share; they are levelled:" in preview, preview
    printed = platform.up()
    assert "levelling the brokers: " in printed, printed
    assert platform.preview("--expect-no-changes")
    assert _holders(platform, filler) == {0, 1, 1000, 1001, 2000, 2001}
    assert _throttles(platform) == [] and _records(platform) == []
    assert platform.uids() == uids
    assert sum(read_all(platform.bootstrap(), filler).values()) == MEGABYTES
    platform.edit({REBALANCE: {"level": None}})


def test_brokers_are_added_and_drained_again_though_everything_is_killed_in_mid_move(platform: Platform) -> None:
    _six(platform)
    filler = _fill(platform)
    _resize(platform, 1)
    preview = platform.preview()
    assert "pool a shrinks from 2 to 1: broker 1 is drained, then leaves" in preview, preview
    with platform.load("elastic") as load:
        process = platform.start("up", "--yes", "--skip-preview")
        deadline = time.monotonic() + 180
        while not (moving := _under_way(platform)) and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.2)
        kill_tree(process)
        printed, _ = process.communicate()
        assert moving, printed
        assert platform.engine("cancel", "--yes").status == 0
        finished = platform.up("--refresh")
    assert sorted(pod.node_id for pod in platform.pods("broker").values()) == [0, 1000, 2000], finished
    assert _throttles(platform) == [], finished
    assert _records(platform) == []
    assert not load.account.refused and not load.account.fatal, load.account
    assert not load.account.lost and not platform.written_twice(load)
    assert sum(read_all(platform.bootstrap(), filler).values()) == MEGABYTES
    assert platform.preview("--expect-no-changes")


def _six(platform: Platform) -> None:
    """Have two brokers in every rack."""
    _resize(platform, 2)
    platform.up()
    assert len(platform.pods("broker")) == 6


def _resize(platform: Platform, brokers: int) -> None:
    """Set the count of every rack, and a bandwidth at which a drain takes a while."""
    racks = [{**rack, "brokers": brokers} for rack in platform.stack.config[KAFKA]["racks"]]
    platform.edit({KAFKA: {"racks": racks}, REBALANCE: {"bandwidthBytesPerSecond": 2_000_000}})


def _holders(platform: Platform, topic: str) -> set[int]:
    """Return the brokers that hold replicas of a topic."""
    found = AdminClient({"bootstrap.servers": platform.bootstrap()}).list_topics(topic, timeout=30).topics[topic]
    return {node for partition in found.partitions.values() for node in partition.replicas}


def _fill(platform: Platform, brokers: list[int] | None = None) -> str:
    """Write messages of a megabyte each to a topic that all brokers share, or these alone."""
    topic = f"elastic-data-{uuid4().hex[:8]}"
    create_topic(platform.bootstrap(), topic, brokers=brokers)
    producer = Producer({"bootstrap.servers": platform.bootstrap(), "acks": "all", "message.max.bytes": 2_000_000})
    for number in range(MEGABYTES):
        producer.produce(topic, bytes([number]) * 1_000_000, partition=number % PARTITIONS)
    assert producer.flush(120) == 0
    return topic


def _under_way(platform: Platform) -> bool:
    """Say whether the record holds throttles to put back, which is when replicas are about to move or do."""
    record = next(iter(_records(platform)), None)
    return record is not None and THROTTLED in record["data"]["prior"]


def _throttles(platform: Platform) -> list[str]:
    """Return every throttle that is set on a broker or a topic."""
    admin = AdminClient({"bootstrap.servers": platform.bootstrap()})
    seen = admin.list_topics(timeout=30)
    asked = [[ConfigResource(ResourceType.BROKER, str(node))] for node in seen.brokers]
    asked += [[ConfigResource(ResourceType.TOPIC, topic) for topic in seen.topics]]
    return sorted(
        f"{resource.name}: {key}={entry.value}"
        for some in asked
        for resource, answer in admin.describe_configs(some, request_timeout=30).items()
        for key, entry in answer.result(30).items()
        if THROTTLED in key and entry.value and not entry.is_default
    )


def _records(platform: Platform) -> list[dict[str, Any]]:
    """Return what a movement keeps in Kubernetes while it is under way."""
    name = contract.movement_name(platform.cluster)
    return [found for found in platform.objects("configmaps") if found["metadata"]["name"] == name]
