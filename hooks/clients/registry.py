"""A schema registry by the REST interface that Confluent published, and Apicurio speaks below a path of its own.

Where they differ: Apicurio's check calls the reason otherwise (2.x), or leaves it to its own interface (3.x); and a
subject without a level reads as NONE there, while the registry's holds.
"""

from collections.abc import Collection, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Final, cast
from urllib.parse import quote

from hooks.administration import Rejection
from hooks.clients.pod_rest import Answer, Dial, PodRest, Servers
from hooks.clients.rest import ApiServer, Json
from hooks.interfaces import NotYet, Refused
from hooks.planner.schema_checks import Objection
from hooks.planner.schema_texts import Kind, Reference, Schema
from hooks.planner.schemas import Level, ObservedSubject, Seen

_APICURIO: Final = "/apis/ccompat/v7"
_APICURIO_OWN: Final = "/apis/registry/v3"
_ABSENT, _INVALID, _OFTEN = 404, 422, 429
_STRANGER: Final = frozenset({401, 403})
_OPEN: Final = (
    "schemas are declared over the registry's own REST interface, which must ask for no login inside the cluster: "
    "close it by network policies, or leave its schemas to others"
)
#: Words of a check that repeat what everybody has: the old schema as a whole.
_REPEATED: Final = "{oldSchema:"


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a registry answers."""

    labels: Mapping[str, str]
    """Of its pods, in the cluster's namespace."""
    port: int
    path: str = ""
    """Where its interface begins."""


class RegistrySchemas:
    """`hooks.registry.Schemas` over REST."""

    def __init__(self, api: ApiServer, dial: Dial, place: Place, seconds: float) -> None:
        """Ask the registry at this place, each answer within so many seconds; nothing is asked yet."""
        servers = Servers(labels=place.labels, port=place.port, what="pod", of="the schema registry")
        self._opened = ExitStack()
        self._rest = PodRest(api, dial, servers, seconds).conversation(self._opened)
        self._base = place.path

    def close(self) -> None:
        """End the connection over which all was asked."""
        self._opened.close()

    def observe(self, names: Collection[str]) -> Seen:
        """Return those of the named subjects that exist, and the level of the whole registry."""
        level = str(self._read("/config")["compatibilityLevel"])
        there: list[str] = self._read("/subjects")
        found = [self._observed(name) for name in sorted(set(there).intersection(names))]
        return Seen(level=level, subjects={one.name: one for one in found if one is not None})

    def find(self, subject: str, schema: Schema) -> int | None:
        """Return under which version a subject has this schema, None for none."""
        answer = self._ask("POST", f"/subjects/{_quoted(subject)}?normalize=true", _body(schema))
        if answer.status < 300:
            return int(answer.told["version"])
        if answer.status in {_ABSENT, _INVALID}:
            return None
        raise NotYet(_said(answer, f"the question for a schema of {subject}"))

    def check(self, subject: str, schema: Schema, latest: int | None) -> Objection | None:
        """Ask what the registry has against this after the latest version, by the level in force."""
        versions = "versions/latest" if latest is None else "versions"
        at = f"/compatibility/subjects/{_quoted(subject)}/{versions}?verbose=true"
        answer = self._ask("POST", at, _body(schema))
        if answer.status == _ABSENT and latest is None:
            return None
        if answer.status == _INVALID:
            return Objection(words=answer.words, kind="invalid")
        if answer.status >= 300:
            raise NotYet(_said(answer, f"the check of {subject}"))
        if answer.told["is_compatible"]:
            return None
        words = [str(each) for each in answer.told.get("messages") or () if not str(each).startswith(_REPEATED)]
        reason = "; ".join(words) or str(answer.told.get("reason") or "")
        return Objection(words=reason or self._reason(subject, schema))

    def referrers(self, subject: str) -> frozenset[str]:
        """Return who keeps a subject from being deleted: the subjects that refer to a version of it."""
        at = f"/subjects/{_quoted(subject)}/versions"
        versions: list[int] = self._read(at)
        ids = sorted({int(each) for version in versions for each in self._read(f"{at}/{version}/referencedby")})
        return frozenset(name for each in ids for name in self._owners(each))

    def register(self, subject: str, schema: Schema) -> Rejection | None:
        """Make this a version of the subject, and return why it was not made."""
        return _rejection(
            subject, self._ask("POST", f"/subjects/{_quoted(subject)}/versions?normalize=true", _body(schema))
        )

    def set_level(self, subject: str | None, level: Level | None) -> Rejection | None:
        """Set the level of a subject, or of the registry; None takes a subject's own away."""
        at = "/config" if subject is None else f"/config/{_quoted(subject)}"
        if level is not None:
            answer = self._ask("PUT", at, {"compatibility": level})
        else:
            answer = self._ask("DELETE", at)
            if answer.status == _ABSENT:
                return None
        return _rejection(subject or "the level of the registry", answer)

    def delete(self, subject: str) -> Rejection | None:
        """Delete a subject softly, and return why it was not."""
        answer = self._ask("DELETE", f"/subjects/{_quoted(subject)}")
        return None if answer.status == _ABSENT else _rejection(subject, answer)

    def _observed(self, name: str) -> ObservedSubject | None:
        latest = self._ask("GET", f"/subjects/{_quoted(name)}/versions/latest")
        level = self._ask("GET", f"/config/{_quoted(name)}")
        if latest.status == _ABSENT:
            return None
        if latest.status >= 300 or level.status not in {200, _ABSENT}:
            raise NotYet(_said(max(latest, level, key=lambda each: each.status), f"the question for {name}"))
        return ObservedSubject(
            name=name,
            latest=int(latest.told["version"]),
            schema=_schema(latest.told),
            level=str(level.told["compatibilityLevel"]) if level.status == 200 else None,
        )

    def _owners(self, schema: int) -> list[str]:
        """Return the subjects of a schema; one without any was deleted, and is counted all the same."""
        versions: list[Json] = self._read(f"/schemas/ids/{schema}/versions")
        return [str(each["subject"]) for each in versions] or [f"a deleted schema, id {schema}"]

    def _reason(self, subject: str, schema: Schema) -> str:
        """Return why Apicurio 3 would refuse: its own interface tries it without keeping it, and tells."""
        if not self._base.endswith(_APICURIO):
            return ""
        references = [
            {"groupId": "default", "artifactId": each.subject, "version": str(each.version), "name": each.name}
            for each in schema.references
        ]
        kept = "application/x-protobuf" if schema.kind == "PROTOBUF" else "application/json"
        body = {"content": {"content": schema.text, "contentType": kept, "references": references}}
        own = f"{self._base.removesuffix(_APICURIO)}{_APICURIO_OWN}"
        at = f"{own}/groups/default/artifacts/{_quoted(subject)}/versions?dryRun=true"
        answer = self._rest.ask("POST", at, body)
        told = cast("Json", answer.told) if isinstance(answer.told, dict) else {}
        causes: list[Json] = told.get("causes") or []
        return "; ".join(f"{each.get('description')} at {each.get('context')}" for each in causes)

    def _read(self, path: str) -> Any:
        answer = self._ask("GET", path)
        if answer.status >= 300:
            raise NotYet(_said(answer, f"GET {path}"))
        return answer.told

    def _ask(self, method: str, path: str, body: Json | None = None) -> Answer:
        """Ask a pod of it, which must let us in. Raises Refused and NotYet."""
        answer = self._rest.ask(method, f"{self._base}{path}", body)
        said = _said(answer, f"{method} {path}")
        if answer.status in _STRANGER:
            raise Refused((said, _OPEN))
        if answer.status >= 500 or answer.status == _OFTEN:
            raise NotYet(said)
        return answer


def _said(answer: Answer, what: str) -> str:
    return f"the schema registry ({answer.pod}) answered {answer.status} to {what}: {answer.words}"


def _quoted(subject: str) -> str:
    return quote(subject, safe="")


def _rejection(name: str, answer: Answer) -> Rejection | None:
    return None if answer.status < 300 else Rejection(name=name, why=answer.words)


def _body(schema: Schema) -> Json:
    links = [{"name": each.name, "subject": each.subject, "version": each.version} for each in schema.references]
    return {"schema": schema.text, "schemaType": schema.kind, **({"references": links} if links else {})}


def _schema(told: Json) -> Schema:
    links: list[Json] = told.get("references") or []
    return Schema(
        # Avro is what it leaves out.
        kind=cast("Kind", str(told.get("schemaType") or "AVRO")),
        text=str(told["schema"]),
        references=tuple(
            Reference(name=str(each["name"]), subject=str(each["subject"]), version=int(each["version"]))
            for each in links
        ),
    )
