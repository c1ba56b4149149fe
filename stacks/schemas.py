"""The schemas of a stack file: read, with the files beside it, and checked as a whole before anything exists.

What no registry would take is refused here, with the path; what only a registry can tell, above all whether a new
version is compatible, is the Schemas hook's, whose preview asks the live one.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from components.spec.reading import Reader
from components.spec.services.model import SchemaRegistrySpec
from components.spec.services.parsing import COMPATIBILITIES
from hooks.providers.schemas import DeclaredArgs, LinkArgs, SubjectArgs
from stacks.schema_links import check_links

ReadFile = Callable[[str], str]
"""Returns the text of a file beside the stack. Raises OSError or UnicodeDecodeError."""
KINDS: Final = ("AVRO", "JSON", "PROTOBUF")
LONGEST: Final = 1_000_000
"""A schema becomes one record of a topic, and Kafka's default limit is a little more."""
_LABEL: Final = re.compile(r"([a-z0-9.-]+/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
_VALUE: Final = re.compile(r"([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?")
_PATH: Final = re.compile(r"(/[A-Za-z0-9._~-]+)*")


@dataclass(frozen=True, kw_only=True)
class RegistrySettings:
    """A registry that runs beside the platform, in the cluster's namespace, such as Apicurio Registry."""

    labels: Mapping[str, str]
    """Labels of its pods, any ready one of which is asked over a port-forward."""
    port: int
    """Port of its REST interface, in plain HTTP and without a login. Default 8080."""
    path: str
    """Where its Confluent-compatible interface begins. Default `/apis/ccompat/v7`, Apicurio's; `/` for none."""


@dataclass(frozen=True, kw_only=True)
class SchemaReferenceSettings:
    """Another subject that a schema refers to."""

    name: str
    """How the schema calls it: the full name of an Avro type, an import of Protobuf, a `$ref` of JSON Schema."""
    subject: str
    """Its subject."""
    version: int
    """Which version of it. Default the one that this stack declares, which is registered first."""


@dataclass(frozen=True, kw_only=True)
class SubjectSettings:
    """One subject and its schema. One that exists is adopted: an equal schema is no new version."""

    name: str
    """Name, by the usual strategy `TOPIC-key` or `TOPIC-value`."""
    type: str
    """`AVRO` (the default), `JSON` or `PROTOBUF`."""
    schema: str
    """The schema as text; or else `file`."""
    file: str | None
    """A file with the schema, in the folder of the stack files or below; or else `schema`."""
    references: tuple[SchemaReferenceSettings, ...]
    """Other subjects that it refers to."""
    compatibility: str | None
    """What a new version must be able to read: `BACKWARD`, `FORWARD`, `FULL`, each also with `_TRANSITIVE`, or `NONE`.
    That of the registry when left out, and a level that somebody else has set is left alone then."""
    deletion_protection: bool
    """Whether taking the subject out of the list is refused. Default true. Without it the subject is deleted then,
    softly: its schemas can still be read by their ids."""


@dataclass(frozen=True, kw_only=True)
class SchemasSettings:
    """What is in a schema registry. Subjects that are not named here are left alone."""

    registry: RegistrySettings | None
    """A registry beside the platform. The stack's own `schemaRegistry` when left out."""
    compatibility: str | None
    """Level of the whole registry, set live, which overrules `schemaRegistry.compatibility`. Left as it is when left
    out."""
    subjects: tuple[SubjectSettings, ...]
    """The subjects; an empty list is one from which the last has gone."""


def unread(name: str) -> str:
    """Stand for files where there is no stack to be beside. Raises FileNotFoundError."""
    raise FileNotFoundError(f"{name} is beside no stack")


def read_schemas(reader: Reader, own: SchemaRegistrySpec | None, read_file: ReadFile) -> SchemasSettings | None:
    """Read the section `schemas`; None where it is left out, and the schemas are nobody's of the stack."""
    if not reader.has("schemas"):
        return None
    section = reader.section("schemas")
    before, readers = section.count, section.sections("subjects")
    settings = SchemasSettings(
        registry=_read_registry(section) if section.present("registry") else None,
        compatibility=section.optional_text("compatibility", choices=COMPATIBILITIES),
        subjects=tuple(_read(each, read_file) for each in readers),
    )
    section.finish()
    if section.count == before:
        _check_registry(settings, own, section)
        _check_names(settings.subjects, readers)
        check_links({one.name: [link.subject for link in one.references] for one in settings.subjects}, readers)
    return settings


def schemas_args(schemas: SchemasSettings) -> DeclaredArgs:
    """Return what the Schemas hook is told."""
    told: DeclaredArgs = {
        "compatibility": schemas.compatibility or "",
        "subjects": {one.name: _subject_args(one) for one in schemas.subjects},
    }
    if (at := schemas.registry) is not None:
        told["registry"] = {"labels": dict(at.labels), "port": at.port, "path": at.path.rstrip("/")}
    return told


def _subject_args(one: SubjectSettings) -> SubjectArgs:
    links: list[LinkArgs] = [
        {"name": link.name, "subject": link.subject, "version": link.version} for link in one.references
    ]
    return {
        "type": one.type,
        "schema": one.schema,
        "references": links,
        "compatibility": one.compatibility or "",
        "deletionProtection": one.deletion_protection,
    }


def _read_registry(section: Reader) -> RegistrySettings:
    reader = section.section("registry")
    found = RegistrySettings(
        labels=reader.settings("labels"),
        port=reader.integer("port", lowest=1, highest=65535, default=8080),
        path=reader.optional_text("path") or "/apis/ccompat/v7",
    )
    if reader.clean and not found.labels:
        why, todo = "nothing else says which pods are the registry", "add the labels of its pods"
        reader.report("labels", None, allowed="one label or more", why=why, todo=todo)
    for key, value in found.labels.items():
        if not _LABEL.fullmatch(key) or not _VALUE.fullmatch(value):
            why, todo = "Kubernetes has no such label", "correct its spelling"
            reader.report_key(f"labels.{key}", value, allowed="a label of a pod", why=why, todo=todo)
    if not _PATH.fullmatch(found.path.rstrip("/")):
        why, todo = "every request begins with it", "write it as /apis/ccompat/v7, or / for none"
        reader.report("path", found.path, allowed="parts of a URL, each after a slash", why=why, todo=todo)
    reader.finish()
    return found


def _read(reader: Reader, read_file: ReadFile) -> SubjectSettings:
    kind, inline, file = (
        reader.optional_text("type", choices=KINDS) or "AVRO",
        reader.optional_text("schema"),
        reader.optional_text("file"),
    )
    one = SubjectSettings(
        name=reader.text("name"),
        type=kind,
        schema=(_text(reader, file, read_file) if file is not None and inline is None else inline) or "",
        file=file,
        references=tuple(_read_link(each) for each in reader.optional_sections("references")),
        compatibility=reader.optional_text("compatibility", choices=COMPATIBILITIES),
        deletion_protection=reader.boolean("deletion_protection", default=True),
    )
    reader.finish()
    if reader.clean:
        _check_source(reader, inline, file)
    if reader.clean:
        _check_text(one, reader)
    return one


def _read_link(reader: Reader) -> SchemaReferenceSettings:
    link = SchemaReferenceSettings(
        name=reader.text("name"),
        subject=reader.text("subject"),
        version=reader.integer("version", lowest=1, highest=2**31 - 1, default=0),
    )
    reader.finish()
    return link


def _text(reader: Reader, file: str, read_file: ReadFile) -> str:
    """Return the text of a file, which lies with the stack files, so that a commit holds both."""
    name = PurePosixPath(file)
    allowed = "a file in the folder of the stack files or below, such as schemas/order.avsc"
    if name.is_absolute() or ".." in name.parts:
        why, todo = "a commit is to hold the stack and its schemas", "put it there, and write its path from that folder"
        reader.report("file", file, allowed=allowed, why=why, todo=todo)
        return ""
    try:
        return read_file(file)
    except (OSError, UnicodeDecodeError) as error:
        why = f"it cannot be read: {getattr(error, 'strerror', None) or error}"
        reader.report("file", file, allowed=allowed, why=why, todo="add the file as UTF-8, or correct the path")
        return ""


def _check_source(reader: Reader, inline: str | None, file: str | None) -> None:
    if inline is None and file is None:
        why, todo = "it is what the subject is for", "add it, or file with the name of a file beside the stack"
        reader.report("schema", None, allowed="the schema's text, or file", why=why, todo=todo)
    elif inline is not None and file is not None:
        why, todo = "schema says it already", "keep one of the two"
        reader.report("file", file, allowed="nothing beside schema", why=why, todo=todo)


def _check_text(one: SubjectSettings, reader: Reader) -> None:
    """Report what no registry takes for a schema of the type."""
    field, begins = "schema" if one.file is None else "file", one.schema.lstrip()[:1]
    given = one.file or f"{one.schema[:40]}{' ...' if len(one.schema) > 40 else ''}"
    if not one.schema.strip():
        why, todo = "there is nothing in it", "write the schema"
        reader.report(field, given, allowed="a schema", why=why, todo=todo)
    elif len(one.schema) > LONGEST:
        why, todo = "the registry keeps it as one record of a topic", "split it, and refer to the parts"
        reader.report(field, f"{len(one.schema)} characters", allowed=f"at most {LONGEST}", why=why, todo=todo)
    elif one.type == "PROTOBUF":
        if begins in {"{", "[", '"'}:
            why, todo = "this is JSON", "set type to AVRO or JSON, or write the .proto file's text"
            reader.report(field, given, allowed="the text of a .proto file", why=why, todo=todo)
    elif (wrong := _json_fault(one)) is not None:
        todo = f"correct it, or the type, which is {one.type}"
        reader.report(field, given, allowed="one JSON value that is a schema", why=wrong, todo=todo)


def _json_fault(one: SubjectSettings) -> str | None:
    try:
        value: object = json.loads(one.schema)
    except (ValueError, RecursionError) as error:
        return f"it is no JSON: {error}"
    fits = isinstance(value, dict | list | str) if one.type == "AVRO" else isinstance(value, dict | bool)
    what = "an object, a list or the name of a type" if one.type == "AVRO" else "an object, true or false"
    return None if fits else f"a schema of {one.type} is {what}"


def _check_registry(settings: SchemasSettings, own: SchemaRegistrySpec | None, section: Reader) -> None:
    if settings.registry is None and own is None:
        why, todo = (
            "the stack has no schemaRegistry, so there is none to ask",
            "add schemaRegistry, or say where one is",
        )
        section.report("registry", None, allowed="labels of the pods of a registry", why=why, todo=todo)
    elif settings.registry is not None and own is not None:
        why, todo = "the stack's own schemaRegistry is the one that its services ask", "remove it, or schemaRegistry"
        section.report("registry", "a section", allowed="nothing beside schemaRegistry", why=why, todo=todo)


def _check_names(subjects: Sequence[SubjectSettings], readers: Sequence[Reader]) -> None:
    first: dict[str, str] = {}
    for one, reader in zip(subjects, readers, strict=True):
        path = first.setdefault(one.name, reader.at("name"))
        if path != reader.at("name"):
            why, todo = f"{path} is the same", "keep one of the two, or rename one"
            reader.report("name", one.name, allowed="a name that no other subject has", why=why, todo=todo)
        elif len(one.name) > 255 or not one.name.isprintable() or one.name != one.name.strip():
            why, todo = "it is part of a path", "choose another name"
            allowed = "at most 255 characters that can be printed, no blank at either end"
            reader.report("name", one.name, allowed=allowed, why=why, todo=todo)
