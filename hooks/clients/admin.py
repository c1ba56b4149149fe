"""The Kafka cluster as its brokers describe it, through the bridge.

Steps of one observation: the effective min.insync.replicas of every topic in few calls; moves under way; the cluster
and its brokers; in KRaft the quorum; at last all topics, from the broker whose metadata is the freshest, since nothing
grows old faster than an ISR. Nothing is kept between observations but the connection, and that is made anew after any
failure. Every call has a deadline.
"""

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, NamedTuple, Protocol, TypeVar

from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
from kafka.errors import KafkaError
from kafka.protocol.api_key import ApiKey
from kafka.protocol.metadata import MetadataRequest

from hooks.clients import metadata
from hooks.clients.bridge import Bridge
from hooks.clients.connection import RUN, Patience
from hooks.clients.quorum import describe_quorum
from hooks.clients.security import NodeContext
from hooks.interfaces import NotYet
from hooks.planner.snapshot import KafkaState, NodeId, ObservedQuorum

T = TypeVar("T")

_CONFIGS_PER_CALL = 1000
_QUORUM_MILLISECONDS = 3000


class Security(Protocol):
    """Says how the brokers are spoken to."""

    def context(self) -> NodeContext | None:
        """Return the context for TLS, None for plain text."""
        ...

    def forget(self) -> None:
        """Look again when asked next."""
        ...


class Newest(NamedTuple):
    """The newest metadata that any broker has."""

    cluster: dict[str, Any]
    """As DescribeCluster tells it."""
    controller: NodeId | None
    quorum: ObservedQuorum | None
    """KRaft only."""
    answer: dict[str, Any]
    """All brokers and topics, as Metadata tells them."""


class KafkaAdmin:
    """`hooks.interfaces.ClusterAdmin` over kafka-python. Calls are serialised."""

    def __init__(
        self,
        bridge: Bridge,
        bootstrap: Callable[[], Sequence[str]],
        patience: Patience = RUN,
        security: Security | None = None,
    ) -> None:
        """Connect on first use, to the `host:port` of brokers that are ready then."""
        self._bridge = bridge
        self._bootstrap = bootstrap
        self._patience = patience
        self._security = security
        self._client: KafkaAdminClient | None = None
        self._tls: NodeContext | None = None
        self._lock = threading.Lock()

    def observe(self) -> KafkaState:
        """Return brokers, controller, partitions and quorum. Raises NotYet when no broker answers."""
        return self.ask(observed)

    def ask(self, question: Callable[[KafkaAdminClient], T]) -> T:
        """Return a question's answer; it may be asked twice. Raises NotYet when no broker answers."""
        with self._lock:
            kept = self._client is not None
            try:
                return self._ask(question)
            except NotYet:
                if not kept:
                    raise
            # A kept connection may have led to a broker that has just stopped: that says nothing of the others.
            return self._ask(question)

    def _ask(self, question: Callable[[KafkaAdminClient], T]) -> T:
        """Ask once. A connection that fails is never mended in place; a new one costs a few milliseconds."""
        try:
            return question(self._connected())
        except NotYet:
            self._drop()
            raise
        except (KafkaError, OSError, RuntimeError, LookupError) as error:
            self._drop()
            because = self._because()
            raise NotYet(f"the brokers could not be asked: {_words(error)}{because}") from None

    def close(self) -> None:
        """End the connection."""
        with self._lock:
            self._drop()

    def _connected(self) -> KafkaAdminClient:
        """Return the client, made anew when there is none."""
        if self._client is None:
            servers = list(self._bootstrap())
            if not servers:
                raise NotYet("no broker is ready")
            self._bridge.forget_error()
            self._tls = None if self._security is None else self._security.context()
            if self._tls is not None:
                self._tls.last_error = None
            self._client = connect(self._settings(servers))
        return self._client

    def _settings(self, servers: list[str]) -> dict[str, Any]:
        """Return the client's settings; the reasons are measured."""
        return {
            "bootstrap_servers": servers,
            "proxy_url": self._bridge.proxy_url,
            "client_id": "kafka-platform-hooks",
            "request_timeout_ms": int(self._patience.broker * 1000),
            "bootstrap_timeout_ms": int(self._patience.first_broker * 1000),
            # With the default of five minutes a restarted broker stays unknown that long.
            "metadata_max_age_ms": 3000,
            # With the default of five, concurrent calls fail instead of waiting.
            "max_in_flight_requests_per_connection": 64,
            # A broker that restarts is tried again soon.
            "reconnect_backoff_max_ms": 1000,
            **({} if self._tls is None else {"security_protocol": "SSL", "ssl_context": self._tls}),
        }

    def _because(self) -> str:
        """Return what stood behind a failure: the client itself reports only that its time was over."""
        if self._tls is not None and self._tls.last_error:
            return f"; TLS with {self._tls.last_error}"
        return f"; the bridge says: {self._bridge.last_error}" if self._bridge.last_error else ""

    def _drop(self) -> None:
        client, self._client = self._client, None
        if self._security is not None:
            self._security.forget()
        if client is not None:
            _close(client)


def connect(settings: dict[str, Any]) -> KafkaAdminClient:
    """Make a client. The library's own constructor leaves a thread and sockets behind when it fails."""
    client = KafkaAdminClient.__new__(KafkaAdminClient)
    try:
        client.__init__(**settings)
    except BaseException:
        client._closed = False  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
        _close(client)
        raise
    return client


def _close(client: KafkaAdminClient) -> None:
    with suppress(KafkaError, OSError, RuntimeError, AttributeError):
        client.close()


def newest(client: KafkaAdminClient) -> Newest:
    """Return brokers and topics as the broker with the newest metadata knows them."""
    cluster = client.describe_cluster()
    quorum: ObservedQuorum | None = None
    controller = _node(cluster["controller_id"])
    asked = controller
    if ApiKey.DescribeQuorum in client.api_versions():
        partition = _quorum(client)
        quorum = metadata.observed_quorum(partition)
        controller = quorum.leader
        asked = metadata.freshest(partition, (b["broker_id"] for b in cluster["brokers"]))
    answer = _metadata(client, asked)
    if quorum is None:
        metadata.confirm_controller(answer, asked)
    return Newest(cluster, controller, quorum, answer)


def observed(client: KafkaAdminClient) -> KafkaState:
    """Ask everything once, what decides about a restart last."""
    # With thousands of topics these calls take longer than an ISR may be old when a broker is deleted.
    least = _min_isr(client, [str(topic["name"]) for topic in newest(client).answer["topics"]])
    # Before the replicas: of a move that ends in between, metadata then shows what stays, and never both sets as one.
    moves = metadata.observed_moves(client.list_partition_reassignments())
    now = newest(client)
    # Where topics are made all the time, some are born meanwhile: few, so that asking for them costs the ISR no age.
    born = [name for name in (str(topic["name"]) for topic in now.answer["topics"]) if name not in least]
    least |= _min_isr(client, born)
    return KafkaState(
        cluster_id=now.cluster["cluster_id"],
        controller=now.controller,
        brokers=metadata.observed_brokers(now.cluster, now.answer["brokers"]),
        partitions=metadata.observed_partitions(now.answer["topics"], least, moves),
        quorum=now.quorum,
    )


def _quorum(client: KafkaAdminClient) -> metadata.Answer:
    """Return the quorum as its leader describes it. A broker passes the question on, and may wait long for a leader."""
    manager = client._manager  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]

    async def ask() -> Any:
        return await manager.send(describe_quorum(), request_timeout_ms=_QUORUM_MILLISECONDS)

    partition = metadata.leaders_partition(manager.run(ask).to_dict())
    if partition is None:
        raise NotYet("no controller leads the metadata quorum")
    return partition


def _words(error: Exception) -> str:
    """Return the error's name and words; the client's own errors begin with their name."""
    name, text = type(error).__name__, str(error)
    return text if text.startswith(name) else f"{name}: {text}"


def _metadata(client: KafkaAdminClient, node: NodeId | None) -> dict[str, Any]:
    """Return brokers and all topics as this node knows them. The public call would ask any, a stale one included."""
    manager = client._manager  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    request = MetadataRequest(topics=None, allow_auto_topic_creation=False)

    async def ask() -> Any:
        return await manager.send(request, node_id=node)

    return manager.run(ask).to_dict()


def _min_isr(client: KafkaAdminClient, names: Sequence[str]) -> dict[str, int]:
    """Return the effective min.insync.replicas of each topic."""
    found: dict[str, int] = {}
    for start in range(0, len(names), _CONFIGS_PER_CALL):
        wanted = [
            ConfigResource(ConfigResourceType.TOPIC, name, {"min.insync.replicas": None})
            for name in names[start : start + _CONFIGS_PER_CALL]
        ]
        answer = client.describe_configs(wanted, config_filter="all")
        found.update(metadata.effective_min_isr(answer.get("topic", {})))
    return found


def _node(node: int) -> NodeId | None:
    return None if node < 0 else NodeId(node)
