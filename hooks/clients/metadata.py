"""Kafka's answers into observed values: pure functions from the client's dictionaries to `hooks.planner.snapshot`."""

import base64
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from hooks.interfaces import NotYet
from hooks.planner.snapshot import (
    NodeId,
    ObservedBroker,
    ObservedPartition,
    ObservedQuorum,
    ObservedVoter,
)

Answer = Mapping[str, Any]
Moving = Mapping[tuple[str, int], tuple[frozenset[NodeId], frozenset[NodeId]]]
"""Replicas being added and being removed, by topic and partition."""


def observed_brokers(cluster: Answer, alive: Iterable[Answer]) -> tuple[ObservedBroker, ...]:
    """Translate DescribeCluster, sorted by id, as far as the broker with the freshest metadata agrees.

    Anybody may have answered DescribeCluster, one whose metadata is old included. `alive` is Metadata's list of
    brokers, from the same answer as the partitions; Kafka leaves fenced brokers out of it.
    """
    agreed = {broker["node_id"] for broker in alive}
    found = (
        ObservedBroker(id=NodeId(b["broker_id"]), rack=b["rack"], fenced=bool(b.get("is_fenced", False)))
        for b in cluster["brokers"]
        if b["broker_id"] in agreed or b.get("is_fenced", False)
    )
    return tuple(sorted(found, key=lambda broker: broker.id))


def observed_partitions(
    topics: Iterable[Answer], min_isr: Mapping[str, int], moving: Moving
) -> tuple[ObservedPartition, ...]:
    """Translate Metadata, sorted by topic and partition. Raises NotYet when a topic's settings are not known."""
    found: list[ObservedPartition] = []
    for topic in topics:
        name = str(topic["name"])
        if name not in min_isr:
            raise NotYet(f"min.insync.replicas of topic {name} could not be read: it was created or deleted just now")
        for partition in topic["partitions"]:
            index = int(partition["partition_index"])
            adding, removing = moving.get((name, index), (frozenset[NodeId](), frozenset[NodeId]()))
            found.append(
                ObservedPartition(
                    topic=name,
                    index=index,
                    leader=_known(partition["leader_id"]),
                    replicas=_ids(partition["replica_nodes"]),
                    isr=_ids(partition["isr_nodes"]),
                    min_isr=min_isr[name],
                    adding=adding,
                    removing=removing,
                )
            )
    return tuple(sorted(found, key=lambda p: (p.topic, p.index)))


def effective_min_isr(topics: Mapping[str, Mapping[str, Answer]]) -> dict[str, int]:
    """Return the effective min.insync.replicas by topic; a topic that could not be described is left out."""
    key = "min.insync.replicas"
    return {topic: int(settings[key]["value"]) for topic, settings in topics.items() if key in settings}


def observed_moves(reassignments: Mapping[Any, Answer]) -> Moving:
    """Translate ListPartitionReassignments, which knows a partition as a (topic, partition) pair."""
    return {
        (tp.topic, tp.partition): (_ids(move["adding_replicas"]), _ids(move["removing_replicas"]))
        for tp, move in reassignments.items()
    }


def leaders_partition(answer: Answer) -> Answer | None:
    """Return the metadata log's partition of DescribeQuorum's answer; None when it is not a leader's."""
    if answer["error_code"] or not answer["topics"]:
        return None
    partition: Answer = answer["topics"][0]["partitions"][0]
    return None if partition["error_code"] else partition


def observed_quorum(partition: Answer) -> ObservedQuorum:
    """Translate DescribeQuorum's partition, voters sorted by id."""
    leader = _known(partition["leader_id"])
    voters = partition["current_voters"]
    now = next((v["last_caught_up_timestamp"] for v in voters if v["replica_id"] == leader), -1)
    found = (
        ObservedVoter(
            id=NodeId(v["replica_id"]),
            directory_id=_directory_id(v.get("replica_directory_id")),
            log_end_offset=v["log_end_offset"],
            lag_ms=_lag(now, v["last_caught_up_timestamp"]),
        )
        for v in voters
    )
    return ObservedQuorum(leader=leader, voters=tuple(sorted(found, key=lambda voter: voter.id)))


def confirm_controller(answer: Answer, asked: NodeId | None) -> None:
    """Raise NotYet unless the broker that was asked takes itself for the controller (ZooKeeper mode).

    A broker that has just started knows of no topic until the controller tells it, and the others may still name it as
    the controller that it was: its empty answer would open every gate.
    """
    if asked is not None and answer["controller_id"] != asked:
        raise NotYet(f"broker {asked} is not the active controller any more; an election is under way")


def freshest(partition: Answer, brokers: Iterable[int]) -> NodeId:
    """Return the broker whose copy of the metadata log is the longest, as its quorum's leader sees it.

    Raises NotYet when none of them follows the log, as just after an election of that leader. A broker that is cut off
    from the controllers goes on answering from its old copy, so it must not be asked.
    """
    allowed = set(brokers)
    copies = [(o["log_end_offset"], -o["replica_id"]) for o in _followers(partition) if o["replica_id"] in allowed]
    if not copies:
        raise NotYet("the leader of the metadata quorum does not know yet which brokers follow it")
    return NodeId(-max(copies)[1])


def _followers(partition: Answer) -> list[Answer]:
    return [*partition["observers"], *partition["current_voters"]]


def _lag(now: int, caught_up: int) -> int | None:
    """Return milliseconds behind the leader, None when either is not known."""
    return None if now < 0 or caught_up < 0 else max(0, now - caught_up)


def _directory_id(uuid: UUID | str | None) -> str:
    """Write a directory id as Kafka's own tools do: the bytes in URL-safe base64 without padding."""
    if uuid is None:
        return ""
    value = uuid if isinstance(uuid, UUID) else UUID(uuid)
    return base64.urlsafe_b64encode(value.bytes).decode().rstrip("=")


def _known(node: int) -> NodeId | None:
    return None if node < 0 else NodeId(node)


def _ids(nodes: Iterable[int]) -> frozenset[NodeId]:
    return frozenset(NodeId(n) for n in nodes)
