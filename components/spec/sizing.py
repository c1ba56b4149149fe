"""Heap and memory of a JVM in a container, derived from each other and checked together.

A container that outgrows its memory limit is killed without a controlled shutdown, and then recovers its log; so the
limit must hold the heap and what the JVM uses beside it: metaspace, code, threads, direct buffers. What is left over
is the page cache that Kafka serves reads from, which is why a broker's heap stops growing early.
"""

from dataclasses import dataclass
from typing import Final

from components.spec.model import Resources
from components.spec.quantities import MIB, parse_bytes
from contract import Component


@dataclass(frozen=True, kw_only=True)
class Rule:
    """How much memory one kind of JVM wants."""

    beside_heap: int
    """Bytes that every JVM of the kind needs beside its heap."""
    share: float
    """Share of the memory that a derived heap takes."""
    largest_heap: int
    """A derived heap never grows beyond this; more memory is page cache."""


#: A broker under load held 160 to 240 MiB beside its heap; servers and controllers less.
RULES: Final[dict[Component, Rule]] = {
    "broker": Rule(beside_heap=256 * MIB, share=0.5, largest_heap=6144 * MIB),
    "controller": Rule(beside_heap=192 * MIB, share=0.6, largest_heap=4096 * MIB),
    "zookeeper": Rule(beside_heap=128 * MIB, share=0.6, largest_heap=4096 * MIB),
}
SMALLEST_HEAP: Final = 128 * MIB


def derived_heap(component: Component, memory: int) -> int:
    """Return the heap, in bytes, for a container with this much memory; it always fits if anything does."""
    return _derived(RULES[component], memory)


def _derived(rule: Rule, memory: int) -> int:
    wanted = min(int(memory * rule.share), rule.largest_heap, memory - rule.beside_heap)
    return max(wanted, SMALLEST_HEAP) // MIB * MIB


def heap_bytes(component: Component, resources: Resources) -> int:
    """Return the heap in bytes: the one that was asked for, else the derived one."""
    return _heap(RULES[component], resources)


def _heap(rule: Rule, resources: Resources) -> int:
    if resources.heap is not None:
        return parse_bytes(resources.heap) or SMALLEST_HEAP
    return _derived(rule, parse_bytes(resources.memory) or 0)


def heap_options(component: Component, resources: Resources) -> str:
    """Return the JVM's heap options; the heap is of one size, so that it never grows into the limit later."""
    return heap_options_of(RULES[component], resources)


def heap_options_of(rule: Rule, resources: Resources) -> str:
    """Return the heap options of a JVM that wants memory by this rule."""
    size = _heap(rule, resources) // MIB
    return f"-Xms{size}m -Xmx{size}m"
