"""Stack configurations that are right, and a way to change one value of them."""

import copy
from collections.abc import Mapping
from typing import Any

from components.spec.model import ClusterSpec
from stacks.settings import parse_settings

ZONES = ("a", "b", "c")


def zookeeper_config() -> dict[str, Any]:
    """Return a stack of three ZooKeeper servers and three brokers, in three racks."""
    racks = [
        {
            "name": zone,
            "zone": f"zone-{zone}",
            "firstBrokerId": 1000 * index,
            "brokers": 1,
            "external": {"host": f"192.0.2.{index + 1}", "firstNodePort": 30100 + 100 * index},
        }
        for index, zone in enumerate(ZONES)
    ]
    return {
        "kubernetes": {"context": "test"},
        "namespace": "streams",
        "kafka": {
            "name": "kafka",
            "distribution": "apache",
            "version": "3.9.2",
            "mode": "zookeeper",
            "racks": racks,
            **_node(),
            "config": {"num.io.threads": 4, "compression.type": "zstd"},
        },
        "zookeeper": {
            "racks": [
                {"name": zone, "zone": f"zone-{zone}", "firstServerId": 10 * index + 1, "servers": 1}
                for index, zone in enumerate(ZONES)
            ],
            **_node(),
        },
    }


def kraft_config() -> dict[str, Any]:
    """Return a stack of three controllers and three brokers, in three racks."""
    config = zookeeper_config()
    del config["zookeeper"]
    config["kafka"] |= {"mode": "kraft", "version": "4.3.1"}
    config["controllers"] = {
        "racks": [
            {"name": zone, "zone": f"zone-{zone}", "firstControllerId": 9000 + 100 * index, "controllers": 1}
            for index, zone in enumerate(ZONES)
        ],
        **_node(),
    }
    return config


def confluent_zookeeper_config() -> dict[str, Any]:
    """Return the stack with ZooKeeper on the community edition of Confluent Platform 7.9."""
    config = zookeeper_config()
    config["kafka"] |= {"distribution": "confluent", "version": "7.9.4"}
    return config


def confluent_kraft_config() -> dict[str, Any]:
    """Return the stack in KRaft on Confluent Server 8.3."""
    config = kraft_config()
    config["kafka"] |= {"distribution": "confluent", "edition": "server", "version": "8.3.0"}
    return config


def changed(config: Mapping[str, Any], path: str, value: object) -> dict[str, Any]:
    """Return the configuration with one value set (`kafka/racks/0/zone`), or taken away if it is None."""
    result: dict[str, Any] = copy.deepcopy(dict(config))
    *parents, last = path.split("/")
    holder: Any = result
    for step in parents:
        holder = holder[int(step)] if isinstance(holder, list) else holder[step]
    key: Any = int(last) if isinstance(holder, list) else last
    if value is None:
        del holder[key]
    else:
        holder[key] = value
    return result


def cluster(config: Mapping[str, Any]) -> ClusterSpec:
    """Return the cluster of a configuration that is right."""
    return parse_settings(config).cluster


def _node() -> dict[str, Any]:
    return {"resources": {"cpu": "500m", "memory": "1Gi"}, "storage": {"class": "fast", "size": "10Gi"}}
