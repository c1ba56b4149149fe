"""Schemas of a stack file: bad ones get one error each that says the four things; good ones reach their hook."""

from typing import Any

import pytest

from components.spec.problems import Problem, SpecError
from stacks.configuration import beside_the_stack
from stacks.settings import parse_settings
from tests.spec.clusters import kraft_config
from tests.spec.services import confluent_config
from tests.stacks.test_deploy import deployed

APICURIO = {"labels": {"app": "apicurio"}}
GOOD: dict[str, Any] = {"name": "orders-value", "schema": '{"type":"record","name":"Order","fields":[]}'}
FILES = {"order.avsc": GOOD["schema"], "broken.avsc": "{", "empty.avsc": " \n"}


def stack(*subjects: object, **own: Any) -> dict[str, Any]:
    """Return a stack with these subjects in a registry beside it."""
    return {**kraft_config(), "schemas": {"registry": APICURIO, "subjects": list(subjects), **own}}


def read(name: str) -> str:
    if name == "latin.avsc":
        raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte")
    if name not in FILES:
        raise FileNotFoundError(2, "No such file or directory")
    return FILES[name]


def problems(config: dict[str, Any]) -> tuple[Problem, ...]:
    """Return what is wrong with a stack, which must be something."""
    with pytest.raises(SpecError) as caught:
        parse_settings(config, read_file=read)
    return caught.value.problems


def link(**own: Any) -> dict[str, Any]:
    return {"references": [{"name": "Customer", "subject": "first", **own}]}


# Each line: what is changed of a good subject, the path that the error names, and what its text must say.
BAD_INPUT: list[tuple[dict[str, Any], str, str]] = [
    # Shape.
    ({"name": None}, "name", "required"),
    ({"name": 7}, "name", "this is a number"),
    ({"name": "first"}, "name", "subjects[0].name is the same"),
    ({"name": "a" * 256}, "name", "at most 255"),
    ({"name": "a\nb"}, "name", "can be printed"),
    ({"name": " a"}, "name", "no blank at either end"),
    ({"type": "avro"}, "type", "AVRO or JSON or PROTOBUF"),
    ({"type": "XML"}, "type", "AVRO or JSON or PROTOBUF"),
    ({"compatibility": "BACKWARDS"}, "compatibility", "did you mean BACKWARD"),
    ({"compatibility": True}, "compatibility", "true or false"),
    ({"deletionProtection": "no"}, "deletionProtection", "this is a string"),
    ({"refs": []}, "refs", "does not exist"),
    # Where the schema is.
    ({"schema": None}, "schema", "file beside the stack"),
    ({"file": "order.avsc"}, "file", "schema says it already"),
    ({"schema": {"type": "record"}}, "schema", "this is an object"),
    ({"schema": None, "file": "/etc/order.avsc"}, "file", "a commit is to hold"),
    ({"schema": None, "file": "../order.avsc"}, "file", "a commit is to hold"),
    ({"schema": None, "file": "ordr.avsc"}, "file", "No such file"),
    ({"schema": None, "file": "latin.avsc"}, "file", "cannot be read"),
    # What is no schema.
    ({"schema": None, "file": "broken.avsc"}, "file", "it is no JSON"),
    ({"schema": None, "file": "empty.avsc"}, "file", "nothing in it"),
    ({"schema": "{"}, "schema", "it is no JSON"),
    ({"schema": "5"}, "schema", "a schema of AVRO is an object, a list or the name of a type"),
    ({"schema": "[]", "type": "JSON"}, "schema", "a schema of JSON is an object, true or false"),
    ({"schema": "{}", "type": "PROTOBUF"}, "schema", "this is JSON"),
    ({"schema": "x" * 1_000_001, "type": "PROTOBUF"}, "schema", "1000001 characters"),
    # References.
    ({"references": {}}, "references", "a list of objects"),
    (link(name=None), "references[0].name", "required"),
    (link(subject=None), "references[0].subject", "required"),
    (link(version=0), "references[0].version", "1 to"),
    (link(version="latest"), "references[0].version", "this is a string"),
    (link(subject="elsewhere"), "references[0].version", "does not declare that subject"),
    ({"references": link()["references"] * 2}, "references[1].name", "each name once"),
    (link(subject="orders-value"), "references", "orders-value -> orders-value"),
]


@pytest.mark.parametrize(("change", "path", "says"), BAD_INPUT)
def test_a_bad_subject_is_one_error_that_names_the_path_and_says_what_to_do(
    change: dict[str, Any], path: str, says: str
) -> None:
    bad = {key: value for key, value in {**GOOD, **change}.items() if value is not None}
    (problem,) = problems(stack({**GOOD, "name": "first"}, bad))
    assert problem.path == f"kafka-platform:schemas.subjects[1].{path}"
    assert says in str(problem)
    assert problem.allowed and problem.why and problem.todo


BAD_PLACE: list[tuple[dict[str, Any], str, str]] = [
    ({"registry": None}, "registry", "no schemaRegistry"),
    ({"registry": {}}, "registry.labels", "which pods are the registry"),
    ({"registry": {"labels": {"a b": "c"}}}, "registry.labels.a b", "no such label"),
    ({"registry": {"labels": {"a": "c/d"}}}, "registry.labels.a", "no such label"),
    ({"registry": {**APICURIO, "port": 0}}, "registry.port", "1 to 65535"),
    ({"registry": {**APICURIO, "path": "apis"}}, "registry.path", "after a slash"),
    ({"registry": {**APICURIO, "url": "http://x"}}, "registry.url", "does not exist"),
    ({"compatibility": "full"}, "compatibility", "FULL"),
    ({"subjects": None}, "subjects", "required"),
]


@pytest.mark.parametrize(("change", "path", "says"), BAD_PLACE)
def test_a_bad_registry_is_one_error_at_its_path(change: dict[str, Any], path: str, says: str) -> None:
    config = stack(GOOD)
    config["schemas"] = {key: value for key, value in {**config["schemas"], **change}.items() if value is not None}
    (problem,) = problems(config)
    assert problem.path == f"kafka-platform:schemas.{path}"
    assert says in str(problem)


def test_a_registry_beside_the_stacks_own_is_refused() -> None:
    config = confluent_config(listener="CLIENTS") | {"schemas": {"registry": APICURIO, "subjects": [GOOD]}}
    (problem,) = problems(config)
    assert problem.path == "kafka-platform:schemas.registry" and "schemaRegistry" in problem.allowed


def test_a_circle_of_references_is_refused() -> None:
    def one(name: str, other: str) -> dict[str, Any]:
        return {**GOOD, "name": name, "references": [{"name": "x", "subject": other}]}

    (problem,) = problems(stack(one("a", "b"), one("b", "c"), one("c", "a")))
    assert "-> a" in str(problem) and "out of the circle" in problem.todo


def test_declared_subjects_reach_their_hook() -> None:
    made = deployed(stack(GOOD, {**GOOD, "name": "b", "compatibility": "FULL", **link(subject="orders-value")}))
    (hook,) = made.of(":Schemas")
    assert hook.inputs["registry"] == {"labels": {"app": "apicurio"}, "port": 8080, "path": "/apis/ccompat/v7"}
    assert hook.inputs["subjects"]["orders-value"] == {
        "type": "AVRO",
        "schema": GOOD["schema"],
        "references": [],
        "compatibility": "",
        "deletionProtection": True,
    }
    assert hook.inputs["subjects"]["b"]["references"] == [{"name": "Customer", "subject": "orders-value", "version": 0}]


def test_the_hook_of_the_stacks_own_registry_comes_after_it() -> None:
    config = confluent_config(listener="CLIENTS") | {"schemas": {"compatibility": "FULL", "subjects": []}}
    made = deployed(config)
    (hook,) = made.of(":Schemas")
    assert any("schema-registry" in urn for urn in made.before(hook))
    assert hook.inputs["compatibility"] == "FULL" and hook.inputs["subjects"] == {}
    assert "registry" not in hook.inputs
    assert deployed(confluent_config(listener="CLIENTS")).of(":Schemas") == []


def test_a_file_is_read_from_the_folder_of_the_stack_files() -> None:
    found = parse_settings(stack({"name": "orders-value", "file": "order.avsc"}), read_file=read).schemas
    assert found is not None and found.subjects[0].schema == GOOD["schema"]
    assert "kafka-platform:namespace" in beside_the_stack("Pulumi.local.yaml")


def test_a_path_of_a_slash_is_none() -> None:
    (hook,) = deployed(stack(GOOD, registry={**APICURIO, "path": "/"})).of(":Schemas")
    assert hook.inputs["registry"]["path"] == ""
