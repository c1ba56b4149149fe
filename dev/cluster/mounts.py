"""Mounts below the cluster's folders that some earlier run may have left among the machine's own."""

from pathlib import Path

from dev.cluster.commands import run
from dev.cluster.state import RUN, STATE

MOUNT_TABLE = Path("/proc/self/mountinfo")


def ours(mount_table: str) -> list[str]:
    """Return the mount points below the cluster's folders, the innermost first.

    A folder that is itself a mount point is its owner's choice (a disk of its own) and no leftover: undoing it would
    uncover, and the next step delete, whatever lies below it.
    """
    points = [line.split()[4].encode().decode("unicode_escape") for line in mount_table.splitlines()]
    found = [point for point in points if STATE in Path(point).parents or RUN in Path(point).parents]
    return sorted(found, key=lambda point: point.count("/"), reverse=True)


def remove() -> None:
    """Undo every mount below the cluster's folders, so that deleting them deletes nothing else."""
    for point in ours(MOUNT_TABLE.read_text()):
        run("umount", "--lazy", point)
