"""The Topics hook: all topics of one cluster that a stack declares, in one resource.

One resource and not one per topic: it can tell a topic that left the list, which is deleted, from the destroy of the
whole cluster, which leaves every topic on its volumes; and thousands of topics cost one observation.
"""

from collections.abc import Mapping
from typing import TypedDict

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, DiffResult, Resource, UpdateResult

from hooks.planner.topics import DesiredTopic, assumed, plan_topics
from hooks.providers.engine import EngineProgress, one_clear_error
from hooks.providers.preview import SIGHTS, Unseen, show
from hooks.providers.resource import HookProvider, inputs, own_urn
from hooks.providers.wire import (
    ConnectionArgs,
    Mode,
    PaceArgs,
    Wire,
    changed,
    coerced,
    connection,
    has_unknown,
    mode,
    moved,
    pace,
)

_INPUTS = ("connection", "mode", "topics", "pace")


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


class TopicsProvider(HookProvider):
    """Translates between the engine and the Topics run."""

    def check(self, olds: Wire, news: Wire) -> CheckResult:
        """Give whole numbers their type back, and show the plan of a creation, for which the engine asks no diff."""
        if not olds and not has_unknown(news):
            _differs({}, coerced(news))
        return super().check(olds, news)

    def create(self, props: Wire) -> CreateResult:
        """Make what is missing, and adopt what is there."""
        _run({}, props)
        return CreateResult(self.name(props, "topics"), dict(props))

    def diff(self, _id: str, olds: Wire, news: Wire) -> DiffResult:
        """Show the plan, and report a change when inputs differ or the live topics do."""
        if moved(olds, news):
            return DiffResult(changes=True, replaces=["connection"])
        return DiffResult(changes=_differs(olds, news))

    def update(self, _id: str, olds: Wire, news: Wire) -> UpdateResult:
        """Bring the topics to the desired state."""
        _run(olds, news)
        return UpdateResult(dict(news))

    def delete(self, _id: str, props: Wire) -> None:
        """Leave every topic where it is: a destroyed cluster comes back with its messages."""
        with one_clear_error():
            EngineProgress(props["ownUrn"]).info(f"the {len(props['topics'])} topics and their messages stay")


class Topics(Resource, module="kafka", name="Topics"):
    """The declared topics of one Kafka cluster."""

    def __init__(self, name: str, args: TopicsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register the hook."""
        super().__init__(TopicsProvider(), name, inputs(args, own_urn("Topics", name, opts)), opts)


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


def _differs(olds: Wire, news: Wire) -> bool:
    """Show the plan on the resource's row and return whether an update has anything to do."""
    differ = bool(changed(olds, news, _INPUTS))
    if has_unknown(news):
        show(news, ("part of the inputs is known only during the update, and the plan with them",))
        return True
    desired, recorded = topics(news), topics(olds)
    # Imported here: the clients take longer to import than a whole check.
    from hooks.clients.connection import PREVIEW  # noqa: PLC0415
    from hooks.connect import world  # noqa: PLC0415
    from hooks.runners.topics import TopicForecast, TopicWish, forecast_topics  # noqa: PLC0415

    def look() -> TopicForecast:
        with world(connection(news), mode(news), EngineProgress(news["ownUrn"]), PREVIEW) as seen:
            return forecast_topics(seen, TopicWish(desired=desired, recorded=recorded))

    found = SIGHTS.ask(connection(news), look)
    if isinstance(found, Unseen):
        if differ:
            by_inputs = plan_topics(desired, recorded, assumed(recorded)).lines()
            show(news, (f"could not see the topics: {found.why}", *(f"by the inputs alone: {li}" for li in by_inputs)))
        return differ
    if found.lines():
        show(news, found.lines())
    return differ or bool(found.plan.changes or found.plan.refused)


def _run(olds: Wire, news: Wire) -> None:
    """Run with the World of these inputs."""
    # Imported here: the clients take longer to import than a whole check.
    from hooks.connect import world  # noqa: PLC0415
    from hooks.runners.topics import TopicsRun, TopicWish  # noqa: PLC0415

    wish = TopicWish(desired=topics(news), recorded=topics(olds))
    with one_clear_error(), world(connection(news), mode(news), EngineProgress(news["ownUrn"])) as live:
        TopicsRun(live, wish, pace(news)).run()
