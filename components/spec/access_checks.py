"""Rules between listeners, certificates and authorization: what would lock everybody out, or let everybody in."""

import re
from collections.abc import Iterator
from typing import Final

from components.spec.access import Authentication, ExternalListener, Tls
from components.spec.external_checks import check_external_listeners
from components.spec.model import ClusterSpec
from components.spec.naming import LABEL_RULE, is_label, is_object_name
from components.spec.oauth import check_oauth
from components.spec.reading import Reader

_LISTENERS: Final = "kafka.listeners"
#: Where the client sends what everybody who reads it could use.
BEARING: Final[tuple[Authentication, ...]] = ("plain", "oauthbearer")
_SUBJECT: Final = re.compile(r"[A-Za-z.0-9]+=[^;=]+(,[A-Za-z.0-9]+=[^;=]+)*")
_COMMON_NAME: Final = re.compile(r"CN=[A-Za-z0-9. _-]{1,64}")
_PRINCIPAL: Final = re.compile(r"User:[^;*]+")


def check_access(spec: ClusterSpec, reader: Reader) -> None:
    """Report listeners that contradict each other, certificates that nobody can find, and doors that shut for all."""
    check_external_listeners(spec, reader)
    for field, tls, authentication in _channels(spec):
        _check_channel(field, (tls, authentication), reader)
    for index, listener in enumerate(spec.kafka.listeners.external):
        _check_clear(f"{_LISTENERS}.external[{index}]", listener, reader)
        check_oauth(f"{_LISTENERS}.external[{index}]", listener, reader)
    _check_certificates(spec, reader)
    _check_authorization(spec, reader)


def check_generated(field: str, user: str, reader: Reader, todo: str) -> None:
    """Report a user after whom the Secret with its generated password cannot be named."""
    if not is_label(user):
        why = "its password is generated, and kept in a Secret that is named after the user"
        reader.report(field, user, allowed=LABEL_RULE, why=why, todo=todo)


def _channels(spec: ClusterSpec) -> Iterator[tuple[str, bool, Authentication]]:
    listeners = spec.kafka.listeners
    yield f"{_LISTENERS}.internal", listeners.internal.tls, listeners.internal.authentication
    for index, one in enumerate(listeners.external):
        yield f"{_LISTENERS}.external[{index}]", one.tls, one.authentication


def _check_channel(field: str, channel: tuple[bool, Authentication], reader: Reader) -> None:
    tls, authentication = channel
    if authentication == "mtls" and not tls:
        why = "a client shows its certificate while TLS is set up, and this listener speaks plain text"
        todo = f"set {reader.at(f'{field}.tls')} to true, or choose another authentication"
        reader.report(f"{field}.authentication", authentication, allowed="mtls with TLS only", why=why, todo=todo)


def _check_clear(field: str, listener: ExternalListener, reader: Reader) -> None:
    """Report what would let everybody on the way read by what a client proves itself, unless that is wanted by name."""
    bearing, word = listener.authentication in BEARING, reader.spell("allow_without_tls")
    if bearing and not listener.tls and not listener.allow_without_tls:
        why = "a client sends the password or token itself, and without TLS everybody on the way reads it"
        todo = f"set {reader.at(f'{field}.tls')} to true; or, where the network is all yours, {word}: true beside it"
        allowed = f"{listener.authentication} with TLS, or with {word}"
        reader.report(f"{field}.authentication", listener.authentication, allowed=allowed, why=why, todo=todo)
    elif listener.allow_without_tls and (listener.tls or not bearing):
        why = "the listener speaks TLS already" if listener.tls else "its clients send no password or token in clear"
        allowed = f"false, or none, but for {' or '.join(BEARING)} without TLS"
        reader.report(f"{field}.allow_without_tls", True, allowed=allowed, why=why, todo="remove it")


def _check_certificates(spec: ClusterSpec, reader: Reader) -> None:
    tls, secured = spec.kafka.tls, spec.kafka.listeners.secured
    if tls is None:
        if secured:
            why = "a listener speaks TLS, and for that the nodes need certificates"
            todo = f"add it; {reader.spell('source')}: generated is enough to begin with"
            reader.report("kafka.tls", None, allowed="an object with a source", why=why, todo=todo)
        return
    if not secured:
        why, todo = (
            "no listener speaks TLS, so nothing would use it",
            f"set {reader.at(_LISTENERS)}.internal.tls to true",
        )
        reader.report("kafka.tls", "an object", allowed="none without a listener with TLS", why=why, todo=todo)
    _check_source(tls, reader)
    for field, subject in (("nodes_subject", tls.nodes_subject), ("admin_subject", tls.admin_subject)):
        if subject is not None and not _SUBJECT.fullmatch(subject):
            why = "Kafka makes the principal from the subject as it is written in RFC 2253"
            todo = "copy it from `openssl x509 -noout -subject -nameopt RFC2253`"
            allowed = "a subject such as CN=kafka,O=Example"
            reader.report(f"kafka.tls.{field}", subject, allowed=allowed, why=why, todo=todo)
        elif subject is not None and tls.source == "generated" and not _COMMON_NAME.fullmatch(subject):
            why, todo = "a generated certificate has a common name and nothing else", "write CN= and a name"
            reader.report(f"kafka.tls.{field}", subject, allowed="CN= and a name", why=why, todo=todo)
    if tls.renew_before_days >= tls.validity_days:
        why = "every certificate would be due as soon as it is made, and every run would restart all brokers"
        allowed = f"less than {reader.spell('validity_days')} ({tls.validity_days})"
        reader.report("kafka.tls.renew_before_days", tls.renew_before_days, allowed=allowed, why=why, todo="lower it")


def _check_source(tls: Tls, reader: Reader) -> None:
    """Report what the source needs and is not given, and what is given and would have no effect."""
    named = {"nodes_secret": tls.nodes_secret, "admin_secret": tls.admin_secret}
    for field, name in named.items():
        if name is not None and not is_object_name(name):
            why, todo = "Kubernetes names no Secret so", "choose one of `kubectl get secrets`"
            reader.report(f"kafka.tls.{field}", name, allowed="a Secret's name", why=why, todo=todo)
        if name is None and tls.source == "secrets":
            why = "with source secrets the certificates are yours, and the platform must be told where they are"
            todo = "name a Secret with tls.crt, tls.key and ca.crt"
            reader.report(f"kafka.tls.{field}", None, allowed="a Secret's name", why=why, todo=todo)
    if tls.nodes_secret is not None and tls.nodes_secret == tls.admin_secret:
        why = "who holds the brokers' key could act as the hooks, and the other way round"
        allowed, todo = "another Secret than the nodes'", "make a certificate of its own for the hooks"
        reader.report("kafka.tls.admin_secret", tls.admin_secret, allowed=allowed, why=why, todo=todo)
    if tls.issuer is None and tls.source == "cert-manager":
        why, todo = "cert-manager must be told who signs", "add name and kind of an Issuer or ClusterIssuer"
        reader.report("kafka.tls.issuer", None, allowed="an object with a name", why=why, todo=todo)
    if tls.issuer is not None and tls.source != "cert-manager":
        why, todo = f"with source {tls.source} nobody asks it", "remove it, or set the source to cert-manager"
        reader.report("kafka.tls.issuer", tls.issuer.name, allowed="none with this source", why=why, todo=todo)


def _check_authorization(spec: ClusterSpec, reader: Reader) -> None:
    if spec.kafka.authorization is None:
        return
    internal = spec.kafka.listeners.internal
    if internal.authentication != "mtls":
        why = "ACLs are for principals, and nodes that do not prove who they are could not even replicate"
        todo = f"set {reader.at(_LISTENERS)}.internal to tls: true and authentication: mtls"
        reader.report("kafka.authorization", "an object", allowed="with internal mtls only", why=why, todo=todo)
    for index, user in enumerate(spec.kafka.authorization.super_users):
        if not _PRINCIPAL.fullmatch(user):
            why = "a super user is one principal, and this is none: Kafka would pass it over in silence"
            todo = "write it as Kafka prints it, such as User:alice or User:CN=alice,O=Example"
            field = f"kafka.authorization.super_users[{index}]"
            reader.report(field, user, allowed="User: and a name, without '*' and ';'", why=why, todo=todo)
