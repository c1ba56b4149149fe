"""The users of SASL PLAIN in a stack file: read and checked as a whole before anything exists.

The password itself is a Pulumi secret, or stays in a Secret of Kubernetes that is named here.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from components.spec.model import ClusterSpec
from components.spec.naming import is_object_name
from components.spec.reading import Reader
from contract import SECRET_PASSWORD, SHORTEST_PASSWORD

if TYPE_CHECKING:
    from stacks.users import UserSettings

#: What Kafka reads as one word where a user's password begins.
_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, kw_only=True)
class PlainSettings:
    """A user's password for listeners with authentication `plain`: given, or kept in a Secret of Kubernetes."""

    password: str | None = field(repr=False)
    """Password, at least 12 characters, written by `pulumi config set --secret --path`."""
    secret: str | None
    """Secret in the cluster's namespace that has the password instead. Each `up` reads it; when it changed, brokers
    restart."""
    key: str
    """Key of that Secret. Default `password`."""


def read_plain(reader: Reader) -> PlainSettings:
    """Read the section `plain` of a user."""
    plain = PlainSettings(
        password=reader.secret("password"),
        secret=reader.optional_text("secret"),
        key=reader.optional_text("key") or SECRET_PASSWORD,
    )
    reader.finish()
    return plain


def check_plain(name: str, plain: PlainSettings, reader: Reader, *, secret: bool) -> None:
    """Report a user of whom brokers could not read, or would not know, the password."""
    if not _NAME.fullmatch(name):
        why, todo = "Kafka reads the names of these users as single words", "choose another name"
        allowed = "letters, digits, '_', '.' and '-', a letter, a digit or '_' first, at most 64 characters"
        reader.report("name", name, allowed=allowed, why=why, todo=todo)
    if (plain.password is None) == (plain.secret is None):
        given = "password and secret" if plain.password is not None else None
        why = "each would say another" if given else "brokers would know no password of the user"
        todo = "remove one" if given else "write the password as a Pulumi secret, or name a Secret that has it"
        reader.report("plain", given, allowed="password or secret, exactly one", why=why, todo=todo)
    if plain.password is not None:
        check_password("plain.password", plain.password, reader, secret=secret)
        if not plain.password.isprintable():
            why, given = "no client would send it", "a password with a line break or another control character"
            reader.report("plain.password", given, allowed="one without", why=why, todo="set it anew without it")
    if plain.secret is not None and not is_object_name(plain.secret):
        why, todo = "Kubernetes names no Secret so", "choose one of `kubectl get secrets`"
        reader.report("plain.secret", plain.secret, allowed="a Secret's name", why=why, todo=todo)


def check_password(at: str, password: str, reader: Reader, *, secret: bool) -> None:
    """Report a password that is open to guess or to read. Its text is never part of the report."""
    if not secret:
        why = "everybody who can read the stack file can read it"
        todo = f"take it out, and write it by `pulumi config set --secret --path '{reader.at(at)}'`"
        todo += "; or let it be generated" if at.startswith("scram") else "; or name a Secret that has it"
        reader.report(at, "a password in clear", allowed="a Pulumi secret", why=why, todo=todo)
    if len(password) < SHORTEST_PASSWORD:
        given, allowed = f"{len(password)} characters", f"{SHORTEST_PASSWORD} characters or more"
        why = "a shorter one is guessed from what Kafka keeps of it" if at.startswith("scram") else "it is guessed"
        reader.report(at, given, allowed=allowed, why=why, todo="choose a longer one")


def check_logins(spec: ClusterSpec, users: Iterable["UserSettings"], reader: Reader) -> None:
    """Report a listener that would let nobody in, and users for whom no listener asks."""
    named, asking = [user.name for user in users if user.plain is not None], spec.kafka.listeners.plain
    path = "kafka.listeners.external"
    if asking and not named:
        why = f"listener {', '.join(asking)} asks for a password by SASL PLAIN, and nobody has one"
        todo = "add users with `plain`, or choose another authentication"
        reader.report("users", None, allowed="at least one user with plain", why=why, todo=todo)
    elif named and not asking:
        why, todo = "no listener asks for these passwords", f"set authentication: plain in {reader.at(path)}, or remove"
        reader.report(
            "users", ", ".join(named), allowed="plain with such a listener only", why=why, todo=f"{todo} plain"
        )
