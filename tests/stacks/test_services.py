"""The services in the graph of a stack: after Kafka serves and knows them, and nowhere in a stack without them."""

from tests.spec.clusters import kraft_config
from tests.spec.services import confluent_config, connect_config, secure_config
from tests.stacks.test_deploy import deployed

PLAIN = deployed(connect_config())
SECURE = deployed(secure_config(listener="CLIENTS", topics=["orders"]))


def test_workers_start_after_kafka_serves_and_knows_their_user() -> None:
    (deployment,) = SECURE.of(":Deployment")
    (brokers,), (users,) = SECURE.of(":Brokers"), SECURE.of(":Users")
    assert {brokers.urn, users.urn} <= SECURE.before(deployment)
    (plain,) = PLAIN.of(":Deployment")
    assert {one.urn for one in PLAIN.of(":Brokers")} <= PLAIN.before(plain)
    assert not PLAIN.of(":Users")


def test_the_user_of_a_service_is_one_of_the_stack_with_a_generated_password() -> None:
    (users,) = SECURE.of(":Users")
    user = users.inputs["users"]["connect"]
    assert user["mechanisms"] == ["SCRAM-SHA-512"] and user["rotation"] == 1
    assert user["deletionProtection"] is False
    assert {(rule["resource"], rule["name"]) for rule in user["acls"]} == {
        ("topic", "kafka-connect-configs"),
        ("topic", "kafka-connect-offsets"),
        ("topic", "kafka-connect-status"),
        ("topic", "orders"),
        ("group", "kafka-connect"),
        ("group", "connect-"),
    }


def test_a_service_has_an_account_a_service_a_budget_its_configuration_and_its_pods() -> None:
    kinds = ("ServiceAccount", "Service", "PodDisruptionBudget", "Deployment")
    for kind in kinds:
        found = PLAIN.one(f":{kind}", "streams/kafka-connect")
        assert found.inputs["metadata"]["labels"]["kafka-platform/component"] == "connect"
    (config,) = [one for one in PLAIN.of(":ConfigMap") if one.name.startswith("streams/kafka-connect-")]
    assert config.inputs["immutable"] is True
    (deployment,) = PLAIN.of(":Deployment")
    assert config.urn in PLAIN.before(deployment)
    assert "annotations" not in deployment.inputs["metadata"], "Pulumi waits until its pods serve"


def test_the_hooks_never_collect_the_configuration_of_a_service() -> None:
    (config,) = [one for one in PLAIN.of(":ConfigMap") if one.name.startswith("streams/kafka-connect-")]
    assert "kafka-platform/content" not in config.inputs["metadata"]["labels"]
    assert not config.retain_on_delete


def test_what_a_stack_without_services_has_is_the_same_beside_them() -> None:
    bare = {one.urn: one.inputs for one in deployed(kraft_config()).registrations}
    beside = {one.urn: one.inputs for one in PLAIN.registrations}
    assert {urn: beside[urn] for urn in bare} == bare
    assert all("Connect" in urn for urn in beside.keys() - bare.keys())


def test_the_registry_comes_before_those_that_ask_it_for_schemas() -> None:
    made = deployed(confluent_config(listener="CLIENTS"))
    (registry,) = made.of(":SchemaRegistry")
    (pods,) = [one for one in made.of(":Deployment") if one.parent == registry.urn]
    for name in ("connect", "kafka-rest", "ksqldb"):
        assert {pods.urn, registry.urn} & made.before(made.one(":Deployment", f"streams/kafka-{name}"))
    assert len(made.of(":Deployment")) == 4
    (users,) = made.of(":Users")
    assert set(users.inputs["users"]) == {"connect", "kafka-rest", "ksqldb", "schema-registry"}
