"""The topics of a stack file: read, and checked as a whole before anything exists.

What Kafka would refuse is refused here, with the path (the keys of a topic: stacks/topic_config.py); what only the live
cluster can tell is the Topics hook's, whose preview lets the brokers themselves check every change.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from components.spec.model import KafkaSpec
from components.spec.naming import TOPIC_RULE, is_topic
from components.spec.reading import Reader
from hooks.providers.topics import TopicArgs
from stacks.topic_config import check_config

MOST_PARTITIONS: Final = 10_000
"""Of one topic: a KRaft controller writes no more in one piece."""


@dataclass(frozen=True, kw_only=True)
class TopicSettings:
    """One topic. A topic that exists already is adopted: the preview shows how it differs."""

    name: str
    """Name. Those that begin with two underscores are Kafka's own."""
    partitions: int
    """How many partitions. More of them later send keys elsewhere; fewer are refused."""
    replication_factor: int
    """Replicas of each partition; `kafka.replicationFactor` when left out. Another number for a topic that
    exists adds or takes away replicas, by a movement that the preview shows, at the bandwidth of `rebalance`."""
    config: Mapping[str, str]
    """Kafka's own topic keys, such as `retention.ms`: those of the cluster's version. A key taken out goes back to the
    cluster's default; keys that somebody else sets are shown and left alone."""
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
            check_factor(topic.replication_factor, kafka, each)
            check_config(topic.config, topic.replication_factor, kafka, each)
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
        if not is_topic(name):
            why = "Kafka refuses this name for a topic"
            reader.report("name", name, allowed=TOPIC_RULE, why=why, todo="choose another name")
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


def check_factor(factor: int, kafka: KafkaSpec, reader: Reader) -> None:
    """Report a replication factor that the brokers cannot hold, or racks cannot keep apart."""
    brokers = sum(rack.brokers for rack in kafka.racks)
    racks = sum(1 for rack in kafka.racks if rack.brokers > 0)
    if factor > brokers:
        why = f"there are {brokers} brokers, and no two replicas of a partition may share one"
        todo = "lower it, or add brokers to the racks"
        reader.report("replication_factor", factor, allowed=f"1 to {brokers}", why=why, todo=todo)
    elif factor > racks and not kafka.allow_fewer_racks:
        why = f"with replicas in {racks} racks, the loss of one rack can take more than one replica of a partition"
        todo = f"lower it, or accept it by name: kafka.{reader.spell('allow_fewer_racks')}: true"
        reader.report("replication_factor", factor, allowed=f"1 to {racks}", why=why, todo=todo)
