"""The component package as programs in other languages have it: a whole schema, clean refusals, the same objects."""

import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.args import cluster_args
from components.host import COMPONENTS, VERSION
from components.kafka.cluster import KafkaCluster
from tests.components.engine import record
from tests.contracts.engine import PROJECT
from tests.contracts.package import SECRET, Package, Refused, package_host
from tests.spec.clusters import changed, cluster, kraft_config

OF_THE_STACK = ("kubernetes",)


def arguments(config: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of a component, out of a stack's configuration."""
    return {key: value for key, value in config.items() if key not in OF_THE_STACK}


KRAFT = arguments(kraft_config()) | {"updates": "hooks"}

ROLLING = changed(KRAFT, "kafka/resources/memory", "1Gi") | {"updates": "rolling"}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Package]:
    with package_host(tmp_path_factory.mktemp("consumer")) as host:
        yield host


@pytest.fixture(scope="module")
def schema(package: Package) -> dict[str, Any]:
    return json.loads(package.schema())


def refused(package: Package, inputs: dict[str, Any], kind: str = "KafkaCluster") -> dict[str, str]:
    """Return the reasons of a refusal, by path, after a look that nothing was registered."""
    before = len(package.monitor.registered)
    with pytest.raises(Refused, match="nothing was touched") as refusal:
        package.construct(kind, "kafka", inputs)
    assert len(package.monitor.registered) == before
    return dict(refusal.value.reasons)


def test_tokens_and_outputs_are_pinned(schema: dict[str, Any]) -> None:
    # A token is part of every URN and of every generated SDK.
    assert schema["name"] == "kafka-platform"
    assert {token: sorted(each["properties"]) for token, each in schema["resources"].items()} == {
        "kafka-platform:index:ClusterCertificates": [],
        "kafka-platform:index:ControllerQuorum": ["bootstrap"],
        "kafka-platform:index:KafkaCluster": ["bootstrap", "externalBootstrap"],
        "kafka-platform:index:ZooKeeperEnsemble": ["connect"],
    }
    assert all(each["isComponent"] for each in schema["resources"].values())


def test_every_component_and_property_and_type_says_what_it_is(schema: dict[str, Any]) -> None:
    silent = [f"{where}/{name}" for where, name, body in described(schema) if not body.get("description")]
    assert silent == []


def described(schema: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for token, body in (schema["resources"] | schema["types"]).items():
        yield "", token, body
        for name, each in (body.get("properties", {}) | body.get("inputProperties", {})).items():
            yield token, name, each


def test_every_reference_of_the_schema_leads_to_one_of_its_types(schema: dict[str, Any]) -> None:
    found = set(re.findall(r'"\$ref": "#/types/([^"]+)"', json.dumps(schema)))
    assert found == set(schema["types"])


def test_the_schema_has_every_argument_and_knows_which_are_required(schema: dict[str, Any]) -> None:
    types, token = schema["types"], "kafka-platform:index:"
    assert set(types[f"{token}Kafka"]["properties"]) >= {"name", "mode", "racks", "replicationFactor", "authorization"}
    assert types[f"{token}BrokerRack"]["required"] == ["brokers", "firstBrokerId", "name", "zone"]
    assert set(types[f"{token}Storage"]["properties"]) == {"class", "size", "volumes"}
    assert types[f"{token}KafkaMode"]["enum"] == [
        {"name": "Zookeeper", "value": "zookeeper"},
        {"name": "Kraft", "value": "kraft"},
    ]


def test_every_argument_is_plain_for_it_decides_which_objects_there_are(schema: dict[str, Any]) -> None:
    for each in schema["resources"].values():
        assert all(body["plain"] for body in each["inputProperties"].values())


def test_the_package_makes_what_a_python_program_makes(package: Package) -> None:
    state = package.construct("KafkaCluster", "kafka", KRAFT)
    assert state["bootstrap"] == "kafka-bootstrap.streams.svc.cluster.local:9092"
    made = record(lambda: KafkaCluster("kafka", cluster_args(cluster(kraft_config()))))
    for kind in (":StatefulSet", ":Service", ":ConfigMap", ":PodDisruptionBudget"):
        same = {one.name: one.inputs for one in made.of(kind)}
        assert json.loads(json.dumps(package.monitor.of(kind))) == json.loads(json.dumps(same)), kind


def test_the_package_makes_a_cluster_that_kubernetes_rolls(package: Package) -> None:
    package.monitor.registered.clear()
    package.construct("ControllerQuorum", "kafka", ROLLING)
    package.construct("KafkaCluster", "kafka", ROLLING)
    sets = package.monitor.of(":StatefulSet")
    assert len(sets) == 6
    assert {one["spec"]["updateStrategy"]["type"] for one in sets.values()} == {"RollingUpdate"}
    assert {"streams/kafka-identity", "streams/kafka-bootstrapped"} < set(package.monitor.of(":ConfigMap"))


def test_the_package_makes_a_quorum(package: Package) -> None:
    state = package.construct("ControllerQuorum", "kafka", KRAFT)
    assert state["bootstrap"].startswith("kafka-controller-a-9000.kafka-controllers.streams.svc.cluster.local:9093,")


@pytest.mark.parametrize(
    ("path", "value", "where", "said"),
    [
        ("kafka/replicationFactor", 9, "kafka.replicationFactor", "given 9; allowed: 1 to 3"),
        ("kafka/racks/1/firstBrokerId", 0, "kafka.racks[1].firstBrokerId", "given 0"),
        ("kafka/racks/1/zone", 5, "kafka.racks[1].zone", "this is a number"),
        ("kafka/mode", "raft", "kafka.mode", "did you mean kraft"),
        ("kafka/config/num.io.treads", 4.5, "kafka.config.num.io.treads", "num.io.threads"),
        ("kafka/storage/class_", "fast", "kafka.storage.class_", "did you mean class"),
        ("namespace", None, "namespace", "required"),
        ("updates", None, "updates", "no hooks in the package"),
        ("updates", "roling", "updates", "did you mean rolling"),
    ],
)
def test_wrong_arguments_are_refused_at_their_path(
    package: Package, path: str, value: object, where: str, said: str
) -> None:
    reasons = refused(package, changed(KRAFT, path, value))
    assert said in reasons[where]


def test_all_that_is_wrong_is_said_at_once(package: Package) -> None:
    wrong = changed(changed(KRAFT, "kafka/replicationFactor", 9), "kafka/storage/size", "lots")
    assert set(refused(package, wrong)) == {"kafka.replicationFactor", "kafka.storage.size"}


def test_a_component_without_its_section_says_so(package: Package) -> None:
    assert "mode zookeeper" in refused(package, KRAFT, "ZooKeeperEnsemble")["zookeeper"]


def test_a_secret_is_refused_for_it_would_end_in_clear(package: Package) -> None:
    hidden = changed(KRAFT, "kafka/config/sasl.login.class", SECRET | {"value": "org.example.Login"})
    (reason,) = refused(package, hidden).values()
    assert "in clear" in reason and "org.example" not in reason


def test_a_value_that_is_not_known_yet_is_refused_with_what_to_do(package: Package) -> None:
    unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
    reasons = refused(package, changed(KRAFT, "namespace", unknown))
    assert "dependsOn" in reasons["namespace"]


def test_the_version_and_the_requirements_are_those_of_the_project() -> None:
    project = (PROJECT / "pyproject.toml").read_text()
    assert f'\nversion = "{VERSION}"\n' in project
    lines = (PROJECT / "components" / "requirements.txt").read_text().splitlines()
    wanted = [line for line in lines if not line.startswith("#")]
    assert wanted and all(f'"{line}",' in project for line in wanted)


def test_the_folder_is_a_plugin_in_python() -> None:
    manifest = yaml.safe_load((PROJECT / "components" / "PulumiPlugin.yaml").read_text())
    assert manifest["runtime"]["name"] == "python"
    assert manifest["runtime"]["options"]["virtualenv"] == "venv"


def test_no_hook_is_in_the_package() -> None:
    # A dynamic provider would run in the environment of the program that uses the package, and not be found there.
    for kind in COMPONENTS:
        assert kind.__module__.startswith("components.")
        source = Path(inspect.getfile(kind)).read_text()
        assert "pulumi.dynamic" not in source
