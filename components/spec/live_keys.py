"""Which keys of `kafka.config` a change of takes no restart: Kafka takes them over while it runs.

What the brokers' files say of them is the same as ever, so that a new broker starts right; only the restart reading
leaves them out. The Brokers hook makes the running brokers agree.
"""

from dataclasses import dataclass
from typing import Final

from components.spec.distributions import line_of
from components.spec.keys import CLUSTER_WIDE, LOOKED_UP, keys_of
from components.spec.model import ClusterSpec
from components.spec.nodes import broker_of
from components.spec.ownership import KAFKA_KEYS
from components.spec.size_checks import CLEANER_MAP, cleaner_map
from components.spec.sizing import heap_bytes

#: Kafka would take these over too, and we do not ask it to. The first two load code, whose own keys are read at a start
#: only; for the third, controllers read their file, and it is not to be set in passing.
_AT_A_START: Final = frozenset({"config.providers", "metric.reporters", "unclean.leader.election.enable"})
#: For each of these Kafka stops its log cleaner and starts another (`LogCleaner.RECONFIGURABLE_CONFIGS` of 3.7 to 4.3).
_CLEANER: Final = frozenset(
    {
        CLEANER_MAP,
        "log.cleaner.backoff.ms",
        "log.cleaner.io.buffer.load.factor",
        "log.cleaner.io.buffer.size",
        "log.cleaner.io.max.bytes.per.second",
        "log.cleaner.threads",
        "message.max.bytes",
    }
)
#: The new cleaner's map is made before the old one is collected, beside all else: a heap under this many maps may run
#: out, which ends the JVM, and all brokers take a value over at the same moment.
_MAPS_IN_HEAP: Final = 4
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
    So does one of the log cleaner where a broker's heap is too small for two of its maps.
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
        and (name not in _CLEANER or _has_room_for_a_second_cleaner(spec))
    )


def _has_room_for_a_second_cleaner(spec: ClusterSpec) -> bool:
    nodes = (broker_of(spec.kafka, rack) for rack in spec.kafka.racks)
    return all(heap_bytes("broker", node.resources) >= _MAPS_IN_HEAP * cleaner_map(node.config) for node in nodes)
