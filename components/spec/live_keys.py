"""Which keys of `kafka.config` a change of takes no restart: Kafka takes them over while it runs.

What the brokers' files say of them is the same as ever, so that a new broker starts right; only the restart reading
leaves them out. The Brokers hook makes the running brokers agree.
"""

from dataclasses import dataclass
from typing import Final

from components.spec.distributions import line_of
from components.spec.keys import CLUSTER_WIDE, LOOKED_UP, keys_of
from components.spec.model import ClusterSpec
from components.spec.ownership import KAFKA_KEYS

#: Kafka would take these over too, and we do not ask it to. The first two load code, whose own keys are read at a start
#: only; for the third, controllers read their file, and it is not to be set in passing.
_AT_A_START: Final = frozenset({"config.providers", "metric.reporters", "unclean.leader.election.enable"})
#: Without a default of its own there is nothing to put in the place of a value that is taken back.
_NO_DEFAULT: Final = frozenset({"null", "required"})


@dataclass(frozen=True, kw_only=True)
class LiveKeys:
    """The user's keys that Kafka could take over while it runs, by whether it is asked to."""

    live: dict[str, str]
    """Value by key: applied without a restart."""
    file: tuple[str, ...]
    """Keys whose change restarts all the same: what the file says holds, and nothing may hide it."""


def live_keys(spec: ClusterSpec) -> LiveKeys:
    """Return both kinds."""
    known, given = keys_of(line_of(spec.kafka).kafka), sorted(spec.kafka.config.items())
    return LiveKeys(
        live={name: value for name, value in given if is_live(spec, name, value)},
        file=tuple(
            name
            for name, value in given
            if name in known and known[name].update == CLUSTER_WIDE and not is_live(spec, name, value)
        ),
    )


def is_live(spec: ClusterSpec, name: str, value: str) -> bool:
    """Return whether this value of a user's key is taken over by running brokers.

    A key that the controllers or one pool of brokers have otherwise restarts: a value for all would reach them too.
    """
    key = keys_of(line_of(spec.kafka).kafka).get(name)
    others = [rack.config for rack in spec.kafka.racks] + ([spec.controllers.config] if spec.controllers else [])
    return (
        key is not None
        and key.update == CLUSTER_WIDE
        and key.default not in _NO_DEFAULT
        and name not in _AT_A_START
        and name not in KAFKA_KEYS
        and LOOKED_UP not in value
        and all(config.get(name, value) == value for config in others)
    )
