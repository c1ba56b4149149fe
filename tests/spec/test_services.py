"""The services on top: what their pods run, how they reach Kafka, and what their users may do."""

from typing import Any

import pytest

from components.service_args import services_args
from components.spec.services.catalogue import catalogue
from components.spec.services.connect import connect_service
from components.spec.services.kafka_access import user_of
from components.spec.services.model import ServiceSpec
from components.spec.services.parsing import parse_services
from components.spec.services.rendering import RenderedService, render_service
from components.spec.services.service import Grant, Service
from tests.spec.clusters import changed, confluent_kraft_config, confluent_zookeeper_config, zookeeper_config
from tests.spec.services import CONNECT, confluent_config, connect_config, connect_of, secure_config, settings

CONFLUENT = {**confluent_kraft_config(), "connect": CONNECT}


def connect(config: dict[str, Any]) -> Service:
    """Return the answers of Kafka Connect in a stack."""
    return connect_service(settings(config).cluster, connect_of(config))


def answers(config: dict[str, Any]) -> dict[str, tuple[ServiceSpec, Service]]:
    """Return every service of a stack, by section."""
    found = settings(config)
    return catalogue(found.cluster, found.services)


def rendered(config: dict[str, Any]) -> RenderedService:
    """Return what the objects of Kafka Connect hold in a stack."""
    return render_service(settings(config).cluster, connect_of(config), connect(config))


def pod(config: dict[str, Any]) -> dict[str, Any]:
    """Return the spec of a worker's pod."""
    template: Any = rendered(config).deployment["template"]
    return template["spec"]


def test_connect_of_apache_runs_in_the_brokers_image_by_its_own_script() -> None:
    service = connect(connect_config())
    assert (service.image, service.start) == ("apache/kafka:4.3.1", "/opt/kafka/bin/connect-distributed.sh")
    assert connect(connect_config(image="registry.example.com/connect:1")).image == "registry.example.com/connect:1"
    own = changed(connect_config(), "kafka/image", "localhost/kafka:4.3.1")
    assert connect(own).image == "localhost/kafka:4.3.1"


@pytest.mark.parametrize(
    ("base", "edition", "image"),
    [
        (confluent_kraft_config(), "server", "confluentinc/cp-server-connect:8.3.0"),
        (confluent_kraft_config(), "community", "confluentinc/cp-kafka-connect:8.3.0"),
        (confluent_zookeeper_config(), None, "confluentinc/cp-kafka-connect:7.9.4"),
    ],
)
def test_connect_of_confluent_has_an_image_of_its_own_for_each_edition(
    base: dict[str, Any], edition: str | None, image: str
) -> None:
    config = {**base, "connect": CONNECT}
    config = config if edition is None else changed(config, "kafka/edition", edition)
    service = connect(config)
    assert (service.image, service.start) == (image, "/usr/bin/connect-distributed")
    assert service.properties["plugin.path"] == "/usr/share/java,/usr/share/confluent-hub-components"


def test_the_workers_keep_what_they_know_in_topics_with_all_replicas() -> None:
    properties = connect(connect_config()).properties
    assert properties["group.id"] == "kafka-connect"
    for kind in ("config", "offset", "status"):
        assert properties[f"{kind}.storage.replication.factor"] == "3"
    named = connect(connect_config(groupId="etl", statusTopic="etl-state")).properties
    assert named["config.storage.topic"] == "etl-configs"
    assert named["status.storage.topic"] == "etl-state"


def test_the_registry_keeps_its_schemas_with_all_replicas_and_passes_writes_on_to_its_leaders_pod() -> None:
    _, service = answers(confluent_config(listener="CLIENTS"))["schema_registry"]
    assert (service.image, service.start) == ("confluentinc/cp-schema-registry:8.3.0", "/usr/bin/schema-registry-start")
    properties = service.properties
    assert properties["kafkastore.topic"] == "_schemas"
    assert properties["kafkastore.topic.replication.factor"] == "3"
    assert properties["kafkastore.security.protocol"] == "SASL_SSL"
    assert 'username="schema-registry"' in properties["kafkastore.sasl.jaas.config"]
    assert properties["schema.compatibility.level"] == "BACKWARD"
    assert properties["host.name"] == "@POD_IP@"
    assert {(grant.resource, grant.name) for grant in service.grants} == {
        ("topic", "_schemas"),
        ("group", "kafka-schema-registry"),
    }


def test_the_rest_proxy_asks_the_stacks_own_registry_where_there_is_one() -> None:
    config = confluent_config(listener="CLIENTS")
    _, service = answers(config)["kafka_rest"]
    assert (service.image, service.start) == ("confluentinc/cp-kafka-rest:8.3.0", "/usr/bin/kafka-rest-start")
    assert service.properties["schema.registry.url"] == "http://kafka-schema-registry.streams:8081"
    assert service.properties["client.security.protocol"] == "SASL_SSL"
    _, alone = answers(changed(config, "schemaRegistry", None))["kafka_rest"]
    assert "schema.registry.url" not in alone.properties


def test_the_rest_proxys_user_may_do_what_is_named_and_nothing_else() -> None:
    config = confluent_config(listener="CLIENTS")
    assert answers(config)["kafka_rest"][1].grants == ()
    config["kafkaRest"] |= {"groups": ["web-*"], "kafka": {"listener": "CLIENTS", "topics": ["clicks"]}}
    found = {(grant.resource, grant.name, grant.pattern) for grant in answers(config)["kafka_rest"][1].grants}
    assert found == {("topic", "clicks", "literal"), ("group", "web-", "prefixed")}


def test_ksqldb_asks_the_stacks_own_registry_and_workers_and_its_servers_find_one_another_by_their_pods() -> None:
    config = confluent_config(listener="CLIENTS")
    wanted, service = answers(config)["ksqldb"]
    assert (service.image, service.start) == ("confluentinc/cp-ksqldb-server:8.3.0", "/usr/bin/ksql-server-start")
    properties = service.properties
    assert properties["ksql.schema.registry.url"] == "http://kafka-schema-registry.streams:8081"
    assert properties["ksql.connect.url"] == "http://kafka-connect.streams:8083"
    assert properties["ksql.advertised.listener"] == "http://@POD_IP@:8088"
    assert properties["security.protocol"] == "SASL_SSL"
    for factor in (
        "streams.replication.factor",
        "internal.topic.replicas",
        "logging.processing.topic.replication.factor",
    ):
        assert properties[f"ksql.{factor}"] == "3"
    files = render_service(settings(config).cluster, wanted, service).files
    assert "ksql.service.id=kafka-ksqldb_" in files["ksql-server.properties"]
    for alone in ("schemaRegistry", "connect"):
        config = changed(config, alone, None)
    assert not {
        key for key in answers(config)["ksqldb"][1].properties if key.endswith((".registry.url", "connect.url"))
    }


def test_ksqldbs_user_owns_what_begins_with_its_id_and_of_the_rest_what_is_named() -> None:
    config = confluent_config(listener="CLIENTS")
    config["ksqldb"] |= {"serviceId": "fraud_", "kafka": {"listener": "CLIENTS", "topics": ["payments-*"]}}
    found = {
        (grant.resource, grant.name, grant.pattern): set(grant.operations)
        for grant in answers(config)["ksqldb"][1].grants
    }
    assert found == {
        ("cluster", "kafka-cluster", "literal"): {"Describe", "DescribeConfigs"},
        ("topic", "_confluent-ksql-fraud_", "prefixed"): {"All"},
        ("group", "_confluent-ksql-fraud_", "prefixed"): {"All"},
        ("topic", "fraud_", "prefixed"): {"All"},
        ("transactionalId", "fraud_", "literal"): {"Describe", "Write"},
        ("topic", "payments-", "prefixed"): {"Read", "Write", "Create", "Describe", "DescribeConfigs"},
    }


def test_each_service_is_a_user_of_its_own_and_its_variables_are_those_of_its_script() -> None:
    config = confluent_config(listener="CLIENTS")
    spec = settings(config).cluster
    users = [user_of(spec, one.name, one.access, one.grants) for _, one in answers(config).values()]
    assert [user.name for user in users if user] == ["schema-registry", "connect", "kafka-rest", "ksqldb"]
    names: dict[str, set[str]] = {}
    for section, (wanted, service) in answers(config).items():
        template: Any = render_service(spec, wanted, service).deployment["template"]
        names[section] = {one["name"] for one in template["spec"]["containers"][0]["env"]}
    assert "SCHEMA_REGISTRY_HEAP_OPTS" in names["schema_registry"]
    assert "KAFKAREST_HEAP_OPTS" in names["kafka_rest"]
    assert "KSQL_HEAP_OPTS" in names["ksqldb"]


def test_each_worker_advertises_the_address_of_its_pod() -> None:
    made = rendered(connect_config())
    assert "rest.advertised.host.name=@POD_IP@" in made.files["worker.properties"]
    assert "${line//@POD_IP@/$POD_IP}" in made.files["start.sh"]
    variables: Any = pod(connect_config())["containers"][0]["env"]
    assert {"name": "POD_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}} in variables


def test_the_users_own_keys_are_kept_and_the_platforms_are_not_to_be_had() -> None:
    properties = connect(connect_config(config={"tasks.max": 3, "key.converter": "org.example.Own"})).properties
    assert properties["tasks.max"] == "3"
    assert properties["key.converter"] == "org.example.Own"


def test_plugins_are_found_in_the_image_and_in_claims() -> None:
    config = connect_config(pluginPaths=["/opt/plugins"], pluginClaims=["more"])
    assert connect(config).properties["plugin.path"] == "/opt/plugins,/etc/kafka-platform-plugins/more"
    claim = {"name": "data-plugins-0", "persistentVolumeClaim": {"claimName": "more", "readOnly": True}}
    assert claim in pod(config)["volumes"]


def test_values_are_looked_up_in_mounted_secrets_and_nowhere_else_in_the_pod() -> None:
    config = connect_config(secrets=["database"])
    properties = connect(config).properties
    assert properties["config.providers"] == "directory"
    allowed = properties["config.providers.directory.param.allowed.paths"].split(",")
    mounts = {one["mountPath"] for one in pod(config)["containers"][0]["volumeMounts"]}
    assert allowed == ["/etc/kafka-platform-secrets/database"] and set(allowed) <= mounts
    old = {**changed(zookeeper_config(), "kafka/version", "3.7.2"), "connect": {**CONNECT, "secrets": ["database"]}}
    found = [key for key in connect(old).properties if key.startswith("config.providers.")]
    assert found == ["config.providers.directory.class"], "KIP-993 came with Kafka 3.8"
    assert "config.providers" not in connect(connect_config()).properties, "without Secrets there is nothing to read"


def test_through_a_listener_with_passwords_every_client_of_a_worker_is_the_services_user() -> None:
    service = connect(secure_config(listener="CLIENTS"))
    assert service.properties["bootstrap.servers"] == "kafka-bootstrap.streams.svc.cluster.local:9095"
    for client in ("", "admin.", "consumer.", "producer."):
        assert service.properties[f"{client}security.protocol"] == "SASL_SSL"
        login = service.properties[f"{client}sasl.jaas.config"]
        assert login.endswith('username="connect" password="${directory:/etc/kafka-platform-user:password}";')
    sources = {mount.path: mount.source["secret"] for mount in service.mounts}
    user, trusted = sources["/etc/kafka-platform-user"], sources["/etc/kafka-platform-tls"]
    assert isinstance(user, dict) and user["secretName"] == "kafka-user-connect"
    assert isinstance(trusted, dict), "the nodes' key stays the nodes'"
    assert trusted["items"] == [{"key": "ca.crt", "path": "ca.crt"}]


def test_through_a_listener_with_certificates_a_worker_shows_its_own() -> None:
    service = connect(secure_config(secret="connect-tls", user="CN=connect"))
    assert service.properties["producer.security.protocol"] == "SSL"
    assert service.properties["ssl.keystore.key"] == "${directory:/etc/kafka-platform-tls:tls.key}"
    (mount,) = service.mounts
    assert mount.source == {"secret": {"secretName": "connect-tls", "defaultMode": 0o440}}


def test_a_user_may_do_what_the_workers_need_and_what_is_named() -> None:
    config = secure_config(listener="CLIENTS", topics=["orders", "logs-*"])
    service, spec = connect(config), settings(config).cluster
    user = user_of(spec, service.name, service.access, service.grants)
    assert user is not None and user.password
    own = ("Read", "Write", "Create", "Describe", "DescribeConfigs")
    assert set(user.grants) == {
        *(Grant(resource="topic", name=f"kafka-connect-{kind}", operations=own) for kind in _KINDS),
        Grant(resource="group", name="kafka-connect", operations=("Read",)),
        Grant(resource="group", name="connect-", pattern="prefixed", operations=("Read",)),
        Grant(resource="topic", name="orders", operations=own),
        Grant(resource="topic", name="logs-", pattern="prefixed", operations=own),
    }


_KINDS = ("configs", "offsets", "status")


def test_exactly_once_sources_may_use_the_transactions_of_their_group_and_no_other() -> None:
    config = secure_config(listener="CLIENTS")
    config["connect"]["config"] = {"exactly.once.source.support": "enabled"}
    found = [grant for grant in connect(config).grants if grant.resource == "transactionalId"]
    assert [(grant.name, grant.pattern) for grant in found] == [
        ("connect-cluster-kafka-connect", "literal"),
        ("kafka-connect-", "prefixed"),
    ]


def test_nobody_is_made_where_nobody_asks() -> None:
    config = connect_config()
    service = connect(config)
    assert user_of(settings(config).cluster, service.name, service.access, service.grants) is None


def test_readiness_asks_the_worker_itself_where_it_can_tell() -> None:
    assert connect(connect_config()).health == "/health"
    assert (
        connect({**changed(zookeeper_config(), "kafka/version", "3.8.1"), "connect": CONNECT}).health == "/connectors"
    )


def test_a_new_worker_serves_before_an_old_one_goes_and_zones_share_them() -> None:
    deployment: Any = rendered(connect_config(replicas=3)).deployment
    assert deployment["replicas"] == 3
    assert deployment["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
    spread = pod(connect_config())["topologySpreadConstraints"]
    assert [one["topologyKey"] for one in spread] == ["topology.kubernetes.io/zone", "kubernetes.io/hostname"]
    assert {one["whenUnsatisfiable"] for one in spread} == {"ScheduleAnyway"}


def test_pods_hold_to_the_restricted_standard_and_to_no_services_variables() -> None:
    for config in (connect_config(), CONFLUENT, secure_config(listener="CLIENTS")):
        spec = pod(config)
        (container,) = spec["containers"]
        assert spec["enableServiceLinks"] is False and spec["automountServiceAccountToken"] is False
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}


def test_another_content_is_another_config_map_and_another_password_another_revision() -> None:
    first, second = rendered(connect_config()), rendered(connect_config(config={"tasks.max": 2}))
    assert first.config_name != second.config_name
    assert first.deployment != second.deployment
    once, again = (rendered(secure_config(listener="CLIENTS", rotation=number)) for number in (1, 2))
    assert once.config_name == again.config_name
    assert once.deployment != again.deployment


def test_a_workers_heap_fits_its_memory() -> None:
    (container,) = pod(connect_config())["containers"]
    values = {one["name"]: one.get("value") for one in container["env"]}
    assert values["KAFKA_HEAP_OPTS"] == "-Xms614m -Xmx614m"


def test_the_pods_take_what_the_section_pod_says_and_are_unchanged_without_it() -> None:
    bare = pod(connect_config())
    config = connect_config(
        pod={
            "imagePullSecrets": ["registry"],
            "labels": {"team": "streams"},
            "env": [{"name": "REGION", "value": "eu"}],
            "tolerations": [{"key": "dedicated", "operator": "Exists"}],
            "hostAntiAffinity": "required",
        }
    )
    spec = pod(config)
    assert spec["imagePullSecrets"] == [{"name": "registry"}]
    assert {"name": "REGION", "value": "eu"} in spec["containers"][0]["env"]
    assert spec["tolerations"] == [{"key": "dedicated", "operator": "Exists"}]
    (apart,) = spec["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert apart["labelSelector"]["matchLabels"]["kafka-platform/component"] == "connect"
    template: Any = rendered(config).deployment["template"]
    assert template["metadata"]["labels"]["team"] == "streams"
    selector: Any = rendered(config).deployment["selector"]
    assert "team" not in selector["matchLabels"]
    assert {"tolerations", "imagePullSecrets"}.isdisjoint(bare)


def test_what_the_components_take_is_what_the_stack_file_said() -> None:
    whole = confluent_config(listener="CLIENTS")
    whole["connect"] |= {"pod": {"env": [{"name": "REGION", "value": "eu"}]}, "pluginPaths": ["/opt/plugins"]}
    found = settings(whole)
    assert parse_services(services_args(found.cluster, found.services)) == (found.cluster, found.services)
