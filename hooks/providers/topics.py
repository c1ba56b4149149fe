"""The Topics hook: all topics of one cluster that a stack declares, in one resource."""

from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

import pulumi
from pulumi.dynamic import Resource

from hooks.planner.topics import DesiredTopic, assumed, plan_topics
from hooks.providers.declared import DeclaredProvider
from hooks.providers.engine import EngineProgress, one_clear_error
from hooks.providers.preview import SIGHTS, Unseen, show
from hooks.providers.resource import inputs, own_urn
from hooks.providers.wire import (
    ConnectionArgs,
    Mode,
    MovementArgs,
    PaceArgs,
    Wire,
    connection,
    limits,
    mode,
    pace,
)


class TopicArgs(TypedDict):
    """One topic."""

    partitions: int
    replicationFactor: int
    config: dict[str, str]
    deletionProtection: bool


class TopicsArgs(TypedDict):
    """Inputs of the Topics hook."""

    connection: pulumi.Input[ConnectionArgs]
    mode: Mode
    topics: dict[str, TopicArgs]
    """By name, so that the engine's own diff is one of topics and not of places in a list."""
    pace: PaceArgs
    internal: NotRequired[dict[str, int]]
    """Replication factors of topics that Kafka keeps for itself, by name; left out where they are not the stack's."""
    movement: NotRequired[MovementArgs]
    """How fast replicas move when a topic's replication factor changes."""


class TopicsProvider(DeclaredProvider):
    """Translates between the engine and the Topics run."""

    kind = "topics"
    compared = ("connection", "mode", "topics", "pace", "internal")

    def differs(self, olds: Wire, news: Wire, *, edited: bool) -> bool:
        """Show the plan against the live topics."""
        desired, recorded = topics(news), topics(olds)
        # Imported here: the clients take longer to import than a whole check.
        from hooks.clients.connection import PREVIEW  # noqa: PLC0415
        from hooks.connect import world  # noqa: PLC0415
        from hooks.runners.topics import TopicForecast, TopicWish, forecast_topics  # noqa: PLC0415

        def look() -> TopicForecast:
            with world(connection(news), mode(news), EngineProgress(news["ownUrn"]), PREVIEW) as seen:
                wish = TopicWish(
                    desired=desired, recorded=recorded, limits=limits(news), internal=internal_topics(news)
                )
                return forecast_topics(seen, wish)

        found = SIGHTS.ask(connection(news), look)
        if isinstance(found, Unseen):
            if edited:
                planned = plan_topics(desired, recorded, assumed(recorded))
                lines = (f"by the inputs alone: {line}" for line in planned.lines())
                show(news, (f"could not see the topics: {found.why}", *lines))
            return edited
        if found.lines():
            show(news, found.lines())
        return edited or found.due

    def apply(self, olds: Wire, news: Wire) -> None:
        """Run with the World of these inputs."""
        # Imported here: the clients take longer to import than a whole check.
        from hooks.connect import world  # noqa: PLC0415
        from hooks.runners.topics import TopicsRun, TopicWish  # noqa: PLC0415

        wish = TopicWish(
            desired=topics(news), recorded=topics(olds), limits=limits(news), internal=internal_topics(news)
        )
        with one_clear_error(), world(connection(news), mode(news), EngineProgress(news["ownUrn"])) as live:
            TopicsRun(live, wish, pace(news)).run()

    def farewell(self, props: Wire) -> str:
        """Say how many topics there are, Kafka's own among them where their factor is the stack's."""
        return f"the {len(props['topics']) + len(internal_topics(props))} topics and their messages stay"


class Topics(Resource, module="kafka", name="Topics"):
    """The declared topics of one Kafka cluster."""

    def __init__(self, name: str, args: TopicsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register the hook."""
        super().__init__(TopicsProvider(), name, inputs(args, own_urn("Topics", name, opts)), opts)


def internal_topics(props: Wire) -> dict[str, int]:
    """Translate the factors of Kafka's own topics."""
    found: Mapping[str, Any] = props.get("internal") or {}
    return {str(name): int(factor) for name, factor in found.items()}


def topics(props: Wire) -> tuple[DesiredTopic, ...]:
    """Translate the topics."""
    found: Mapping[str, Wire] = props.get("topics") or {}
    return tuple(
        DesiredTopic(
            name=name,
            partitions=int(wire["partitions"]),
            replication_factor=int(wire["replicationFactor"]),
            config={key: str(value) for key, value in wire["config"].items()},
            deletion_protection=bool(wire["deletionProtection"]),
        )
        for name, wire in sorted(found.items())
    )
