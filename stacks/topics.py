"""The topics of a stack file: read, and checked as a whole before anything exists.

What Kafka would refuse is refused here, with the path; what only the live cluster can tell is the Topics hook's, whose
preview lets the brokers themselves check every change.
"""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from components.spec.model import KafkaSpec
from components.spec.reading import Reader
from hooks.providers.topics import TopicArgs

MOST_PARTITIONS: Final = 10_000
"""Of one topic: a KRaft controller writes no more in one piece."""
_NAME: Final = re.compile(r"[a-zA-Z0-9._-]{1,249}")
_NAME_RULE: Final = "1 to 249 letters, digits, dots, underscores and hyphens, but not . or .. alone"
_MIN_ISR: Final = "min.insync.replicas"
#: Set and cleared by every reassignment of replicas.
_PASSING: Final = frozenset({"leader.replication.throttled.replicas", "follower.replication.throttled.replicas"})
#: Kafka's own keys of a topic, so that a slip of the pen is seen without a cluster. Others pass: the brokers know them.
_KEYS: Final = (
    "cleanup.policy", "compression.gzip.level", "compression.lz4.level", "compression.type", "compression.zstd.level",
    "delete.retention.ms", "file.delete.delay.ms", "flush.messages", "flush.ms", "index.interval.bytes",
    "local.retention.bytes", "local.retention.ms", "max.compaction.lag.ms", "max.message.bytes",
    "message.downconversion.enable", "message.format.version", "message.timestamp.after.max.ms",
    "message.timestamp.before.max.ms", "message.timestamp.difference.max.ms", "message.timestamp.type",
    "min.cleanable.dirty.ratio", "min.compaction.lag.ms", _MIN_ISR, "preallocate", "remote.log.copy.disable",
    "remote.log.delete.on.disable", "remote.storage.enable", "retention.bytes", "retention.ms", "segment.bytes",
    "segment.index.bytes", "segment.jitter.ms", "segment.ms", "unclean.leader.election.enable",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class TopicSettings:
    """One topic. A topic that exists already is adopted: the preview shows how it differs."""

    name: str
    """Name. Those that begin with two underscores are Kafka's own."""
    partitions: int
    """How many partitions. More of them later send keys elsewhere; fewer are refused."""
    replication_factor: int
    """Replicas of each partition; `kafka.replicationFactor` when left out. Fixed once the topic exists."""
    config: Mapping[str, str]
    """Kafka's own topic keys, such as `retention.ms`. A key taken out goes back to the cluster's default; keys that
    somebody else sets are shown and left alone."""
    deletion_protection: bool
    """Whether taking the topic out of the file is refused. Default true. Without it the topic is deleted then, with all
    its messages."""


def read_topics(reader: Reader, kafka: KafkaSpec) -> tuple[TopicSettings, ...]:
    """Read the list `topics`, which may be left out, and check it against the cluster that is to hold it."""
    readers = reader.sections("topics") if reader.has("topics") else []
    topics = tuple(_read(each, kafka) for each in readers)
    if reader.clean:
        _check_names(topics, readers)
        for topic, each in zip(topics, readers, strict=True):
            _check_factor(topic, kafka, each)
            _check_config(topic, kafka, each)
    return topics


def topic_args(topics: Sequence[TopicSettings]) -> dict[str, TopicArgs]:
    """Return what the Topics hook is told, by name."""
    return {
        topic.name: {
            "partitions": topic.partitions,
            "replicationFactor": topic.replication_factor,
            "config": dict(topic.config),
            "deletionProtection": topic.deletion_protection,
        }
        for topic in topics
    }


def _read(reader: Reader, kafka: KafkaSpec) -> TopicSettings:
    topic = TopicSettings(
        name=reader.text("name"),
        partitions=reader.integer("partitions", lowest=1, highest=MOST_PARTITIONS),
        replication_factor=reader.integer(
            "replication_factor", lowest=1, highest=1000, default=kafka.replication_factor
        ),
        config=reader.settings("config"),
        deletion_protection=reader.boolean("deletion_protection", default=True),
    )
    reader.finish()
    return topic


def _check_names(topics: Sequence[TopicSettings], readers: Sequence[Reader]) -> None:
    first: dict[str, tuple[str, str]] = {}
    for topic, reader in zip(topics, readers, strict=True):
        name = topic.name
        if not _NAME.fullmatch(name) or name in {".", ".."}:
            why = "Kafka refuses this name for a topic"
            reader.report("name", name, allowed=_NAME_RULE, why=why, todo="choose another name")
        elif name.startswith("__"):
            why = "such topics are Kafka's own, made and kept by the brokers"
            allowed = "a name without two underscores at its beginning"
            todo = "choose another name; set what they need under kafka.config, such as offsets.topic.num.partitions"
            reader.report("name", name, allowed=allowed, why=why, todo=todo)
        path, other = first.setdefault(name.replace(".", "_"), (reader.at("name"), name))
        if path != reader.at("name"):
            _report_clash(reader, name, path, other)


def _report_clash(reader: Reader, name: str, path: str, other: str) -> None:
    if name == other:
        why, allowed, todo = f"{path} is the same", "a name that no other topic has", "keep one of the two"
    else:
        why = f"in the names of metrics a dot becomes an underscore, so that {name} and {other} ({path}) are one"
        allowed = "names that differ in more than dots and underscores"
        todo = "rename one of them; use either dots or underscores everywhere"
    reader.report("name", name, allowed=allowed, why=why, todo=todo)


def _check_factor(topic: TopicSettings, kafka: KafkaSpec, reader: Reader) -> None:
    brokers = sum(rack.brokers for rack in kafka.racks)
    racks = sum(1 for rack in kafka.racks if rack.brokers > 0)
    factor = topic.replication_factor
    if factor > brokers:
        why = f"there are {brokers} brokers, and no two replicas of a partition may share one"
        todo = "lower it, or add brokers to the racks"
        reader.report("replication_factor", factor, allowed=f"1 to {brokers}", why=why, todo=todo)
    elif factor > racks and not kafka.allow_fewer_racks:
        why = f"with replicas in {racks} racks, the loss of one rack can take more than one replica of a partition"
        todo = f"lower it, or accept it by name: kafka.{reader.spell('allow_fewer_racks')}: true"
        reader.report("replication_factor", factor, allowed=f"1 to {racks}", why=why, todo=todo)


def _check_config(topic: TopicSettings, kafka: KafkaSpec, reader: Reader) -> None:
    for key in sorted(topic.config):
        path, value = f"config.{key}", topic.config[key]
        near = difflib.get_close_matches(key, _KEYS, n=1, cutoff=0.85)
        if key in _PASSING:
            why = "the reassignment of replicas sets it, and takes it back at its end"
            reader.report_key(path, value, allowed="any other key of a topic", why=why, todo="remove it")
        elif key not in _KEYS and near:
            why = "Kafka has no such key of a topic, and refuses it"
            reader.report_key(path, value, allowed="Kafka's topic keys", why=why, todo=f"did you mean {near[0]}")
    _check_min_isr(topic, kafka, reader)


def _check_min_isr(topic: TopicSettings, kafka: KafkaSpec, reader: Reader) -> None:
    """Report a topic to which acks=all could never be given."""
    given = topic.config.get(_MIN_ISR)
    path, factor = f"config.{_MIN_ISR}", topic.replication_factor
    if given is not None and not (given.isdecimal() and int(given) >= 1):
        why = "it counts replicas"
        reader.report_key(
            path, given, allowed="a whole number from 1", why=why, todo="write how many must have a write"
        )
        return
    needed = kafka.min_insync_replicas if given is None else int(given)
    if needed <= factor:
        return
    source = "which is the cluster's kafka.minInsyncReplicas" if given is None else "as the topic says"
    why = f"{needed} in-sync replicas are needed, {source}, and it has {factor}: acks=all could never be given"
    todo = f"set {_MIN_ISR} of the topic to {max(1, factor - 1)}, or raise its replicationFactor"
    reader.report_key(path, given, allowed=f"1 to {factor}", why=why, todo=todo)
