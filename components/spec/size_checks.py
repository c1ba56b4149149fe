"""Rules between memory, heap, volume and Kafka's own keys, each of which is right by itself.

A broker reads what it serves from the node's page cache, within the memory of its own container: a heap that takes it
all makes every fetch a read from the disk. A key of the log that is larger than the volume never takes effect: the disk
is full first.
"""

import re
from collections.abc import Mapping
from typing import Final

from components.spec.model import NodeSpec
from components.spec.quantities import MIB, parse_bytes
from components.spec.rack_checks import Section
from components.spec.reading import Reader
from components.spec.sizing import heap_bytes

#: What of a broker's memory its heap may take at most.
LARGEST_SHARE: Final = 0.75
_SEGMENT: Final = "log.segment.bytes"
#: Kafka's own default of it.
_SEGMENT_BYTES: Final = 1024 * MIB
CLEANER_MAP: Final = "log.cleaner.dedupe.buffer.size"
#: Kafka's own default of it.
_CLEANER_MAP_BYTES: Final = 128 * MIB
#: Buffers in the heap: what each of them is, and by how much of the heap it may be asked for.
_IN_HEAP: Final[Mapping[str, str]] = {
    CLEANER_MAP: "the log cleaner's map",
    "message.max.bytes": "one batch of messages",
    "queued.max.request.bytes": "the queue of requests",
    "replica.fetch.response.max.bytes": "the answer to one fetch of a follower",
    "socket.request.max.bytes": "one request",
}


def check_sizes(section: Section, node: NodeSpec, reader: Reader) -> None:
    """Report sizes that do not fit each other; each of them is known to be a size."""
    if section.component == "zookeeper":
        return
    heap = heap_bytes(section.component, node.resources)
    for key, what in _IN_HEAP.items():
        size = number(node.config, key)
        if size is not None and size > heap // 2:
            why = f"{what} is held in the heap, which is {heap // MIB}Mi, and needs room beside it"
            todo = "lower it, or raise resources.memory or resources.heap"
            path = f"{section.name}.config.{key}"
            reader.report_key(path, size, allowed=f"at most {heap // 2}, half of the heap", why=why, todo=todo)
    if section.component == "broker":
        _check_map(section, node, heap, reader)
        _check_share(section, node, heap, reader)
        _check_log(section, node, reader)


def _check_map(section: Section, node: NodeSpec, heap: int, reader: Reader) -> None:
    """Report a heap that Kafka's own map would fill; one that the user gives is checked as every other buffer."""
    if CLEANER_MAP in node.config or heap >= 2 * _CLEANER_MAP_BYTES:
        return
    why = f"the log cleaner's map takes {_CLEANER_MAP_BYTES // MIB}Mi of it, and needs room beside it"
    todo = (
        f"raise resources.memory or resources.heap, or set {section.name}.config.{CLEANER_MAP} to at most {heap // 2}"
    )
    allowed = f"at least {2 * _CLEANER_MAP_BYTES // MIB}Mi"
    given = node.resources.heap or f"{heap // MIB}Mi"
    reader.report(f"{section.name}.resources.heap", given, allowed=allowed, why=why, todo=todo)


def _check_share(section: Section, node: NodeSpec, heap: int, reader: Reader) -> None:
    memory, given = parse_bytes(node.resources.memory) or 0, node.resources.heap
    most = int(memory * LARGEST_SHARE)
    if given is None or heap <= most:
        return
    why = "a broker serves its readers from the page cache, which is what the heap leaves of the memory"
    todo = f"raise memory to {-(-int(heap / LARGEST_SHARE) // MIB)}Mi, or lower the heap or leave it out"
    allowed = f"at most {most // MIB}Mi with memory {node.resources.memory}"
    reader.report(f"{section.name}.resources.heap", given, allowed=allowed, why=why, todo=todo)


def _check_log(section: Section, node: NodeSpec, reader: Reader) -> None:
    volume = parse_bytes(node.storage.size) or 0
    segment, retention = number(node.config, _SEGMENT), number(node.config, "log.retention.bytes")
    size = node.storage.size
    if segment is not None and segment > volume // 2:
        why = f"the volume has {size}, and a log is deleted by whole segments, never the one that is written to"
        todo = "lower it, or choose a larger volume"
        allowed = f"at most {volume // 2}, half of the volume"
        reader.report_key(f"{section.name}.config.{_SEGMENT}", segment, allowed=allowed, why=why, todo=todo)
    elif retention is not None and retention > 0 and retention + (segment or _SEGMENT_BYTES) > volume:
        most = volume - (segment or _SEGMENT_BYTES)
        allowed = f"at most {most}" if most > 0 else f"a volume larger than one segment ({_SEGMENT_BYTES} bytes)"
        why = f"with the segment that is written to, a single partition would fill the volume of {size} before"
        todo = f"lower it or {_SEGMENT}, or choose a larger volume"
        path = f"{section.name}.config.log.retention.bytes"
        reader.report_key(path, retention, allowed=allowed, why=why, todo=todo)


def cleaner_map(config: Mapping[str, str]) -> int:
    """Return the size in bytes of the map that a broker's log cleaner holds in the heap."""
    return number(config, CLEANER_MAP) or _CLEANER_MAP_BYTES


def number(config: Mapping[str, str], key: str) -> int | None:
    """Return the whole number that a key has, if it is given as one; what is none is Kafka's to refuse."""
    text = config.get(key, "").strip()
    return int(text) if re.fullmatch(r"-?[0-9]{1,19}", text) else None
