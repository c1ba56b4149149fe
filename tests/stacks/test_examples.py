"""The examples in docs/examples are right: each is read, checked and rendered, and shows what it says it shows."""

from pathlib import Path
from typing import Any

import pytest

from components.args import cluster_args
from components.spec.parsing import parse_cluster
from components.spec.rendering import wishes
from components.spec.services.catalogue import catalogue
from components.spec.topology import all_pools, broker_pools
from hooks.providers.logins import LoginsFound
from stacks.deploy import deploy
from tests.components.engine import record
from tests.stacks.test_deploy import seen
from tests.stacks.test_stack_files import ROOT, settings_of

FILES = sorted((ROOT / "docs" / "examples").glob("Pulumi.*.yaml"))
EXAMPLES = {file.name.removeprefix("Pulumi.").removesuffix(".yaml"): file for file in FILES}
#: One broker and one controller, unlike all others.
SMALL = "development"
EACH = pytest.mark.parametrize("file", FILES, ids=EXAMPLES)
EACH_BUT_THE_SMALL = pytest.mark.parametrize("name", [name for name in EXAMPLES if name != SMALL])


def spec(name: str) -> Any:
    return settings_of(EXAMPLES[name]).cluster


@EACH_BUT_THE_SMALL
def test_every_example_is_a_stack_that_renders(name: str) -> None:
    assert parse_cluster(cluster_args(spec(name))) == spec(name)
    pools = [pool for found in wishes(spec(name)).values() for pool in found]
    assert len({pool["workload"] for pool in pools}) == len(pools) >= 6


@EACH
def test_an_example_makes_every_pool_that_it_names(file: Path) -> None:
    settings = settings_of(file)
    made = record(lambda: deploy(settings, seen, lambda at, users, passwords: LoginsFound(issue="1")))
    sets = {one.inputs["metadata"]["name"]: one.inputs["spec"] for one in made.of(":StatefulSet")}
    assert {name: one["replicas"] for name, one in sets.items()} == {
        pool.workload: pool.count for pool in all_pools(settings.cluster)
    }
    assert len(made.of(":Brokers")) == 1


@EACH
def test_an_example_says_what_it_is_for_and_the_readme_leads_to_it(file: Path) -> None:
    assert file.read_text().startswith("# ")
    assert f"(docs/examples/{file.name})" in (ROOT / "README.md").read_text()


def test_the_secure_example_lets_nobody_in_without_a_name() -> None:
    kafka = spec("secure").kafka
    assert kafka.listeners.internal.tls and kafka.listeners.internal.authentication == "mtls"
    assert all(each.tls and each.authentication != "none" for each in kafka.listeners.external)
    assert kafka.authorization is not None
    assert all(user.acls for user in settings_of(EXAMPLES["secure"]).users)


def test_the_confluent_example_survives_a_repair_and_a_failure_of_its_ensemble() -> None:
    cluster = spec("confluent-7.9")
    assert cluster.zookeeper is not None
    assert sum(rack.servers for rack in cluster.zookeeper.racks) == 5
    assert max(rack.servers for rack in cluster.zookeeper.racks) <= 2


def test_every_service_of_the_platform_example_is_a_user_of_its_own_with_rules() -> None:
    settings = settings_of(EXAMPLES["confluent-platform"])
    services = catalogue(settings.cluster, settings.services)
    assert set(services) == {"schema_registry", "connect", "kafka_rest", "ksqldb"}
    users = {user.name: user for user in settings.users}
    assert set(users) == {service.name for _, service in services.values()}
    assert all(user.scram and user.acls for user in users.values())


def test_the_connector_of_the_platform_example_looks_its_password_up() -> None:
    (connector,) = list(settings_of(EXAMPLES["confluent-platform"]).connectors or ())
    assert connector.config["connection.password"].startswith("${directory:")
    assert connector.deletion_protection


def test_the_racks_of_the_unequal_example_are_unequal() -> None:
    assert len({pool.count for pool in broker_pools(spec("unequal-racks"))}) > 1


@pytest.mark.parametrize("name", ["secure", "confluent-7.9", "confluent-platform", "unequal-racks"])
def test_an_example_for_production_is_protected(name: str) -> None:
    assert settings_of(EXAMPLES[name]).deletion_protection


def test_the_example_with_zookeeper_and_tls_leaves_no_plain_text() -> None:
    cluster = spec("zookeeper-tls")
    assert cluster.zookeeper.tls == "required" and cluster.zookeeper.acl == "enabled"
    assert cluster.kafka.listeners.internal.tls and cluster.kafka.authorization is not None
