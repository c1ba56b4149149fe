"""Claims about what crosses Pulumi's wire."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pulumi.output import UNKNOWN
from pulumi.runtime import rpc

from hooks.planner.desired import Batching, Pace, Policy
from hooks.planner.live_keys import KeyWish
from hooks.planner.window import Window
from hooks.providers.wire import changed, coerced, component, connection, desired, has_unknown, moved, pace

AT = {"kubeconfig": "", "context": "", "namespace": "streams", "cluster": "kafka"}
POOL: dict[str, Any] = {
    "name": "a",
    "workload": "kafka-a",
    "firstId": 1000.0,
    "count": 3.0,
    "revision": "r1",
    "causes": {"config": "c1"},
    "volumeBytes": 1073741824.0,
    "storageClass": "fast",
}

wire = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@settings(deadline=None)
@given(wire)
def test_coercion_changes_the_type_of_whole_numbers_and_nothing_else(value: Any) -> None:
    assert coerced(value) == value
    assert coerced(coerced(value)) == coerced(value)


def test_whole_floats_become_integers_and_others_and_truth_values_stay() -> None:
    found = coerced({"a": [3.0, 0.5, True], "b": {"c": -1.0}})
    assert found == {"a": [3, 0.5, True], "b": {"c": -1}}
    assert [type(each) for each in found["a"]] == [int, float, bool]


@pytest.mark.parametrize("unknown", [UNKNOWN, rpc.UNKNOWN])
def test_an_unknown_value_is_found_at_any_depth_and_passes_the_coercion(unknown: Any) -> None:
    value = {"pools": [{"revision": unknown}]}
    assert has_unknown(value)
    assert coerced(value) == value


def test_what_is_known_has_nothing_unknown() -> None:
    assert not has_unknown({"pools": [POOL], "mode": "kraft"})


def test_the_type_of_a_number_is_no_change() -> None:
    assert changed({"pools": [POOL]}, {"pools": [coerced(POOL)]}, ("pools",)) == ()


def test_only_the_named_keys_count_as_changes() -> None:
    assert changed({"mode": "kraft", "x": 1}, {"mode": "zookeeper", "x": 2}, ("mode",)) == ("mode",)


def test_an_unknown_value_is_a_change() -> None:
    assert changed({"pools": [POOL]}, {"pools": UNKNOWN}, ("pools",)) == ("pools",)


def test_the_wish_is_translated_with_whole_numbers() -> None:
    wish = desired({"connection": AT, "mode": "kraft", "pools": [POOL], "pace": {"stableWindowSeconds": 3.0}})
    assert (wish.cluster, wish.component, wish.mode) == ("kafka", "broker", "kraft")
    assert wish.pools[0].ids == (1000, 1001, 1002)
    assert wish.pools[0].volume_bytes == 2**30
    assert wish.pools[0].storage_class == "fast"
    assert wish.pace == Pace(stable_window=3.0)


def test_a_storage_class_that_is_not_told_is_not_known_and_an_empty_one_is_the_default() -> None:
    untold = {key: value for key, value in POOL.items() if key != "storageClass"}
    wish = desired({"connection": AT, "mode": "kraft", "pools": [untold, {**POOL, "storageClass": ""}]})
    assert [pool.storage_class for pool in wish.pools] == [None, ""]


def test_the_component_is_the_ensembles_where_one_is_named() -> None:
    assert component({"component": "zookeeper"}) == "zookeeper"
    assert component({}) == "broker"


@pytest.mark.parametrize("given_pace", [{}, None])
def test_waits_that_are_not_given_are_the_planners(given_pace: dict[str, float] | None) -> None:
    assert pace({"pace": given_pace}) == Pace()


def test_a_connection_needs_neither_kubeconfig_nor_context() -> None:
    found = connection({"connection": {"namespace": "streams", "cluster": "kafka", "context": None}})
    assert (found.kubeconfig, found.context) == ("", "")


@pytest.mark.parametrize(
    ("change", "is_move"),
    [({"namespace": "elsewhere"}, True), ({"cluster": "other"}, True), ({"context": "x"}, False), ({}, False)],
)
def test_another_namespace_or_name_is_another_cluster(change: dict[str, str], is_move: bool) -> None:
    assert moved({"connection": AT}, {"connection": {**AT, **change}}) is is_move


def test_a_connection_that_is_not_known_yet_is_no_move() -> None:
    assert not moved({"connection": AT}, {"connection": UNKNOWN})


@pytest.mark.parametrize(
    ("rolling", "batching"),
    [
        (None, Batching()),
        ({"batch": "rack"}, Batching(by="rack")),
        (
            {"batch": "rack", "maxBatchShare": 1, "maxLeaderShare": 0.5},
            Batching(by="rack", max_share=1.0, max_leader_share=0.5),
        ),
    ],
)
def test_batches_cross_the_wire_and_what_is_not_given_has_its_default(rolling: Any, batching: Any) -> None:
    props = {"connection": AT, "mode": "kraft", "pools": [], **({"rolling": rolling} if rolling else {})}
    assert desired(props).batching == batching


def test_policies_and_the_pace_of_a_roll_cross_the_wire() -> None:
    rolling = {
        "singleReplica": "block",
        "noSpareReplica": "allow",
        "underReplicated": "tolerate",
        "reassignments": "block",
        "preferredLeaders": True,
        "stableSamples": 5,
        "doubtSeconds": 30,
        "brokenAfterRestarts": 4,
        "minutesBetweenBatches": 2,
        "maxMinutesPerRun": 60,
        "window": "22:00-04:30",
    }
    wish = desired({"connection": AT, "mode": "kraft", "pools": [], "rolling": rolling})
    assert wish.policy == Policy(
        single_replica="block",
        no_spare_replica="allow",
        foreign_urps="tolerate",
        reassignments="block",
        preferred_leaders=True,
    )
    assert wish.pace == Pace(
        poll=Pace().poll,
        stable_samples=5,
        doubt=30,
        broken_after=4,
        between_batches=120,
        longest_run=3600,
        window=Window(begin=1320, end=270),
    )
    plain = desired({"connection": AT, "mode": "kraft", "pools": []})
    assert (plain.policy, plain.pace) == (Policy(), Pace())


def test_live_keys_cross_the_wire_as_text_and_an_absent_section_has_none() -> None:
    props = {"connection": AT, "mode": "kraft", "pools": []}
    assert desired(props).keys == KeyWish(live={})
    given = {"live": {"num.io.threads": 4, "compression.type": "lz4"}, "file": ["log.retention.ms"]}
    wish = KeyWish(live={"num.io.threads": "4", "compression.type": "lz4"}, file=frozenset({"log.retention.ms"}))
    assert desired(props | {"keys": given}).keys == wish
    assert desired(props | {"keys": given, "component": "controller"}).keys is None
