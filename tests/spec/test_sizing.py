"""Heap and memory are derived from each other and always fit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.spec.model import Resources
from components.spec.quantities import MIB
from components.spec.sizing import RULES, SMALLEST_HEAP, derived_heap, heap_options
from contract import Component

COMPONENTS: list[Component] = ["broker", "controller", "zookeeper"]


@given(st.sampled_from(COMPONENTS), st.integers(min_value=0, max_value=1024 * 1024))
def test_a_derived_heap_fits_whenever_the_smallest_one_does(component: Component, mebibytes: int) -> None:
    memory = RULES[component].beside_heap + SMALLEST_HEAP + mebibytes * MIB
    assert derived_heap(component, memory) + RULES[component].beside_heap <= memory


@pytest.mark.parametrize("component", COMPONENTS)
def test_a_derived_heap_stops_growing_and_leaves_the_rest_to_the_page_cache(component: Component) -> None:
    assert derived_heap(component, 1024 * 1024 * MIB) == RULES[component].largest_heap


def test_a_broker_of_two_gibibytes_gets_half_of_them_as_heap() -> None:
    assert heap_options("broker", Resources(cpu="1", memory="2Gi")) == "-Xms1024m -Xmx1024m"


def test_a_heap_that_was_asked_for_is_taken() -> None:
    assert heap_options("broker", Resources(cpu="1", memory="700Mi", heap="320Mi")) == "-Xms320m -Xmx320m"
