"""Rules for how a service reaches Kafka: its listener is there, and what that asks for is given, and no more."""

import re
from collections.abc import Sequence
from typing import Final

from components.spec.access import Authentication
from components.spec.access_checks import check_generated
from components.spec.model import ClusterSpec
from components.spec.naming import is_object_name, is_topic
from components.spec.reading import Reader
from components.spec.services.kafka_access import entrance, external_listener
from components.spec.services.model import KafkaAccess

#: What the services can prove themselves by.
SPOKEN: Final[tuple[Authentication, ...]] = ("none", "mtls", "scram-sha-512")
_TOPIC: Final = re.compile(r"[A-Za-z0-9._-]{0,249}\*?")


def check_access(spec: ClusterSpec, section: str, access: KafkaAccess, reader: Reader) -> None:
    """Report what keeps a service out, and what would have no effect."""
    field = f"{section}.kafka"
    if access.listener is not None and external_listener(spec, access.listener) is None:
        known = [listener.name for listener in spec.kafka.listeners.external]
        allowed = f"{', '.join(known)}, or nothing for the internal one" if known else "nothing: there is no other one"
        why, todo = "no listener of the cluster has this name", "correct it, or leave it out"
        reader.report(f"{field}.listener", access.listener, allowed=allowed, why=why, todo=todo)
        return
    asked = entrance(spec, access).authentication
    if asked not in SPOKEN:
        why, todo = f"no service speaks {asked} yet", "name a listener of its own for the services"
        allowed = f"a listener with {', '.join(SPOKEN)}"
        reader.report(f"{field}.listener", access.listener, allowed=allowed, why=why, todo=todo)
        return
    _check_secret(field, asked, access, reader)
    _check_user(spec, field, access, reader)
    check_prefixes(spec, f"{field}.topics", access.topics, "topic", reader)


def check_prefixes(spec: ClusterSpec, field: str, names: Sequence[str], kind: str, reader: Reader) -> None:
    """Report names, or beginnings of names, that nothing of the kind can have, or that no rule is made of."""
    check_patterns(field, names, kind, reader)
    if names and spec.kafka.authorization is None:
        why = f"without {reader.at('kafka.authorization')} everybody may read and write every {kind}"
        todo = "remove them, or turn authorization on"
        reader.report(field, list(names), allowed="none without ACLs", why=why, todo=todo)


def check_patterns(field: str, names: Sequence[str], kind: str, reader: Reader) -> None:
    """Report names, or beginnings of names, that nothing of the kind can have."""
    for index, name in enumerate(names):
        if not is_topic(name.removesuffix("*") or "any") or not _TOPIC.fullmatch(name):
            why, todo = f"Kafka has no {kind} of such a name", "write a name, or its beginning and an asterisk"
            allowed = "letters, digits, '.', '_' and '-', with an asterisk at the end for any rest"
            reader.report(f"{field}[{index}]", name, allowed=allowed, why=why, todo=todo)


def _check_secret(field: str, asked: Authentication, access: KafkaAccess, reader: Reader) -> None:
    if asked == "mtls" and access.secret is None:
        why = "this listener asks for a certificate, and the service has none"
        todo = (
            "name a Secret with tls.crt, tls.key and ca.crt; or name a listener with scram-sha-512, for which a "
            + "password is generated"
        )
        reader.report(f"{field}.secret", None, allowed="a Secret's name", why=why, todo=todo)
    elif asked != "mtls" and access.secret is not None:
        why, todo = "this listener asks for no certificate, so nothing would use it", "remove it"
        reader.report(f"{field}.secret", access.secret, allowed="none at this listener", why=why, todo=todo)
    elif access.secret is not None and not is_object_name(access.secret):
        why, todo = "Kubernetes names no Secret so", "correct its spelling"
        reader.report(f"{field}.secret", access.secret, allowed="a Secret's name", why=why, todo=todo)
    if asked != "scram-sha-512" and access.rotation != 1:
        why, todo = "this listener asks for no password, so none is generated", "remove it"
        reader.report(f"{field}.rotation", access.rotation, allowed="none at this listener", why=why, todo=todo)


def _check_user(spec: ClusterSpec, field: str, access: KafkaAccess, reader: Reader) -> None:
    asked, ruled = entrance(spec, access).authentication, spec.kafka.authorization is not None
    if asked == "mtls" and ruled and access.user is None:
        why = "its rules are for the subject of its certificate, which only its Secret tells"
        todo = "copy it from `openssl x509 -noout -subject -nameopt RFC2253`"
        reader.report(f"{field}.user", None, allowed="a subject such as CN=connect", why=why, todo=todo)
    elif access.user is None:
        return
    elif asked == "none" or (asked == "mtls" and not ruled):
        why, todo = "nobody asks at this listener who the service is, or what it may do", "remove it"
        reader.report(f"{field}.user", access.user, allowed="none at this listener", why=why, todo=todo)
    elif asked == "scram-sha-512":
        check_generated(f"{field}.user", access.user, reader, "choose another name")
