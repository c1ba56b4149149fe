"""Stack configurations with services that are right."""

import copy
from typing import Any

from components.spec.services.model import ConnectSpec
from stacks.settings import Settings, parse_settings
from tests.spec.clusters import changed, kraft_config

CONNECT: dict[str, Any] = {
    "resources": {"cpu": "500m", "memory": "1Gi"},
    "config": {"offset.flush.interval.ms": 5000},
}


SERVICE: dict[str, Any] = {"resources": {"cpu": "250m", "memory": "1Gi"}}


def confluent_config(**access: Any) -> dict[str, Any]:
    """Return a whole Confluent Platform in KRaft, with every service; `access` says how each reaches Kafka."""
    secure = secure_config(**access)
    secure["kafka"] |= {"distribution": "confluent", "edition": "server", "version": "8.3.0"}
    services = ("connect", "schemaRegistry", "kafkaRest", "ksqldb")
    return {**secure, **{name: {**copy.deepcopy(SERVICE), "kafka": dict(access)} for name in services}}


def connect_config(**own: Any) -> dict[str, Any]:
    """Return the stack in KRaft with Kafka Connect, whose section has these keys beside the usual ones."""
    return {**kraft_config(), "connect": {**CONNECT, **own}}


def secure_config(**access: Any) -> dict[str, Any]:
    """Return it with TLS, ACLs, and a listener of its own for passwords; `access` says how Connect reaches Kafka."""
    config = connect_config(kafka=access)
    config["kafka"] |= {
        "tls": {"source": "generated"},
        "authorization": {},
        "listeners": {
            "internal": {"tls": True, "authentication": "mtls"},
            "external": [
                {
                    "name": "CLIENTS",
                    "port": 9095,
                    "tls": True,
                    "authentication": "scram-sha-512",
                    "type": "load-balancer",
                    "host": "broker-{id}.kafka.example.com",
                    "bootstrapHost": "kafka.example.com",
                }
            ],
        },
    }
    return changed(config, "kafka/racks", [{**rack, "external": None} for rack in config["kafka"]["racks"]])


def settings(config: dict[str, Any]) -> Settings:
    """Return the settings of a configuration that is right."""
    return parse_settings(config)


def connect_of(config: dict[str, Any]) -> ConnectSpec:
    """Return what a configuration says of Kafka Connect."""
    found = settings(config).services.connect
    assert found is not None
    return found
