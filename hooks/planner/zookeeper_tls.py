"""Which stage of ZooKeeper's TLS a live ensemble may go to next.

Servers restart one by one, so those of the former and those of the wanted stage must take what the others send, which
only neighbouring stages do. And the door through which live brokers come must stay open until they have moved:
the ensemble restarts before they do.
"""

from collections.abc import Iterable
from typing import Final

from contract import ZOOKEEPER_TLS, ZooKeeperTls
from hooks.planner.snapshot import ObservedPod
from hooks.planner.text import ids

#: Up to which stage plain text is taken from brokers, and from which one on TLS is.
_PLAIN_UP_TO: Final = ZOOKEEPER_TLS.index("preferred")
_TLS_FROM: Final = ZOOKEEPER_TLS.index("allowed")
_PATH: Final = "zookeeper.tls"


def stage_problems(
    servers: Iterable[ObservedPod], brokers: Iterable[ObservedPod], wanted: ZooKeeperTls
) -> tuple[str, ...]:
    """Return why the live nodes forbid the wanted stage, each with the stage to go to before; empty when none does."""
    target = ZOOKEEPER_TLS.index(wanted)
    return (*_far(servers, target), *_cut_off(brokers, target))


def _far(servers: Iterable[ObservedPod], target: int) -> Iterable[str]:
    standing: dict[int, list[ObservedPod]] = {}
    for server in servers:
        standing.setdefault(_stage(server), []).append(server)
    for stage, pods in sorted(standing.items()):
        if abs(stage - target) > 1:
            following = ZOOKEEPER_TLS[stage + (1 if stage < target else -1)]
            yield (
                f"ZooKeeper server {ids(pod.node_id for pod in pods)}: it runs at stage {ZOOKEEPER_TLS[stage]}, and "
                + f"{_PATH} is {ZOOKEEPER_TLS[target]}. Servers of stages so far apart cannot talk, so restarting them "
                + f"one by one would lose the quorum. Set {_PATH}: {following}, run `pulumi up` to its end, and go on "
                + f"stage by stage: {', '.join(ZOOKEEPER_TLS)}, or back"
            )


def _cut_off(brokers: Iterable[ObservedPod], target: int) -> Iterable[str]:
    found = list(brokers)
    plain = [pod for pod in found if _stage(pod) == 0]
    secure = [pod for pod in found if _stage(pod) > 0]
    for cut, what, stage in (
        (plain if target > _PLAIN_UP_TO else [], "plain text", _PLAIN_UP_TO),
        (secure if target < _TLS_FROM else [], "TLS", _TLS_FROM),
    ):
        if cut:
            yield (
                f"broker {ids(pod.node_id for pod in cut)}: it still speaks {what} with ZooKeeper, whose servers would "
                + f"take none any more at {_PATH}: {ZOOKEEPER_TLS[target]}, before the broker restarts. "
                + f"Set {_PATH}: {ZOOKEEPER_TLS[stage]}, run `pulumi up` to its end, and then go on"
            )


def _stage(pod: ObservedPod) -> int:
    """Return where a pod stands; one without a word of it speaks plain text."""
    return next((index for index, stage in enumerate(ZOOKEEPER_TLS) if stage == pod.zookeeper_tls), 0)
