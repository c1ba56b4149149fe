"""Reads who may come in over the network, and reports what a NetworkPolicy could not say or would say to nobody."""

from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final

from components.spec.external import doors
from components.spec.model import ClusterSpec
from components.spec.naming import LABEL_KEY_RULE, LABEL_VALUE_RULE, is_label_key, is_label_value
from components.spec.peers import NetworkPolicies, Peer
from components.spec.reading import Reader
from components.spec.topology import broker_pools

_RANGE_RULE: Final = "a range of addresses such as 192.0.2.0/24 or 2001:db8::/32, its address the first of the range"
_REFUSED: Final = "the API server would refuse the policy"


def read_network_policies(reader: Reader) -> NetworkPolicies | None:
    """Read the section `network_policies`, None when it is not given; an object without keys is given."""
    if not reader.present("network_policies"):
        return None
    section = reader.section("network_policies")
    internal, external = read_peers(section, "internal"), read_peers(section, "external")
    named = section.present("external")
    if named and not external and section.clean:
        why = "nobody would reach the external listeners, and left out, everybody does"
        todo = "name who may come in, or leave it out"
        section.report("external", [], allowed="at least one source", why=why, todo=todo)
    section.finish()
    return NetworkPolicies(internal=internal, external=external if named else None)


def read_peers(reader: Reader, field: str) -> tuple[Peer, ...]:
    """Read a list of those who may come in; none when it is not given."""
    return tuple(_read_peer(one) for one in reader.optional_sections(field))


def check_network_policies(spec: ClusterSpec, reader: Reader) -> None:
    """Report sources of listeners that nobody opens."""
    policies = spec.kafka.network_policies
    if policies is None or not policies.external or any(doors(spec, pool) for pool in broker_pools(spec)):
        return
    why, todo = "no broker has an external listener", "remove it, or open a listener for them"
    given = [peer.cidr or dict(peer.namespaces) or dict(peer.pods) for peer in policies.external]
    reader.report("kafka.network_policies.external", given, allowed="nothing", why=why, todo=todo)


def _read_peer(reader: Reader) -> Peer:
    peer = Peer(
        cidr=reader.optional_text("cidr"),
        except_=reader.texts("except_"),
        namespaces=reader.settings("namespaces"),
        pods=reader.settings("pods"),
    )
    reader.finish()
    if reader.clean:
        _check_kind(peer, reader)
        _check_ranges(peer, reader)
        for field, labels in (("namespaces", peer.namespaces), ("pods", peer.pods)):
            _check_labels(field, labels, reader)
    return peer


def _check_kind(peer: Peer, reader: Reader) -> None:
    labels, allowed = bool(peer.namespaces or peer.pods), "either cidr, or labels under namespaces, pods or both"
    if peer.cidr is None and not labels:
        why, todo = "it names nobody, and an empty selector would be everybody", "name the source, or remove the entry"
        reader.report("", None, allowed=allowed, why=why, todo=todo)
    elif peer.cidr is not None and labels:
        why, todo = "one source is of one kind", "make two entries of it"
        reader.report("", peer.cidr, allowed=allowed, why=why, todo=todo)


def _check_ranges(peer: Peer, reader: Reader) -> None:
    if peer.cidr is None:
        if peer.except_:
            why, todo = "it takes ranges away from cidr, which is not given", "add cidr, or remove it"
            reader.report("except_", list(peer.except_), allowed="nothing without cidr", why=why, todo=todo)
        return
    whole = _range_of("cidr", peer.cidr, reader)
    for text in peer.except_:
        part = _range_of("except_", text, reader)
        if whole is not None and part is not None and not _lies_in(part, whole):
            why, todo = f"{text} is no smaller part of {whole}: {_REFUSED}", "correct one of the two, or remove it"
            reader.report("except_", text, allowed=f"a part of {whole}", why=why, todo=todo)


def _range_of(field: str, text: str, reader: Reader) -> IPv4Network | IPv6Network | None:
    """Return the range that a text names; report one that names none."""
    try:
        found = ip_network(text, strict=False)
    except ValueError:
        todo = "write the first address, a slash, and the length of the prefix"
        reader.report(field, text, allowed=_RANGE_RULE, why=f"this is none: {_REFUSED}", todo=todo)
        return None
    if str(found) == text:
        return found
    why = "an address without a prefix, or another than the first, leaves open which range is meant"
    reader.report(field, text, allowed=_RANGE_RULE, why=why, todo=f"write {found}, if you mean that")
    return None


def _lies_in(part: IPv4Network | IPv6Network, whole: IPv4Network | IPv6Network) -> bool:
    if isinstance(part, IPv4Network) and isinstance(whole, IPv4Network):
        return part != whole and part.subnet_of(whole)
    if isinstance(part, IPv6Network) and isinstance(whole, IPv6Network):
        return part != whole and part.subnet_of(whole)
    return False


def _check_labels(field: str, labels: Mapping[str, str], reader: Reader) -> None:
    for key, value in labels.items():
        path = f"{field}.{key}"
        if not is_label_key(key):
            reader.report_key(path, key, allowed=LABEL_KEY_RULE, why=_REFUSED, todo="correct its spelling")
        elif value and not is_label_value(value):
            reader.report_key(path, value, allowed=LABEL_VALUE_RULE, why=_REFUSED, todo="correct its spelling")
