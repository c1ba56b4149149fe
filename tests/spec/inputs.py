"""A stack file that uses nearly everything, each place in it, and values that nobody would expect there."""

import copy
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from tests.spec.clusters import kraft_config, zookeeper_config
from tests.spec.services import confluent_config

Place = tuple[str | int, ...]

_REQUIRED: Final = "requiredDuringSchedulingIgnoredDuringExecution"
_BESIDE: Final[dict[str, Any]] = {
    "image": "registry.example.com/beside:1",
    "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "32Mi"}},
}
_POD: Final[dict[str, Any]] = {
    "imagePullSecrets": ["registry"],
    "priorityClass": "high",
    "nodeSelector": {"disk": "ssd"},
    "hostAntiAffinity": "required",
    "affinity": {
        "nodeAffinity": {_REQUIRED: {"nodeSelectorTerms": [{"matchExpressions": [{"key": "a", "operator": "Exists"}]}]}}
    },
    "tolerations": [{"key": "dedicated", "operator": "Equal", "value": "kafka", "effect": "NoSchedule"}],
    "labels": {"team": "streams"},
    "annotations": {"note": "anything"},
    "volumes": [{"name": "plugins", "configMap": "plugins", "mountPath": "/opt/plugins"}],
    "env": [{"name": "FIRST", "value": "x"}, {"name": "SECOND", "secret": "held", "key": "k"}],
    "sidecars": [{"name": "beside", "ports": [{"containerPort": 9999}], **_BESIDE}],
    "initContainers": [{"name": "before", **_BESIDE}],
}
_POOL: Final[dict[str, Any]] = {
    "pool": "large",
    "resources": {"cpu": "1", "memory": "2Gi", "heap": "512Mi"},
    "storage": {"size": "20Gi"},
    "config": {"num.io.threads": 3},
    "pod": {"labels": {"pool": "large"}},
}
_USERS: Final[list[dict[str, Any]]] = [
    {
        "name": "ann",
        "scram": {"mechanisms": ["SCRAM-SHA-512"], "rotation": 2},
        "acls": [{"resource": "topic", "name": "a", "pattern": "prefixed", "operations": ["Read"], "hosts": ["*"]}],
        "quotas": {"producerByteRate": 1024},
    },
]
_BESIDE_KAFKA: Final[dict[str, Any]] = {
    "topics": [{"name": "orders", "partitions": 6, "replicationFactor": 3, "config": {"min.insync.replicas": 2}}],
    "quotas": [{"user": "bob", "clientId": "<default>", "consumerByteRate": 1024}],
    "updates": {"batch": "rack", "maxBatchShare": 0.5, "window": "22:00-04:00", "readyTimeoutSeconds": 300},
    "rebalance": {"bandwidthBytesPerSecond": 1000, "afterGrowth": True, "level": {"thresholdPercent": 10}},
    "deletionProtection": False,
}


def whole_configs() -> dict[str, dict[str, Any]]:
    """Return stacks that are right and leave out as little as they can, by name."""
    secure = _whole(confluent_config(listener="CLIENTS"))
    return {
        "zookeeper": _whole(zookeeper_config()),
        "kraft": _whole(kraft_config()),
        "secure": {**secure, "users": copy.deepcopy(_USERS)},
    }


def places(value: object, at: Place = ()) -> Iterator[Place]:
    """Yield every place in a configuration, the outermost ones first."""
    if at:
        yield at
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from places(inner, (*at, str(key)))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for index, inner in enumerate(value):
            yield from places(inner, (*at, index))


def put(config: dict[str, Any], place: Place, value: object) -> dict[str, Any]:
    """Return the configuration with this value at a place."""
    changed = copy.deepcopy(config)
    holder: Any = changed
    for step in place[:-1]:
        holder = holder[step]
    holder[place[-1]] = value
    return changed


def odd_values() -> tuple[object, ...]:
    """Return what the stack file of somebody in a hurry, or of somebody who means no good, may hold."""
    numbers = (0, -1, 10**30, 10**400, 10**5000, -(10**30), 1.5, 1e308, math.nan, math.inf, -math.inf)
    texts = ("", " ", "\n", "a\nb", "\0", "\ud800", "é", "²", "１Gi", "x" * 70, "9" * 5000, "1e99999", "1e9999999999")
    words = ("-5", "1_0", "${x}", "..", "/", "{id}", "a/b", "a,b", "a=b", "null", "~", "-a", "A", "a.b", "99999999Ei")
    nested: object = "deep"
    for _ in range(2000):
        nested = [nested]
    inside = ([], {}, [None], [[]], [{}], {"": ""}, {"a": None}, {"a": {}}, ["a", "a"], {"\ud800": "x"}, {1: 2}, nested)
    return (None, True, *numbers, *texts, *words, *inside, b"bytes", object())


def _whole(config: dict[str, Any]) -> dict[str, Any]:
    whole = copy.deepcopy({**config, **_BESIDE_KAFKA})
    whole["kafka"] |= {"pod": copy.deepcopy(_POD), "jvm": {"options": "-XX:+UseSerialGC"}}
    whole["kafka"]["racks"][1] |= copy.deepcopy(_POOL)
    return whole
