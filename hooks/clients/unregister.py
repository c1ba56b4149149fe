"""UnregisterBroker (KRaft): takes a broker out of the metadata. Kafka has no guard here; the caller must have one."""

from typing import Any

from kafka.admin import KafkaAdminClient
from kafka.errors import for_code
from kafka.protocol.api_message import ApiMessage

from hooks.clients import schemas
from hooks.interfaces import NotYet

_UNKNOWN_BROKER = 102
"""BROKER_ID_NOT_REGISTERED: it is out already."""


class UnregisterBrokerRequest(ApiMessage, load_json=schemas):
    """Asks for the removal of one broker."""


class UnregisterBrokerResponse(ApiMessage, load_json=schemas):
    """The answer."""


def unregister(client: KafkaAdminClient, broker: int) -> None:
    """Ask any broker, which passes it on to the controller. Raises NotYet when it was not accepted."""
    manager = client._manager  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]

    async def ask() -> Any:
        return await manager.send(UnregisterBrokerRequest(broker_id=broker))

    answer = manager.run(ask)
    if answer.error_code not in (0, _UNKNOWN_BROKER):
        name = for_code(answer.error_code).__name__
        raise NotYet(f"broker {broker} could not be unregistered: {name} {answer.error_message or ''}".strip())
