"""An ensemble and a broker as plain processes on loopback, taken from stage to stage of one of ZooKeeper's settings.

They run what their pods would run: the rendered files, the start scripts, the probe. What a roll does, one server after
the other, is done here by hand.
"""

from collections.abc import Callable
from pathlib import Path
from secrets import token_urlsafe

from components.spec.certificates import certificate_names
from components.spec.model import ClusterSpec
from components.spec.nodes import node_of
from components.spec.rendering import RenderedPool, render_pool
from components.spec.scripts import CONFIG_MOUNT, READY, ZOO_CFG
from components.spec.topology import Pool, broker_pools, zookeeper_pools
from components.spec.zookeeper_acl import LOGIN_MOUNT
from dev import keys
from dev.progress import Progress
from hooks.clients.authority import issue
from hooks.clients.zookeeper_login import jaas_files
from tests.clients.certificates import NOW, authority
from tests.e2e.plain_nodes import LOOPBACK, Machine, Node, loopback_addresses, tail, until

VERSION = keys.VERSIONS["3.9"]


class Trial:
    """Three servers and one broker, with certificates of one authority; `at` says what their spec is at a stage."""

    def __init__(self, root: Path, at: Callable[[str], ClusterSpec], last: str) -> None:
        """Prepare them; nothing runs yet. Their certificate is that of the last stage."""
        self.at, self.authority = at, authority()
        spec = at(last)
        self.pools = (*zookeeper_pools(spec), broker_pools(spec)[0])
        addresses = loopback_addresses(self.pools)
        names = root / "hosts"
        lines = [f"{addresses[one.pod(one.first_id)]} {one.host(one.first_id)}" for one in self.pools]
        # Whoever connects on loopback comes from there; its reverse record is one that a server may have.
        lines.append(f"{LOOPBACK} peer.{self.pools[0].host(self.pools[0].first_id).partition('.')[2]}")
        names.write_text("\n".join([*lines, ""]))
        self.shown = root / "client.pem"
        machine = Machine(root=root, jars=keys.jars(VERSION, Progress()), addresses=addresses, names=names)
        _ = machine.distribution_scripts(VERSION)
        self.nodes = [Node(machine, one.pod(one.first_id), one.host(one.first_id)) for one in self.pools]
        self.login = jaas_files(token_urlsafe())
        self.material = issue(self.authority, "kafka-nodes", certificate_names(spec), (NOW, 1))

    @property
    def servers(self) -> list[Node]:
        """The three servers."""
        return self.nodes[:3]

    @property
    def broker(self) -> Node:
        """The broker."""
        return self.nodes[3]

    def begin(self, stage: str) -> None:
        """Start all servers at a stage, and the broker."""
        for node, pool in zip(self.servers, self.pools, strict=False):
            self.start(node, self.rendered(pool, stage))
        for node in self.servers:
            until(lambda node=node: serves(node), lambda node=node: tail(node))
        self.restart_broker(stage)

    def end(self) -> None:
        """End everything at once."""
        for node in reversed(self.nodes):
            node.stop(hard=True)

    def roll(self, stage: str) -> None:
        """Restart the servers one by one at a stage. The quorum serves before each, with those of the former stage."""
        for node, pool in zip(self.servers, self.pools, strict=False):
            node.stop()
            self.start(node, self.rendered(pool, stage))
            until(lambda node=node: serves(node), lambda node=node: f"{node.pod} at stage {stage}: {tail(node)}")
            assert [one.pod for one in self.servers if one.alive() and not serves(one)] == []

    def restart_broker(self, stage: str) -> None:
        """Restart the broker at a stage and wait until it has started."""
        self.broker.stop()
        self.start(self.broker, self.rendered(self.pools[3], stage))
        self.await_broker()

    def start(self, node: Node, pool: RenderedPool) -> None:
        """Start a node with these files; every listener goes to its own address."""
        own = {
            "quorumListenOnAllIPs=true": "quorumListenOnAllIPs=false",
            "secureClientPort=": f"secureClientPortAddress={node.address}\nsecureClientPort=",
            "INTERNAL://:": f"INTERNAL://{node.address}:",
            "EXTERNAL://:": f"EXTERNAL://{node.address}:",
        }
        if "clientPortAddress=" not in pool.files.get(ZOO_CFG, ""):
            own["\nclientPort="] = f"\nclientPortAddress={node.address}\nclientPort="
        node.write(pool, self.material, own)
        node.hold(LOGIN_MOUNT, self.login)
        node.start()

    def await_broker(self) -> None:
        """Wait until the broker says that it has started in its present life."""
        until(lambda: "started (kafka.server.KafkaServer)" in tail(self.broker), lambda: tail(self.broker))

    def rendered(self, pool: Pool, stage: str) -> RenderedPool:
        """Return what the pool's pods get at a stage."""
        spec = self.at(stage)
        return render_pool(spec, node_of(spec, pool), pool)


def serves(node: Node) -> bool:
    """Say whether a server is a member of a quorum that has a leader."""
    return node.run(["bash", f"{CONFIG_MOUNT}/{READY}"]).returncode == 0
