"""Rules for the topics that Kafka keeps for itself: one that no number of brokers can hold is never created.

Nothing refuses such a value at a start: consumers without a topic for offsets, and transactional producers without one
for transactions, wait in vain.
"""

from collections.abc import Mapping
from typing import Final

from components.spec.distributions import line_of
from components.spec.model import KafkaSpec
from components.spec.reading import Reader
from components.spec.size_checks import number

#: The replication factor of each, with the key of its min ISR if it has one.
_TOPICS: Final[Mapping[str, str | None]] = {
    "offsets.topic.replication.factor": None,
    "share.coordinator.state.topic.replication.factor": "share.coordinator.state.topic.min.isr",
    "transaction.state.log.replication.factor": "transaction.state.log.min.isr",
}
#: A short, which such a factor is to Kafka.
_MOST: Final = 2**15 - 1


#: The topic that each makes.
_NAMES: Final[Mapping[str, str]] = {
    "offsets.topic.replication.factor": "__consumer_offsets",
    "share.coordinator.state.topic.replication.factor": "__share_group_state",
    "transaction.state.log.replication.factor": "__transaction_state",
}


def internal_factors(kafka: KafkaSpec) -> dict[str, int]:
    """Return by topic the replication factor that the spec gives it: its own key's, else that of all topics."""
    keys = [key for key in _NAMES if not (key.startswith("share.") and line_of(kafka).zookeeper)]
    given = {key: number(kafka.config, key) for key in keys}
    return {_NAMES[key]: kafka.replication_factor if factor is None else factor for key, factor in given.items()}


def check_internal_topics(kafka: KafkaSpec, reader: Reader) -> None:
    """Report replication factors that are over the number of brokers, and min ISRs that are over those."""
    brokers = sum(rack.brokers for rack in kafka.racks)
    for key, least in _TOPICS.items():
        given = number(kafka.config, key)
        factor = kafka.replication_factor if given is None else given
        if not 1 <= factor <= _MOST:
            # Reported as a value that the key does not take.
            continue
        if given is not None and given > brokers > 0:
            why = f"there are {brokers} brokers, so the topic would never be created, and who needs it would wait"
            todo = "lower it, or leave it out: it is that of all topics then"
            path = f"kafka.config.{key}"
            reader.report_key(path, given, allowed=f"1 to {brokers}", why=why, todo=todo)
        elif least is not None:
            _check_least(kafka, (key, factor), least, reader)


def _check_least(kafka: KafkaSpec, topic: tuple[str, int], least: str, reader: Reader) -> None:
    key, factor = topic
    given = number(kafka.config, least)
    wanted = kafka.min_insync_replicas if given is None else given
    if wanted <= factor or (given is None and key not in kafka.config):
        return
    path, value = (f"kafka.config.{key}", factor) if given is None else (f"kafka.config.{least}", wanted)
    allowed = f"at least {wanted}" if given is None else f"1 to {factor}"
    why = f"{wanted} in-sync replicas of {factor} are never there, so nothing could be written to the topic"
    todo = f"set {least} and {key} so that they fit each other"
    reader.report_key(path, value, allowed=allowed, why=why, todo=todo)
