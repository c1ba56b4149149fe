"""How a partition's replicas should spread over racks: evenly, as far as each rack has brokers for them.

A rack holds at most `highest` and at least `lowest` replicas of the partition. With no more replicas than racks that is
one or none; with more, the even share rounded up and down; a rack with fewer brokers than its share holds as many as it
has brokers, and the others hold the rest.
"""

from collections.abc import Mapping
from dataclasses import dataclass

UNKNOWN = ""
"""The rack of a broker that names none: all such brokers together count as one rack."""


def rack_of(rack: str | None) -> str:
    """Return the rack's name, the common one for brokers that have none."""
    return UNKNOWN if rack is None else rack


@dataclass(frozen=True, kw_only=True)
class Spread:
    """The bounds for one replication factor, by rack."""

    lowest: Mapping[str, int]
    highest: Mapping[str, int]


def even_spread(factor: int, brokers: Mapping[str, int]) -> Spread:
    """Return the spread of `factor` replicas over racks with so many brokers each."""
    level = 0
    while level < factor and sum(min(count, level) for count in brokers.values()) < factor:
        level += 1
    below = max(0, level - 1)
    return Spread(
        lowest={rack: min(count, below) for rack, count in brokers.items()},
        highest={rack: min(count, level) for rack, count in brokers.items()},
    )
