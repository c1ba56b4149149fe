"""The users of a stack file: credentials, rules and quotas, read and checked as a whole before anything exists.

A password is never part of an error, of a diff or of anything else that these settings say; it may stand in the stack
file only as a Pulumi secret, or not at all: then it is generated, and kept in a Kubernetes Secret.
"""

import difflib
import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Final

from components.spec.access_checks import check_generated
from components.spec.model import KafkaSpec
from components.spec.reading import Reader
from hooks.providers.users import AclArgs, UserArgs
from stacks.plain_users import PlainSettings, check_password, check_plain, read_plain
from stacks.quotas import QuotaSettings, read_limits

MECHANISMS: Final = ("SCRAM-SHA-256", "SCRAM-SHA-512")
_RESOURCES: Final = ("topic", "group", "cluster", "transactionalId", "delegationToken", "user")
_PATTERNS: Final = ("literal", "prefixed")
_PERMISSIONS: Final = ("allow", "deny")
_CLUSTER: Final = "kafka-cluster"
#: What Kafka can grant on each kind of resource; anything else it refuses. `All` is all of them.
_OPERATIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "topic": ("All", "Read", "Write", "Create", "Describe", "Delete", "Alter", "DescribeConfigs", "AlterConfigs"),
    "group": ("All", "Read", "Describe", "Delete", "DescribeConfigs", "AlterConfigs"),
    "cluster": (
        "All", "Create", "ClusterAction", "DescribeConfigs", "AlterConfigs", "IdempotentWrite", "Alter", "Describe",
    ),
    "transactionalId": ("All", "Describe", "Write", "TwoPhaseCommit"),
    "delegationToken": ("All", "Describe"),
    "user": ("All", "CreateTokens", "DescribeTokens"),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class ScramSettings:
    """A user's password, by SCRAM. Without `password` one is generated and kept in the Secret `CLUSTER-user-NAME`."""

    mechanisms: tuple[str, ...]
    """`SCRAM-SHA-256`, `SCRAM-SHA-512` or both. Default `SCRAM-SHA-512`."""
    password: str | None = field(repr=False)
    """Password, at least 12 characters, written by `pulumi config set --secret --path`. A change sets it anew."""
    rotation: int
    """Of a generated password: another number makes a new one. Default 1. Clients must read their Secret again."""


@dataclass(frozen=True, kw_only=True)
class AclSettings:
    """Rules for one resource: every operation from every host."""

    resource: str
    """`topic`, `group`, `cluster`, `transactionalId`, `delegationToken` or `user`."""
    name: str
    """Name of the resource, `*` for all of the kind. Left out for `cluster`."""
    pattern: str
    """`literal`, or `prefixed` for every resource whose name begins so. Default `literal`."""
    operations: tuple[str, ...]
    """What is granted, as Kafka names it: `Read`, `Write`, `Describe`, `All` and so on."""
    hosts: tuple[str, ...]
    """Addresses of clients that the rule is for. Default `*`, all of them."""
    permission: str
    """`allow` or `deny`; a denial wins. Default `allow`."""


@dataclass(frozen=True, kw_only=True)
class UserSettings:
    """One user. One that exists already is adopted: its password becomes that of the stack."""

    name: str
    """Name, as rules know it (`User:NAME`): of SCRAM, or what another mechanism makes of a certificate or token."""
    scram: ScramSettings | None
    """Its SCRAM credential; left out for a user that another mechanism authenticates."""
    plain: PlainSettings | None
    """Its password for listeners with authentication `plain`; a change restarts brokers."""
    acls: tuple[AclSettings, ...] | None
    """All its rules: one that is not here is removed. Left out, its rules are left alone. Needs
    `kafka.authorization`."""
    quotas: QuotaSettings | None
    """Its limits."""
    deletion_protection: bool
    """Whether taking the user out of the file is refused. Default true. Without it its credential, its rules and its
    quotas go."""


def read_users(reader: Reader, kafka: KafkaSpec, *, secret: bool) -> tuple[UserSettings, ...]:
    """Read the list `users`, which may be left out. `secret` says that the list holds a Pulumi secret."""
    readers = reader.sections("users") if reader.has("users") else []
    users = tuple(_read(each) for each in readers)
    if reader.clean:
        first: dict[str, str] = {}
        for user, each in zip(users, readers, strict=True):
            _check(user, each, secret=secret)
            if user.acls and kafka.authorization is None:
                why = f"without kafka.{each.spell('authorization')} everybody who connects may do everything"
                todo = "take them out, or turn authorization on"
                each.report(
                    "acls", f"{len(user.acls)} of them", allowed="none without authorization", why=why, todo=todo
                )
            path = first.setdefault(user.name, each.at("name"))
            if path != each.at("name"):
                why, allowed = f"{path} is the same", "a name that no other user has"
                each.report("name", user.name, allowed=allowed, why=why, todo="merge the two")
    return users


def user_args(users: Sequence[UserSettings]) -> dict[str, UserArgs]:
    """Return what the Users hook is told, by name, passwords left out."""
    return {user.name: _args(user) for user in users}


def passwords(users: Sequence[UserSettings]) -> dict[str, str]:
    """Return the given passwords by user."""
    return {user.name: user.scram.password for user in users if user.scram and user.scram.password}


def _args(user: UserSettings) -> UserArgs:
    generated = user.scram is not None and user.scram.password is None
    return {
        "mechanisms": list(user.scram.mechanisms) if user.scram else [],
        "rotation": user.scram.rotation if user.scram and generated else 0,
        "acls": None if user.acls is None else [rule for acl in user.acls for rule in _rules(acl)],
        "deletionProtection": user.deletion_protection,
    }


def _rules(acl: AclSettings) -> list[AclArgs]:
    return [
        {
            "resource": acl.resource,
            "name": acl.name,
            "pattern": acl.pattern,
            "operation": operation,
            "host": host,
            "permission": acl.permission,
        }
        for operation, host in product(acl.operations, acl.hosts)
    ]


def _read(reader: Reader) -> UserSettings:
    rules = reader.sections("acls") if reader.has("acls") else None
    user = UserSettings(
        name=reader.text("name"),
        scram=_read_scram(reader.section("scram", secret=True)) if reader.present("scram") else None,
        plain=read_plain(reader.section("plain", secret=True)) if reader.present("plain") else None,
        acls=None if rules is None else tuple(_read_acl(each) for each in rules),
        quotas=read_limits(reader.section("quotas")) if reader.has("quotas") else None,
        deletion_protection=reader.boolean("deletion_protection", default=True),
    )
    reader.finish()
    return user


def _read_scram(reader: Reader) -> ScramSettings:
    scram = ScramSettings(
        mechanisms=_choices(reader, "mechanisms", MECHANISMS) or ("SCRAM-SHA-512",),
        password=reader.secret("password"),
        rotation=reader.integer("rotation", lowest=1, highest=1_000_000, default=1),
    )
    reader.finish()
    return scram


def _read_acl(reader: Reader) -> AclSettings:
    resource = reader.text("resource", choices=_RESOURCES)
    name = reader.optional_text("name", required=resource not in {"", "cluster"})
    acl = AclSettings(
        resource=resource,
        name=name or _CLUSTER,
        pattern=reader.optional_text("pattern", choices=_PATTERNS) or "literal",
        operations=_choices(reader, "operations", _OPERATIONS.get(resource, ())),
        hosts=reader.texts("hosts") or ("*",),
        permission=reader.optional_text("permission", choices=_PERMISSIONS) or "allow",
    )
    reader.finish()
    if reader.clean:
        _check_acl(acl, reader)
    return acl


def _choices(reader: Reader, field: str, allowed: Sequence[str]) -> tuple[str, ...]:
    """Read a list of words, each of them one of those that have a meaning."""
    given = tuple(dict.fromkeys(reader.texts(field)))
    for word in given if allowed else ():
        if word not in allowed:
            near = difflib.get_close_matches(word, allowed, n=1)
            todo = f"did you mean {near[0]}" if near else f"write {' or '.join(allowed)}"
            why = "no other word has a meaning here"
            reader.report(field, word, allowed=", ".join(allowed), why=why, todo=todo)
    return given


def _check_acl(acl: AclSettings, reader: Reader) -> None:
    if not acl.operations:
        allowed, todo = ", ".join(_OPERATIONS[acl.resource]), "name them, or write `All`"
        reader.report("operations", None, allowed=allowed, why="a rule without one grants nothing", todo=todo)
    if acl.resource == "cluster" and (acl.name, acl.pattern) != (_CLUSTER, "literal"):
        why, todo = "there is one cluster, and Kafka calls it so", "leave name and pattern out"
        reader.report("name", acl.name, allowed=_CLUSTER, why=why, todo=todo)
    elif acl.pattern == "prefixed" and acl.name == "*":
        why = "it would match only names that begin with an asterisk, and none does"
        reader.report("pattern", acl.pattern, allowed="literal", why=why, todo="write literal: `*` then means all")
    for host in acl.hosts:
        if host != "*" and not _is_address(host):
            why = "Kafka compares it with the address that a client comes from, never with a name or a range"
            reader.report("hosts", host, allowed="* or addresses such as 10.0.0.7", why=why, todo="write the address")


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _check(user: UserSettings, reader: Reader, *, secret: bool) -> None:
    scram = user.scram
    if user.plain is not None:
        check_plain(user.name, user.plain, reader, secret=secret)
    if scram is None:
        if user.plain is None and user.acls is None and user.quotas is None:
            why = "the user would have no credential, no rules and no limits"
            allowed = "at least one of scram, plain, acls, quotas"
            reader.report("", user.name, allowed=allowed, why=why, todo="add `scram: {}` for a generated password")
        return
    if scram.password is None:
        check_generated("name", user.name, reader, "choose another name, or give a password")
    if scram.password is not None:
        check_password("scram.password", scram.password, reader, secret=secret)
        if scram.rotation != 1:
            why = "a given password changes by being written anew"
            todo = "remove rotation, or the password"
            reader.report("scram.rotation", scram.rotation, allowed="no rotation", why=why, todo=todo)
