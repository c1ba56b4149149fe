"""The stages of `zookeeper.tls`, and what each means for whom.

A live ensemble goes from stage to stage, one in each run, and both ways:

1. `disabled`: plain text.
2. `allowed`: servers take TLS as well, from clients at a port of its own and from each other at the same one; nobody
   uses it yet.
3. `preferred`: servers and brokers speak TLS, and servers still take plain text.
4. `required`: TLS only. A plain port is left at the loopback of each pod, where the probe and the hooks ask `srvr`.

Servers of neighbouring stages take what the others send, so an ensemble can be rolled between them; the hooks'
preflight refuses every longer way, and a stage that closes the door through which live brokers come.
"""

from components.spec.model import ClusterSpec
from contract import PORT_ZOOKEEPER, PORT_ZOOKEEPER_SECURE, Component, ZooKeeperTls


def stage(spec: ClusterSpec) -> ZooKeeperTls:
    """Return the stage of the ensemble; in KRaft there is none."""
    return spec.zookeeper.tls if spec.zookeeper else "disabled"


def speaks_tls(spec: ClusterSpec, component: Component) -> bool:
    """Say whether a component's nodes need certificates for ZooKeeper."""
    if component == "zookeeper":
        return stage(spec) != "disabled"
    return component == "broker" and stage(spec) in {"preferred", "required"}


def client_port(spec: ClusterSpec) -> int:
    """Return the port at which brokers come."""
    return PORT_ZOOKEEPER_SECURE if speaks_tls(spec, "broker") else PORT_ZOOKEEPER
