"""Reassignments, throttles, elections and sizes through the brokers' admin protocol.

kafka-python answers most of these with error classes or texts instead of raising; here each becomes a reason by
partition or setting, and what only repeats what is so already counts as done. Chunks keep a call under the controller's
limit of 10,000 records. A topic that is gone needs nothing more; a broker that is away is told apart, since nobody else
can change its own settings.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, TypeVar

from kafka import TopicPartition as KafkaPartition
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

from hooks.clients.admin import KafkaAdmin, newest
from hooks.clients.placement import observed_placement, replica_sizes
from hooks.clients.unregister import unregister
from hooks.planner.reassignment.model import Placement, TopicPartition
from hooks.planner.reassignment.throttling import Setting, Settings
from hooks.planner.snapshot import NodeId

T = TypeVar("T")

_PER_CALL = 1000
_PREFERRED = 0
_GONE = ("UnknownTopicOrPartition",)
_DONE = ("NoReassignmentInProgress", "UnknownTopicOrPartition")
_TYPES = {"broker": ConfigResourceType.BROKER, "topic": ConfigResourceType.TOPIC}


class KafkaReassignments:
    """`hooks.interfaces.Reassignments` over kafka-python, on the connection of `KafkaAdmin`."""

    def __init__(self, admin: KafkaAdmin) -> None:
        """Ask through this connection."""
        self._admin = admin

    def placement(self) -> Placement:
        """Return brokers and partitions with sizes."""
        state = self._admin.observe()

        def ask(client: KafkaAdminClient) -> Placement:
            serving = sorted(int(broker.id) for broker in state.brokers if not broker.fenced)
            return observed_placement(state, newest(client).answer["topics"], client.describe_log_dirs(brokers=serving))

        return self._admin.ask(ask)

    def sizes(self, partitions: Sequence[TopicPartition]) -> Mapping[tuple[TopicPartition, NodeId], int]:
        """Return the bytes of each replica of these partitions on the brokers that serve."""
        state = self._admin.observe()
        serving = sorted(int(broker.id) for broker in state.brokers if not broker.fenced)
        wanted = {topic: [index for _, index in group] for topic, group in groupby(sorted(partitions), _topic)}

        def ask(client: KafkaAdminClient) -> Mapping[tuple[TopicPartition, NodeId], int]:
            return replica_sizes(client.describe_log_dirs(topic_partitions=wanted, brokers=serving))

        return self._admin.ask(ask)

    def alter(self, targets: Mapping[TopicPartition, tuple[NodeId, ...] | None]) -> Mapping[TopicPartition, str]:
        """Ask for these replicas, or cancel (None), and return why where that was not accepted."""
        refused: dict[TopicPartition, str] = {}
        for chunk in _chunks(sorted(targets)):
            wanted = {KafkaPartition(*key): _numbers(targets[key]) for key in chunk}
            answer = self._admin.ask(lambda client, wanted=wanted: client.alter_partition_reassignments(wanted))
            for partition, error in answer.items():
                if error is not None and not _is(error, _DONE):
                    refused[str(partition.topic), int(partition.partition)] = _name(error)
        return refused

    def settings(self, wanted: Sequence[Setting]) -> Settings:
        """Return what is set on these brokers and topics themselves; what belongs to one that is away is left out."""
        found: dict[Setting, str | None] = {}
        for chunk in _chunks(sorted({(setting.kind, setting.name) for setting in wanted})):
            live = self._described(chunk)
            found |= {
                setting: live[setting.kind, setting.name].get(setting.key)
                for setting in wanted
                if (setting.kind, setting.name) in live
            }
        return found

    def change(self, settings: Settings) -> Mapping[Setting, str]:
        """Set, or with None delete, and return why where that was not accepted."""
        failed: dict[Setting, str] = {}
        resources: dict[tuple[str, str], dict[str, tuple[str, str | None]]] = {}
        for setting, value in sorted(settings.items(), key=lambda item: item[0]):
            operation = ("DELETE", None) if value is None else ("SET", value)
            resources.setdefault((setting.kind, setting.name), {})[setting.key] = operation
        serving = self._serving()
        away = {name for name in resources if name[0] == "broker" and name[1] not in serving}
        failed |= {s: "the broker does not answer" for s in settings if (s.kind, s.name) in away}
        for chunk in _chunks(sorted(resources.keys() - away)):
            answer = self._admin.ask(lambda client, chunk=chunk: _alter(client, {key: resources[key] for key in chunk}))
            for kind, name in chunk:
                why = str(answer.get(kind, {}).get(name, "OK"))
                if why != "OK" and not any(gone in why for gone in _GONE):
                    failed |= {s: why for s in settings if (s.kind, s.name) == (kind, name)}
        return failed

    def knows(self, broker: NodeId, key: str) -> bool:
        """Return whether this broker's version has such a setting."""
        resource = ConfigResource(ConfigResourceType.BROKER, str(int(broker)), {key: None})
        answer = self._admin.ask(lambda client: client.describe_configs([resource], config_filter="all"))
        return key in answer.get("broker", {}).get(str(int(broker)), {})

    def elect(self, partitions: Sequence[TopicPartition]) -> None:
        """Make the preferred replicas lead where they are in sync; a partition where that fails is left as it is."""
        for chunk in _chunks(sorted(partitions)):
            wanted = {topic: [index for _, index in group] for topic, group in groupby(chunk, _topic)}
            self._admin.ask(lambda client, wanted=wanted: client.elect_leaders(_PREFERRED, wanted, raise_errors=False))

    def unregister(self, broker: NodeId) -> None:
        """Take a broker that has gone out of the cluster's metadata (KRaft). One that is not there is fine."""
        self._admin.ask(lambda client: unregister(client, int(broker)))

    def _serving(self) -> frozenset[str]:
        return frozenset(str(int(broker.id)) for broker in self._admin.observe().brokers if not broker.fenced)

    def _described(self, resources: Sequence[tuple[str, str]]) -> dict[tuple[str, str], dict[str, str | None]]:
        """Return the dynamic values of each of these themselves. Those of a broker that is away are left out."""
        serving = self._serving()
        wanted = [(kind, name) for kind, name in resources if kind == "topic" or name in serving]
        if not wanted:
            return {}

        def ask(client: KafkaAdminClient) -> dict[str, dict[str, dict[str, Any]]]:
            asked = [ConfigResource(_TYPES[kind], name) for kind, name in wanted]
            return client.describe_configs(asked, config_filter="modified")

        answer = self._admin.ask(ask)
        return {
            (kind, name): {key: entry["value"] for key, entry in answer[kind][name].items() if _own(kind, entry)}
            for kind, name in wanted
            if name in answer.get(kind, {})
        }


_OWN_SOURCE = {"topic": "DYNAMIC_TOPIC_CONFIG", "broker": "DYNAMIC_BROKER_CONFIG"}


def _own(kind: str, entry: Mapping[str, Any]) -> bool:
    """Return whether the value is set on the resource itself, and not inherited or from a file."""
    return entry["config_source"] == _OWN_SOURCE[kind]


def _alter(client: KafkaAdminClient, changes: Mapping[tuple[str, str], dict[str, Any]]) -> dict[str, dict[str, Any]]:
    resources = [ConfigResource(_TYPES[kind], name, configs) for (kind, name), configs in changes.items()]
    return client.alter_configs(resources, raise_on_unknown=False, incremental=True)


def _topic(key: TopicPartition) -> str:
    return key[0]


def _numbers(nodes: Iterable[NodeId] | None) -> list[int] | None:
    return None if nodes is None else [int(node) for node in nodes]


def _chunks(items: Sequence[T]) -> Iterable[Sequence[T]]:
    return (items[start : start + _PER_CALL] for start in range(0, len(items), _PER_CALL))


def _name(error: object) -> str:
    return getattr(error, "__name__", None) or type(error).__name__


def _is(error: object, names: Iterable[str]) -> bool:
    return any(name in _name(error) for name in names)
