"""What `updates: rolling` cannot do, said before anything is made: it has no hooks."""

from typing import Final

from components.spec.model import ClusterSpec, Resources
from components.spec.quantities import MIB, parse_bytes
from components.spec.reading import Reader
from components.spec.sizing import heap_bytes
from components.spec.zookeeper_acl import check_rolling_acl
from components.spec.zookeeper_tls import check_rolling_tls

#: What one of Kafka's tools takes beside a broker, with a heap of 64 MiB, on top of what the broker needs itself.
PROBE_BYTES: Final = 128 * MIB
_BESIDE_HEAP: Final = 256 * MIB + PROBE_BYTES


def check_rolling(spec: ClusterSpec, reader: Reader) -> None:
    """Report what needs a hook, or what a restart without one would take away from clients."""
    kafka = spec.kafka
    if kafka.tls is not None and kafka.tls.source == "generated":
        why = "a hook makes these, and with updates: rolling there is none"
        todo = "bring your own in Secrets, or use cert-manager"
        reader.report("kafka.tls.source", "generated", allowed="secrets or cert-manager", why=why, todo=todo)
    if kafka.metadata_version is not None:
        why = "a hook raises feature levels after the last restart, and with updates: rolling there is none"
        todo = "remove it, and use kafka-features.sh upgrade once all nodes run the new version"
        reader.report("kafka.metadata_version", kafka.metadata_version, allowed="nothing", why=why, todo=todo)
    check_rolling_tls(spec, reader)
    check_rolling_acl(spec, reader)
    if 1 < kafka.replication_factor <= kafka.min_insync_replicas:
        why = f"{reader.spell('replication_factor')} is {kafka.replication_factor}, and every restart would stop writes"
        allowed = f"1 to {kafka.replication_factor - 1} with updates: rolling"
        todo = "lower it by one, or add a replica"
        reader.report("kafka.min_insync_replicas", kafka.min_insync_replicas, allowed=allowed, why=why, todo=todo)
    stores = {f"kafka.racks[{index}].storage": rack.storage for index, rack in enumerate(kafka.racks)}
    for path, storage in ({"kafka.storage": kafka.storage} | stores).items():
        if storage is not None and storage.volumes > 1:
            why = "the number can never change, which a hook watches, and with updates: rolling there is none"
            todo = "leave it out, and choose a larger size"
            reader.report(f"{path}.volumes", storage.volumes, allowed="1 with updates: rolling", why=why, todo=todo)
    sizes = {f"kafka.racks[{index}].resources": rack.resources for index, rack in enumerate(kafka.racks)}
    for path, resources in ({"kafka.resources": kafka.resources} | sizes).items():
        if resources is not None:
            _check_room(path, resources, reader)


def _check_room(path: str, resources: Resources, reader: Reader) -> None:
    memory, heap = parse_bytes(resources.memory) or 0, heap_bytes("broker", resources)
    if memory < heap + _BESIDE_HEAP:
        why = "the readiness probe runs one of Kafka's tools in the container, and a broker out of memory is killed"
        allowed = f"at least {(heap + _BESIDE_HEAP) // MIB}Mi with a heap of {heap // MIB}Mi"
        todo = "raise the memory, or lower the heap"
        reader.report(f"{path}.memory", resources.memory, allowed=allowed, why=why, todo=todo)
