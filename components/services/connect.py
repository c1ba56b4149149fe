"""Kafka Connect."""

import pulumi

from components.service_args import ServicesArgs
from components.services.base import ServiceComponent


class Connect(ServiceComponent):
    """A cluster of Kafka Connect workers over the zones of the brokers."""

    def __init__(self, name: str, args: ServicesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Check the arguments, all of them, and create the workers."""
        super().__init__("connect", name, args, opts)
