"""Keys that running brokers take over: in the steps that Kafka demands, seen on each broker, and nobody restarts."""

from typing import Any

import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import AlterConfigOpType, ConfigEntry, ConfigResource, ConfigSource
from confluent_kafka.admin._resource import ResourceType

from tests.e2e.plain_nodes import until
from tests.e2e.platform import KAFKA, Platform
from tests.e2e.test_roll import eventually_ready

KRAFT = pytest.mark.parametrize("platform", ["local-kraft"], indirect=True)
THREADS, SIZE, CLEANERS = "num.network.threads", "message.max.bytes", "log.cleaner.threads"
OWN = ConfigSource.DYNAMIC_BROKER_CONFIG.value
OVERRIDES = {OWN, ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG.value}


def test_changed_keys_reach_every_broker_and_nobody_restarts(platform: Platform) -> None:
    before = platform.uids()
    platform.edit({KAFKA: {"config": {THREADS: 13, SIZE: 2_000_000, CLEANERS: 2}}})
    preview = platform.preview()
    assert f"{THREADS}: 3 -> 13 on broker 0, 1000, 2000, live" in preview, preview
    assert "will restart" not in preview, preview
    printed = platform.up()
    steps = [f"live keys: {THREADS}: {number} for all brokers" for number in (6, 12, 13)]
    assert [step for step in steps if step in printed] == steps, printed
    assert platform.uids() == before
    assert in_use(platform) == {(THREADS, "13"), (SIZE, "2000000"), (CLEANERS, "2")}
    assert platform.preview("--expect-no-changes")


def test_an_override_by_hand_is_named_and_goes(platform: Platform) -> None:
    node = min(pod.node_id for pod in platform.pods("broker").values())
    by_hand(platform, node, SIZE, "3000000")
    preview = platform.preview()
    assert f"{SIZE}: broker {node} has 3000000 by an override of its own" in preview, preview
    platform.up()
    assert in_use(platform) == {(THREADS, "13"), (SIZE, "2000000"), (CLEANERS, "2")}


def test_keys_that_leave_the_spec_are_at_their_defaults_again_without_an_override(platform: Platform) -> None:
    before = platform.uids()
    for key in (THREADS, SIZE, CLEANERS):
        platform.edit_kafka(key, None)
    platform.up()
    assert platform.uids() == before
    assert in_use(platform) == {(THREADS, "3"), (SIZE, "1048588"), (CLEANERS, "1")}
    entries = [entry for found in described(platform).values() for entry in found.values()]
    assert not [entry.name for entry in entries if entry.name != "min.insync.replicas" and entry.source in OVERRIDES]
    assert platform.preview("--expect-no-changes")


@KRAFT
def test_a_broker_that_restarted_out_of_reach_of_an_override_is_brought_back(platform: Platform) -> None:
    platform.edit({KAFKA: {"config": {THREADS: 3, SIZE: 1_048_588}}})
    platform.up()
    name, pod = min(platform.pods("broker").items())
    for number in ("6", "12"):
        by_hand(platform, pod.node_id, THREADS, number)
        until(lambda number=number: (THREADS, number) in in_use(platform), lambda: str(in_use(platform)))
    by_hand(platform, pod.node_id, SIZE, "3000000")
    platform.kubectl("delete", "pod", name)
    eventually_ready(platform, name)
    for key in (THREADS, SIZE):
        platform.edit_kafka(key, None)
    platform.up()
    assert in_use(platform) == {(THREADS, "3"), (SIZE, "1048588"), (CLEANERS, "1")}
    assert not [key for key, entry in described(platform)[str(pod.node_id)].items() if entry.source == OWN]
    assert platform.preview("--expect-no-changes")


def in_use(platform: Platform) -> set[tuple[str, Any]]:
    """Return what the brokers use, each with what it says itself: one value for a key where all agree."""
    return {(key, found[key].value) for found in described(platform).values() for key in (THREADS, SIZE, CLEANERS)}


def described(platform: Platform) -> dict[str, dict[str, ConfigEntry]]:
    """Ask every broker to describe itself."""
    admin = AdminClient({"bootstrap.servers": platform.bootstrap(), "log_level": 0})
    nodes = [str(pod.node_id) for pod in platform.pods("broker").values()]
    found: dict[str, dict[str, ConfigEntry]] = {}
    for node in nodes:
        asked = admin.describe_configs([ConfigResource(ResourceType.BROKER, node)], request_timeout=30)
        found |= {resource.name: answer.result(30) for resource, answer in asked.items()}
    return found


def by_hand(platform: Platform, node: int, key: str, value: str) -> None:
    """Set an override on one broker, as an operator would."""
    change = ConfigEntry(key, value, incremental_operation=AlterConfigOpType.SET)
    admin = AdminClient({"bootstrap.servers": platform.bootstrap(), "log_level": 0})
    asked = ConfigResource(ResourceType.BROKER, str(node), incremental_configs=[change])
    for answer in admin.incremental_alter_configs([asked], request_timeout=30).values():
        answer.result(30)
