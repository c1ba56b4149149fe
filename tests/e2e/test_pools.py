"""A second pool in a rack, of another class: two volumes per broker and a sidecar; it joins, takes data, and leaves."""

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from components.spec.data_folders import data_folders
from tests.e2e.load import read_all
from tests.e2e.platform import KAFKA, Platform
from tests.e2e.test_roll import eventually_ready

KRAFT = pytest.mark.parametrize("platform", ["local-kraft"], indirect=True)
POOL, BROKER, TOPIC = "cold", 500, "pools"
PARTITIONS = 6
SIDECAR = {
    "name": "beside",
    "image": "localhost/kafka:4.3.1",
    "command": ["bash", "-c", "trap 'exit 0' TERM; while :; do sleep 1; done"],
    "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"memory": "32Mi"}},
}


@KRAFT
def test_a_pool_of_another_class_joins_takes_data_on_all_its_volumes_and_leaves(platform: Platform) -> None:
    others, racks = platform.uids(), platform.stack.config[KAFKA]["racks"]
    _racks(platform, racks, 1)
    preview = platform.preview()
    assert f"pool {POOL} grows from 0 to 1: new {BROKER}" in preview and "will restart" not in preview, preview
    platform.up()
    name = f"{platform.cluster}-{POOL}-{BROKER}"
    pod = eventually_ready(platform, name)
    assert (pod.zone, pod.node_id) == (platform.pods()[f"{platform.cluster}-a-0"].zone, BROKER)
    assert _containers(platform, name) == {"kafka", SIDECAR["name"]}
    _write(platform)
    assert _held(platform, name) == [PARTITIONS // 2] * 2
    _racks(platform, racks, 0)
    preview = platform.preview()
    assert f"pool {POOL} shrinks from 1 to 0: broker {BROKER} is drained, then leaves" in preview, preview
    platform.up()
    assert platform.uids() == others
    platform.edit({KAFKA: {"racks": racks}})
    platform.up()
    assert platform.uids() == others
    assert sum(read_all(platform.bootstrap(), TOPIC).values()) == PARTITIONS
    assert platform.preview("--expect-no-changes")


def _racks(platform: Platform, racks: list[dict[str, object]], brokers: int) -> None:
    """Write the racks with the pool beside the one of the first rack."""
    pool = {
        **racks[0],
        "pool": POOL,
        "firstBrokerId": BROKER,
        "brokers": brokers,
        "external": {"host": "10.213.0.11", "firstNodePort": 31150},
        "resources": {"cpu": "100m", "memory": "720Mi", "heap": "320Mi"},
        "storage": {"class": "local", "size": "1Gi", "volumes": 2},
        "pod": {"sidecars": [SIDECAR]},
    }
    platform.edit({KAFKA: {"racks": [racks[0], pool, *racks[1:]]}})


def _write(platform: Platform) -> None:
    """Make a topic whose partitions the new broker leads, and write a message to each."""
    admin = AdminClient({"bootstrap.servers": platform.bootstrap(), "log_level": 0})
    topic = NewTopic(TOPIC, num_partitions=PARTITIONS, replica_assignment=[[BROKER, 1000, 2000]] * PARTITIONS)
    admin.create_topics([topic])[TOPIC].result(60)
    producer = Producer({"bootstrap.servers": platform.bootstrap(), "acks": "all", "log_level": 0})
    for partition in range(PARTITIONS):
        producer.produce(TOPIC, str(partition), partition=partition)
    assert producer.flush(60) == 0


def _held(platform: Platform, pod: str) -> list[int]:
    """Return how many partitions of the topic are in each of the broker's data folders."""
    count = " ".join(f"$(ls -d {folder}/{TOPIC}-* | wc -l)" for folder in data_folders(2))
    return [int(n) for n in platform.kubectl("exec", pod, "-c", "kafka", "--", "bash", "-c", f"echo {count}").split()]


def _containers(platform: Platform, pod: str) -> set[object]:
    """Return the containers of a pod that run."""
    (found,) = (one for one in platform.objects("pods") if one["metadata"]["name"] == pod)
    return {status["name"] for status in found["status"]["containerStatuses"] if status["ready"]}
