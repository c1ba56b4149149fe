"""Rules for what every node of a section gets: processor, memory, heap, volume."""

from typing import Final

from components.spec.model import NodeSpec
from components.spec.naming import is_label
from components.spec.pod_checks import check_pod
from components.spec.quantities import MIB, parse_bytes, parse_quantity
from components.spec.rack_checks import Section
from components.spec.reading import Reader
from components.spec.size_checks import check_sizes
from components.spec.sizing import SMALLEST_HEAP, needed_memory

_SIZE_RULE: Final = "a size such as 700Mi or 2Gi"


def check_node(section: Section, node: NodeSpec, reader: Reader) -> None:
    """Report sizes that are none or do not fit each other, and pods that cannot be."""
    before = reader.count
    if parse_quantity(node.resources.cpu) is None:
        allowed, why = "a quantity such as 500m or 2", "Kubernetes would refuse it"
        field, todo = f"{section.name}.resources.cpu", "write a quantity"
        reader.report(field, node.resources.cpu, allowed=allowed, why=why, todo=todo)
    if parse_bytes(node.storage.size) is None:
        why, todo = "Kubernetes would refuse it", "write a quantity of bytes"
        reader.report(f"{section.name}.storage.size", node.storage.size, allowed=_SIZE_RULE, why=why, todo=todo)
    class_ = node.storage.class_
    if class_ is not None and not all(is_label(part) for part in class_.split(".")):
        why, todo = "Kubernetes names no StorageClass so", "choose one of `kubectl get storageclasses`"
        reader.report(f"{section.name}.storage.class_", class_, allowed="a StorageClass's name", why=why, todo=todo)
    _check_memory(section, node, reader)
    if reader.count == before:
        check_sizes(section, node, reader)
    check_pod(f"{section.name}.pod", node.pod, reader)


def _check_memory(section: Section, node: NodeSpec, reader: Reader) -> None:
    memory, heap_text = parse_bytes(node.resources.memory), node.resources.heap
    heap = SMALLEST_HEAP if heap_text is None else parse_bytes(heap_text)
    if memory is None:
        why, todo = "Kubernetes would refuse it", "write a quantity of bytes"
        field = f"{section.name}.resources.memory"
        reader.report(field, node.resources.memory, allowed=_SIZE_RULE, why=why, todo=todo)
    if heap is None:
        why, todo = "this is not a size", "write a quantity of bytes, or leave it out to have it derived"
        reader.report(f"{section.name}.resources.heap", heap_text, allowed=_SIZE_RULE, why=why, todo=todo)
    elif heap < SMALLEST_HEAP:
        why, todo = (
            "a JVM this small spends its time collecting garbage",
            "raise it, or leave it out to have it derived",
        )
        allowed = f"at least {SMALLEST_HEAP // MIB}Mi"
        reader.report(f"{section.name}.resources.heap", heap_text, allowed=allowed, why=why, todo=todo)
    if memory is None or heap is None:
        return
    needed = needed_memory(section.component, heap)
    if needed <= memory:
        return
    beside = (needed - heap) // MIB
    room = (memory - needed + heap) // MIB
    if heap_text is None or room < SMALLEST_HEAP // MIB:
        why = f"the smallest heap is {SMALLEST_HEAP // MIB}Mi, and a {section.component} needs {beside}Mi beside it"
        field, given, allowed = "memory", node.resources.memory, f"at least {_mebibytes(section, SMALLEST_HEAP)}Mi"
    else:
        why = f"a {section.component} needs {beside}Mi beside its heap, and over the limit the container is killed"
        field, given, allowed = "heap", heap_text, f"at most {room}Mi with memory {node.resources.memory}"
    todo = f"raise memory to {-(-needed // MIB)}Mi, or lower the heap or leave it out to have it derived"
    reader.report(f"{section.name}.resources.{field}", given, allowed=allowed, why=why, todo=todo)


def _mebibytes(section: Section, heap: int) -> int:
    return needed_memory(section.component, heap) // MIB
