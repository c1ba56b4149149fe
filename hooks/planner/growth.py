"""Which pools get more nodes. Counts belong to the hook (design decision 2); Pulumi's own count only starts them."""

from dataclasses import dataclass

from hooks.planner.desired import DesiredCluster
from hooks.planner.snapshot import NodeId, Snapshot


@dataclass(frozen=True, kw_only=True)
class Growth:
    """One pool that gets more nodes, all at once: a node that holds nothing yet needs no order."""

    pool: str
    workload: str
    present: int
    wanted: int
    ids: tuple[NodeId, ...]
    """The new node ids."""
    exists: bool
    """Whether the StatefulSet is there already; in a preview it may be still to come."""


def growth(snapshot: Snapshot, desired: DesiredCluster) -> tuple[Growth, ...]:
    """Return the pools that grow, in the order of their first ids."""
    live = {workload.name: workload for workload in snapshot.workloads}
    found: list[Growth] = []
    for pool in sorted(desired.pools, key=lambda pool: pool.first_id):
        workload = live.get(pool.workload)
        present = workload.replicas if workload else 0
        if present < pool.count:
            found.append(
                Growth(
                    pool=pool.name,
                    workload=pool.workload,
                    present=present,
                    wanted=pool.count,
                    ids=pool.ids[present:],
                    exists=workload is not None,
                )
            )
    return tuple(found)
