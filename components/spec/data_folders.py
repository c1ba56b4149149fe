"""Where a node's data volumes are mounted, and the folders on them that Kafka writes to.

The first volume is where every node has its one: a broker with one volume knows nothing of others. In KRaft the first
one also holds the metadata.
"""

from typing import Final

from contract import data_volumes

#: Not at /var/lib/kafka: published images declare a volume below it, at `data`, and the runtime would mount an empty
#: one there, over ours, that goes with the container.
DATA_MOUNT: Final = "/var/lib/kafka-platform"
#: A folder below the mount: the root of a fresh file system holds `lost+found`, which Kafka takes for a damaged log.
DATA_FOLDER: Final = f"{DATA_MOUNT}/data"
#: More would be more file systems than a node can usually attach.
MOST_VOLUMES: Final = 16


def data_mounts(volumes: int) -> tuple[tuple[str, str], ...]:
    """Return name and mount path of each data volume."""
    return tuple(
        (name, f"{DATA_MOUNT}-{number}" if number else DATA_MOUNT) for number, name in enumerate(data_volumes(volumes))
    )


def data_folders(volumes: int) -> tuple[str, ...]:
    """Return the folder on each data volume: `log.dirs`."""
    return tuple(f"{mount}/data" for _, mount in data_mounts(volumes))
