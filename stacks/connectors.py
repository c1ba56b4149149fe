"""The connectors of a stack file: read, and checked as a whole before anything exists.

What Connect would refuse of any connector is refused here, with the path; what only a plugin can tell is the Connectors
hook's, whose preview lets the live workers check every new configuration.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from components.spec.model import ClusterSpec
from components.spec.reading import Reader
from components.spec.services.checks import holds_secret
from components.spec.services.connect import NAME as CONNECT
from components.spec.services.connect_checks import check_converters
from components.spec.services.kafka_access import PROVIDER
from components.spec.services.model import ConnectSpec
from components.spec.services.service import SECRETS_MOUNT
from hooks.providers.connectors import ConnectorArgs
from stacks.patterns import covers

MOST_TASKS: Final = 1000
STATES: Final = ("running", "paused", "stopped")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
_CLASS: Final = re.compile(r"([A-Za-z_]\w*\.)+[A-Za-z_][\w$]*")
_OWN: Final = {"name": "name", "connector.class": "class", "tasks.max": "tasks"}
#: Keys of Connect itself that name topics; those of sources are their plugins' own.
_TOPIC_KEYS: Final = ("topics", "errors.deadletterqueue.topic.name")
_LOOKED_UP: Final = re.compile(rf"\$\{{{PROVIDER}:([^}}]*)\}}")


@dataclass(frozen=True, kw_only=True)
class ConnectorSettings:
    """One connector. One that exists already is adopted: the preview shows how it differs."""

    name: str
    """Name. A source finds its offsets by it, and a sink's group is `connect-NAME`."""
    class_: str
    """The connector's class with its package, one of the workers' plugins."""
    tasks: int
    """How many tasks it may have at most. Default 1."""
    config: Mapping[str, str]
    """All its other keys, the whole configuration: a key that is not here is taken away. Passwords are looked up:
    `${directory:/etc/kafka-platform-secrets/SECRET:KEY}`."""
    state: str
    """`running` (the default), `paused` (keeps its tasks) or `stopped` (gives them up)."""
    deletion_protection: bool
    """Whether taking the connector out of the list is refused. Default true. Without it the connector is deleted then;
    its offsets stay."""


def read_connectors(
    reader: Reader, spec: ClusterSpec, connect: ConnectSpec | None
) -> tuple[ConnectorSettings, ...] | None:
    """Read the list `connect.connectors`; None where it is left out, and the connectors are nobody's of the stack."""
    section = reader.section("connect")
    if connect is None or not section.present("connectors"):
        return None
    readers = section.sections("connectors")
    found = tuple(_read(each) for each in readers)
    if reader.clean:
        _check_names(found, readers)
        for one, each in zip(found, readers, strict=True):
            _check(one, connect, each)
            _check_rights(one, spec, connect, each)
    return found


def connector_args(connectors: Sequence[ConnectorSettings]) -> dict[str, ConnectorArgs]:
    """Return what the Connectors hook is told, by name."""
    return {
        one.name: {
            "class": one.class_,
            "tasks": one.tasks,
            "config": dict(one.config),
            "state": one.state,
            "deletionProtection": one.deletion_protection,
        }
        for one in connectors
    }


def _read(reader: Reader) -> ConnectorSettings:
    one = ConnectorSettings(
        name=reader.text("name"),
        class_=reader.text("class_"),
        tasks=reader.integer("tasks", lowest=1, highest=MOST_TASKS, default=1),
        config=reader.settings("config"),
        state=reader.optional_text("state", choices=STATES) or "running",
        deletion_protection=reader.boolean("deletion_protection", default=True),
    )
    reader.finish()
    return one


def _check_names(connectors: Sequence[ConnectorSettings], readers: Sequence[Reader]) -> None:
    first: dict[str, str] = {}
    for one, reader in zip(connectors, readers, strict=True):
        path = first.setdefault(one.name, reader.at("name"))
        if path != reader.at("name"):
            why, allowed = f"{path} is the same", "a name that no other connector has"
            reader.report("name", one.name, allowed=allowed, why=why, todo="keep one of the two, or rename one")


def _check(one: ConnectorSettings, connect: ConnectSpec, reader: Reader) -> None:
    if not _NAME.fullmatch(one.name):
        allowed = "letters, digits, dots, underscores and dashes, at most 200, with a letter or digit first"
        why = "it is part of paths, of a consumer group and of names of metrics"
        reader.report("name", one.name, allowed=allowed, why=why, todo="choose another name")
    if not _CLASS.fullmatch(one.class_):
        why = "a short name can mean several plugins"
        allowed = "a class with its package, such as org.apache.kafka.connect.file.FileStreamSourceConnector"
        reader.report("class_", one.class_, allowed=allowed, why=why, todo="write its whole name")
    for key, value in one.config.items():
        _check_key(key, value, connect, reader)
    _check_together(one, connect, reader)
    check_converters("config", one.config, reader)
    for kind in ("transforms", "predicates"):
        _check_named(kind, one.config, reader)


def _check_key(key: str, value: str, connect: ConnectSpec, reader: Reader) -> None:
    path = f"config.{key}"
    if key in _OWN:
        why, todo = "the connector says it beside its config", f"remove it, and write {reader.at(_OWN[key])}"
        reader.report_key(path, value, allowed="any other key", why=why, todo=todo)
    elif not key or any(character.isspace() for character in key):
        why, todo = "no plugin has a key that looks so", "correct its spelling"
        reader.report_key(path, key, allowed="a key without blanks", why=why, todo=todo)
    check_secrets(path, value, connect, reader)


def check_secrets(path: str, value: str, connect: ConnectSpec, reader: Reader) -> None:
    """Report a password in clear, and a reference to what is not mounted."""
    if holds_secret(path) and value and not _LOOKED_UP.search(value):
        why = "everybody who can read the stack file, or ask a worker, can read it"
        todo = (
            f"put it into a Secret, name that in connect.secrets, and write ${{{PROVIDER}:{SECRETS_MOUNT}/SECRET:KEY}}"
        )
        reader.report_key(
            path, "a value in clear", allowed=f"a value that the provider {PROVIDER} looks up", why=why, todo=todo
        )
    for place in _LOOKED_UP.findall(value):
        _check_place(path, place, connect, reader)


def _check_place(path: str, place: str, connect: ConnectSpec, reader: Reader) -> None:
    """Report a reference to what is not mounted."""
    folder, _, key = place.partition(":")
    secret = folder.removeprefix(f"{SECRETS_MOUNT}/")
    if secret not in connect.secrets or secret == folder or not key:
        named = ", ".join(connect.secrets) or "none yet"
        why = f"the workers look values up in the Secrets of connect.secrets alone ({named})"
        todo = f"name the Secret there, and write ${{{PROVIDER}:{SECRETS_MOUNT}/SECRET:KEY}}"
        allowed = f"{SECRETS_MOUNT}/SECRET:KEY of a Secret that is named there"
        reader.report_key(path, place, allowed=allowed, why=why, todo=todo)


def _check_together(one: ConnectorSettings, connect: ConnectSpec, reader: Reader) -> None:
    if "topics" in one.config and "topics.regex" in one.config:
        why, todo = "config.topics says it already, and Connect takes one of the two", "remove one of them"
        given = one.config["topics.regex"]
        reader.report_key("config.topics.regex", given, allowed="nothing beside config.topics", why=why, todo=todo)
    once = one.config.get("exactly.once.support")
    if once == "required" and connect.config.get("exactly.once.source.support", "disabled") != "enabled":
        why = "the workers write no source's records in transactions"
        todo = "set connect.config.exactly.once.source.support to preparing, run, and then to enabled; or ask for less"
        path, allowed = "config.exactly.once.support", "requested, or required with workers that can"
        reader.report_key(path, once, allowed=allowed, why=why, todo=todo)
    if (tolerance := one.config.get("errors.tolerance", "none")) not in {"none", "all"}:
        why, todo = "Connect knows no such tolerance", "write none, or all"
        reader.report_key("config.errors.tolerance", tolerance, allowed="none or all", why=why, todo=todo)


def _check_rights(one: ConnectorSettings, spec: ClusterSpec, connect: ConnectSpec, reader: Reader) -> None:
    """Report topics that the workers' user may not use; a connector with clients of its own is somebody else's user."""
    rules, user = spec.kafka.authorization, connect.kafka.user or CONNECT
    if rules is None or f"User:{user}" in rules.super_users or any(".override." in key for key in one.config):
        return
    for key in _TOPIC_KEYS:
        for topic in _names(one.config.get(key, "")):
            if not any(covers(granted, topic) for granted in connect.kafka.topics):
                granted = ", ".join(connect.kafka.topics) or "none yet"
                why = f"the workers' user has rights on the topics of connect.kafka.topics alone ({granted})"
                allowed = "topics that are named there, or begin as one with an asterisk"
                todo = f"add {topic} to connect.kafka.topics"
                reader.report_key(f"config.{key}", topic, allowed=allowed, why=why, todo=todo)


def _check_named(kind: str, config: Mapping[str, str], reader: Reader) -> None:
    """Report names of a list that have no type, and twice the same name."""
    names = list(_names(config.get(kind, "")))
    for name in sorted(set(names)):
        path = f"config.{kind}.{name}.type"
        if names.count(name) > 1:
            why, todo = "Connect takes each name once", "remove one of them"
            reader.report_key(f"config.{kind}", name, allowed="each name once", why=why, todo=todo)
        elif f"{kind}.{name}.type" not in config:
            why = f"config.{kind} names {name}, and nothing says what it is"
            todo = f"add it, or take {name} out of config.{kind}"
            reader.report_key(path, None, allowed="a class", why=why, todo=todo)


def _names(text: str) -> Iterator[str]:
    return (name.strip() for name in text.split(",") if name.strip())
