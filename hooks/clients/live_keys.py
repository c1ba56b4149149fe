"""Keys of running brokers, as each describes itself, and overrides of them (KIP-226), over `hooks.clients.admin`.

A broker alone knows its file and what it uses now, so each is asked itself. The override of all brokers may be given to
any of them; that of one is for this one to check.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from kafka.admin import ConfigResourceType, KafkaAdminClient
from kafka.protocol.admin import DescribeConfigsRequest, IncrementalAlterConfigsRequest

from hooks.administration import Rejection
from hooks.clients.requests import NONE, Asked, rejection, send
from hooks.interfaces import NotYet
from hooks.planner.live_keys import KeyRequest, ObservedKey
from hooks.planner.snapshot import NodeId

_BROKER: Final = int(ConfigResourceType.BROKER)
_ALL: Final = ""
"""The name of the resource that stands for all brokers."""
_SET, _UNSET = 0, 1
#: DescribeConfigs' sources, as `ObservedKey` calls them.
_SOURCES: Final[Mapping[int, str]] = {2: "own", 3: "shared", 4: "file", 5: "default"}
_TYPES: Final = ("unknown", "boolean", "string", "int", "short", "long", "double", "list", "class", "password")


class KafkaBrokerKeys:
    """`hooks.administration.BrokerKeys` over kafka-python."""

    def __init__(self, admin: Asked) -> None:
        """Ask over this connection."""
        self._admin = admin

    def observe(self, keys: Collection[str]) -> Mapping[NodeId, Mapping[str, ObservedKey]]:
        """Return by broker these keys and every key with an override. Raises NotYet when a broker does not answer."""

        def ask(client: KafkaAdminClient) -> dict[NodeId, Mapping[str, ObservedKey]]:
            serving = sorted(
                int(b["broker_id"]) for b in client.describe_cluster()["brokers"] if not b.get("is_fenced")
            )
            return {NodeId(node): _described(client, node, keys) for node in serving}

        return self._admin.ask(ask)

    def check(self, requests: Sequence[KeyRequest]) -> tuple[Rejection, ...]:
        """Return what the brokers would not do. Raises NotYet when a broker does not answer."""
        return self._admin.ask(lambda client: tuple(_sent(client, requests, validate_only=True)))

    def apply(self, requests: Sequence[KeyRequest]) -> tuple[Rejection, ...]:
        """Return what the brokers did not do. Raises NotYet when a broker does not answer."""
        return self._admin.ask(lambda client: tuple(_sent(client, requests, validate_only=False)))


def _described(client: KafkaAdminClient, node: int, keys: Collection[str]) -> dict[str, ObservedKey]:
    """Ask one broker for what it uses."""
    request = DescribeConfigsRequest(
        resources=[
            DescribeConfigsRequest.DescribeConfigsResource(
                resource_type=_BROKER, resource_name=str(node), configuration_keys=None
            )
        ],
        include_synonyms=True,
        include_documentation=False,
    )
    result = send(client, request, node).results[0]
    if result.error_code != NONE:
        raise NotYet(f"broker {node} does not describe itself: {rejection(str(node), result)}")
    found = ((entry.name, _observed(entry)) for entry in result.configs)
    return {name: key for name, key in found if name in keys or key.own is not None or key.shared is not None}


def _observed(entry: Any) -> ObservedKey:
    """Translate one key. What Kafka calls by another name, such as hours for milliseconds, is another key."""
    levels: dict[str, str] = {}
    for synonym in entry.synonyms:
        level = _SOURCES.get(synonym.source)
        if level is not None and synonym.name == entry.name:
            levels.setdefault(level, "[hidden]" if entry.is_sensitive else synonym.value or "")
    return ObservedKey(
        value=entry.value,
        own=levels.get("own"),
        shared=levels.get("shared"),
        file=levels.get("file"),
        default=levels.get("default"),
        kind=_TYPES[int(entry.config_type)],
    )


def _sent(client: KafkaAdminClient, requests: Iterable[KeyRequest], *, validate_only: bool) -> Iterator[Rejection]:
    """Send the requests and yield the refusals.

    Those for one resource go together: Kafka judges a request by all that the resource would then have, so that one
    which is right by itself is refused for another that is still to come. Refused together they go one by one, so that
    each has an answer of its own.
    """
    together: dict[NodeId | None, list[KeyRequest]] = {}
    for request in requests:
        together.setdefault(request.node, []).append(request)
    for node, group in together.items():
        if len(group) > 1 and not _refusals(client, node, group, validate_only):
            continue
        for request in group:
            yield from (rejection(request.key, it) for it in _refusals(client, node, [request], validate_only))


def _refusals(
    client: KafkaAdminClient, node: NodeId | None, requests: Iterable[KeyRequest], validate_only: bool
) -> list[Any]:
    """Send one request for one resource and return the results that are errors."""
    resource = IncrementalAlterConfigsRequest.AlterConfigsResource
    changes = [
        resource.AlterableConfig(
            name=request.key, config_operation=_UNSET if request.value is None else _SET, value=request.value
        )
        for request in requests
    ]
    name = _ALL if node is None else str(int(node))
    answer = send(
        client,
        IncrementalAlterConfigsRequest(
            resources=[resource(resource_type=_BROKER, resource_name=name, configs=changes)],
            validate_only=validate_only,
        ),
        None if node is None else int(node),
    )
    return [result for result in answer.responses if result.error_code != NONE]
