"""The services of a stack as components, after Kafka serves and knows their users."""

from collections.abc import Iterable, Sequence

import pulumi

from components import Connect, KafkaRest, KsqlDb, SchemaRegistry
from components.service_args import services_args
from components.spec.model import ClusterSpec
from components.spec.services.model import Services
from components.spec.services.service import service_object
from hooks.providers.connectors import Connectors
from hooks.providers.schemas import Schemas
from stacks.connectors import connector_args
from stacks.mirror_connectors import mirror_args
from stacks.schemas import SchemasSettings, schemas_args
from stacks.service_users import services_of
from stacks.settings import Settings
from stacks.site import Site


def create_services(site: Site, settings: Settings, after: Iterable[pulumi.Resource]) -> None:
    """Create the components of the services, once Kafka serves and knows their users, and then what is in them."""
    services = settings.services
    name, args, before = site.spec.kafka.name, services_args(site.spec, services), list(after)
    if services.schema_registry is not None:
        # The others look schemas up in it.
        before.append(SchemaRegistry(name, args, site.after(*before)))
    if settings.schemas is not None:
        _create_schemas(site, settings.schemas, before)
    if services.connect is not None:
        workers = Connect(name, args, site.after(*before))
        if settings.connectors is not None or settings.mirrors is not None:
            _create_connectors(site, settings, workers)
    if services.kafka_rest is not None:
        KafkaRest(name, args, site.after(*before))
    if services.ksqldb is not None:
        KsqlDb(name, args, site.after(*before))


def _create_connectors(site: Site, settings: Settings, workers: Connect) -> None:
    """Create the hook that waits for the workers; an empty list is one from which the last connector has gone."""
    connect, mirrors = settings.services.connect, settings.mirrors or ()
    assert connect is not None
    Connectors(
        site.named(f"{site.spec.kafka.name}-connectors"),
        {
            "connection": site.connection,
            "mode": site.spec.kafka.mode,
            "connectors": connector_args(settings.connectors or ()) | mirror_args(site.spec, connect, mirrors),
            "pace": site.pace,
        },
        pulumi.ResourceOptions(depends_on=[workers]),
    )


def _create_schemas(site: Site, schemas: SchemasSettings, after: Sequence[pulumi.Resource]) -> None:
    """Create the hook that waits for the registry; an empty list is one from which the last subject has gone."""
    Schemas(
        site.named(f"{site.spec.kafka.name}-schemas"),
        {
            "connection": site.connection,
            "mode": site.spec.kafka.mode,
            **schemas_args(schemas),
            "pace": site.pace,
        },
        pulumi.ResourceOptions(depends_on=list(after)),
    )


def service_outputs(spec: ClusterSpec, services: Services) -> dict[str, pulumi.Input[object]]:
    """Return where each service is reached inside Kubernetes; nothing for a stack without services."""
    found = {
        service.name: f"http://{service_object(spec.kafka.name, service.name)}.{spec.namespace}:{service.port}"
        for service in services_of(spec, services)
    }
    return {"services": found} if found else {}
