"""What a schema is to a registry, when two are the same, and in which order schemas that refer to others come. Pure."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Literal

Kind = Literal["AVRO", "JSON", "PROTOBUF"]


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A version of another subject, under the name by which the schema's text calls it."""

    name: str
    subject: str
    version: int


@dataclass(frozen=True, kw_only=True)
class Schema:
    """What a registry keeps as one version."""

    kind: Kind
    text: str
    references: tuple[Reference, ...] = ()


def same(one: Schema, other: Schema) -> bool:
    """Return whether two schemas say the same: the order of keys and the blanks around them say nothing.

    Beyond that, which only a registry can tell, it is asked.
    """
    return (one.kind, _linked(one), _read(one)) == (other.kind, _linked(other), _read(other))


def in_order(needs: Mapping[str, Collection[str]]) -> list[str]:
    """Return the names so that each comes after those it needs. Needs outside the mapping are there already."""
    names = {name: sorted(set(needs[name]) & needs.keys()) for name in sorted(needs)}
    return list(TopologicalSorter(names).static_order())


def _linked(schema: Schema) -> list[tuple[str, str, int]]:
    return sorted((each.name, each.subject, each.version) for each in schema.references)


def _read(schema: Schema) -> str:
    """Return the text without what says nothing."""
    if schema.kind != "PROTOBUF":
        try:
            return json.dumps(json.loads(schema.text), sort_keys=True)
        except ValueError:
            return schema.text
    return "\n".join(line.rstrip() for line in schema.text.strip().splitlines())
