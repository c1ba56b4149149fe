"""Which stage of the access to ZooKeeper a live cluster may go to next.

Servers restart before brokers do, and brokers one by one. A broker that logs in needs servers that know its password
whenever it connects; one that does not could write nothing any more once the nodes belong to the others.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from contract import ZOOKEEPER_ACL, ZooKeeperAcl
from hooks.planner.snapshot import ObservedPod
from hooks.planner.text import ids

_ALLOWED: Final = ZOOKEEPER_ACL.index("allowed")
_LOGIN: Final = ZOOKEEPER_ACL.index("login")
_ENABLED: Final = ZOOKEEPER_ACL.index("enabled")
_PATH: Final = "zookeeper.acl"


def access_problems(brokers: Iterable[ObservedPod], wanted: ZooKeeperAcl) -> tuple[str, ...]:
    """Return why the live brokers forbid the wanted stage, each with the stage to go to before; empty if none does."""
    return tuple(_problems(list(brokers), ZOOKEEPER_ACL.index(wanted)))


def _problems(brokers: list[ObservedPod], target: int) -> Iterator[str]:
    strangers = [pod for pod in brokers if _stage(pod) < _LOGIN]
    members = [pod for pod in brokers if _stage(pod) >= _LOGIN]
    owners = [pod for pod in brokers if _stage(pod) == _ENABLED]
    # Of brokers at this stage the last one to start has given all nodes back, unless it has not started yet.
    starting = [pod for pod in brokers if _stage(pod) == _LOGIN and not pod.ready]
    if target == _ENABLED and strangers:
        yield _refused(strangers, "does not log in to ZooKeeper yet, and could write nothing any more", target, _LOGIN)
    if target < _LOGIN and owners:
        yield _refused(owners, "still makes nodes that only those who log in may write", target, _LOGIN)
    elif target < _LOGIN and starting:
        said = "is not ready, so it is not known that the nodes are open to brokers that do not log in"
        yield _refused(starting, said, target, _LOGIN)
    if target < _ALLOWED and members and not owners and not starting:
        yield _refused(members, "still logs in, and servers would not know its password any more", target, _ALLOWED)


def _refused(pods: list[ObservedPod], said: str, target: int, before: int) -> str:
    return (
        f"broker {ids(pod.node_id for pod in pods)}: it {said} at {_PATH}: {ZOOKEEPER_ACL[target]}. "
        + f"Set {_PATH}: {ZOOKEEPER_ACL[before]}, run `pulumi up` to its end, and then go on; the stages are "
        + f"{', '.join(ZOOKEEPER_ACL)}, and back"
    )


def _stage(pod: ObservedPod) -> int:
    """Return where a broker stands; one without a word of it does not log in."""
    return next((index for index, stage in enumerate(ZOOKEEPER_ACL) if stage == pod.zookeeper_acl), 0)
