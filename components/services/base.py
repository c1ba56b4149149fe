"""What all services share as components: checked arguments in, the objects of one service out."""

from collections.abc import Mapping
from typing import cast

import pulumi

from components.service_args import ServicesArgs
from components.services.deployment import create_service
from components.spec.problems import missing
from components.spec.reading import snake_case
from components.spec.services.catalogue import catalogue
from components.spec.services.parsing import parse_services
from components.spec.services.rendering import render_service


class ServiceComponent(pulumi.ComponentResource):
    """One service. Kafka must serve before it is made."""

    url: pulumi.Output[str]
    """Where it answers inside Kubernetes."""

    def __init__(self, section: str, name: str, args: ServicesArgs, opts: pulumi.ResourceOptions | None) -> None:
        """Check the arguments, all of them, and create the service of a section."""
        spec, services = parse_services(cast(Mapping[str, object], args), snake_case)
        found = catalogue(spec, services).get(section)
        if found is None:
            raise missing(section, "this component is made of that section", "add it, with its resources")
        super().__init__(f"kafka-platform:index:{type(self).__name__}", name, None, opts)
        rendered = render_service(spec, *found)
        create_service(spec.namespace, rendered, pulumi.ResourceOptions(parent=self))
        self.url = pulumi.Output.from_input(
            f"http://{rendered.name}.{spec.namespace}.svc.cluster.local:{rendered.port}"
        )
        self.register_outputs({"url": self.url})
