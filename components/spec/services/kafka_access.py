"""How a service reaches Kafka: where it begins, what it shows, what it trusts; and which user that makes it.

No password and no key is ever in the properties: they say in which mounted file Kafka's own provider finds it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from components.spec.access import Authentication, ExternalListener
from components.spec.access_properties import UNBOUND, security_protocol
from components.spec.certificates import secured
from components.spec.distributions import line_of
from components.spec.model import ClusterSpec
from components.spec.services.model import KafkaAccess
from components.spec.services.service import Grant, Mount, secret_source
from contract import (
    PORT_INTERNAL,
    SECRET_PASSWORD,
    TLS_AUTHORITY,
    TLS_CERTIFICATE,
    TLS_KEY,
    bootstrap_service,
    user_secret,
)

TLS_MOUNT: Final = "/etc/kafka-platform-tls"
USER_MOUNT: Final = "/etc/kafka-platform-user"
PROVIDER: Final = "directory"
_PROVIDER_CLASS: Final = "org.apache.kafka.common.config.provider.DirectoryConfigProvider"
_SCRAM: Final = "org.apache.kafka.common.security.scram.ScramLoginModule"
_LOGIN_MODULES: Final = {
    "PLAIN": "org.apache.kafka.common.security.plain.PlainLoginModule",
    "SCRAM-SHA-256": _SCRAM,
    "SCRAM-SHA-512": _SCRAM,
}


@dataclass(frozen=True, kw_only=True)
class Entrance:
    """The listener that a service goes through."""

    port: int
    tls: bool
    authentication: Authentication


@dataclass(frozen=True, kw_only=True)
class Papers:
    """What a Kafka client trusts and shows."""

    certificates: str
    """Folder of the pod with the authority, and with the client's own certificate."""
    tls: bool
    certificate: bool = False
    """Whether it shows a certificate."""
    mechanism: str | None = None
    """How it logs in, in Kafka's words."""
    user: str = ""
    password: str = ""
    """Name and password, or what is looked up for them."""


@dataclass(frozen=True, kw_only=True)
class User:
    """The Kafka user that a service is."""

    name: str
    password: bool
    """Whether it has a generated password."""
    rotation: int
    grants: tuple[Grant, ...]


def external_listener(spec: ClusterSpec, name: str) -> ExternalListener | None:
    """Return the external listener of a name, None when there is none."""
    return next((one for one in spec.kafka.listeners.external if one.name == name), None)


def entrance(spec: ClusterSpec, access: KafkaAccess) -> Entrance:
    """Return the listener that a service goes through: the internal one unless it names another."""
    named = external_listener(spec, access.listener) if access.listener is not None else None
    if named is None:
        internal = spec.kafka.listeners.internal
        return Entrance(port=PORT_INTERNAL, tls=internal.tls, authentication=internal.authentication)
    return Entrance(port=named.port, tls=named.tls, authentication=named.authentication)


def bootstrap(spec: ClusterSpec, access: KafkaAccess) -> str:
    """Return where a service begins, which is inside Kubernetes whatever its listener advertises."""
    host = f"{bootstrap_service(spec.kafka.name)}.{spec.namespace}.svc.cluster.local"
    return f"{host}:{entrance(spec, access).port}"


def user_of(spec: ClusterSpec, service: str, access: KafkaAccess, grants: tuple[Grant, ...]) -> User | None:
    """Return the user that the platform makes for a service; None where nobody asks who it is."""
    asked, ruled = entrance(spec, access).authentication, spec.kafka.authorization is not None
    password = asked == "scram-sha-512"
    if asked == "none" or not (password or ruled):
        return None
    name, rules = access.user or service, grants if ruled else ()
    return User(name=name, password=password, rotation=access.rotation, grants=rules)


def client_properties(spec: ClusterSpec, service: str, access: KafkaAccess) -> dict[str, str]:
    """Return what any Kafka client of a service is told of security."""
    way = entrance(spec, access)
    scram = way.authentication == "scram-sha-512"
    properties: dict[str, str] = {}
    if way.tls or scram:
        properties["security.protocol"] = security_protocol(tls=way.tls, authentication=way.authentication)
    papers = Papers(
        certificates=TLS_MOUNT,
        tls=way.tls,
        certificate=way.authentication == "mtls",
        mechanism="SCRAM-SHA-512" if scram else None,
        user=access.user or service,
        password=looked_up(USER_MOUNT, SECRET_PASSWORD),
    )
    return properties | papers_properties(papers)


def papers_properties(papers: Papers) -> dict[str, str]:
    """Return what a Kafka client is told of what it trusts and shows."""
    properties: dict[str, str] = {}
    if papers.tls:
        authority = looked_up(papers.certificates, TLS_AUTHORITY)
        properties |= {"ssl.truststore.type": "PEM", "ssl.truststore.certificates": authority}
    if papers.certificate:
        properties |= {
            "ssl.keystore.type": "PEM",
            "ssl.keystore.certificate.chain": looked_up(papers.certificates, TLS_CERTIFICATE),
            "ssl.keystore.key": looked_up(papers.certificates, TLS_KEY),
        }
    if papers.mechanism is not None:
        module, login = _LOGIN_MODULES[papers.mechanism], f'username="{papers.user}" password="{papers.password}"'
        properties |= {"sasl.mechanism": papers.mechanism, "sasl.jaas.config": f"{module} required {login};"}
    return properties


def provider_properties(spec: ClusterSpec, mounts: Sequence[Mount]) -> dict[str, str]:
    """Return what lets a configuration look values up in the mounted Secrets, and in nothing else of the pod."""
    if not mounts:
        return {}
    properties = {"config.providers": PROVIDER, f"config.providers.{PROVIDER}.class": _PROVIDER_CLASS}
    if line_of(spec.kafka).kafka != UNBOUND:
        # Each of them must exist, or the provider refuses to start.
        allowed = ",".join(sorted(mount.path for mount in mounts))
        properties[f"config.providers.{PROVIDER}.param.allowed.paths"] = allowed
    return properties


def access_mounts(spec: ClusterSpec, service: str, access: KafkaAccess) -> tuple[Mount, ...]:
    """Return the mounts with what a service shows and trusts. Of the nodes' Secret it gets the authority alone."""
    way, held = entrance(spec, access), secured(spec)
    mounts: list[Mount] = []
    if way.authentication == "mtls" and access.secret is not None:
        mounts.append(Mount(name="certificates", path=TLS_MOUNT, source=secret_source(access.secret)))
    elif way.tls and held is not None:
        source = secret_source(held.nodes_secret, TLS_AUTHORITY)
        mounts.append(Mount(name="certificates", path=TLS_MOUNT, source=source))
    if way.authentication == "scram-sha-512":
        name = user_secret(spec.kafka.name, access.user or service)
        mounts.append(Mount(name="credentials", path=USER_MOUNT, source=secret_source(name, SECRET_PASSWORD)))
    return tuple(mounts)


def topic_grants(names: tuple[str, ...], *operations: str) -> tuple[Grant, ...]:
    """Return the grants on topics; an asterisk at the end of a name stands for any rest."""
    return named_grants("topic", names, operations)


def named_grants(resource: str, names: tuple[str, ...], operations: tuple[str, ...]) -> tuple[Grant, ...]:
    """Return the grants on resources of a kind; an asterisk at the end of a name stands for any rest."""
    return tuple(
        Grant(
            resource=resource,
            # Kafka matches any prefix, but calls the one of every name by an asterisk.
            name=name if name == "*" else name.removesuffix("*"),
            pattern="prefixed" if name.endswith("*") and name != "*" else "literal",
            operations=operations,
        )
        for name in names
    )


def looked_up(folder: str, key: str) -> str:
    """Return the reference by which a configuration finds a key of a mounted Secret."""
    return f"${{{PROVIDER}:{folder}:{key}}}"
