"""Kafka's requests sent as they are, and its refusals as they come: one answer for each thing that was asked for."""

from collections.abc import Callable, Container
from typing import Any, Final, Protocol, TypeVar

from kafka.admin import KafkaAdminClient
from kafka.errors import for_code

from hooks.administration import Rejection

T = TypeVar("T")
CONTROLLER_MS: Final = 25_000
"""How long a controller may take for a request."""
_ANSWER_MS: Final = 30_000
NONE: Final = 0
"""The error code of what was done."""


class Asked(Protocol):
    """Whoever passes a question on to a connected client: `hooks.clients.admin.KafkaAdmin`."""

    def ask(self, question: Callable[[KafkaAdminClient], T]) -> T:
        """Return the question's answer; it may be asked twice. Raises NotYet when no broker answers."""
        ...


def send(client: KafkaAdminClient, request: object, node: int | None = None) -> Any:
    """Send to this broker, or to any, and return the answer."""
    manager = client._manager  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]

    async def ask() -> Any:
        return await manager.send(request, node_id=node, request_timeout_ms=_ANSWER_MS)

    return manager.run(ask)


def send_to_controller(client: KafkaAdminClient, request: object) -> Any:
    """Send to the controller of the moment: with ZooKeeper no other broker takes it, with KRaft any would."""
    return send(client, request, int(client.describe_cluster()["controller_id"]))


def rejection(name: str, result: Any, soon: Container[int] = ()) -> Rejection:
    """Return an answer that is an error. `soon` are codes that Kafka calls final and that pass here."""
    error = for_code(result.error_code)
    words = f": {result.error_message}" if result.error_message else ""
    return Rejection(
        name=name,
        why=f"{error.__name__.removesuffix('Error')}{words}",
        soon=error.retriable or result.error_code in soon,
    )
