"""Rules for what every node of a section gets: processor, memory, heap, volume."""

from typing import Final

from components.spec.model import NodeSpec, Resources
from components.spec.naming import is_label
from components.spec.pod_checks import check_pod
from components.spec.quantities import MIB, parse_bytes, parse_quantity
from components.spec.rack_checks import Section
from components.spec.reading import Reader
from components.spec.size_checks import check_sizes
from components.spec.sizing import RULES, SMALLEST_HEAP, Rule

_QUORUM: Final = {"controller": "controller", "zookeeper": "ZooKeeper server"}
_SIZE_RULE: Final = "a size such as 700Mi or 2Gi"


def check_node(section: Section, node: NodeSpec, reader: Reader) -> None:
    """Report sizes that are none or do not fit each other, and pods that cannot be."""
    before = reader.count
    check_resources(section.name, section.component, RULES[section.component], node.resources, reader)
    if parse_bytes(node.storage.size) is None:
        why, todo = "Kubernetes would refuse it", "write a quantity of bytes"
        reader.report(f"{section.name}.storage.size", node.storage.size, allowed=_SIZE_RULE, why=why, todo=todo)
    class_ = node.storage.class_
    if class_ is not None and not all(is_label(part) for part in class_.split(".")):
        why, todo = "Kubernetes names no StorageClass so", "choose one of `kubectl get storageclasses`"
        reader.report(f"{section.name}.storage.class_", class_, allowed="a StorageClass's name", why=why, todo=todo)
    if node.storage.volumes > 1 and section.component != "broker":
        who, why = _QUORUM[section.component], "it keeps everything in one folder"
        todo = f"leave it out; a {who} with more to keep needs a larger volume"
        reader.report(
            f"{section.name}.storage.volumes", node.storage.volumes, allowed=f"1 for a {who}", why=why, todo=todo
        )
    if reader.count == before:
        check_sizes(section, node, reader)
    check_pod(f"{section.name}.pod", node.pod, reader)


def check_resources(section: str, who: str, rule: Rule, resources: Resources, reader: Reader) -> None:
    """Report what a section's pods ask of their nodes and cannot be, or does not fit their JVM."""
    if parse_quantity(resources.cpu) is None:
        allowed, why = "a quantity such as 500m or 2", "Kubernetes would refuse it"
        reader.report(f"{section}.resources.cpu", resources.cpu, allowed=allowed, why=why, todo="write a quantity")
    memory, heap_text = parse_bytes(resources.memory), resources.heap
    heap = SMALLEST_HEAP if heap_text is None else parse_bytes(heap_text)
    if memory is None:
        why, todo = "Kubernetes would refuse it", "write a quantity of bytes"
        field = f"{section}.resources.memory"
        reader.report(field, resources.memory, allowed=_SIZE_RULE, why=why, todo=todo)
    if heap is None:
        why, todo = "this is not a size", "write a quantity of bytes, or leave it out to have it derived"
        reader.report(f"{section}.resources.heap", heap_text, allowed=_SIZE_RULE, why=why, todo=todo)
    elif heap < SMALLEST_HEAP:
        why, todo = (
            "a JVM this small spends its time collecting garbage",
            "raise it, or leave it out to have it derived",
        )
        allowed = f"at least {SMALLEST_HEAP // MIB}Mi"
        reader.report(f"{section}.resources.heap", heap_text, allowed=allowed, why=why, todo=todo)
    if memory is not None and heap is not None:
        _check_fit(section, who, rule, resources, reader)


def _check_fit(section: str, who: str, rule: Rule, resources: Resources, reader: Reader) -> None:
    heap_text, memory = resources.heap, parse_bytes(resources.memory) or 0
    heap = SMALLEST_HEAP if heap_text is None else parse_bytes(heap_text) or 0
    needed = heap + rule.beside_heap
    if needed <= memory:
        return
    beside = (needed - heap) // MIB
    room = (memory - needed + heap) // MIB
    if heap_text is None or room < SMALLEST_HEAP // MIB:
        why = f"the smallest heap is {SMALLEST_HEAP // MIB}Mi, and a {who} needs {beside}Mi beside it"
        field, given, allowed = "memory", resources.memory, f"at least {(SMALLEST_HEAP + rule.beside_heap) // MIB}Mi"
    else:
        why = f"a {who} needs {beside}Mi beside its heap, and over the limit the container is killed"
        field, given, allowed = "heap", heap_text, f"at most {room}Mi with memory {resources.memory}"
    todo = f"raise memory to {-(-needed // MIB)}Mi, or lower the heap or leave it out to have it derived"
    reader.report(f"{section}.resources.{field}", given, allowed=allowed, why=why, todo=todo)
