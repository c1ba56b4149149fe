"""The Schemas hook: all subjects of one schema registry that a stack declares, in one resource."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, NotRequired, TypedDict, cast

import pulumi
from pulumi.dynamic import Resource

from hooks.planner.schema_texts import Kind
from hooks.planner.schemas import DesiredSubject, Level, Link, assumed, plan_schemas, standings
from hooks.planner.text import count
from hooks.providers.declared import DeclaredProvider
from hooks.providers.engine import EngineProgress, one_clear_error
from hooks.providers.preview import Sights, Unseen, show
from hooks.providers.resource import inputs, own_urn
from hooks.providers.wire import ConnectionArgs, Mode, PaceArgs, Wire, connection, mode, pace

if TYPE_CHECKING:
    from hooks.clients.registry import Place

#: Apart from what is seen of Kafka: a slow registry must not end the other hooks' looks.
_SIGHTS: Final = Sights()
_CHECK_SECONDS: Final = 2.0
"""How long a preview has the registry judge schemas."""


class RegistryPlaceArgs(TypedDict):
    """Where a registry answers that is not the platform's own."""

    labels: dict[str, str]
    port: int
    path: str


class LinkArgs(TypedDict):
    """Another subject that a schema refers to."""

    name: str
    subject: str
    version: int
    """0 for the one that the stack declares."""


class SubjectArgs(TypedDict):
    """One subject."""

    type: str
    schema: str
    references: list[LinkArgs]
    compatibility: str
    """Empty for that of the registry."""
    deletionProtection: bool


class DeclaredArgs(TypedDict):
    """What a stack declares of a registry."""

    registry: NotRequired[RegistryPlaceArgs]
    compatibility: str
    """Of the whole registry; empty leaves it as it is."""
    subjects: dict[str, SubjectArgs]
    """By name, so that the engine's own diff is one of subjects and not of places in a list."""


class SchemasArgs(DeclaredArgs):
    """Inputs of the Schemas hook."""

    connection: pulumi.Input[ConnectionArgs]
    mode: Mode
    pace: PaceArgs


class SchemasProvider(DeclaredProvider):
    """Translates between the engine and the Schemas run."""

    kind = "schemas"
    compared = ("connection", "mode", "registry", "compatibility", "subjects", "pace")

    def differs(self, olds: Wire, news: Wire, *, edited: bool) -> bool:
        """Show the plan against the live registry, with what it has against new schemas."""
        # Imported here: the clients take longer to import than a whole check.
        from hooks.clients.connection import PREVIEW  # noqa: PLC0415
        from hooks.connect import world  # noqa: PLC0415
        from hooks.runners.schemas import SchemaForecast, SchemaWish, forecast_schemas  # noqa: PLC0415

        wish = SchemaWish(desired=subjects(news), recorded=managed(olds, news), level=_level(news["compatibility"]))

        def look() -> SchemaForecast:
            reporter = EngineProgress(news["ownUrn"])
            with world(connection(news), mode(news), reporter, PREVIEW, registry(news)) as seen:
                return forecast_schemas(seen, wish, _CHECK_SECONDS)

        found = _SIGHTS.ask(connection(news), look)
        if isinstance(found, Unseen):
            if edited:
                show(news, (f"could not see the schemas, which the run checks: {found.why}", *_blind(olds, news)))
            return edited
        if found.lines():
            show(news, found.lines())
        return edited or bool(found.plan.changes or found.plan.refused)

    def apply(self, olds: Wire, news: Wire) -> None:
        """Run with the World of these inputs."""
        # Imported here: the clients take longer to import than a whole check.
        from hooks.connect import RUN, world  # noqa: PLC0415
        from hooks.runners.schemas import SchemasRun, SchemaWish  # noqa: PLC0415

        wish = SchemaWish(desired=subjects(news), recorded=managed(olds, news), level=_level(news["compatibility"]))
        reporter = EngineProgress(news["ownUrn"])
        with one_clear_error(), world(connection(news), mode(news), reporter, RUN, registry(news)) as live:
            SchemasRun(live, wish, pace(news)).run()

    def farewell(self, props: Wire) -> str:
        """Count them."""
        return f"{count(len(props['subjects']), 'subject')} and all versions stay in the registry"


class Schemas(Resource, module="kafka", name="Schemas"):
    """The declared subjects of one schema registry."""

    def __init__(self, name: str, args: SchemasArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register the hook."""
        super().__init__(SchemasProvider(), name, inputs(args, own_urn("Schemas", name, opts)), opts)


def subjects(props: Wire) -> tuple[DesiredSubject, ...]:
    """Translate the subjects."""
    found: Mapping[str, Wire] = props.get("subjects") or {}
    return tuple(
        DesiredSubject(
            name=name,
            kind=cast("Kind", wire["type"]),
            text=str(wire["schema"]),
            links=tuple(
                Link(name=str(each["name"]), subject=str(each["subject"]), version=int(each["version"]) or None)
                for each in wire["references"]
            ),
            level=_level(wire["compatibility"]),
            deletion_protection=bool(wire["deletionProtection"]),
        )
        for name, wire in sorted(found.items())
    )


def managed(olds: Wire, news: Wire) -> tuple[DesiredSubject, ...]:
    """Return what the stack managed in this registry: subjects of another one are there, and have other owners here."""
    return subjects(olds) if registry(olds) == registry(news) else ()


def registry(props: Wire) -> "Place | None":
    """Translate where the registry is."""
    from hooks.clients.registry import Place  # noqa: PLC0415 - as above

    at: Wire | None = props.get("registry")
    if not at:
        return None
    return Place(labels=dict(at["labels"]), port=int(at["port"]), path=str(at["path"]))


def _blind(olds: Wire, news: Wire) -> tuple[str, ...]:
    """Return the plan that follows from the inputs alone."""
    desired, recorded = subjects(news), managed(olds, news)
    seen = assumed(recorded, _level(olds.get("compatibility")))
    wanted, before = {one.name: one for one in desired}, {one.name: one for one in recorded}
    found = standings(desired, seen, lambda _subject, _schema: None)
    planned = plan_schemas(wanted, before, seen, found, _level(news["compatibility"]))
    return tuple(f"by the inputs alone: {line}" for line in planned.lines())


def _level(text: object) -> Level | None:
    return cast("Level", str(text)) if text else None
