"""The cluster's network: a bridge that leads nowhere else, a network namespace for each zone, and routes between them.

No zone has a default route. On the host, every address of the cluster that has no route of its own is unreachable; that
route stays after `down`, so that a client which still holds an address is refused here and not answered elsewhere.
"""

import json
from pathlib import Path
from typing import Final

from dev.cluster import firewall
from dev.cluster.addresses import BRIDGE, CLUSTER_RANGE, CONTROL_PLANE, NODE_RANGE, SERVICE_RANGE, ZONES, Zone
from dev.cluster.commands import run
from dev.cluster.errors import ClusterError

LAST_RESORT_METRIC: Final = 4294967295
"""Loses against any route somebody else may have for the same range."""


def create() -> None:
    """Build the network. What is there of an earlier one must have been removed."""
    _refuse_taken_range()
    run("ip", "-batch", "-", text="\n".join(host_commands()))
    firewall.close_host()
    _harden_host_links()
    for zone in ZONES:
        run("ip", "-n", zone.namespace, "-batch", "-", text="\n".join(zone_commands(zone)))
        firewall.close_zone(zone)


def host_commands() -> list[str]:
    """Return the `ip` commands that make the host's side."""
    commands = [
        f"route replace unreachable {CLUSTER_RANGE} metric {LAST_RESORT_METRIC}",
        f"link add {BRIDGE} type bridge",
        f"addr add {CONTROL_PLANE}/{NODE_RANGE.prefixlen} dev {BRIDGE}",
        f"link set {BRIDGE} up",
    ]
    for zone in ZONES:
        commands += [
            f"netns add {zone.namespace}",
            f"link add {zone.link} type veth peer name eth0 netns {zone.namespace}",
            f"link set {zone.link} master {BRIDGE} up",
            f"route add {zone.pods} via {zone.address}",
        ]
    return commands


def zone_commands(zone: Zone) -> list[str]:
    """Return the `ip` commands that make one zone's side."""
    return [
        "link set lo up",
        f"addr add {zone.address}/{NODE_RANGE.prefixlen} dev eth0",
        "link set eth0 up",
        # Chosen for its source address only: kube-proxy rewrites what goes there, the firewall refuses the rest.
        f"route add {SERVICE_RANGE} via {CONTROL_PLANE}",
        *(f"route add {other.pods} via {other.address}" for other in ZONES if other != zone),
    ]


def _harden_host_links() -> None:
    """A forged source address must not make the host answer to the outside; and there is no IPv6 in the cluster."""
    settings = Path("/proc/sys/net")
    (settings / "ipv4/conf" / BRIDGE / "rp_filter").write_text("1")
    for link in (BRIDGE, *(zone.link for zone in ZONES)):
        switch = settings / "ipv6/conf" / link / "disable_ipv6"
        if switch.exists():
            switch.write_text("1")


def _refuse_taken_range() -> None:
    """Raise ClusterError when the machine already uses addresses of the cluster's range for something else."""
    for route in json.loads(run("ip", "-json", "route", "show", "root", str(CLUSTER_RANGE))):
        if route.get("type") != "unreachable":
            raise ClusterError(
                f"the machine already has a route to {route['dst']} by {route.get('dev', 'a gateway')}, and the local "
                f"cluster needs all of {CLUSTER_RANGE}; remove that route, or change the ranges in "
                "dev/cluster/addresses.py"
            )


def enter(zone: Zone, *, runtime_pid: int | None = None) -> tuple[str, ...]:
    """Return the prefix that runs a command in a zone's network and, with its runtime's pid, among its mounts."""
    mounts = (f"--mount=/proc/{runtime_pid}/ns/mnt",) if runtime_pid else ()
    return ("nsenter", f"--net=/run/netns/{zone.namespace}", *mounts, "--")


def remove() -> None:
    """Take away whatever is there of the network, whole or in parts; only the unreachable route stays."""
    firewall.open_host()
    links = {link["ifname"] for link in json.loads(run("ip", "-json", "link", "show"))}
    for name in (*(zone.link for zone in ZONES), BRIDGE):
        if name in links:
            run("ip", "link", "delete", name)
    for zone in ZONES:
        if Path("/run/netns", zone.namespace).exists():
            run("ip", "netns", "delete", zone.namespace)


def set_link(zone: Zone, *, up: bool) -> None:
    """Plug a zone's cable in, or pull it."""
    run("ip", "link", "set", zone.link, "up" if up else "down")


def link_is_up(zone: Zone) -> bool:
    """Whether a zone's cable is plugged in."""
    shown = json.loads(run("ip", "-json", "link", "show"))
    return any(link["ifname"] == zone.link and "UP" in link["flags"] for link in shown)
