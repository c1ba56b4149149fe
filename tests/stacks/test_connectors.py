"""Connectors of a stack file: bad ones get one error each that says the four things; good ones reach their hook."""

from typing import Any

import pytest

from components.spec.problems import Problem, SpecError
from stacks.settings import parse_settings
from tests.spec.clusters import changed, kraft_config
from tests.spec.services import connect_config, secure_config
from tests.stacks.test_deploy import deployed

PLACE = "/etc/kafka-platform-secrets/database:password"
GOOD: dict[str, Any] = {
    "name": "orders",
    "class": "org.apache.kafka.connect.file.FileStreamSourceConnector",
    "config": {"file": "/in", "topic": "orders", "database.password": f"${{directory:{PLACE}}}"},
}


def stack(*connectors: object) -> dict[str, Any]:
    """Return a stack with these connectors."""
    return connect_config(secrets=["database"], connectors=list(connectors))


def problems(config: dict[str, Any]) -> tuple[Problem, ...]:
    """Return what is wrong with a stack, which must be something."""
    with pytest.raises(SpecError) as caught:
        parse_settings(config)
    return caught.value.problems


# Each line: what is changed of a good connector, the path that the error names, and what its text must say.
BAD_INPUT: list[tuple[dict[str, Any], str, str]] = [
    # Shape.
    ({"name": None}, "name", "required"),
    ({"name": 7}, "name", "this is a number"),
    ({"name": "two words"}, "name", "choose another name"),
    ({"name": "-x"}, "name", "first"),
    ({"name": "a/b"}, "name", "part of paths"),
    ({"name": "a" * 201}, "name", "at most 200"),
    ({"name": "first"}, "name", "connectors[0].name is the same"),
    ({"class": None}, "class", "required"),
    ({"class": "FileStreamSource"}, "class", "can mean several plugins"),
    ({"class": "org.example."}, "class", "a class with its package"),
    ({"tasks": 0}, "tasks", "1 to 1000"),
    ({"tasks": "2"}, "tasks", "this is a string"),
    ({"state": "pause"}, "state", "did you mean paused"),
    ({"state": True}, "state", "true or false"),
    ({"deletionProtection": "no"}, "deletionProtection", "this is a string"),
    ({"deletionprotection": False}, "deletionprotection", "did you mean deletionProtection"),
    ({"config": []}, "config", "this is a list"),
    ({"config": {"file": None}}, "config.file", "this is nothing"),
    # Keys that are said elsewhere, and keys that are none.
    ({"config": {"name": "x"}}, "config.name", "connectors[1].name"),
    ({"config": {"connector.class": "x"}}, "config.connector.class", "connectors[1].class"),
    ({"config": {"tasks.max": 2}}, "config.tasks.max", "connectors[1].tasks"),
    ({"config": {"topic s": "x"}}, "config.topic s", "without blanks"),
    # Secrets.
    ({"config": {"database.password": "abc"}}, "config.database.password", "a value in clear"),
    ({"config": {"database.password": "${env:PW}"}}, "config.database.password", "the provider directory looks up"),
    ({"config": {"sasl.jaas.config": "abc"}}, "config.sasl.jaas.config", "a value in clear"),
    ({"config": {"file": f"${{directory:{PLACE}}}".replace("database", "other")}}, "config.file", "(database)"),
    ({"config": {"file": "${directory:/etc/passwd:x}"}}, "config.file", "connect.secrets alone"),
    ({"config": {"file": f"${{directory:{PLACE.partition(':')[0]}}}"}}, "config.file", "SECRET:KEY"),
    # What cannot hold together.
    ({"config": {"topics": "a", "topics.regex": "b"}}, "config.topics.regex", "one of the two"),
    ({"config": {"exactly.once.support": "required"}}, "config.exactly.once.support", "in transactions"),
    ({"config": {"errors.tolerance": "some"}}, "config.errors.tolerance", "none or all"),
    ({"config": {"key.converter": "String"}}, "config.key.converter", "write its whole name"),
    ({"config": {"transforms": "mask"}}, "config.transforms.mask.type", "nothing says what it is"),
    ({"config": {"transforms": "a,a", "transforms.a.type": "x.Y"}}, "config.transforms", "each name once"),
    ({"config": {"predicates": "old"}}, "config.predicates.old.type", "nothing says what it is"),
]


@pytest.mark.parametrize(("change", "path", "says"), BAD_INPUT)
def test_a_bad_connector_is_one_error_that_names_the_path_and_says_what_to_do(
    change: dict[str, Any], path: str, says: str
) -> None:
    bad = {key: value for key, value in {**GOOD, **change}.items() if value is not None}
    (problem,) = problems(stack({**GOOD, "name": "first"}, bad))
    assert problem.path == f"kafka-platform:connect.connectors[1].{path}"
    assert says in str(problem)
    assert problem.allowed and problem.why and problem.todo


def test_a_password_in_clear_is_not_repeated() -> None:
    (problem,) = problems(stack({**GOOD, "config": {"database.password": "mellon"}}))
    assert "mellon" not in str(problem)


def test_connectors_without_workers_are_refused() -> None:
    found = problems({**kraft_config(), "connect": {"connectors": [GOOD]}})
    assert [problem.path for problem in found] == ["kafka-platform:connect.resources"]


def test_a_list_that_is_none_is_refused() -> None:
    (problem,) = problems(connect_config(connectors="orders"))
    assert problem.path == "kafka-platform:connect.connectors" and "a list of objects" in str(problem)


def test_declared_connectors_reach_their_hook_after_the_workers() -> None:
    made = deployed(stack(GOOD, {**GOOD, "name": "users", "tasks": 3, "state": "paused", "deletionProtection": False}))
    (hook,), (workers,) = made.of(":Connectors"), made.of(":Deployment")
    assert workers.urn in made.before(hook)
    assert hook.inputs["connectors"]["orders"] == {
        "class": GOOD["class"],
        "tasks": 1,
        "config": GOOD["config"],
        "state": "running",
        "deletionProtection": True,
    }
    assert hook.inputs["connectors"]["users"]["state"] == "paused"


def test_an_empty_list_keeps_the_hook_that_lets_the_last_ones_go_and_none_has_no_hook() -> None:
    (hook,) = deployed(stack()).of(":Connectors")
    assert hook.inputs["connectors"] == {}
    assert deployed(connect_config()).of(":Connectors") == []


def test_connectors_change_nothing_of_their_workers() -> None:
    bare, beside = deployed(connect_config(secrets=["database"])), deployed(stack(GOOD))
    assert [one.inputs for one in bare.of(":Deployment")] == [one.inputs for one in beside.of(":Deployment")]


def test_a_source_may_demand_transactions_of_workers_that_have_them() -> None:
    config = changed(
        stack({**GOOD, "config": {"exactly.once.support": "required"}}),
        "connect/config",
        {"exactly.once.source.support": "enabled"},
    )
    assert parse_settings(config).connectors is not None


RIGHTS: list[tuple[list[str], dict[str, str], str | None]] = [
    (["orders"], {"topics": "orders"}, None),
    (["ord*"], {"topics": "orders, ordinals"}, None),
    (["*"], {"topics": "orders"}, None),
    ([], {"topics.regex": "orders.*"}, None),
    ([], {"topics": "orders", "consumer.override.sasl.jaas.config": f"${{directory:{PLACE}}}"}, None),
    ([], {"topics": "orders"}, "config.topics"),
    (["order"], {"topics": "orders"}, "config.topics"),
    (["orders"], {"topics": "orders, users"}, "config.topics"),
    (["orders"], {"errors.deadletterqueue.topic.name": "dead"}, "config.errors.deadletterqueue.topic.name"),
]


@pytest.mark.parametrize(("granted", "config", "path"), RIGHTS)
def test_topics_that_the_workers_may_not_use_are_refused_where_there_are_rules(
    granted: list[str], config: dict[str, str], path: str | None
) -> None:
    secure = secure_config(listener="CLIENTS", topics=granted)
    secure["connect"] |= {"secrets": ["database"], "connectors": [{**GOOD, "config": config}]}
    if path is None:
        assert parse_settings(secure).connectors is not None
        return
    (problem,) = problems(secure)
    assert problem.path == f"kafka-platform:connect.connectors[0].{path}"
    assert "connect.kafka.topics" in problem.todo
