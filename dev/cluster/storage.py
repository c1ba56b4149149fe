"""Local volumes: in each zone a number of folders, each offered as one PersistentVolume that only its zone can use.

A volume whose claim was deleted stays as it is until it is recycled: its folder is replaced by an empty one and the
volume is offered again. `up` recycles, and so may anybody who runs tests again and again in one cluster.
"""

import shutil
from pathlib import Path
from typing import Any, Final

from dev.cluster.addresses import ZONES, Zone
from dev.cluster.api import Api
from dev.cluster.objects import STORAGE_CLASS
from dev.cluster.state import VOLUMES

PER_ZONE: Final = 12
CAPACITY: Final = "20Gi"
"""The size each volume declares. Nothing enforces it: all share the machine's disk."""
_PATH: Final = "/api/v1/persistentvolumes"


def volume_name(zone: Zone, number: int) -> str:
    """The name of a zone's n-th volume."""
    return f"{zone.label}-{number:02d}"


def folder_of(zone: Zone, name: str) -> Path:
    """The folder behind a volume."""
    return VOLUMES / zone.node / name


def persistent_volume(zone: Zone, name: str) -> dict[str, Any]:
    """Return the object that offers one folder."""
    term = {"key": "topology.kubernetes.io/zone", "operator": "In", "values": [zone.label]}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name, "labels": {"topology.kubernetes.io/zone": zone.label}},
        "spec": {
            "capacity": {"storage": CAPACITY},
            "accessModes": ["ReadWriteOnce"],
            "persistentVolumeReclaimPolicy": "Retain",
            "storageClassName": STORAGE_CLASS,
            "local": {"path": str(folder_of(zone, name))},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [term]}]}},
        },
    }


def offer_volumes(api: Api) -> None:
    """Make the folders and the volumes that are not there yet."""
    there = {volume["metadata"]["name"] for volume in api.items(_PATH)}
    for zone in ZONES:
        for number in range(1, PER_ZONE + 1):
            name = volume_name(zone, number)
            folder_of(zone, name).mkdir(parents=True, exist_ok=True)
            if name not in there:
                api.apply(f"{_PATH}/{name}", persistent_volume(zone, name))


def recycle(api: Api) -> tuple[str, ...]:
    """Empty and offer again every volume of ours whose claim is gone; return their names."""
    recycled: list[str] = []
    for volume in api.items(_PATH):
        name = volume["metadata"]["name"]
        folder = Path(volume["spec"].get("local", {}).get("path", "/"))
        if volume["status"].get("phase") == "Released" and folder.is_relative_to(VOLUMES):
            _replace(folder)
            # The version makes the change conditional: a volume that somebody touched since is left to the next time.
            api.merge(
                f"{_PATH}/{name}",
                {"metadata": {"resourceVersion": volume["metadata"]["resourceVersion"]}, "spec": {"claimRef": None}},
            )
            recycled.append(name)
    return tuple(sorted(recycled))


def _replace(folder: Path) -> None:
    """Put an empty folder in place of one that a pod on its way out may still hold open."""
    aside = folder.with_name(f".{folder.name}.old")
    shutil.rmtree(aside, ignore_errors=True)
    if folder.exists():
        folder.rename(aside)
    folder.mkdir(parents=True)
    shutil.rmtree(aside, ignore_errors=True)
