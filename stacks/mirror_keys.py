"""The keys of MirrorMaker that a stack file may set beside what the platform writes itself.

Connect takes every key and MirrorMaker passes over those that it does not know, so a slip would have no effect.
"""

import difflib
from collections.abc import Mapping
from typing import Final

from components.spec.reading import Reader
from components.spec.services.model import ConnectSpec
from stacks.connectors import check_secrets

#: The keys of the connectors for source and checkpoint that nothing else of a mirror says.
KEYS: Final = (
    "admin.timeout.ms",
    "config.action.reload",
    "config.properties.exclude",
    "config.property.filter.class",
    "consumer.poll.timeout.ms",
    "errors.log.enable",
    "errors.log.include.messages",
    "errors.retry.delay.max.ms",
    "errors.retry.timeout",
    "errors.tolerance",
    "forwarding.admin.class",
    "group.filter.class",
    "groups.exclude",
    "metric.reporters",
    "offset.lag.max",
    "use.defaults.from",
)
#: Before keys of Kafka's clients.
CLIENTS: Final = (
    "consumer.",
    "producer.override.",
    "source.admin.",
    "source.consumer.",
    "target.admin.",
    "target.consumer.",
    "target.producer.",
)
_SAID: Final = {
    "name": "name",
    "connector.class": "heartbeats and groups",
    "tasks.max": "tasks",
    "topics": "topics",
    "topics.exclude": "exclude",
    "groups": "groups",
    "replication.factor": "replicationFactor",
    "offset-syncs.topic.replication.factor": "replicationFactor",
    "checkpoints.topic.replication.factor": "replicationFactor",
    "replication.policy.class": "policy",
    "replication.policy.separator": "separator",
    "source.cluster.alias": "name",
    "target.cluster.alias": "targetAlias",
    "sync.group.offsets.enabled": "syncGroupOffsets",
    "sync.group.offsets.interval.seconds": "offsetsSeconds",
    "emit.checkpoints.enabled": "groups",
    "emit.checkpoints.interval.seconds": "offsetsSeconds",
    "emit.heartbeats.enabled": "heartbeats",
    "refresh.topics.interval.seconds": "refreshSeconds",
    "refresh.groups.interval.seconds": "refreshSeconds",
    "sync.topic.configs.enabled": "syncTopicConfigs",
    "sync.topic.configs.interval.seconds": "refreshSeconds",
    "exactly.once.support": "exactlyOnce",
    "consumer.isolation.level": "exactlyOnce",
}
_FIXED: Final = {
    "sync.topic.acls.enabled": "who may do what here is said by this stack alone",
    "offset-syncs.topic.location": "they lie in this cluster, so that the source is only read",
    "key.converter": "records stay the bytes that they are",
    "value.converter": "records stay the bytes that they are",
    "header.converter": "records stay the bytes that they are",
}
#: Where a client goes and what it shows.
_WAY: Final = ("bootstrap.servers", "security.protocol", "sasl.", "ssl.")


def check_config(config: Mapping[str, str], connect: ConnectSpec, reader: Reader) -> None:
    """Report keys that something else says, that do not exist, and passwords in clear."""
    for key, value in config.items():
        path, client = f"config.{key}", next((each for each in CLIENTS if key.startswith(each)), "")
        if (reason := _owner(key, client, reader)) is not None:
            why, todo = "the platform writes this key itself", f"remove it: {reason}"
            reader.report_key(path, "a value", allowed="keys that the platform does not write", why=why, todo=todo)
        elif not client and key not in KEYS:
            near = difflib.get_close_matches(key, (*KEYS, *_SAID), n=1)
            meant = f"{reader.at(_SAID[near[0]])}" if near and near[0] in _SAID else near[0] if near else ""
            todo = f"did you mean {meant}" if meant else "remove it, or correct its spelling"
            why, allowed = "MirrorMaker has no such key, so it would have no effect", ", ".join((*KEYS, *CLIENTS))
            reader.report_key(path, key, allowed=allowed, why=why, todo=todo)
        else:
            check_secrets(path, value, connect, reader)


def _owner(key: str, client: str, reader: Reader) -> str | None:
    """Return why the user may not set the key, or None when it is theirs."""
    if key in _SAID:
        return f"use {reader.at(_SAID[key])}"
    if key.startswith(("source.cluster.", "target.cluster.")) or (client and key[len(client) :].startswith(_WAY)):
        return f"use {reader.at('from_')}, and connect.kafka for this cluster"
    return _FIXED.get(key)
