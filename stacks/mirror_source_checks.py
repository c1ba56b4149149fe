"""Rules for the cluster that a mirror reads: it is another one, and what it asks for is given, and no more."""

import re
from typing import Final

from components.spec.external import bootstraps
from components.spec.model import ClusterSpec
from components.spec.naming import is_host, is_object_name
from components.spec.reading import Reader
from contract import (
    SECRET_PASSWORD,
    SECRET_USER,
    TLS_AUTHORITY,
    TLS_CERTIFICATE,
    TLS_KEY,
    bootstrap_service,
    headless_service,
)
from stacks.mirrors import MirrorSourceSettings

_PORT: Final = re.compile(r"[1-9]\d{0,4}")


def check_source(spec: ClusterSpec, source: MirrorSourceSettings, reader: Reader) -> None:
    """Report what keeps a mirror out of its source, and what would have no effect."""
    if not source.bootstrap:
        why, todo = "a mirror begins there", "add it"
        reader.report("bootstrap", None, allowed="a list of HOST:PORT", why=why, todo=todo)
    for index, place in enumerate(source.bootstrap):
        _check_place(spec, place, f"bootstrap[{index}]", reader)
    _check_secret(source, reader)
    login = source.authentication not in {"none", "mtls"}
    if login and not source.tls and not source.allow_without_tls:
        why = "without TLS everybody on the way can read the password, or guess it from what is sent"
        todo = f"write tls: true, or accept it by name: {reader.spell('allow_without_tls')}: true"
        reader.report("authentication", source.authentication, allowed="none without TLS", why=why, todo=todo)
    if source.allow_without_tls and (source.tls or not login):
        why, todo = "no password is sent without TLS here, so it would have no effect", "remove it"
        reader.report("allow_without_tls", True, allowed="nothing", why=why, todo=todo)
    if source.authentication == "mtls" and not source.tls:
        why, todo = "certificates are shown in TLS alone", "write tls: true"
        reader.report("authentication", source.authentication, allowed="mtls with tls: true", why=why, todo=todo)


def _check_place(spec: ClusterSpec, place: str, field: str, reader: Reader) -> None:
    host, _, port = place.rpartition(":")
    if not is_host(host) or not _PORT.fullmatch(port) or int(port) > 65_535:
        why, todo = "Kafka's clients begin at a host and a port", "write it so: kafka.example.com:9092"
        reader.report(field, place, allowed="HOST:PORT", why=why, todo=todo)
    elif _is_own(spec, host, place):
        why = "this is the cluster of this stack, and a mirror onto itself would copy its own copies for ever"
        todo = "name the other cluster, or remove the mirror"
        reader.report(field, place, allowed="another cluster", why=why, todo=todo)


def _is_own(spec: ClusterSpec, host: str, place: str) -> bool:
    """Tell whether an address leads to this cluster, as far as addresses tell."""
    name, brokers, space = (
        bootstrap_service(spec.kafka.name),
        headless_service(spec.kafka.name, "broker"),
        spec.namespace,
    )
    services = {f"{name}.{space}", f"{brokers}.{space}"}
    inside = host.removesuffix(".").removesuffix(".cluster.local").removesuffix(".svc")
    if inside in {name, brokers, *services} or any(inside.endswith(f".{each}") for each in services):
        return True
    return place in {each for places in bootstraps(spec).values() for each in places.split(",")}


def _check_secret(source: MirrorSourceSettings, reader: Reader) -> None:
    needed = [TLS_AUTHORITY] * source.tls
    if source.authentication == "mtls":
        needed += [TLS_CERTIFICATE, TLS_KEY]
    elif source.authentication != "none":
        needed += [SECRET_USER, SECRET_PASSWORD]
    if needed and source.secret is None:
        why = f"the source asks for what only a Secret may hold: {', '.join(needed)}"
        todo = "make one in the stack's namespace with these keys, and name it"
        reader.report("secret", None, allowed="a Secret's name", why=why, todo=todo)
    elif source.secret is not None and not needed:
        why, todo = "a source without TLS and login asks for nothing that it could hold", "remove it"
        reader.report("secret", source.secret, allowed="none for this source", why=why, todo=todo)
    elif source.secret is not None and not is_object_name(source.secret):
        why, todo = "Kubernetes names no Secret so", "correct its spelling"
        reader.report("secret", source.secret, allowed="a Secret's name", why=why, todo=todo)
