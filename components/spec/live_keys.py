"""Which keys of `kafka.config` a change of takes no restart: Kafka takes them over while it runs.

What the brokers' files say of them is the same as ever, so that a new broker starts right; only the restart reading
leaves them out. The Brokers hook makes the running brokers agree.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from components.spec.distributions import line_of
from components.spec.keys import CLUSTER_WIDE, LOOKED_UP, keys_of
from components.spec.model import ClusterSpec

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
    """Return both kinds. A key that the controllers have otherwise restarts: a value for all would reach them too."""
    known = keys_of(line_of(spec.kafka).kafka)
    others: Mapping[str, str] = spec.controllers.config if spec.controllers else {}
    live: dict[str, str] = {}
    file: list[str] = []
    for name, value in sorted(spec.kafka.config.items()):
        if name not in known or known[name].update != CLUSTER_WIDE:
            continue
        if (
            name in _AT_A_START
            or known[name].default in _NO_DEFAULT
            or LOOKED_UP in value
            or others.get(name, value) != value
        ):
            file.append(name)
        else:
            live[name] = value
    return LiveKeys(live=live, file=tuple(file))
