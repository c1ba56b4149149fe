"""Every service of a stack with its answers, by its section of the input."""

from components.spec.model import ClusterSpec
from components.spec.services.connect import connect_service
from components.spec.services.kafka_rest import kafka_rest_service
from components.spec.services.ksqldb import ksqldb_service
from components.spec.services.model import Services, ServiceSpec
from components.spec.services.schema_registry import schema_registry_service
from components.spec.services.service import Service


def catalogue(spec: ClusterSpec, services: Services) -> dict[str, tuple[ServiceSpec, Service]]:
    """Return what is wanted of each service and what it answers, in the order in which they start."""
    found: list[tuple[ServiceSpec, Service]] = []
    registry, connect, rest = services.schema_registry, services.connect, services.kafka_rest
    if registry is not None:
        found.append((registry, schema_registry_service(spec, registry)))
    if connect is not None:
        found.append((connect, connect_service(spec, connect)))
    if rest is not None:
        found.append((rest, kafka_rest_service(spec, rest, registry=registry is not None)))
    if services.ksqldb is not None:
        found.append((services.ksqldb, ksqldb_service(spec, services.ksqldb, services)))
    return {service.section: (wanted, service) for wanted, service in found}
