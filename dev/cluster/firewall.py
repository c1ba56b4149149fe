"""Packet filters that keep the cluster's traffic on the machine, on top of the routes that already do.

On the host, in chains of our own at the head of the built-in ones, so that neither Docker's FORWARD policy cuts the
zones off nor a forged source address makes the host answer to the outside. In a zone, a service address that
kube-proxy does not know is refused at once.
"""

from typing import Final

from dev.cluster.addresses import API_PORT, BRIDGE, CLUSTER_RANGE, CONTROL_PLANE, SERVICE_RANGE, Zone
from dev.cluster.commands import run

CHAIN: Final = "KAFKA-PLATFORM"
#: Written before the IPv4 forwarding that pods need; the namespace has no IPv6 at all.
_ZONE_SETTINGS: Final = (
    "net.ipv4.ip_forward=1",
    "net.ipv6.conf.all.disable_ipv6=1",
    "net.ipv6.conf.default.disable_ipv6=1",
)


def host_rules() -> list[str]:
    """Return the host's rules in the form of iptables-restore."""
    to_us, to_others, from_us = f"{CHAIN}-IN", f"{CHAIN}-FORWARD", f"{CHAIN}-OUT"
    return [
        "*filter",
        *(f":{chain} - [0:0]" for chain in (to_us, to_others, from_us)),
        # From the zones to the host: its API server and DNS, and answers. A forged source gets no answer at all.
        f"-A {to_us} ! -s {CLUSTER_RANGE} -j DROP",
        f"-A {to_us} -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT",
        f"-A {to_us} -d {CONTROL_PLANE} -p tcp --dport {API_PORT} -j ACCEPT",
        f"-A {to_us} -d {CONTROL_PLANE} -p tcp --dport 53 -j ACCEPT",
        f"-A {to_us} -d {CONTROL_PLANE} -p udp --dport 53 -j ACCEPT",
        f"-A {to_us} -d {CONTROL_PLANE} -p icmp -j ACCEPT",
        f"-A {to_us} -j REJECT",
        # Through the host: between zones only.
        f"-A {to_others} -i {BRIDGE} -o {BRIDGE} -j ACCEPT",
        f"-A {to_others} -i {BRIDGE} -s {CLUSTER_RANGE} -j REJECT",
        f"-A {to_others} -j DROP",
        # From the host: addresses of the cluster go to the bridge or nowhere, and nothing else goes to the bridge.
        f"-A {from_us} -o lo -j RETURN",
        f"-A {from_us} -o {BRIDGE} -d {CLUSTER_RANGE} -j RETURN",
        f"-A {from_us} -j REJECT",
        f"-I INPUT 1 -i {BRIDGE} -j {to_us}",
        f"-I FORWARD 1 -i {BRIDGE} -j {to_others}",
        f"-I FORWARD 1 -o {BRIDGE} -j {to_others}",
        f"-I OUTPUT 1 -d {CLUSTER_RANGE} -j {from_us}",
        f"-I OUTPUT 1 -s {CLUSTER_RANGE} -j {from_us}",
        f"-I OUTPUT 1 -o {BRIDGE} -j {from_us}",
        "COMMIT",
    ]


def zone_rules() -> list[str]:
    """Return a zone's rules: what still has a service address after translation has no endpoint."""
    return [
        "*filter",
        f"-A OUTPUT -d {SERVICE_RANGE} -j REJECT",
        f"-A FORWARD -d {SERVICE_RANGE} -j REJECT",
        "COMMIT",
    ]


def removal(saved: str) -> list[str]:
    """Return the rules that undo ours, given what iptables-save says is there; empty when nothing of ours is."""
    lines = [line for line in saved.splitlines() if CHAIN in line]
    chains = [line[1:].split()[0] for line in lines if line.startswith(":")]
    jumps = [line for line in lines if line.startswith("-A ") and not line.startswith(f"-A {CHAIN}")]
    if not chains:
        return []
    return [
        "*filter",
        *(f"-D{jump[2:]}" for jump in jumps),
        *(f"-F {chain}" for chain in chains),
        *(f"-X {chain}" for chain in chains),
        "COMMIT",
    ]


def close_host() -> None:
    """Put the host's rules in force."""
    _restore((), host_rules())


def close_zone(zone: Zone) -> None:
    """Put a zone's rules in force, then let it forward."""
    inside = ("nsenter", f"--net=/run/netns/{zone.namespace}", "--")
    _restore(inside, zone_rules())
    run(*inside, "sysctl", "-qw", "-e", *_ZONE_SETTINGS)


def open_host() -> None:
    """Take the host's rules away, if there are any."""
    rules = removal(run("iptables-save", "-t", "filter"))
    if rules:
        _restore((), rules)


def _restore(prefix: tuple[str, ...], rules: list[str]) -> None:
    run(*prefix, "iptables-restore", "--noflush", "--wait", "10", text="\n".join(rules) + "\n")
