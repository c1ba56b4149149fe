"""The Connectors hook: all connectors of one Connect cluster that a stack declares, in one resource."""

from collections.abc import Mapping
from typing import Final, NotRequired, TypedDict, cast

import pulumi
from pulumi.dynamic import Resource

from hooks.planner.connectors import DesiredConnector, State, assumed, plan_connectors
from hooks.planner.text import count
from hooks.providers.declared import DeclaredProvider
from hooks.providers.engine import EngineProgress, one_clear_error
from hooks.providers.preview import Sights, Unseen, show
from hooks.providers.resource import inputs, own_urn
from hooks.providers.wire import ConnectionArgs, Mode, PaceArgs, Wire, connection, mode, pace

#: Apart from what is seen of Kafka: a slow plugin must not end the other hooks' looks.
_SIGHTS: Final = Sights()
_CHECK_SECONDS: Final = 2.0
"""How long a preview has the workers' plugins check configurations."""


# The key `class` is none that a class body could have.
ConnectorArgs = TypedDict(
    "ConnectorArgs",
    {
        "class": str,
        "tasks": int,
        "config": dict[str, str],
        "state": str,
        "deletionProtection": bool,
        "origin": NotRequired[str],
    },
)


class ConnectorsArgs(TypedDict):
    """Inputs of the Connectors hook."""

    connection: pulumi.Input[ConnectionArgs]
    mode: Mode
    connectors: dict[str, ConnectorArgs]
    """By name, so that the engine's own diff is one of connectors and not of places in a list."""
    pace: PaceArgs


class ConnectorsProvider(DeclaredProvider):
    """Translates between the engine and the Connectors run."""

    kind = "connectors"
    compared = ("connection", "mode", "connectors", "pace")

    def differs(self, olds: Wire, news: Wire, *, edited: bool) -> bool:
        """Show the plan against the live connectors."""
        desired, recorded = connectors(news), connectors(olds)
        # Imported here: the clients take longer to import than a whole check.
        from hooks.clients.connection import PREVIEW  # noqa: PLC0415
        from hooks.connect import world  # noqa: PLC0415
        from hooks.runners.connectors import ConnectorForecast, ConnectorWish, forecast_connectors  # noqa: PLC0415

        def look() -> ConnectorForecast:
            with world(connection(news), mode(news), EngineProgress(news["ownUrn"]), PREVIEW) as seen:
                return forecast_connectors(seen, ConnectorWish(desired=desired, recorded=recorded), _CHECK_SECONDS)

        found = _SIGHTS.ask(connection(news), look)
        if isinstance(found, Unseen):
            if edited:
                planned = plan_connectors(desired, recorded, assumed(recorded))
                lines = (f"by the inputs alone: {line}" for line in planned.lines())
                show(news, (f"could not see the connectors, which the run checks: {found.why}", *lines))
            return edited
        if found.lines():
            show(news, found.lines())
        return edited or bool(found.plan.changes or found.plan.refused)

    def apply(self, olds: Wire, news: Wire) -> None:
        """Run with the World of these inputs."""
        # Imported here: the clients take longer to import than a whole check.
        from hooks.connect import world  # noqa: PLC0415
        from hooks.runners.connectors import ConnectorsRun, ConnectorWish  # noqa: PLC0415

        wish = ConnectorWish(desired=connectors(news), recorded=connectors(olds))
        with one_clear_error(), world(connection(news), mode(news), EngineProgress(news["ownUrn"])) as live:
            ConnectorsRun(live, wish, pace(news)).run()

    def farewell(self, props: Wire) -> str:
        """Count them."""
        said = count(len(props["connectors"]), "connector")
        return f"{said} and all offsets stay in the topics of the workers"


class Connectors(Resource, module="kafka", name="Connectors"):
    """The declared connectors of one Connect cluster."""

    def __init__(self, name: str, args: ConnectorsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register the hook."""
        super().__init__(ConnectorsProvider(), name, inputs(args, own_urn("Connectors", name, opts)), opts)


def connectors(props: Wire) -> tuple[DesiredConnector, ...]:
    """Translate the connectors."""
    found: Mapping[str, Wire] = props.get("connectors") or {}
    return tuple(
        DesiredConnector(
            name=name,
            plugin=str(wire["class"]),
            tasks=int(wire["tasks"]),
            config={key: str(value) for key, value in wire["config"].items()},
            state=cast("State", wire["state"]),
            deletion_protection=bool(wire["deletionProtection"]),
            origin=str(wire.get("origin") or ""),
        )
        for name, wire in sorted(found.items())
    )
