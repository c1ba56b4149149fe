"""The stack files that come with the project are right, and the schema knows every setting."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.spec.topology import broker_pools
from dev.cluster.addresses import NODE_ADDRESSES
from stacks.configuration import decode
from stacks.settings import PROJECT, Settings, parse_settings

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "stacks").glob("Pulumi.*.yaml"))


def settings_of(file: Path) -> Settings:
    """Return the settings of a stack file, as the program would read them."""
    whole: dict[str, Any] = yaml.safe_load(file.read_text())["config"]
    texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in whole.items()}
    return parse_settings(decode(texts))


def test_the_stacks_are_those_of_the_readme() -> None:
    assert {file.name for file in FILES} >= {"Pulumi.local.yaml", "Pulumi.local-kraft.yaml", "Pulumi.production.yaml"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_stack_file_is_right(file: Path) -> None:
    assert settings_of(file).cluster.kafka.racks


def test_a_production_stack_is_protected_by_what_is_written_in_it() -> None:
    assert settings_of(ROOT / "stacks" / "Pulumi.production.yaml").deletion_protection


def test_the_local_stacks_advertise_the_nodes_of_their_zones_and_share_no_port() -> None:
    ports: list[int] = []
    for name in ("local", "local-kraft"):
        for pool in broker_pools(settings_of(ROOT / "stacks" / f"Pulumi.{name}.yaml").cluster):
            assert pool.external and pool.external.host == NODE_ADDRESSES[pool.zone]
            ports += range(pool.external.first_node_port, pool.external.first_node_port + 100)
    assert len(ports) == len(set(ports))


def test_the_schema_knows_exactly_the_settings_and_describes_each() -> None:
    schema: dict[str, Any] = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    assert {key.removeprefix(f"{PROJECT}:") for key in schema} == {
        "kubernetes",
        "namespace",
        "kafka",
        "zookeeper",
        "controllers",
        "connect",
        "schemaRegistry",
        "schemas",
        "kafkaRest",
        "ksqldb",
        "updates",
        "rebalance",
        "topics",
        "users",
        "quotas",
        "deletionProtection",
    }
    assert all(entry["description"] for entry in schema.values())


def test_configuration_is_decoded_and_that_of_others_left_alone() -> None:
    raw = {
        f"{PROJECT}:namespace": "42",
        f"{PROJECT}:kafka": '{"racks": [1]}',
        f"{PROJECT}:deletionProtection": "false",
        f"{PROJECT}:updates": "not json",
        "aws:region": "eu-central-1",
    }
    assert decode(raw) == {
        "namespace": "42",
        "kafka": {"racks": [1]},
        "deletionProtection": False,
        "updates": "not json",
    }
