"""Nodes and zone outages: whether a zone's node is Ready, and pulling and plugging its cable."""

from collections.abc import Sequence

from dev.cluster import network
from dev.cluster.addresses import ZONES, Zone, zone_named
from dev.cluster.api import Api
from dev.cluster.errors import ClusterError
from dev.cluster.lock import cluster_lock
from dev.cluster.processes import wait_until
from dev.cluster.state import read_marker
from dev.progress import Progress

OUTAGE_SECONDS = 60.0


def ready_nodes(api: Api) -> frozenset[str]:
    """Return the names of the nodes that are Ready."""
    return frozenset(node["metadata"]["name"] for node in api.items("/api/v1/nodes") if _is_ready(node))


def _is_ready(node: dict[str, object]) -> bool:
    status = node.get("status")
    conditions = status.get("conditions", []) if isinstance(status, dict) else []
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)


def forget_readiness(api: Api) -> None:
    """Mark the nodes of a cluster that starts again as unknown, so that no node counts as Ready for having been so."""
    condition = {"type": "Ready", "status": "Unknown", "reason": "Stopped", "message": "the local cluster was down"}
    for node in sorted(ready_nodes(api)):
        api.merge_lists(f"/api/v1/nodes/{node}/status", {"status": {"conditions": [condition]}})


def wait_for_nodes(api: Api, seconds: float) -> None:
    """Wait until every zone's node is Ready."""
    wanted = {zone.node for zone in ZONES}
    kubelets = [f"kubelet-{zone.name}" for zone in ZONES]
    wait_until("every node is Ready", kubelets, seconds, lambda: wanted <= ready_nodes(api))


def zone_down(name: str, progress: Progress | None = None, *, wait: bool = True) -> None:
    """Cut a zone off: its node keeps running and reaches nobody. Waits until Kubernetes has noticed."""
    _switch(name, progress or Progress(), up=False, wait=wait)


def zone_up(name: str, progress: Progress | None = None, *, wait: bool = True) -> None:
    """Connect a zone again and wait until its node is Ready."""
    _switch(name, progress or Progress(), up=True, wait=wait)


def _switch(name: str, progress: Progress, *, up: bool, wait: bool) -> None:
    zone = _zone(name)
    with cluster_lock(progress):
        if read_marker() is None:
            raise ClusterError(f"zone {zone.name} cannot be switched: no local cluster runs; start it with `make up`")
        network.set_link(zone, up=up)
        if wait:
            api = Api()
            says = f"node {zone.node} is {'Ready' if up else 'NotReady'}"
            wait_until(says, [f"kubelet-{zone.name}"], OUTAGE_SECONDS, lambda: (zone.node in ready_nodes(api)) == up)
            progress.say(says)


def _zone(name: str) -> Zone:
    try:
        return zone_named(name)
    except KeyError as error:
        raise ClusterError(error.args[0]) from None


def command(arguments: Sequence[str], progress: Progress) -> int:
    """`zone down b`, `zone up b`."""
    switches = {"down": zone_down, "up": zone_up}
    if len(arguments) != 2 or arguments[0] not in switches:
        names = ", ".join(zone.name for zone in ZONES)
        raise ClusterError(f"given: zone {' '.join(arguments)}; allowed: `zone down NAME` and `zone up NAME` ({names})")
    switches[arguments[0]](arguments[1], progress)
    return 0
