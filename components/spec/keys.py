"""Kafka's own broker and controller keys, line by line: type, default, what is valid, and how a change takes effect.

The table beside this module was written by Kafka itself (`python -m dev keys` asks the jars of every line); here it is
read and asked. ZooKeeper's keys are not in it: ZooKeeper defines none in a form that could be read.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

from components.spec.versions import KAFKA_LINES

TABLE: Final = "kafka-keys.tsv"
CLUSTER_WIDE: Final = "cluster-wide"
#: In a value that Kafka looks up elsewhere, so that its text says nothing of what it will be.
LOOKED_UP: Final = "${"
_BITS: Final = {"short": 16, "int": 32, "long": 64}
#: As Java reads it; Python would take more, underscores and `inf` among it.
_DECIMAL: Final = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"
_ANY_CASE: Final = "any case: "
_LIST: Final = "list: "


@dataclass(frozen=True, kw_only=True)
class Key:
    """What one line of Kafka says of one of its keys, be it of a broker or of a topic."""

    name: str
    type: str
    """boolean, string, int, short, long, double, list, class or password."""
    default: str
    """As text; `null` when there is none, `required` when there must be a value."""
    valid: str
    """`1..100` (either end may be open), `a|b`, `any case: a|b`, `list: a|b`; empty when Kafka does not say."""
    importance: str


@dataclass(frozen=True, kw_only=True)
class BrokerKey(Key):
    """A key of brokers and controllers."""

    update: str
    """`read-only`, `per-broker` or `cluster-wide`: what a change takes."""


@cache
def keys_of(line: str) -> Mapping[str, BrokerKey]:
    """Return the keys that a line of Kafka knows."""
    return {row[0]: _broker_key(row) for row in rows_of(TABLE, line)}


@cache
def lines_with(name: str) -> tuple[str, ...]:
    """Return the lines that know a key, the oldest first."""
    return tuple(line for line in KAFKA_LINES if name in keys_of(line))


def is_password(name: str, line: str) -> bool:
    """Say whether a line of Kafka takes a key for a password, be it that of one listener (KIP-103)."""
    secret = (key.name for key in keys_of(line).values() if key.type == "password")
    return any(name == key or (name.startswith("listener.name.") and name.endswith(f".{key}")) for key in secret)


def allowed_instead(key: Key, value: str) -> str | None:
    """Return what the key would take in place of a value that it does not take, or None when it does take it."""
    value = value.strip()
    if key.type == "boolean":
        return None if value.lower() in {"true", "false"} else "true or false"
    if key.type in _BITS:
        return _whole(key, value)
    if key.type == "double":
        return _decimal(key, value)
    return _words(key, value)


def _whole(key: Key, value: str) -> str | None:
    lowest, highest = _bounds(key)
    limit = 2 ** (_BITS[key.type] - 1)
    least = -limit if lowest is None else int(lowest)
    most = limit - 1 if highest is None else int(highest)
    if re.fullmatch(r"[+-]?0*[0-9]{1,19}", value) and least <= int(value) <= most:
        return None
    return f"a whole number{_range_text(lowest, highest)}"


def _decimal(key: Key, value: str) -> str | None:
    lowest, highest = _bounds(key)
    allowed = f"a number{_range_text(lowest, highest)}"
    if not re.fullmatch(_DECIMAL, value):
        return allowed
    number = float(value)
    fits = (lowest is None or float(lowest) <= number) and (highest is None or number <= float(highest))
    return None if fits else allowed


def _words(key: Key, value: str) -> str | None:
    """Check words against those that are valid. A list may be empty; whether it may be is Kafka's to say."""
    if key.valid.startswith(_LIST):
        words, given = key.valid.removeprefix(_LIST).split("|"), [item.strip() for item in value.split(",") if item]
        return None if words == [""] or set(given) <= set(words) else f"a list of {', '.join(words)}"
    if key.valid.startswith(_ANY_CASE):
        words = key.valid.removeprefix(_ANY_CASE).split("|")
        return None if value.upper() in words else " or ".join(words)
    words = key.valid.split("|")
    return None if words == [""] or value in words else " or ".join(words)


def _bounds(key: Key) -> tuple[str | None, str | None]:
    lowest, _, highest = key.valid.partition("..")
    return lowest or None, highest or None


def _range_text(lowest: str | None, highest: str | None) -> str:
    if lowest is not None and highest is not None:
        return f" from {lowest} to {highest}"
    if lowest is not None:
        return f", at least {lowest}"
    return "" if highest is None else f", at most {highest}"


def _broker_key(row: tuple[str, ...]) -> BrokerKey:
    name, kind, default, valid, importance, update = row
    return BrokerKey(name=name, type=kind, default=default, valid=valid, importance=importance, update=update)


def rows_of(table: str, line: str) -> tuple[tuple[str, ...], ...]:
    """Return what a table beside this module says of a line: each row without its lines."""
    place = _place(line)
    return tuple(row for first, last, row in _rows(table) if first <= place <= last)


def _place(line: str) -> int:
    return list(KAFKA_LINES).index(line)


@cache
def _rows(table: str) -> tuple[tuple[int, int, tuple[str, ...]], ...]:
    """Return every row with the places of its first and last line."""
    text = resources.files("components.spec").joinpath(table).read_text()
    rows: list[tuple[int, int, tuple[str, ...]]] = []
    for row in text.splitlines():
        if row.startswith("#"):
            continue
        name, lines, *rest = row.split("\t")
        first, _, last = lines.partition("-")
        rows.append((_place(first), _place(last or first), (name, *rest)))
    return tuple(rows)
