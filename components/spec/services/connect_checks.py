"""Rules for Kafka Connect alone: its group, its three topics, its plugins, and the keys that the platform writes."""

import re
from collections.abc import Mapping
from typing import Final

from components.spec.model import ClusterSpec
from components.spec.naming import TOPIC_RULE, is_object_name, is_topic
from components.spec.reading import Reader
from components.spec.services.connect import group_id, internal_topics
from components.spec.services.model import ConnectSpec

_REST = "the Service, the probe and the other workers rely on it"
_SECURITY = "it follows from the listener: use kafka.listener, kafka.user and kafka.secret"
_TOPICS = "use configTopic, offsetTopic and statusTopic"
_FACTOR = "it is the cluster's replicationFactor"
_OWNED: Final = {
    "bootstrap.servers": "use kafka.listener",
    "group.id": "use groupId",
    "listeners": _REST,
    "rest.port": _REST,
    "rest.host.name": _REST,
    "rest.advertised.host.name": _REST,
    "rest.advertised.port": _REST,
    "rest.advertised.listener": _REST,
    "plugin.path": "use pluginPaths and pluginClaims",
    "config.providers": "use secrets: the provider `directory` reads them",
    "security.protocol": _SECURITY,
    **{f"{kind}.storage.topic": _TOPICS for kind in ("config", "offset", "status")},
    **{f"{kind}.storage.replication.factor": _FACTOR for kind in ("config", "offset", "status")},
}
_CLASS: Final = re.compile(r"([A-Za-z_]\w*\.)+[A-Za-z_][\w$]*")
_CONVERTERS: Final = ("key.converter", "value.converter", "header.converter")


def connect_owner(key: str) -> str | None:
    """Return why the user may not set the key, or None when it is theirs."""
    own = key
    for client in ("admin.", "consumer.", "producer."):
        own = own.removeprefix(client)
    if own.startswith(("ssl.", "sasl.")) or own == "security.protocol":
        return _SECURITY
    if key.startswith("config.providers."):
        return _OWNED["config.providers"]
    return _OWNED.get(own if own == "bootstrap.servers" else key)


def check_connect(spec: ClusterSpec, connect: ConnectSpec, reader: Reader) -> None:
    """Report what only Connect can have wrong."""
    _check_group(spec, connect, reader)
    _check_topics(spec, connect, reader)
    _check_plugins(connect, reader)
    check_converters("connect.config", connect.config, reader)
    once = connect.config.get("exactly.once.source.support", "disabled")
    if once not in {"disabled", "preparing", "enabled"}:
        why, todo = "Connect knows no such level", "write preparing, roll, and then enabled"
        path, allowed = "connect.config.exactly.once.source.support", "disabled, preparing or enabled"
        reader.report_key(path, once, allowed=allowed, why=why, todo=todo)


def check_converters(path: str, config: Mapping[str, str], reader: Reader) -> None:
    """Report converters that are no classes."""
    for key in _CONVERTERS:
        value = config.get(key)
        if value is not None and not _CLASS.fullmatch(value):
            why, todo = "Connect would look for a class of this name, and not start", "write its whole name"
            allowed = "a class such as org.apache.kafka.connect.storage.StringConverter"
            reader.report_key(f"{path}.{key}", value, allowed=allowed, why=why, todo=todo)


def _check_group(spec: ClusterSpec, connect: ConnectSpec, reader: Reader) -> None:
    group = group_id(spec, connect)
    if not is_topic(group):
        why = "the workers' topics are named after the group, and Kafka would refuse them"
        todo = "choose another name"
        reader.report("connect.group_id", group, allowed=TOPIC_RULE, why=why, todo=todo)
    elif group.startswith("connect-"):
        why = "sink connectors read in groups that begin with connect-, and one of them could join the workers' own"
        allowed, todo = "a name that begins otherwise", "choose another name"
        reader.report("connect.group_id", group, allowed=allowed, why=why, todo=todo)


def _check_topics(spec: ClusterSpec, connect: ConnectSpec, reader: Reader) -> None:
    given = {"config": connect.config_topic, "offset": connect.offset_topic, "status": connect.status_topic}
    first: dict[str, str] = {}
    for kind, topic in internal_topics(spec, connect).items():
        field = f"connect.{kind}_topic"
        if given[kind] is not None and not is_topic(topic):
            why, todo = "Kafka would refuse a topic of this name", "choose another name, or leave it out"
            reader.report(field, topic, allowed=TOPIC_RULE, why=why, todo=todo)
        owner = first.setdefault(topic, field)
        if owner != field:
            why = f"{reader.at(owner)} is the same topic, and each of them is compacted by keys of its own"
            reader.report(field, topic, allowed="another topic", why=why, todo="give each a topic of its own")


def _check_plugins(connect: ConnectSpec, reader: Reader) -> None:
    for index, path in enumerate(connect.plugin_paths):
        field = f"connect.plugin_paths[{index}]"
        if not path.startswith("/") or "," in path:
            why, todo = "Connect looks for plugins in folders of the image, one per entry", "write its whole path"
            reader.report(field, path, allowed="a path that begins with /, without commas", why=why, todo=todo)
        elif path in connect.plugin_paths[:index]:
            why, todo = "every plugin in it would be found twice", "remove it here"
            reader.report(field, path, allowed="each one once", why=why, todo=todo)
    for index, claim in enumerate(connect.plugin_claims):
        field = f"connect.plugin_claims[{index}]"
        if not is_object_name(claim):
            why, todo = "Kubernetes names no claim so", "choose one of `kubectl get persistentvolumeclaims`"
            reader.report(field, claim, allowed="a claim's name", why=why, todo=todo)
        elif claim in connect.plugin_claims[:index]:
            why, todo = "it is mounted at a path of its name, and would be so twice", "remove it here"
            reader.report(field, claim, allowed="each one once", why=why, todo=todo)
