"""Every object of a Confluent Platform stack goes to the real API server: strictly validated, under restricted pods.

The images cannot be had here, so nothing runs; but what the server would refuse, it refuses.
"""

import copy
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dev import cluster, toolchain
from dev.cluster.state import KUBECONFIG
from dev.stack import merged
from stacks.deploy import deploy
from stacks.settings import parse_settings
from tests.components.engine import Recording, record
from tests.spec.clusters import changed, confluent_kraft_config, confluent_zookeeper_config
from tests.spec.services import confluent_config

NAMESPACE = "strict-validation"
STACKS = {"confluent-7.9-zookeeper": confluent_zookeeper_config(), "confluent-8.3-kraft": confluent_kraft_config()}


def objects(config: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what the program would send for a stack, object by object, as the API server gets it."""
    config = merged(copy.deepcopy(config), {"namespace": NAMESPACE})
    for rack in filter(lambda rack: rack.get("external"), config["kafka"]["racks"]):
        # Apart from the node ports of the local stacks, which may be running.
        rack["external"]["firstNodePort"] += 1700
    settings = parse_settings(config)
    recording: Recording = record(lambda: deploy(settings, check=lambda _spec, _connection: None))
    return [whole(one.inputs) for one in recording.registrations if one.type.startswith("kubernetes:")]


def whole(value: Any) -> Any:
    """Return the value with whole numbers as such: in the engine's own words every number is a float."""
    if isinstance(value, dict):
        return {key: whole(item) for key, item in value.items()}
    if isinstance(value, list):
        return [whole(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def pods(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a pod of each StatefulSet: pod security speaks of pods, and only warns of templates."""
    made: list[dict[str, Any]] = []
    for one in found:
        if one["kind"] == "StatefulSet":
            template = one["spec"]["template"]
            claims = [
                {"name": claim["metadata"]["name"], "emptyDir": {}} for claim in one["spec"]["volumeClaimTemplates"]
            ]
            spec = {**template["spec"], "volumes": [*template["spec"]["volumes"], *claims]}
            metadata = {**template["metadata"], "name": f"{one['metadata']['name']}-0", "namespace": NAMESPACE}
            made.append({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
    return made


@pytest.fixture(scope="module")
def kubectl(local_cluster: cluster.Cluster, tools: toolchain.Toolchain) -> Iterator[list[str]]:
    """The command line of kubectl, with a namespace that enforces the restricted pod security standard."""
    command = [str(tools.bin / "kubectl"), "--kubeconfig", str(KUBECONFIG)]
    (namespace,) = (one for one in objects(confluent_kraft_config()) if one["kind"] == "Namespace")
    subprocess.run([*command, "apply", "-f", "-"], input=json.dumps(namespace), text=True, check=True)
    yield command
    subprocess.run([*command, "delete", "namespace", NAMESPACE, "--timeout=120s"], check=True)


def sent(kubectl: list[str], found: list[dict[str, Any]], folder: Path) -> tuple[str, str]:
    """Send objects without keeping them; return what the server took, and what it warned of. It must refuse nothing."""
    for number, one in enumerate(found):
        (folder / f"{number:03}.json").write_text(json.dumps(one))
    strict = ["create", "--dry-run=server", "--validate=strict", "--output=name", "-f", str(folder)]
    done = subprocess.run([*kubectl, *strict], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


@pytest.mark.parametrize("name", STACKS)
def test_the_api_server_takes_every_object_of_confluent_platform(name: str, kubectl: list[str], tmp_path: Path) -> None:
    found = [one for one in objects(STACKS[name]) if one["kind"] != "Namespace"]
    taken, warned = sent(kubectl, found, tmp_path)
    assert len(taken.splitlines()) == len(found) > 10
    assert warned == ""


@pytest.mark.parametrize("name", STACKS)
def test_its_pods_are_admitted_under_restricted_pod_security(name: str, kubectl: list[str], tmp_path: Path) -> None:
    made = pods(objects(STACKS[name]))
    accounts = [one for one in objects(STACKS[name]) if one["kind"] == "ServiceAccount"]
    (tmp_path / "accounts").mkdir()
    for number, one in enumerate(accounts):
        (tmp_path / "accounts" / f"{number}.json").write_text(json.dumps(one))
    # A pod is refused for want of its account before anything else of it is looked at.
    subprocess.run([*kubectl, "apply", "-f", str(tmp_path / "accounts")], check=True, capture_output=True)
    (tmp_path / "pods").mkdir()
    taken, warned = sent(kubectl, made, tmp_path / "pods")
    assert len(taken.splitlines()) == len(made) == 6
    assert warned == ""
    loose = json.loads(json.dumps(made[0]))
    del loose["spec"]["containers"][0]["securityContext"]
    (tmp_path / "loose.json").write_text(json.dumps(loose))
    refused = subprocess.run(
        [*kubectl, "create", "--dry-run=server", "-f", str(tmp_path / "loose.json")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode != 0 and "restricted" in refused.stderr, "the namespace enforces nothing"


LABELLED = {"kubernetes.io/metadata.name": "shop"}
PEERS: list[dict[str, Any]] = [
    {"cidr": "192.0.2.0/24", "except": ["192.0.2.128/25", "192.0.2.7/32"]},
    {"cidr": "2001:db8::/32"},
    {"namespaces": LABELLED, "pods": {"app.kubernetes.io/name": "cart", "marked": ""}},
    {"namespaces": LABELLED},
    {"pods": {"app": "cart"}},
]


def network_policies(config: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the policies of a stack that names every kind of source wherever there is a list of them."""
    config = changed(config, "kafka/networkPolicies", {"internal": PEERS, "external": PEERS})
    for section in ("schemaRegistry", "connect", "kafkaRest", "ksqldb"):
        config = changed(config, f"{section}/clients", PEERS) if section in config else config
    return [one for one in objects(config) if one["kind"] == "NetworkPolicy"]


@pytest.mark.parametrize(
    ("config", "count"), [(confluent_zookeeper_config(), 2), (confluent_config(listener="CLIENTS"), 6)]
)
def test_the_api_server_takes_every_network_policy(
    config: dict[str, Any], count: int, kubectl: list[str], tmp_path: Path
) -> None:
    found = network_policies(config)
    taken, warned = sent(kubectl, found, tmp_path)
    assert len(taken.splitlines()) == len(found) == count
    assert warned == ""


@pytest.mark.parametrize(
    ("peer", "said"),
    [
        ({"ipBlock": {"cidr": "192.0.2.0/33"}}, "cidr"),
        ({"ipBlock": {"cidr": "192.0.2.0/24", "except": ["192.0.2.0/24"]}}, "except"),
        ({"ipBlock": {"cidr": "192.0.2.0/24", "except": ["192.0.3.0/25"]}}, "except"),
        ({"ipBlock": {"cidr": "192.0.2.0/24"}, "podSelector": {}}, "ipBlock"),
        ({"podSelector": {"matchLabels": {"a/b/c": "x"}}}, "matchLabels"),
        ({"podSelector": {"matchLabels": {"team": "the streams"}}}, "matchLabels"),
    ],
)
def test_sources_that_we_refuse_are_refused_by_the_api_server_too(
    peer: dict[str, Any], said: str, kubectl: list[str]
) -> None:
    policy = network_policies(confluent_zookeeper_config())[0]
    policy["spec"]["ingress"][0]["from"] = [peer]
    command = [*kubectl, "create", "--dry-run=server", "-f", "-"]
    done = subprocess.run(command, input=json.dumps(policy), capture_output=True, text=True, check=False)
    assert done.returncode != 0 and said in done.stderr, done.stderr
