"""Reads what a spec says of listeners, certificates and authorization, value by value."""

import re
from typing import Final

from components.spec.access import (
    Authentication,
    Authorization,
    CertificateSource,
    ExternalListener,
    Gateway,
    InternalListener,
    Issuer,
    Listeners,
    ListenerType,
    Tls,
)
from components.spec.oauth import read_oauth
from components.spec.reading import Reader
from contract import PORT_EXTERNAL

_NODES: Final[dict[str, Authentication]] = {"none": "none", "mtls": "mtls"}
_CLIENTS: Final[dict[str, Authentication]] = {
    **_NODES,
    "scram-sha-512": "scram-sha-512",
    "plain": "plain",
    "oauthbearer": "oauthbearer",
}
_SOURCES: Final[dict[str, CertificateSource]] = {
    "generated": "generated",
    "secrets": "secrets",
    "cert-manager": "cert-manager",
}
_TYPES: Final[dict[str, ListenerType]] = {
    "node-port": "node-port",
    "load-balancer": "load-balancer",
    "tls-route": "tls-route",
    "openshift-route": "openshift-route",
}
_ISSUERS: Final = ("Issuer", "ClusterIssuer")


def read_listeners(reader: Reader) -> Listeners:
    """Read the section `listeners`; all of it has defaults."""
    section = reader.section("listeners")
    internal = section.section("internal")
    spec = Listeners(
        internal=InternalListener(
            tls=internal.boolean("tls", default=False), authentication=_authentication(internal, _NODES)
        ),
        external=tuple(_read_external(one) for one in section.sections("external")) if section.has("external") else (),
        plain_issue=section.optional_text("plain_issue") or "1",
    )
    internal.finish()
    section.finish()
    return spec


def read_tls(reader: Reader) -> Tls | None:
    """Read the section `tls`, None when it is not given."""
    if not reader.has("tls"):
        return None
    section = reader.section("tls")
    spec = Tls(
        source=_SOURCES.get(section.text("source", choices=tuple(_SOURCES)), "generated"),
        nodes_secret=section.optional_text("nodes_secret"),
        admin_secret=section.optional_text("admin_secret"),
        issuer=_read_issuer(section.section("issuer")) if section.has("issuer") else None,
        nodes_subject=section.optional_text("nodes_subject"),
        admin_subject=section.optional_text("admin_subject"),
        validity_days=section.integer("validity_days", lowest=1, highest=3650, default=365),
        renew_before_days=section.integer("renew_before_days", lowest=0, highest=3649, default=30),
        issue=section.optional_text("issue") or "1",
    )
    section.finish()
    return spec


def read_authorization(reader: Reader) -> Authorization | None:
    """Read the section `authorization`, None when it is not given; an object without keys is given."""
    if not reader.present("authorization"):
        return None
    section = reader.section("authorization")
    spec = Authorization(super_users=section.texts("super_users"))
    section.finish()
    return spec


def _read_external(reader: Reader) -> ExternalListener:
    listener = ExternalListener(
        name=reader.text("name"),
        port=reader.integer("port", lowest=1024, highest=65535, default=PORT_EXTERNAL),
        type_=_TYPES.get(reader.optional_text("type_", choices=tuple(_TYPES)) or "node-port", "node-port"),
        tls=reader.boolean("tls", default=False),
        authentication=_authentication(reader, _CLIENTS),
        allow_without_tls=reader.boolean("allow_without_tls", default=False),
        oauth=read_oauth(reader.section("oauth")) if reader.present("oauth") else None,
        node_ports=_read_node_ports(reader),
        host=reader.optional_text("host"),
        bootstrap_host=reader.optional_text("bootstrap_host"),
        advertised_port=_read_port(reader, "advertised_port"),
        annotations=reader.settings("annotations"),
        gateway=_read_gateway(reader.section("gateway")) if reader.has("gateway") else None,
    )
    reader.finish()
    return listener


def _read_node_ports(reader: Reader) -> dict[str, int]:
    """Read a mapping from rack to port; a port that is none is left at 0, which no rule lets pass."""
    texts = reader.settings("node_ports")
    return {rack: int(text) if re.fullmatch(r"[0-9]{1,5}", text) else 0 for rack, text in texts.items()}


def _read_port(reader: Reader, field: str) -> int | None:
    return reader.integer(field, lowest=1, highest=65535) if reader.has(field) else None


def _read_gateway(reader: Reader) -> Gateway:
    gateway = Gateway(
        name=reader.text("name"), namespace=reader.optional_text("namespace"), section=reader.optional_text("section")
    )
    reader.finish()
    return gateway


def _authentication(reader: Reader, choices: dict[str, Authentication]) -> Authentication:
    return choices.get(reader.optional_text("authentication", choices=tuple(choices)) or "none", "none")


def _read_issuer(reader: Reader) -> Issuer:
    issuer = Issuer(name=reader.text("name"), kind=reader.optional_text("kind", choices=_ISSUERS) or "Issuer")
    reader.finish()
    return issuer
