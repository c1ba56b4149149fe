"""Reads the services out of an object that holds the cluster too, and has them checked."""

from collections.abc import Mapping, Sequence
from typing import Final

from components.spec.model import ClusterSpec, Jvm, Resources
from components.spec.parsing import read_arguments
from components.spec.peer_checks import read_peers
from components.spec.pod_reading import read_pod
from components.spec.problems import SpecError
from components.spec.reading import Reader, Spelling, snake_case
from components.spec.services.checks import check_services
from components.spec.services.model import (
    ConnectSpec,
    KafkaAccess,
    KafkaRestSpec,
    KsqlDbSpec,
    SchemaRegistrySpec,
    Services,
    ServiceSpec,
)

MOST_REPLICAS: Final = 100
COMPATIBILITIES: Final = (
    "BACKWARD",
    "BACKWARD_TRANSITIVE",
    "FORWARD",
    "FORWARD_TRANSITIVE",
    "FULL",
    "FULL_TRANSITIVE",
    "NONE",
)


def parse_services(args: Mapping[str, object], spelling: Spelling = snake_case) -> tuple[ClusterSpec, Services]:
    """Return the cluster and the services that the arguments describe, or raise SpecError with every problem."""
    reader, problems = Reader.root(args, path="", spelling=spelling)
    spec = read_arguments(reader)
    services = read_services(reader, spec)
    reader.finish()
    if problems:
        raise SpecError(problems)
    return spec, services


def read_services(reader: Reader, spec: ClusterSpec, *, beside: Sequence[str] = ()) -> Services:
    """Read the services' sections, none of which has to be there. Fields `beside` those of Connect are the caller's."""
    services = Services(
        connect=_read_connect(reader.section("connect"), beside) if reader.has("connect") else None,
        schema_registry=_read_registry(reader.section("schema_registry")) if reader.has("schema_registry") else None,
        kafka_rest=_read_rest(reader.section("kafka_rest")) if reader.has("kafka_rest") else None,
        ksqldb=_read_ksqldb(reader.section("ksqldb")) if reader.has("ksqldb") else None,
    )
    if reader.clean:
        check_services(spec, services, reader)
    return services


def _read_connect(reader: Reader, beside: Sequence[str]) -> ConnectSpec:
    for field in beside:
        reader.present(field)
    spec = ConnectSpec(
        **vars(_read_service(reader)),
        group_id=reader.optional_text("group_id"),
        config_topic=reader.optional_text("config_topic"),
        offset_topic=reader.optional_text("offset_topic"),
        status_topic=reader.optional_text("status_topic"),
        plugin_paths=reader.texts("plugin_paths"),
        plugin_claims=reader.texts("plugin_claims"),
    )
    reader.finish()
    return spec


def _read_registry(reader: Reader) -> SchemaRegistrySpec:
    spec = SchemaRegistrySpec(
        **vars(_read_service(reader)),
        schemas_topic=reader.optional_text("schemas_topic"),
        compatibility=reader.optional_text("compatibility", choices=COMPATIBILITIES) or "BACKWARD",
    )
    reader.finish()
    return spec


def _read_rest(reader: Reader) -> KafkaRestSpec:
    spec = KafkaRestSpec(**vars(_read_service(reader)), groups=reader.texts("groups"))
    reader.finish()
    return spec


def _read_ksqldb(reader: Reader) -> KsqlDbSpec:
    spec = KsqlDbSpec(**vars(_read_service(reader)), service_id=reader.optional_text("service_id"))
    reader.finish()
    return spec


def _read_service(reader: Reader) -> ServiceSpec:
    resources, jvm = reader.section("resources", required=True), reader.section("jvm")
    spec = ServiceSpec(
        replicas=reader.integer("replicas", lowest=1, highest=MOST_REPLICAS, default=2),
        resources=Resources(
            cpu=resources.text("cpu"), memory=resources.text("memory"), heap=resources.optional_text("heap")
        ),
        jvm=Jvm(options=jvm.optional_text("options")),
        image=reader.optional_text("image"),
        kafka=_read_access(reader.section("kafka")),
        secrets=reader.texts("secrets"),
        config=reader.settings("config"),
        pod=read_pod(reader.section("pod")),
        clients=read_peers(reader, "clients"),
    )
    resources.finish()
    jvm.finish()
    return spec


def _read_access(reader: Reader) -> KafkaAccess:
    access = KafkaAccess(
        listener=reader.optional_text("listener"),
        user=reader.optional_text("user"),
        secret=reader.optional_text("secret"),
        rotation=reader.integer("rotation", lowest=1, highest=1_000_000, default=1),
        topics=reader.texts("topics"),
    )
    reader.finish()
    return access
