"""Whatever a stack file holds, at whatever place: Settings that can be rendered, or one explanation with its paths."""

import json
import secrets
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.spec.live_keys import live_keys
from components.spec.problems import SpecError
from components.spec.rendering import render_cluster, wishes
from stacks.configuration import decode
from stacks.settings import PROJECT, Settings, parse_settings
from tests.spec.clusters import changed, zookeeper_config
from tests.spec.inputs import Place, odd_values, places, put, whole_configs

CONFIGS = whole_configs()
PLACES = [(name, place) for name, config in CONFIGS.items() for place in places(config)]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
LONGEST = 100_000


def read(config: dict[str, Any]) -> Settings | None:
    """Return the settings, as far as they can be rendered and sent; None where every problem is explained."""
    try:
        found = parse_settings(config)
    except SpecError as error:
        explained = error
    else:
        return rendered(found)
    assert explained.problems and len(str(explained).encode()) < LONGEST
    for problem in explained.problems:
        assert problem.path.startswith(f"{PROJECT}:") and problem.allowed and problem.why and problem.todo
    return None


def rendered(found: Settings) -> Settings:
    """Return the settings, once everything that follows from them was made."""
    pools = [pool for each in render_cluster(found.cluster).values() for pool in each]
    sent = [[pool.template, pool.files] for pool in pools]
    assert json.dumps([sent, wishes(found.cluster), live_keys(found.cluster).live], ensure_ascii=False).encode()
    return found


@pytest.mark.parametrize("name", CONFIGS)
def test_a_stack_that_uses_nearly_everything_is_read(name: str) -> None:
    assert read(CONFIGS[name]) is not None


@settings(max_examples=200)
@given(at=st.sampled_from(PLACES), value=st.sampled_from(odd_values()) | JSON)
def test_an_odd_value_anywhere_ends_in_settings_or_an_explanation(at: tuple[str, Place], value: object) -> None:
    name, place = at
    read(put(CONFIGS[name], place, value))


@given(first=st.sampled_from(PLACES), second=st.sampled_from(PLACES))
def test_a_part_in_the_place_of_another_ends_in_settings_or_an_explanation(
    first: tuple[str, Place], second: tuple[str, Place]
) -> None:
    (name, place), (other, source) = first, second
    value: Any = CONFIGS[other]
    for step in source:
        value = value[step]
    read(put(CONFIGS[name], place, value))


# Each line: the place, what stands there, the path of the one error. Each of them once ended in a traceback.
ONCE_A_TRACEBACK: list[tuple[str, Place, object, str]] = [
    ("secure", ("users", 0, "acls"), [None], "users[0].acls[0]"),
    ("zookeeper", ("kafka", "resources", "memory"), "1e99999", "kafka.resources.memory"),
    ("zookeeper", ("zookeeper", "resources", "memory"), "9" * 400, "zookeeper.resources.memory"),
    ("zookeeper", ("kafka", "racks", 1, "resources", "memory"), "9" * 400, "kafka.racks[1].resources.memory"),
    ("zookeeper", ("kafka", "config", "num.io.threads"), "9" * 5000, "kafka.config.num.io.threads"),
    ("zookeeper", ("topics", 0, "config", "min.insync.replicas"), "9" * 5000, "topics[0].config.min.insync.replicas"),
    (
        "secure",
        ("kafka", "listeners", "external", 0, "nodePorts"),
        {"a": "9" * 5000},
        "kafka.listeners.external[0].nodePorts",
    ),
    ("zookeeper", ("namespace",), 10**5000, "namespace"),
    ("kraft", ("kafka", "config", "a.key"), "\ud800", "kafka.config.a.key"),
    ("kraft", ("kafka", "pod", "env", 0, "value"), "\ud800", "kafka.pod.env[0].value"),
    ("kraft", ("kafka", "pod", "annotations"), {"\ud800": "x"}, "kafka.pod.annotations"),
]


@pytest.mark.parametrize(
    ("name", "place", "value", "path"),
    [pytest.param(*one, id=f"{number} {one[-1]}") for number, one in enumerate(ONCE_A_TRACEBACK)],
)
def test_what_no_field_can_take_is_one_error_with_its_path(name: str, place: Place, value: object, path: str) -> None:
    with pytest.raises(SpecError) as caught:
        parse_settings(put(CONFIGS[name], place, value))
    (problem,) = caught.value.problems
    assert problem.path == f"{PROJECT}:{path}"


@pytest.mark.parametrize("text", ["9" * 5000, "[" * 100_000, "{", "\ud800"], ids=range(4))
def test_a_value_that_is_no_json_stays_text_and_is_refused_at_its_path(text: str) -> None:
    config = {**zookeeper_config(), **decode({f"{PROJECT}:deletionProtection": text})}
    with pytest.raises(SpecError, match="deletionProtection"):
        parse_settings(config)


@pytest.mark.parametrize("value", ["1_0", "inf", "nan", "١"])
def test_a_number_that_python_takes_and_java_does_not_is_refused(value: str) -> None:
    with pytest.raises(SpecError, match=r"kafka\.config\.log\.cleaner\.min\.cleanable\.ratio"):
        parse_settings(changed(zookeeper_config(), "kafka/config/log.cleaner.min.cleanable.ratio", value))


PASSWORD = secrets.token_urlsafe(24)


@pytest.mark.parametrize(
    "users",
    [
        PASSWORD,
        {"ann": {"scram": {"password": PASSWORD}}},
        [PASSWORD],
        [{"name": "ann", "scram": PASSWORD}],
        [{"name": "ann", "scram": [{"password": PASSWORD}]}],
        [{"name": "ann", "scram": {"mechanisms": PASSWORD}}],
        [{"name": "ann", "scram": {"mechanisms": [PASSWORD]}}],
        [{"name": "ann", "scram": {"password": {"value": PASSWORD}}}],
        [{"name": "ann", "scram": {"rotation": PASSWORD}}],
    ],
    ids=range(9),
)
def test_no_error_shows_a_part_of_a_secret_that_stands_in_the_wrong_place(users: object) -> None:
    with pytest.raises(SpecError) as caught:
        parse_settings({**zookeeper_config(), "users": users}, {"users"})
    assert caught.value.problems and PASSWORD not in str(caught.value)


def test_a_password_in_the_place_of_the_section_that_holds_it_is_not_shown_even_in_clear() -> None:
    with pytest.raises(SpecError, match=r"users\[0\]\.scram") as caught:
        parse_settings({**zookeeper_config(), "users": [{"name": "ann", "scram": PASSWORD}]})
    assert PASSWORD not in str(caught.value)
