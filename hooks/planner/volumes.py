"""Which data volumes grow, what forbids it, and what of it is still to come (design decision 2).

A volume is grown where it is: the claims ask for more, the storage driver and the kubelet enlarge the file system under
the running broker, and only then the StatefulSet is replaced by one with the larger claim template, its pods left
running: the template of claims cannot be changed in a StatefulSet that exists. Nobody restarts. The template that still
has the old size is what says that the work is not done.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hooks.planner.desired import DesiredCluster
from hooks.planner.snapshot import ObservedClaim, ObservedWorkload
from hooks.planner.text import some

_UNITS = ((1 << 40, "Ti"), (1 << 30, "Gi"), (1 << 20, "Mi"), (1 << 10, "Ki"))


@dataclass(frozen=True, kw_only=True)
class VolumeGrowth:
    """One pool whose volumes grow."""

    pool: str
    workload: str
    present: int
    """Bytes, as the claim template has them."""
    wanted: int

    def __str__(self) -> str:
        """Return it in words."""
        return f"pool {self.pool}: volumes grow from {quantity(self.present)} to {quantity(self.wanted)}"


def quantity(size: int) -> str:
    """Return a size as Kubernetes writes it, in the largest unit of which it is a whole number."""
    return next((f"{size // unit}{name}" for unit, name in _UNITS if size and size % unit == 0), str(size))


def volume_growth(workloads: Iterable[ObservedWorkload], desired: DesiredCluster) -> tuple[VolumeGrowth, ...]:
    """Return the pools whose volumes are to grow, in the order of their first ids."""
    live = {workload.name: workload for workload in workloads}
    pools = (pool for pool in sorted(desired.pools, key=lambda pool: pool.first_id) if pool.workload in live)
    return tuple(
        VolumeGrowth(
            pool=pool.name,
            workload=pool.workload,
            present=live[pool.workload].volume_bytes,
            wanted=pool.volume_bytes,
        )
        for pool in pools
        if 0 < live[pool.workload].volume_bytes < pool.volume_bytes
    )


def forbidden_growth(
    growth: VolumeGrowth, claims: Iterable[ObservedClaim], expandable: Mapping[str, bool]
) -> tuple[str, ...]:
    """Return why the volumes of a pool cannot grow; `expandable` tells it of each StorageClass."""
    small = [claim for claim in claims if claim.requested < growth.wanted]
    fixed = sorted({claim.storage_class for claim in small if not expandable.get(claim.storage_class, False)})
    return tuple(
        f"{growth}: StorageClass {name or '(none)'} does not allow it (allowVolumeExpansion is not true). "
        + "Where its driver can enlarge volumes, allow it: "
        + f"kubectl patch storageclass {name} -p '{{\"allowVolumeExpansion\":true}}'. Otherwise set the size back to "
        + f"{quantity(growth.present)}, or add a pool with another name, ids and volumes, drain this one, and remove it"
        for name in fixed
    )


def still_growing(growth: VolumeGrowth, claims: Iterable[ObservedClaim]) -> tuple[str, ...]:
    """Return which mounted volumes have not grown yet, and what their claims say of it."""
    return tuple(
        f"{claim.name}: {quantity(claim.capacity)} of {quantity(growth.wanted)}"
        + (f", {claim.state}" if claim.state else "")
        for claim in claims
        if claim.mounted and claim.capacity < growth.wanted
    )


def stuck(growth: VolumeGrowth, waiting: tuple[str, ...], waited: float) -> tuple[str, ...]:
    """Return what to say when no volume has grown for too long."""
    advice = "look at the events of these claims, and run again: the growth goes on from there"
    if any("FileSystemResizePending" in line for line in waiting):
        advice = (
            "their driver enlarges the file system only when a pod starts: restart these pods one at a time, for "
            + "example by another value in `pod.annotations` at the old size, then run again"
        )
    return (f"{growth}: nothing has grown for {waited:.0f} s: {some(waiting)}", advice)
