"""The services that Confluent Platform alone packs."""

import pulumi

from components.service_args import ServicesArgs
from components.services.base import ServiceComponent


class SchemaRegistry(ServiceComponent):
    """Confluent's Schema Registry over the zones of the brokers."""

    def __init__(self, name: str, args: ServicesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Check the arguments, all of them, and create the registry."""
        super().__init__("schema_registry", name, args, opts)


class KsqlDb(ServiceComponent):
    """Confluent's ksqlDB over the zones of the brokers."""

    def __init__(self, name: str, args: ServicesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Check the arguments, all of them, and create the servers."""
        super().__init__("ksqldb", name, args, opts)


class KafkaRest(ServiceComponent):
    """Confluent's REST proxy over the zones of the brokers."""

    def __init__(self, name: str, args: ServicesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Check the arguments, all of them, and create the proxy."""
        super().__init__("kafka_rest", name, args, opts)
