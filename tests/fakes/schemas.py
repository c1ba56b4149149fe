"""The schema registry of the FakeCluster, by the published contract: versions are numbered and stay, an equal
schema is the version that it was, a level judges new versions, and what others refer to cannot be deleted.

Compatibility is that of a toy: a schema names its fields, backward forbids new ones and forward forbids lost ones.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from hooks.administration import Rejection
from hooks.interfaces import NotYet
from hooks.planner.schema_checks import Objection
from hooks.planner.schema_texts import Schema, same
from hooks.planner.schemas import Level, ObservedSubject, Seen

if TYPE_CHECKING:
    from tests.fakes.cluster import FakeCluster

INVALID = "Input schema is an invalid Avro schema"


@dataclass
class Live:
    """One subject."""

    versions: list[Schema] = field(default_factory=list)
    deleted: bool = False


@dataclass
class SchemaRecords:
    """What the registry keeps, and what is wrong with it."""

    level: str = "BACKWARD"
    levels: dict[str, str] = field(default_factory=dict)
    live: dict[str, Live] = field(default_factory=dict)
    away: bool = False
    slow: float = 0.0
    silent: set[str] = field(default_factory=set)
    """Subjects whose checks are not answered."""
    refuses: set[str] = field(default_factory=set)


@dataclass
class FakeSchemas:
    cluster: "FakeCluster"

    @property
    def records(self) -> SchemaRecords:
        return self.cluster.schemas

    def observe(self, names: Collection[str]) -> Seen:
        self._ask()
        found = {
            name: ObservedSubject(
                name=name,
                latest=len(live.versions),
                schema=live.versions[-1],
                level=self.records.levels.get(name),
            )
            for name, live in sorted(self.records.live.items())
            if name in names and not live.deleted
        }
        return Seen(level=self.records.level, subjects=found)

    def find(self, subject: str, schema: Schema) -> int | None:
        self._ask()
        live = self.records.live.get(subject)
        if live is None or live.deleted:
            return None
        return next((number for number, one in enumerate(live.versions, 1) if same(one, schema)), None)

    def check(self, subject: str, schema: Schema, latest: int | None) -> Objection | None:
        self._ask()
        self.cluster.sleep(self.records.slow)
        if subject in self.records.silent:
            raise NotYet(f"no answer to the check of {subject}")
        if "nonsense" in schema.text:
            return Objection(words=INVALID, kind="invalid")
        live = self.records.live.get(subject)
        assert latest == (len(live.versions) if live and not live.deleted else None)
        if live is None or live.deleted:
            return None
        level = self.records.levels.get(subject, self.records.level)
        old, new = fields(live.versions[-1]), fields(schema)
        more, less = sorted(new - old), sorted(old - new)
        if more and level.startswith(("BACKWARD", "FULL")):
            return Objection(words=f"READER_FIELD_MISSING_DEFAULT_VALUE {more}")
        if less and level.startswith(("FORWARD", "FULL")):
            return Objection(words=f"FIELD_REMOVED {less}")
        return None

    def referrers(self, subject: str) -> frozenset[str]:
        self._ask()
        return frozenset(
            name
            for name, one in self.records.live.items()
            if not one.deleted and any(link.subject == subject for each in one.versions for link in each.references)
        )

    def register(self, subject: str, schema: Schema) -> Rejection | None:
        self._ask()
        if subject in self.records.refuses:
            return Rejection(name=subject, why="Subject is in read-only mode")
        if self.find(subject, schema) is not None:
            return None
        live = self.records.live.get(subject)
        objection = self.check(subject, schema, len(live.versions) if live and not live.deleted else None)
        if objection is not None:
            return Rejection(name=subject, why=objection.words)
        self.records.live[subject] = Live([*(live.versions if live else ()), schema])
        self.cluster.writes.append(f"schema {subject} {schema.text}")
        return None

    def set_level(self, subject: str | None, level: Level | None) -> Rejection | None:
        self._ask()
        if subject is None:
            assert level is not None
            self.records.level = level
        elif level is None:
            self.records.levels.pop(subject, None)
        elif subject not in self.records.live:
            return Rejection(name=subject, why="no such subject")
        else:
            self.records.levels[subject] = level
        self.cluster.writes.append(f"level {subject} {level}")
        return None

    def delete(self, subject: str) -> Rejection | None:
        self._ask()
        live = self.records.live.get(subject)
        if live is None or live.deleted:
            return None
        if referrers := self.referrers(subject):
            return Rejection(name=subject, why=f"One or more references exist to the schema: {sorted(referrers)}")
        self.records.live[subject] = replace(live, deleted=True)
        self.records.levels.pop(subject, None)
        self.cluster.writes.append(f"unschema {subject}")
        return None

    def _ask(self) -> None:
        if self.records.away:
            raise NotYet("no pod of the schema registry is ready")


def fields(schema: Schema) -> set[str]:
    """Return the names of its fields."""
    return {each["name"] for each in json.loads(schema.text)["fields"]}
