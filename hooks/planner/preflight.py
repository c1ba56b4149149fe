"""What the live cluster forbids before anything is touched; each problem says what to do instead.

A moved first id makes Kubernetes delete every pod out of the new range at once; a renamed pool would start a second
pod for each of its ids; a changed claim template reaches no volume that exists; a smaller count takes replicas away.
None of them is ever tried.
"""

from collections.abc import Iterable

from hooks.planner.desired import DesiredCluster, DesiredPool
from hooks.planner.snapshot import NodeId, ObservedWorkload
from hooks.planner.text import count, ids, some

_WAY_ROUND = "add a pool with another name and ids of its own, drain this one, and remove it"
_NODES = {"broker": "broker", "controller": "controller", "zookeeper": "ZooKeeper server"}


def problems(
    workloads: Iterable[ObservedWorkload], desired: DesiredCluster, *, formed: bool = False
) -> tuple[str, ...]:
    """Return why the desired shape cannot be reached from the live one; empty when it can.

    `formed` says that the quorum has served already (the identity object knows), so that a pool more of it would be a
    resize and not the rest of an interrupted creation. Where none of its StatefulSets is left, all of them come back.
    """
    live = {workload.name: workload for workload in workloads if workload.component == desired.component}
    found: list[str] = []
    resizes = formed and desired.component != "broker" and bool(live)
    for pool in sorted(desired.pools, key=lambda pool: pool.first_id):
        workload = live.pop(pool.workload, None)
        if workload is not None:
            found += [problem for problem in _changed(workload, pool, desired) if problem]
        elif resizes:
            found.append(f"pool {pool.name} would add {_nodes(desired, pool.count)}; {_no_resize(desired)}")
    found += [_gone(live[name], desired) for name in sorted(live) if live[name].replicas]
    return tuple(found)


def left_behind(workloads: Iterable[ObservedWorkload]) -> tuple[str, ...]:
    """Return why the other mode's quorum, where it still serves, forbids the spec: metadata does not move by itself."""
    serving = sorted(workload.name for workload in workloads if workload.replicas)
    if not serving:
        return ()
    return (
        f"{some(serving)}: the metadata of this cluster is kept there, which is not the mode of the spec; brokers of "
        + "another mode would not find their data, and metadata cannot be migrated yet. "
        + "Set kafka.mode and its quorum back",
    )


def _changed(workload: ObservedWorkload, pool: DesiredPool, desired: DesiredCluster) -> Iterable[str]:
    yield _moved(workload, pool)
    yield _volume(workload, pool)
    yield _class(workload, pool)
    yield _volumes(workload, pool)
    if desired.component != "broker" and workload.replicas not in (0, pool.count):
        yield (
            f"pool {pool.name} has {_nodes(desired, workload.replicas)}, the spec wants {pool.count}; "
            + _no_resize(desired)
        )


def _moved(workload: ObservedWorkload, pool: DesiredPool) -> str:
    if workload.first_id == pool.first_id:
        return ""
    return (
        f"pool {pool.name}: the first id is {pool.first_id} in the spec and {workload.first_id} in the cluster; it "
        + "cannot move, since every pod would be deleted at once under its old id. "
        + f"Set it back to {workload.first_id}, or {_WAY_ROUND}"
    )


def _volume(workload: ObservedWorkload, pool: DesiredPool) -> str:
    if not pool.volume_bytes or pool.volume_bytes >= workload.volume_bytes:
        return ""
    return (
        f"pool {pool.name}: storage size is {pool.volume_bytes} bytes in the spec and {workload.volume_bytes} bytes in "
        + f"the cluster; a volume never shrinks. Set it back, or {_WAY_ROUND}"
    )


def _class(workload: ObservedWorkload, pool: DesiredPool) -> str:
    if pool.storage_class is None or pool.storage_class == workload.storage_class:
        return ""
    return (
        f"pool {pool.name}: the storage class is {_named(pool.storage_class)} in the spec and "
        + f"{_named(workload.storage_class)} in the cluster; it stays what it was when the pool was made, since a "
        + f"volume never moves to another class. Set it back, or {_WAY_ROUND}"
    )


def _volumes(workload: ObservedWorkload, pool: DesiredPool) -> str:
    if pool.volumes is None or pool.volumes == workload.volumes:
        return ""
    return (
        f"pool {pool.name}: storage.volumes is {pool.volumes} in the spec and {workload.volumes} in the cluster; it "
        + "stays what it was when the pool was made, since Kubernetes never changes which claims a StatefulSet's pods "
        + "have. "
        + f"Set it back to {workload.volumes}, or add a pool with another name, ids of its own and "
        + f"{count(pool.volumes, 'volume')} for each broker, drain this one, and remove it"
    )


def _named(storage_class: str) -> str:
    return storage_class or "none (the cluster's default one)"


def _gone(workload: ObservedWorkload, desired: DesiredCluster) -> str:
    heirs = [pool for pool in desired.pools if pool.workload != workload.name and _shared(workload, pool)]
    if not heirs:
        return _removed(workload, desired)
    heir = min(heirs, key=lambda pool: pool.first_id)
    return (
        f"pool {heir.name} ({heir.workload}) wants the ids {ids(_shared(workload, heir))}, which the live pool "
        + f"{workload.pool} ({workload.name}) has and the spec no longer names; two pods would start under one id, "
        + f"since a pool cannot be renamed. Call it {workload.pool} again, or give {heir.name} ids of its own beside it"
    )


def _shared(workload: ObservedWorkload, pool: DesiredPool) -> frozenset[NodeId]:
    """Return the ids that the live StatefulSet has and the pool wants."""
    return frozenset(node for node in pool.ids if workload.first_id <= node < workload.first_id + workload.replicas)


def _removed(workload: ObservedWorkload, desired: DesiredCluster) -> str:
    nodes = _nodes(desired, workload.replicas)
    held = f"pool {workload.pool} ({workload.name}) has {nodes} and is not in the spec any more"
    if desired.component == "broker":
        return (
            f"{held}; no broker leaves with data on it. Put the pool back with brokers: 0 and run `pulumi up`, which "
            + "drains and stops them; then remove the pool"
        )
    return f"{held}; {_no_resize(desired)}"


def _no_resize(desired: DesiredCluster) -> str:
    what = "a ZooKeeper ensemble" if desired.component == "zookeeper" else "a controller quorum"
    return f"{what} cannot be resized yet. Set its racks and counts back"


def _nodes(desired: DesiredCluster, number: int) -> str:
    return count(number, _NODES[desired.component])
