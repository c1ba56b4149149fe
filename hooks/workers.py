"""What the run of connectors needs of Kafka Connect's workers, as a Protocol beside those of `hooks.interfaces`."""

from collections.abc import Collection, Mapping
from typing import Protocol

from hooks.administration import Rejection
from hooks.planner.connector_checks import Verdict
from hooks.planner.connectors import ConnectorChange, ObservedConnector


class Connectors(Protocol):
    """The connectors of a Connect cluster. Every method raises NotYet when no worker answers, or they do not agree."""

    def observe(self, names: Collection[str]) -> Mapping[str, ObservedConnector]:
        """Return those of the named connectors that exist."""
        ...

    def plugins(self) -> frozenset[str]:
        """Return the classes of all connectors that the workers can run."""
        ...

    def check(self, config: Mapping[str, str]) -> Verdict:
        """Ask the connector's plugin what it thinks of a configuration. Nothing is changed."""
        ...

    def apply(self, change: ConnectorChange) -> Rejection | None:
        """Make this change, and return why it was not made. One that is gone before its deletion is fine."""
        ...
