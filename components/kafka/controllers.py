"""The KRaft controllers: a dynamic quorum over the racks."""

from collections.abc import Mapping
from typing import cast

import pulumi

from components.args import ClusterArgs
from components.quorum import Members, Quorum
from components.spec.parsing import parse_cluster
from components.spec.problems import missing
from components.spec.topology import addresses, controller_pools, hosts
from contract import PORT_CONTROLLER


class ControllerQuorum(Quorum):
    """The controllers, one StatefulSet per rack. They wait for the identity object, which says who forms the quorum."""

    bootstrap: pulumi.Output[str]
    """Addresses of the controllers, comma-separated."""

    def __init__(self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Check the arguments, all of them, and create the controllers."""
        spec = parse_cluster(cast(Mapping[str, object], args))
        if spec.controllers is None:
            raise missing(
                "controllers",
                f"a ControllerQuorum is made of it, and kafka.mode is {spec.kafka.mode}",
                "use mode kraft",
            )
        pools = controller_pools(spec)
        members = Members(spec=spec, node=spec.controllers, pools=pools, ports={"controller": PORT_CONTROLLER})
        super().__init__("kafka-platform:index:ControllerQuorum", name, members, opts)
        self.bootstrap = pulumi.Output.from_input(addresses(hosts(pools), PORT_CONTROLLER))
        self.register_outputs({"bootstrap": self.bootstrap})
