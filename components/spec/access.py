"""Who may speak to the nodes and how: the security of listeners, where certificates come from, who may do what.

Plain, frozen values, as in `model`, of which they are a part.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

Authentication = Literal["none", "mtls", "scram-sha-512", "plain", "oauthbearer"]
ListenerType = Literal["node-port", "load-balancer", "tls-route", "openshift-route"]
CertificateSource = Literal["generated", "secrets", "cert-manager"]

#: The external listener that a rack's `external` opens when nothing else is said of it.
DEFAULT_EXTERNAL: Final = "EXTERNAL"


@dataclass(frozen=True, kw_only=True)
class InternalListener:
    """The listener of the nodes themselves: brokers among each other, controllers, and the hooks."""

    tls: bool = False
    authentication: Authentication = "none"


@dataclass(frozen=True, kw_only=True)
class Gateway:
    """A Gateway of the Gateway API that passes TLS through."""

    name: str
    namespace: str | None = None
    section: str | None = None


@dataclass(frozen=True, kw_only=True)
class OAuth:
    """Which tokens a listener believes, and whom it takes their bearer for."""

    jwks_url: str
    issuer: str
    audience: tuple[str, ...]
    principal_claim: str = "sub"
    scope_claim: str = "scope"
    clock_skew_seconds: int = 30
    trusted_certificates: str | None = None
    """File in the pod with the authorities that may sign for the identity provider; None for those of Java."""


@dataclass(frozen=True, kw_only=True)
class ExternalListener:
    """A listener for clients outside Kubernetes."""

    name: str
    port: int
    type_: ListenerType = "node-port"
    tls: bool = False
    authentication: Authentication = "none"
    allow_without_tls: bool = False
    """Whether what clients prove themselves by may cross the network in clear."""
    oauth: OAuth | None = None
    node_ports: Mapping[str, int] = field(default_factory=dict[str, int])
    """Node port of the first broker, by rack; empty for those of the racks themselves."""
    host: str | None = None
    """Advertised host where there is no node port, with `{id}` for the broker's id."""
    bootstrap_host: str | None = None
    advertised_port: int | None = None
    annotations: Mapping[str, str] = field(default_factory=dict[str, str])
    gateway: Gateway | None = None


@dataclass(frozen=True, kw_only=True)
class Listeners:
    """Every listener of which something else than the default is said."""

    internal: InternalListener = InternalListener()
    external: tuple[ExternalListener, ...] = ()
    plain_issue: str = "1"
    """Which issue of the passwords of SASL PLAIN is in use: brokers restart when it changes."""

    @property
    def plain(self) -> tuple[str, ...]:
        """The names of the listeners with SASL PLAIN."""
        return tuple(listener.name for listener in self.external if listener.authentication == "plain")

    @property
    def secured(self) -> bool:
        """Whether any listener speaks TLS."""
        return self.internal.tls or any(listener.tls for listener in self.external)


@dataclass(frozen=True, kw_only=True)
class Issuer:
    """Who signs, in cert-manager's words."""

    name: str
    kind: str = "Issuer"


@dataclass(frozen=True, kw_only=True)
class Tls:
    """The certificates of the nodes and of the hooks."""

    source: CertificateSource
    nodes_secret: str | None = None
    admin_secret: str | None = None
    issuer: Issuer | None = None
    nodes_subject: str | None = None
    admin_subject: str | None = None
    validity_days: int = 365
    renew_before_days: int = 30
    issue: str = "1"
    """Which issue of them is in use: brokers restart when it changes."""


@dataclass(frozen=True, kw_only=True)
class Authorization:
    """Who may do what is decided by ACLs."""

    super_users: tuple[str, ...] = ()
