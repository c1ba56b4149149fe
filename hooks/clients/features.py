"""Feature levels as the active controller has finalized them, and the request to raise them (KIP-584)."""

from collections.abc import Mapping, Sequence

from kafka.admin import KafkaAdminClient
from kafka.protocol.admin import UpdateFeaturesRequest

from hooks.administration import Rejection
from hooks.clients.requests import CONTROLLER_MS, NONE, Asked, rejection, send
from hooks.planner.features import FeatureChange

_VALIDATES = 1
"""The first version of the request that can ask without changing anything."""


class KafkaFeatures:
    """`hooks.administration.Features` over kafka-python."""

    def __init__(self, admin: Asked) -> None:
        """Ask over this connection."""
        self._admin = admin

    def finalized(self) -> Mapping[str, int]:
        """Return the level of each finalized feature. Raises NotYet when no broker answers."""

        def ask(client: KafkaAdminClient) -> dict[str, int]:
            features = client.describe_features()
            return {name: int(found["finalized"][1]) for name, found in features.items() if "finalized" in found}

        return self._admin.ask(ask)

    def check(self, changes: Sequence[FeatureChange]) -> tuple[Rejection, ...]:
        """Return what the controllers would not do. Raises NotYet when no broker answers."""
        return self._admin.ask(lambda client: _sent(client, changes, validate_only=True))

    def apply(self, changes: Sequence[FeatureChange]) -> tuple[Rejection, ...]:
        """Return what the controllers did not do. Raises NotYet when no broker answers."""
        return self._admin.ask(lambda client: _sent(client, changes, validate_only=False))


def _sent(client: KafkaAdminClient, changes: Sequence[FeatureChange], *, validate_only: bool) -> tuple[Rejection, ...]:
    """Send to any broker, which passes it on to the active controller."""
    update = UpdateFeaturesRequest.FeatureUpdateKey
    answer = send(
        client,
        UpdateFeaturesRequest(
            timeout_ms=CONTROLLER_MS,
            feature_updates=[
                update(feature=one.feature, max_version_level=one.after, allow_downgrade=False, upgrade_type=1)
                for one in changes
            ],
            validate_only=validate_only,
            min_version=_VALIDATES,
        ),
    )
    if answer.error_code != NONE:
        return (rejection(", ".join(map(str, changes)), answer),)
    # Since its second version the answer is one for all.
    each = answer.results or ()
    return tuple(rejection(result.feature, result) for result in each if result.error_code != NONE)
