"""The arguments of a cluster that say who may speak to it and how; see `components.args`."""

from typing import Literal, NotRequired, TypedDict


class InternalListenerArgs(TypedDict):
    """The listener of the nodes themselves: brokers among each other, controllers, and the hooks."""

    tls: NotRequired[bool]
    """Whether it speaks TLS; default false. Fixed once the cluster runs: nodes of both kinds cannot talk."""
    authentication: NotRequired[Literal["none", "mtls"]]
    """Who may connect: anybody (`none`, the default), or holders of a certificate by the same authority (`mtls`)."""


class GatewayArgs(TypedDict):
    """A Gateway of the Gateway API whose listener passes TLS through."""

    name: str
    """Name of the Gateway."""
    namespace: NotRequired[str]
    """Its namespace; the cluster's own when left out."""
    section: NotRequired[str]
    """Name of its listener; any that fits when left out."""


class OAuthArgs(TypedDict):
    """Which tokens a listener believes, and whom it takes their bearer for: signed JWTs of one identity provider."""

    jwks_url: str
    """Where the provider's public keys are, by https. Brokers ask it at their start and do not start without. A change
    restarts, as every one here."""
    issuer: str
    """The claim `iss` that a token must have."""
    audience: list[str]
    """The claim `aud` that a token must have: one of these."""
    principal_claim: NotRequired[str]
    """The claim whose value is the user's name in rules (`User:NAME`); default `sub`."""
    scope_claim: NotRequired[str]
    """The claim with the token's scopes; default `scope`."""
    clock_skew_seconds: NotRequired[int]
    """How far the provider's clock may be off; default 30."""
    trusted_certificates: NotRequired[str]
    """File in the pod, in PEM, with the authorities that are believed at the provider, such as one that
    `pod.volumes` mounts; those of the image's Java when left out."""


class ExternalListenerArgs(TypedDict):
    """A listener for clients outside Kubernetes; each broker has a Service of its own for it."""

    name: str
    """Its name in Kafka, such as `EXTERNAL`: capital letters, digits and `_`. A change restarts."""
    port: NotRequired[int]
    """Its port in the pod; default 9094. A change restarts."""
    type_: NotRequired[Literal["node-port", "load-balancer", "tls-route", "openshift-route"]]
    """The way in: a node port (the default), a load balancer, or TLS by name through a Gateway or a Route."""
    node_ports: NotRequired[dict[str, int]]
    """By rack, the node port of its first broker (type `node-port`); those of the racks' `external` when left out."""
    host: NotRequired[str]
    """Advertised host of each broker (other types), such as `broker-{id}.kafka.example.com`. A change restarts."""
    bootstrap_host: NotRequired[str]
    """Name at which clients begin (other types), led by your DNS to any broker; the first brokers when left out."""
    advertised_port: NotRequired[int]
    """Advertised port (other types); the listener's own for a load balancer, 443 for a route. A change restarts."""
    annotations: NotRequired[dict[str, str]]
    """Annotations of each broker's Service and route; `{id}` and `{host}` are filled in, as for an external DNS."""
    gateway: NotRequired[GatewayArgs]
    """The Gateway (type `tls-route`, which needs it)."""
    tls: NotRequired[bool]
    """Whether it speaks TLS; default false. A change restarts, and clients must change with it."""
    authentication: NotRequired[Literal["none", "mtls", "scram-sha-512", "plain", "oauthbearer"]]
    """Who may connect: anybody (`none`, the default), holders of a certificate, or users with a password by SCRAM or by
    SASL PLAIN, where the client sends the password itself, or bearers of a token (`oauthbearer`)."""
    allow_without_tls: NotRequired[bool]
    """Allow `plain` and `oauthbearer` without TLS, where everybody on the way reads what is sent. Default false."""
    oauth: NotRequired[OAuthArgs]
    """Which tokens are believed (`oauthbearer`, which needs it)."""


class ListenersArgs(TypedDict):
    """Listeners of which something else than the default (plain text for everybody) is said."""

    internal: NotRequired[InternalListenerArgs]
    """The listener of the nodes themselves."""
    external: NotRequired[list[ExternalListenerArgs]]
    """The listeners for clients outside; one of type `node-port` opens in the racks with `external`."""
    plain_issue: NotRequired[str]
    """Which issue of the passwords of SASL PLAIN is in use; the stack's preflight finds it.
    Only programs without one set it, and make the Secret `NAME-plain-users` themselves, whose key `login` holds the
    JAAS entry. A change restarts."""


class IssuerArgs(TypedDict):
    """Who signs, in cert-manager's words."""

    name: str
    """Name of the Issuer."""
    kind: NotRequired[Literal["Issuer", "ClusterIssuer"]]
    """`Issuer` (in the same namespace, the default) or `ClusterIssuer`."""


class TlsArgs(TypedDict):
    """The certificates of nodes and hooks: in each Secret `tls.crt`, `tls.key` (PKCS #8) and `ca.crt`, in PEM."""

    source: Literal["generated", "secrets", "cert-manager"]
    """Who makes them: the platform, for development; you, in Secrets; or cert-manager, by Certificate objects."""
    nodes_secret: NotRequired[str]
    """Secret with the certificate of brokers and controllers; required with `secrets`, else `NAME-nodes-tls`."""
    admin_secret: NotRequired[str]
    """Secret with the certificate of the hooks; required with `secrets`, else `NAME-admin-tls`."""
    issuer: NotRequired[IssuerArgs]
    """Who signs; required with `cert-manager`."""
    nodes_subject: NotRequired[str]
    """Subject of the nodes' certificate (RFC 2253), their principal; default `CN=NAME-nodes`. A change restarts."""
    admin_subject: NotRequired[str]
    """Subject of the hooks' certificate (RFC 2253), their principal; default `CN=NAME-admin`. A change restarts."""
    validity_days: NotRequired[int]
    """Days for which a new certificate holds, where you do not bring it; default 365."""
    renew_before_days: NotRequired[int]
    """A certificate that ends within so many days is renewed by the next `up`, and brokers restart; default 30."""
    issue: NotRequired[str]
    """Which issue is in use; the stack's preflight finds it. Only programs without one set it: a change restarts."""


class AuthorizationArgs(TypedDict):
    """ACLs decide who may do what; without this section everybody who connects may do everything."""

    super_users: NotRequired[list[str]]
    """Principals that no ACL binds, such as `User:alice`, besides nodes and hooks. A change restarts."""
