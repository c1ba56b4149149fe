"""The hooks' inputs as the engine sends them."""

from typing import Any

URN = "urn:pulumi:local::kafka-platform::pulumi-python:dynamic/kafka:Brokers::kafka"


def brokers(connection: dict[str, str], revision: str = "r1", count: float = 1.0) -> dict[str, Any]:
    """Return the inputs of a Brokers hook, numbers as the engine sends them."""
    pool = {
        "name": "a",
        "workload": "kafka-a",
        "firstId": 0.0,
        "count": count,
        "revision": revision,
        "causes": {"config": f"c-{revision}"},
        "volumeBytes": float(2**30),
    }
    return {
        "connection": connection,
        "mode": "kraft",
        "pools": [pool],
        "pace": {"stableWindowSeconds": 0.5, "readyTimeoutSeconds": 60.0},
        "deletionProtection": False,
        "ownUrn": URN,
    }


def identity(connection: dict[str, str], mode: str = "kraft") -> dict[str, Any]:
    """Return the inputs of an Identity hook."""
    controllers = [{"id": 9000.0, "host": "kafka-controller-a-9000.kafka-controllers.streams.svc.cluster.local"}]
    return {"connection": connection, "mode": mode, "controllers": controllers if mode == "kraft" else [], "ownUrn": ""}


def guard(connection: dict[str, str]) -> dict[str, Any]:
    """Return the inputs of a Guard hook."""
    return {
        "connection": connection,
        "component": "broker",
        "mode": "kraft",
        "workload": "kafka-a",
        "pace": {},
        "ownUrn": URN,
    }
