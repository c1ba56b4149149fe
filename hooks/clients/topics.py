"""Topics as the brokers describe and change them, over the connection of `hooks.clients.admin`.

Reads come from the broker with the newest metadata. Writes go to the controller, with the brokers' own validation
beforehand where Kafka offers it. The library's own calls raise at the first error of a batch and build a dictionary for
every key of every topic; here each topic has its own answer, and only what is set on it is kept.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, cast
from uuid import UUID

from kafka.admin import ConfigResourceType, KafkaAdminClient
from kafka.protocol.admin import (
    CreatePartitionsRequest,
    CreateTopicsRequest,
    DeleteTopicsRequest,
    DescribeConfigsRequest,
    IncrementalAlterConfigsRequest,
)

from hooks.administration import Rejection
from hooks.clients.admin import newest
from hooks.clients.metadata import observed_moves
from hooks.clients.requests import CONTROLLER_MS, NONE, Asked, rejection, send, send_to_controller
from hooks.planner.topic_changes import Configure, Create, Delete, Grow, TopicChange
from hooks.planner.topics import ObservedTopic

_TOPICS_PER_CALL: Final = 500
_DYNAMIC_TOPIC_CONFIG: Final = 1
"""DescribeConfigs' source of a key that is set on the topic itself."""
_SET, _UNSET = 0, 1
_BY_ID: Final = 6
"""The first version of DeleteTopics that takes topic ids (KIP-516)."""
_PASSING: Final = frozenset({36, 60})
"""A topic that exists, as after a request whose answer was lost, and one that is being moved."""
_UNKNOWN_ID: Final = 100


class KafkaTopics:
    """`hooks.administration.Topics` over kafka-python."""

    def __init__(self, admin: Asked) -> None:
        """Ask over this connection."""
        self._admin = admin

    def observe(self, names: Collection[str]) -> Mapping[str, ObservedTopic]:
        """Return those of the named topics that exist. Raises NotYet when no broker answers."""
        return self._admin.ask(lambda client: _observe(client, frozenset(names)))

    def check(self, changes: Sequence[TopicChange]) -> tuple[Rejection, ...]:
        """Return what the brokers would not do; a deletion cannot be tried. Raises NotYet when no broker answers."""
        if not changes or isinstance(changes[0], Delete):
            return ()
        return self._admin.ask(lambda client: _send(client, changes, validate_only=True))

    def apply(self, changes: Sequence[TopicChange]) -> tuple[Rejection, ...]:
        """Return what the brokers did not do. Raises NotYet when no broker answers."""
        if not changes:
            return ()
        return self._admin.ask(lambda client: _send(client, changes, validate_only=False))


def _observe(client: KafkaAdminClient, names: frozenset[str]) -> dict[str, ObservedTopic]:
    now = newest(client)
    found = {str(topic["name"]): topic for topic in now.answer["topics"] if topic["name"] in names}
    removing = {at: gone for at, (_, gone) in observed_moves(client.list_partition_reassignments()).items()}
    configured = _configured(client, sorted(found))
    return {
        name: ObservedTopic(
            name=name,
            topic_id=str(topic.get("topic_id") or ""),
            partitions=len(topic["partitions"]),
            factors=frozenset(
                len(set(part["replica_nodes"]) - removing.get((name, part["partition_index"]), frozenset()))
                for part in topic["partitions"]
            ),
            config=configured[name],
            leaderless=sum(part["leader_id"] < 0 for part in topic["partitions"]),
        )
        for name, topic in found.items()
        if name in configured
    }


def _configured(client: KafkaAdminClient, names: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return what is set on each topic itself. One that was deleted meanwhile is left out."""
    found: dict[str, dict[str, str]] = {}
    for start in range(0, len(names), _TOPICS_PER_CALL):
        request = DescribeConfigsRequest(
            resources=[
                DescribeConfigsRequest.DescribeConfigsResource(
                    resource_type=int(ConfigResourceType.TOPIC), resource_name=name, configuration_keys=None
                )
                for name in names[start : start + _TOPICS_PER_CALL]
            ],
            include_synonyms=False,
            include_documentation=False,
        )
        for result in send(client, request).results:
            if result.error_code == NONE:
                own = (key for key in result.configs if key.config_source == _DYNAMIC_TOPIC_CONFIG)
                found[result.resource_name] = {key.name: key.value or "" for key in own}
    return found


def _send(client: KafkaAdminClient, changes: Sequence[TopicChange], *, validate_only: bool) -> tuple[Rejection, ...]:
    """Send one request for changes of one kind and return its refusals."""
    if all(isinstance(change, Delete) for change in changes):
        return _delete(client, cast("Sequence[Delete]", changes))
    request, results = _request(changes, validate_only=validate_only)
    return tuple(_rejections(results(send_to_controller(client, request))))


def _request(changes: Sequence[TopicChange], *, validate_only: bool) -> tuple[object, Callable[[Any], Iterable[Any]]]:
    """Return the request, and how its answer names each topic's error."""
    if all(isinstance(change, Create) for change in changes):
        return _creation(cast("Sequence[Create]", changes), validate_only=validate_only), lambda answer: answer.topics
    if all(isinstance(change, Grow) for change in changes):
        return _growth(cast("Sequence[Grow]", changes), validate_only=validate_only), lambda answer: answer.results
    configured = _configuration(cast("Sequence[Configure]", changes), validate_only=validate_only)
    return configured, lambda answer: answer.responses


def _creation(changes: Sequence[Create], *, validate_only: bool) -> CreateTopicsRequest:
    topic = CreateTopicsRequest.CreatableTopic
    return CreateTopicsRequest(
        topics=[
            topic(
                name=change.topic,
                num_partitions=change.partitions,
                replication_factor=change.replication_factor,
                assignments=[],
                configs=[
                    topic.CreatableTopicConfig(name=key, value=change.config[key]) for key in sorted(change.config)
                ],
            )
            for change in changes
        ],
        timeout_ms=CONTROLLER_MS,
        validate_only=validate_only,
    )


def _growth(changes: Sequence[Grow], *, validate_only: bool) -> CreatePartitionsRequest:
    topic = CreatePartitionsRequest.CreatePartitionsTopic
    return CreatePartitionsRequest(
        topics=[topic(name=change.topic, count=change.after, assignments=None) for change in changes],
        timeout_ms=CONTROLLER_MS,
        validate_only=validate_only,
    )


def _configuration(changes: Sequence[Configure], *, validate_only: bool) -> IncrementalAlterConfigsRequest:
    resource = IncrementalAlterConfigsRequest.AlterConfigsResource
    return IncrementalAlterConfigsRequest(
        resources=[
            resource(
                resource_type=int(ConfigResourceType.TOPIC),
                resource_name=change.topic,
                configs=[
                    resource.AlterableConfig(
                        name=key.key, config_operation=_UNSET if key.after is None else _SET, value=key.after
                    )
                    for key in change.keys
                ],
            )
            for change in changes
        ],
        validate_only=validate_only,
    )


def _delete(client: KafkaAdminClient, changes: Sequence[Delete]) -> tuple[Rejection, ...]:
    """Delete by id, so that a topic which somebody made anew under the same name is never taken."""
    names = {change.topic_id: change.topic for change in changes}
    request = DeleteTopicsRequest(
        topics=[DeleteTopicsRequest.DeleteTopicState(name=None, topic_id=UUID(key)) for key in names],
        topic_names=[],
        timeout_ms=CONTROLLER_MS,
        min_version=_BY_ID,
    )
    answer = send_to_controller(client, request)
    return tuple(
        rejection(names[str(result.topic_id)], result, _PASSING)
        for result in answer.responses
        if result.error_code not in {NONE, _UNKNOWN_ID}
    )


def _rejections(results: Iterable[Any]) -> Iterator[Rejection]:
    for result in results:
        if result.error_code != NONE:
            name: str = result.resource_name if hasattr(result, "resource_name") else result.name
            yield rejection(name, result, _PASSING)
