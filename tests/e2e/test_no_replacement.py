"""The engine never plans to replace a StatefulSet, whatever in a spec changes: its pods would all die at once."""

import copy
import json
from typing import Any

from dev.stack import Stack, merged
from tests.e2e.platform import KAFKA, Platform

QUORUMS = {"kafka-platform:zookeeper": "autopurge.snapRetainCount", "kafka-platform:controllers": "num.partitions"}


def everything_else(config: dict[str, Any]) -> dict[str, Any]:
    """Return edits that change all that may change at once; what a preflight refuses cannot reach the engine."""
    edits: dict[str, Any] = {KAFKA: _node(config[KAFKA], "num.io.threads") | {"image": "localhost/kafka:another"}}
    for section, key in QUORUMS.items():
        if section in config:
            edits[section] = _node(config[section], key)
    for rack in edits[KAFKA]["racks"]:
        rack["brokers"] += 1
        rack["external"] = {"host": "192.0.2.1", "firstNodePort": rack["external"]["firstNodePort"] + 50}
    return edits


def _node(section: dict[str, Any], key: str) -> dict[str, Any]:
    racks = copy.deepcopy(section["racks"])
    for rack in racks:
        rack["zone"] += "-moved"
    return {
        "racks": racks,
        "resources": {"cpu": "200m", "memory": "2Gi", "heap": "512Mi"},
        "jvm": {"options": "-XX:+UseG1GC"},
        "config": {key: 9},
    }


def test_no_change_of_a_spec_replaces_a_stateful_set(platform: Platform) -> None:
    config = copy.deepcopy(dict(platform.stack.config))
    edits = merged(platform.overrides, everything_else(config))
    stack = Stack(name=platform.name, tools=platform.tools, overrides=edits)
    stack.prepare()
    done = stack.run(["preview", "--json"], capture_output=True)
    assert done.returncode == 0, done.stdout + done.stderr
    steps = [
        (step["op"], step["urn"].rpartition("::")[2])
        for step in json.loads(done.stdout)["steps"]
        if step["urn"].split("::")[2].endswith(":StatefulSet")
    ]
    assert steps and {op for op, _ in steps} == {"update"}, steps
