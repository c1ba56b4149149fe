"""Every object of the services goes to the real API server: strictly validated, their pods under restricted security.

The images of `confluent` cannot be had here, so nothing of it runs; but what the server would refuse, it refuses.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.test_api_server import NAMESPACE, kubectl, objects, sent
from tests.spec.clusters import confluent_zookeeper_config
from tests.spec.services import CONNECT, confluent_config, connect_config

__all__ = ["kubectl"]

SERVICES = {"connect", "schema-registry", "kafka-rest"}
OWN: dict[str, Any] = {**CONNECT, "replicas": 3, "secrets": ["database"], "pluginClaims": ["plugins"]}
STACKS = {
    "apache-4.3-kraft": connect_config(**OWN),
    "confluent-7.9-zookeeper": {**confluent_zookeeper_config(), "connect": OWN},
    "confluent-8.3-kraft": confluent_config(listener="CLIENTS"),
}


def of_services(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the objects that stacks have for their services alone."""
    labelled = [(one["metadata"].get("labels", {}).get("kafka-platform/component"), one) for one in found]
    return [one for component, one in labelled if component in SERVICES]


def pods(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a pod of each Deployment: pod security speaks of pods, and only warns of templates."""
    return [
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                **one["spec"]["template"]["metadata"],
                "name": one["metadata"]["name"],
                "namespace": NAMESPACE,
            },
            # Accounts and spread are the Deployment's matter, and no account exists where nothing is kept.
            "spec": {**one["spec"]["template"]["spec"], "serviceAccountName": "default"},
        }
        for one in found
        if one["kind"] == "Deployment"
    ]


@pytest.mark.parametrize("name", STACKS)
def test_the_api_server_takes_every_object_of_the_services(name: str, kubectl: list[str], tmp_path: Path) -> None:
    found = of_services(objects(STACKS[name]))
    assert {one["kind"] for one in found} == {
        "ConfigMap",
        "Deployment",
        "PodDisruptionBudget",
        "Service",
        "ServiceAccount",
    }
    taken, warned = sent(kubectl, found, tmp_path)
    assert len(taken.splitlines()) == len(found)
    assert warned == ""


@pytest.mark.parametrize("name", STACKS)
def test_their_pods_are_admitted_under_restricted_pod_security(name: str, kubectl: list[str], tmp_path: Path) -> None:
    made = pods(of_services(objects(STACKS[name])))
    assert json.dumps(made).count('"image"') == len(made) > 0
    taken, warned = sent(kubectl, made, tmp_path)
    assert len(taken.splitlines()) == len(made)
    assert warned == ""
