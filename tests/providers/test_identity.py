"""Claims about a refresh of the identity's resource; the rest is claimed through the engine's own protocol."""

from typing import Any

from hooks.providers.identity import IdentityProvider
from hooks.providers.wire import ConnectionArgs
from tests.clients.fake_api_server import FakeApiServer


def inputs(at: ConnectionArgs) -> dict[str, Any]:
    """Return the inputs of a cluster that is there."""
    return {"connection": at, "mode": "kraft", "controllers": [{"id": 9000, "host": "c-0.c"}], "ownUrn": ""}


def test_a_refresh_without_a_cluster_keeps_what_is_known(at: ConnectionArgs, server: FakeApiServer) -> None:
    provider = IdentityProvider()
    made = provider.create(inputs(at)).outs or {}
    server.away = 1000
    assert provider.read("kafka-identity", made).outs == made
