"""After a restart, where the spec asks for it: the preferred replicas lead again before the next batch goes.

A broker that restarts gives its leaderships away, and Kafka gives them back some minutes later. Until then the brokers
that restart later lead more and more. Asked for once per batch, of the partitions that its brokers hold; where the
preferred replica is not in sync, everything stays as it is.
"""

from collections.abc import Iterable

from hooks.interfaces import NotYet
from hooks.planner.desired import DesiredCluster
from hooks.planner.snapshot import NodeId
from hooks.planner.text import count
from hooks.runners.world import World


def give_back(world: World, desired: DesiredCluster, nodes: Iterable[NodeId]) -> None:
    """Elect the preferred leaders of all partitions on these brokers; a failure here is no harm and is said."""
    if not desired.policy.preferred_leaders or desired.component != "broker":
        return
    back = frozenset(nodes)
    try:
        held = [(found.topic, found.index) for found in world.admin.observe().partitions if found.replicas & back]
        world.lease.check()
        world.reassignments.elect(held)
    except NotYet as missing:
        world.progress.warn(f"leaders stay where they are: {missing}")
    else:
        world.progress.info(f"preferred leaders asked back for {count(len(held), 'partition')}")
