"""Rules for the keys of a topic: whether this version of Kafka has them, what they take, and how they fit together.

Kafka refuses every key that it does not know, with the whole topic. So none passes, but Confluent Server's own.
"""

from collections.abc import Mapping
from typing import Final

from components.spec.distributions import distribution_of, line_of
from components.spec.key_checks import nearest, of_another_line
from components.spec.keys import allowed_instead, lines_with
from components.spec.model import KafkaSpec
from components.spec.reading import Reader
from components.spec.topic_keys import followed_by, lines_with_topic_key, topic_keys

_MIN_ISR: Final = "min.insync.replicas"
_LEAST_LAG, _MOST_LAG = "min.compaction.lag.ms", "max.compaction.lag.ms"
#: Set and cleared by every reassignment of replicas.
_PASSING: Final = frozenset({"leader.replication.throttled.replicas", "follower.replication.throttled.replicas"})
#: Kafka's own tests use these, and no manual has them.
_INTERNAL: Final = "internal."
#: How alike an unknown key and a known one are when the one is named in place of the other. It is refused anyway.
_SLIP: Final = 0.7
#: Broker keys may count in these; those of a topic never do.
_OTHER_UNITS: Final = (".hours", ".minutes")
#: What took the place of keys that a later line no longer has.
_REPLACED: Final[Mapping[str, str]] = {
    "message.downconversion.enable": "remove it: clients that old are no longer served",
    "message.format.version": "remove it: messages have the one format that there is",
    "message.timestamp.difference.max.ms": "use message.timestamp.before.max.ms and message.timestamp.after.max.ms",
}


def check_config(config: Mapping[str, str], factor: int, kafka: KafkaSpec, reader: Reader) -> None:
    """Report keys of a topic that are not the user's or do not exist, values that they refuse, and what contradicts."""
    line, before = line_of(kafka).kafka, reader.count
    known = topic_keys(line)
    for key, value in sorted(config.items()):
        if key in _PASSING:
            why = "the reassignment of replicas sets it, and takes it back at its end"
            reader.report_key(f"config.{key}", value, allowed="any other key of a topic", why=why, todo="remove it")
        elif key in known:
            allowed = allowed_instead(known[key], value)
            if allowed is not None:
                why = f"Kafka {line} would refuse the topic with it ({known[key].type}, default {known[key].default})"
                todo = "write a value that is allowed"
                reader.report_key(f"config.{key}", value, allowed=allowed, why=why, todo=todo)
        elif not key.startswith(distribution_of(kafka).edition(kafka).prefixes):
            _report_unknown(key, line, reader)
    if reader.count == before:
        _check_min_isr(config.get(_MIN_ISR), factor, kafka, reader)
        _check_lags(config, line, reader)


def _report_unknown(key: str, line: str, reader: Reader) -> None:
    """Report a key that this line does not know, with the right one where there is any."""
    why, todo = f"Kafka {line} has no such key of a topic, and refuses the topic with it", ""
    allowed = f"a key of a topic of Kafka {line}"
    follower, other = followed_by(key, line), of_another_line(lines_with_topic_key(key), line, "refuses it")
    near = nearest(key, topic_keys(line), _SLIP)
    if other is not None:
        why, later = other
        todo = later or _REPLACED.get(key, "remove it")
    elif follower is not None:
        why = f"it is the brokers' key, the default of all topics that do not set {follower.name} themselves"
        todo = f"use {follower.name}" + (", which has another unit" if key.endswith(_OTHER_UNITS) else "")
    elif lines_with(key):
        why = "it is a key of brokers, and not of a topic"
        todo = f"remove it; set it for all brokers: kafka.config.{key}"
    elif near is not None:
        todo = f"did you mean {near}"
    else:
        names = (name for name in topic_keys(line) if name not in _PASSING and not name.startswith(_INTERNAL))
        allowed += f": {', '.join(sorted(names))}"
        todo = "remove it, or write one that is allowed"
    reader.report_key(f"config.{key}", key, allowed=allowed, why=why, todo=todo)


def _check_min_isr(given: str | None, factor: int, kafka: KafkaSpec, reader: Reader) -> None:
    """Report a topic to which acks=all could never be given."""
    needed = kafka.min_insync_replicas if given is None else int(given)
    if needed <= factor:
        return
    source = "which is the cluster's kafka.minInsyncReplicas" if given is None else "as the topic says"
    why = f"{needed} in-sync replicas are needed, {source}, and it has {factor}: acks=all could never be given"
    todo = f"set {_MIN_ISR} of the topic to {max(1, factor - 1)}, or raise its replicationFactor"
    reader.report_key(f"config.{_MIN_ISR}", given, allowed=f"1 to {factor}", why=why, todo=todo)


def _check_lags(config: Mapping[str, str], line: str, reader: Reader) -> None:
    """Report a message that must not be compacted yet when it must have been."""
    least, most = config.get(_LEAST_LAG), config.get(_MOST_LAG)
    if least is None or most is None or int(least) <= int(most):
        return
    why = f"Kafka {line} would refuse the topic: its messages must be compacted after {most} ms, and not before {least}"
    todo = f"lower it, or raise {_MOST_LAG}"
    reader.report_key(f"config.{_LEAST_LAG}", least, allowed=f"0 to {most} ({_MOST_LAG})", why=why, todo=todo)
