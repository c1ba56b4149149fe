"""The ZooKeeper ensemble over the racks, for Kafka up to 3.9."""

from collections.abc import Mapping
from typing import cast

import pulumi

from components.args import ClusterArgs
from components.quorum import Members, Quorum
from components.spec.parsing import parse_cluster
from components.spec.problems import missing
from components.spec.topology import addresses, hosts, zookeeper_pools
from components.spec.zookeeper_stages import client_port, speaks_tls
from contract import PORT_ZOOKEEPER, PORT_ZOOKEEPER_ELECTION, PORT_ZOOKEEPER_PEER, PORT_ZOOKEEPER_SECURE


class ZooKeeperEnsemble(Quorum):
    """The ZooKeeper servers, one StatefulSet per rack."""

    connect: pulumi.Output[str]
    """Addresses of the servers, comma-separated."""

    def __init__(self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Check the arguments, all of them, and create the servers."""
        spec = parse_cluster(cast(Mapping[str, object], args))
        if spec.zookeeper is None:
            raise missing(
                "zookeeper",
                f"a ZooKeeperEnsemble is made of it, and kafka.mode is {spec.kafka.mode}",
                "use mode zookeeper",
            )
        pools = zookeeper_pools(spec)
        ports = {"client": PORT_ZOOKEEPER, "peer": PORT_ZOOKEEPER_PEER, "election": PORT_ZOOKEEPER_ELECTION}
        if speaks_tls(spec, "zookeeper"):
            ports["secure"] = PORT_ZOOKEEPER_SECURE
        members = Members(spec=spec, node=spec.zookeeper, pools=pools, ports=ports)
        super().__init__("kafka-platform:index:ZooKeeperEnsemble", name, members, opts)
        self.connect = pulumi.Output.from_input(addresses(hosts(pools), client_port(spec)))
        self.register_outputs({"connect": self.connect})
