"""The properties by which Kafka's nodes speak TLS, know who speaks to them, and decide what that one may do.

No key and no password stands in a ConfigMap, an environment or an argument: the properties say in which mounted file
Kafka's own provider finds it.
"""

from collections.abc import Mapping
from typing import Final

from components.spec.access import Authentication
from components.spec.certificates import secured
from components.spec.distributions import line_of
from components.spec.model import ClusterSpec
from components.spec.oauth import oauth_properties
from contract import (
    LISTENER_CONTROLLER,
    LISTENER_INTERNAL,
    PLAIN_LOGIN,
    TLS_AUTHORITY,
    TLS_CERTIFICATE,
    TLS_KEY,
)

CERTIFICATES_MOUNT: Final = "/etc/kafka-platform-tls"
#: Where the Secret with the users of SASL PLAIN is mounted.
LOGINS_MOUNT: Final = "/etc/kafka-platform-logins"
#: The last line whose providers read any file of the pod (KIP-993).
UNBOUND: Final = "3.7"
_PROVIDER: Final = "platform"
_LOGINS: Final = "logins"
_PROVIDER_CLASS: Final = "org.apache.kafka.common.config.provider.DirectoryConfigProvider"
_AUTHORIZERS: Final[Mapping[str, str]] = {
    "zookeeper": "kafka.security.authorizer.AclAuthorizer",
    "kraft": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
}
_SCRAM: Final = "org.apache.kafka.common.security.scram.ScramLoginModule required;"


def security_protocol(*, tls: bool, authentication: Authentication) -> str:
    """Return Kafka's name of what a listener speaks."""
    if authentication in ("none", "mtls"):
        return "SSL" if tls else "PLAINTEXT"
    return "SASL_SSL" if tls else "SASL_PLAINTEXT"


def node_security(spec: ClusterSpec) -> dict[str, str]:
    """Return what brokers and controllers have in common: their certificate, and the authorizer."""
    return _certificates(spec) | _authorizer(spec)


def broker_security(spec: ClusterSpec, opened: frozenset[str]) -> dict[str, str]:
    """Return what each listener that a broker opens asks of whoever comes."""
    listeners = spec.kafka.listeners
    properties = _listener(LISTENER_INTERNAL, listeners.internal.tls, listeners.internal.authentication)
    for listener in listeners.external:
        if listener.name in opened:
            properties |= _listener(listener.name, listener.tls, listener.authentication)
            properties |= oauth_properties(listener)
    if opened.intersection(listeners.plain):
        properties |= _logins(spec)
    return properties


def controller_security(spec: ClusterSpec) -> dict[str, str]:
    """Return what the controllers' listener asks of whoever comes, which is what the brokers' internal one does."""
    internal = spec.kafka.listeners.internal
    return _listener(LISTENER_CONTROLLER, internal.tls, internal.authentication)


def client_security(spec: ClusterSpec) -> dict[str, str]:
    """Return how one of Kafka's tools in a broker's container reaches the brokers' internal listener."""
    internal = spec.kafka.listeners.internal
    protocol = {"security.protocol": security_protocol(tls=internal.tls, authentication=internal.authentication)}
    return protocol | (_certificates(spec) if internal.tls else {})


def _listener(name: str, tls: bool, authentication: Authentication) -> dict[str, str]:
    prefix = f"listener.name.{name.lower()}"
    properties: dict[str, str] = {}
    if tls:
        properties[f"{prefix}.ssl.client.auth"] = "required" if authentication == "mtls" else "none"
    if authentication == "scram-sha-512":
        properties[f"{prefix}.sasl.enabled.mechanisms"] = "SCRAM-SHA-512"
        # What the broker compares with lies in Kafka's own metadata, so there is no secret here.
        properties[f"{prefix}.scram-sha-512.sasl.jaas.config"] = _SCRAM
    if authentication == "plain":
        properties[f"{prefix}.sasl.enabled.mechanisms"] = "PLAIN"
        properties[f"{prefix}.plain.sasl.jaas.config"] = f"${{{_LOGINS}:{LOGINS_MOUNT}:{PLAIN_LOGIN}}}"
    return properties


def _certificates(spec: ClusterSpec) -> dict[str, str]:
    if spec.kafka.tls is None:
        return {}
    return {
        "config.providers": _providers(spec, _PROVIDER),
        f"config.providers.{_PROVIDER}.class": _PROVIDER_CLASS,
        "ssl.keystore.type": "PEM",
        "ssl.keystore.certificate.chain": _in_file(TLS_CERTIFICATE),
        "ssl.keystore.key": _in_file(TLS_KEY),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.certificates": _in_file(TLS_AUTHORITY),
    }


def _logins(spec: ClusterSpec) -> dict[str, str]:
    """Return what lets brokers read who may come by SASL PLAIN: from one mounted file, and from nowhere else."""
    own = [_PROVIDER] if spec.kafka.tls is not None else []
    properties = {
        "config.providers": _providers(spec, *own, _LOGINS),
        f"config.providers.{_LOGINS}.class": _PROVIDER_CLASS,
    }
    if line_of(spec.kafka).kafka != UNBOUND:
        properties[f"config.providers.{_LOGINS}.param.allowed.paths"] = LOGINS_MOUNT
    return properties


def _providers(spec: ClusterSpec, *own: str) -> str:
    others = [name.strip() for name in spec.kafka.config.get("config.providers", "").split(",") if name.strip()]
    return ",".join([*others, *own])


def _in_file(key: str) -> str:
    return f"${{{_PROVIDER}:{CERTIFICATES_MOUNT}:{key}}}"


def _authorizer(spec: ClusterSpec) -> dict[str, str]:
    wanted, held = spec.kafka.authorization, secured(spec)
    if wanted is None or held is None:
        return {}
    own = [f"User:{held.nodes_subject}", f"User:{held.admin_subject}"]
    return {
        "authorizer.class.name": _AUTHORIZERS[spec.kafka.mode],
        "super.users": ";".join(dict.fromkeys([*own, *wanted.super_users])),
        "allow.everyone.if.no.acl.found": "false",
    }
