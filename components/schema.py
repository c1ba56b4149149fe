"""The schema of the component package, made from the arguments themselves: their types, and the strings under them.

What Pulumi's own analysis of Python cannot say is said here: a `Literal` is an enumeration, a choice of plain types and
an object of Kubernetes are any value, and every argument is plain, since it decides which resources exist.
"""

import ast
import inspect
import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints, is_typeddict

import pulumi

from components.args import ClusterArgs
from components.spec.reading import camel_case

Json = dict[str, object]

_PLAIN: Final[Mapping[object, str]] = {str: "string", int: "integer", float: "number", bool: "boolean"}
#: The languages whose generated SDK asks for the very version of the package that it was made from.
_LANGUAGES: Final = ("csharp", "go", "java", "nodejs", "python")


def package_schema(name: str, version: str, components: Sequence[type[pulumi.ComponentResource]]) -> Json:
    """Return the schema of a package whose components all take the arguments of a cluster."""
    types = _Types(name)
    inputs, required = types.fields(ClusterArgs)
    # A program in Python has the hooks; every other one says what it does without them.
    required = sorted({*required, "updates"})
    return {
        "name": name,
        "version": version,
        "displayName": "Kafka platform",
        "description": "Kafka on Kubernetes over availability zones, with ZooKeeper or KRaft.",
        "language": {language: {"respectSchemaVersion": True} for language in _LANGUAGES},
        "resources": {
            f"{name}:index:{kind.__name__}": _resource(kind) | {"inputProperties": inputs, "requiredInputs": required}
            for kind in components
        },
        "types": types.known,
    }


def outputs_of(component: type[pulumi.ComponentResource]) -> dict[str, str]:
    """Return a component's outputs by the schema's name, each with the name of its attribute."""
    return {camel_case(field): field for field in inspect.get_annotations(component) if not field.startswith("_")}


def strings_of(kind: type) -> dict[str, str]:
    """Return the string under each annotated field of a class, on one line."""
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assert isinstance(definition, ast.ClassDef)
    found: dict[str, str] = {}
    for field, below in zip(definition.body, definition.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(below, ast.Expr):
            found[ast.unparse(field.target)] = " ".join(ast.literal_eval(below.value).split())
    return found


class _Types:
    """The object types and enumerations that the arguments lead to."""

    def __init__(self, package: str) -> None:
        self.known: dict[str, Json] = {}
        self._package = package

    def fields(self, kind: type) -> tuple[Json, list[str]]:
        """Return the properties of a TypedDict, and which of them are required."""
        strings, required = strings_of(kind), frozenset[str](getattr(kind, "__required_keys__", ()))
        properties: Json = {}
        for field, annotation in get_type_hints(kind).items():
            title, string = f"{_title(kind.__name__)}{_pascal(field)}", {"description": strings[field]}
            properties[camel_case(field)] = self._typed(annotation, title) | string
            choices = self.known.get(f"{self._package}:index:{title}")
            if choices is not None:
                choices |= string
        return properties, sorted(camel_case(field) for field in required)

    def _typed(self, annotation: object, title: str) -> Json:
        origin, inside = get_origin(annotation), get_args(annotation)
        if annotation in _PLAIN:
            return {"type": _PLAIN[annotation], "plain": True}
        if origin is Literal:
            return self._reference(title, {"type": "string", "enum": [_choice(value) for value in inside]})
        if origin is list:
            return {"type": "array", "plain": True, "items": self._typed(inside[0], title)}
        if origin is dict:
            return {"type": "object", "plain": True, "additionalProperties": self._typed(inside[1], title)}
        if isinstance(annotation, type) and is_typeddict(annotation):
            properties, required = self.fields(annotation)
            body: Json = {"type": "object", "description": _doc(annotation), "properties": properties}
            return self._reference(_title(annotation.__name__), body | {"required": required})
        given = annotation is Any or bool(inside and all(choice in _PLAIN for choice in inside))
        assert given, f"{title}: no schema for {annotation}"
        return {"$ref": "pulumi.json#/Any", "plain": True}

    def _reference(self, title: str, body: Json) -> Json:
        token = f"{self._package}:index:{title}"
        self.known[token] = body
        return {"$ref": f"#/types/{token}", "plain": True}


def _resource(kind: type[pulumi.ComponentResource]) -> Json:
    strings, outputs = strings_of(kind), outputs_of(kind)
    types = inspect.get_annotations(kind)
    properties: Json = {
        name: {"type": _PLAIN[get_args(types[field])[0]], "description": strings[field]}
        for name, field in outputs.items()
    }
    return {
        "isComponent": True,
        "description": _doc(kind),
        "type": "object",
        "properties": properties,
        "required": sorted(properties),
    }


def _doc(kind: type) -> str:
    return " ".join((kind.__doc__ or "").split())


def _title(name: str) -> str:
    return name.removesuffix("Args")


def _pascal(text: str) -> str:
    return "".join(word[:1].upper() + word[1:] for word in re.split(r"[^A-Za-z0-9]+", text))


def _choice(value: str) -> Json:
    return {"name": _pascal(value), "value": value}
