"""What the run of schemas needs of a schema registry, as a Protocol beside those of `hooks.interfaces`."""

from collections.abc import Collection
from typing import Protocol

from hooks.administration import Rejection
from hooks.planner.schema_checks import Objection
from hooks.planner.schema_texts import Schema
from hooks.planner.schemas import Level, Seen


class Schemas(Protocol):
    """The subjects of a registry. Every method raises NotYet when none of its pods answers."""

    def observe(self, names: Collection[str]) -> Seen:
        """Return those of the named subjects that exist, and the level of the whole registry."""
        ...

    def find(self, subject: str, schema: Schema) -> int | None:
        """Return under which version a subject has this schema, None for none."""
        ...

    def check(self, subject: str, schema: Schema, latest: int | None) -> Objection | None:
        """Ask what the registry has against this after the latest version. Nothing is changed."""
        ...

    def referrers(self, subject: str) -> frozenset[str]:
        """Return who keeps a subject from being deleted: the subjects that refer to a version of it.

        One that was deleted itself, and that the registry still counts, is named by its id.
        """
        ...

    def register(self, subject: str, schema: Schema) -> Rejection | None:
        """Make this a version of the subject, and return why it was not made. One that is there is fine."""
        ...

    def set_level(self, subject: str | None, level: Level | None) -> Rejection | None:
        """Set the level of a subject, or of the registry; None takes a subject's own away."""
        ...

    def delete(self, subject: str) -> Rejection | None:
        """Delete a subject softly, and return why it was not. One that is gone is fine."""
        ...
