"""Confluent's Schema Registry on loopback, by its published contract: paths, error codes, and what follows a deletion.

Avro alone, and of its rules one: a field that a reader expects and the data lacks must have a default.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import unquote, urlsplit


class Fault(Exception):
    """An answer that is none."""

    def __init__(self, code: int, message: str) -> None:
        """Keep the code, whose first three digits are the status."""
        super().__init__(message)
        self.status = int(str(code)[:3])
        self.told = {"error_code": code, "message": message}


@dataclass
class FakeRegistry:
    """A registry with its subjects."""

    level: str = "BACKWARD"
    levels: dict[str, str] = field(default_factory=dict)
    subjects: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    deleted: dict[str, int] = field(default_factory=dict)
    """By subject, how many versions went with its last deletion: numbers are never given twice."""
    asked: list[str] = field(default_factory=list)
    port: int = 0

    def answer(self, method: str, target: str, body: dict[str, Any]) -> Any:
        """Answer one request. Raises Fault."""
        self.asked.append(f"{method} {target}")
        parts = [unquote(part) for part in urlsplit(target).path.strip("/").split("/")]
        match method, parts:
            case "GET", ["subjects"]:
                return sorted(self.subjects)
            case _, ["subjects", name, *rest]:
                return self._subject(method, name, rest, body)
            case "GET", ["schemas", "ids", number, "versions"]:
                found = [each for each in self._all() if each["id"] == int(number)]
                return [{"subject": each["subject"], "version": each["version"]} for each in found]
            case "POST", ["compatibility", "subjects", name, "versions", *_]:
                messages = self._objections(name, _parsed(body))
                return {"is_compatible": not messages, "messages": messages}
            case _, ["config", *rest]:
                return self._config(method, rest[0] if rest else None, body)
            case _:
                raise Fault(404, "HTTP 404 Not Found")

    def _subject(self, method: str, name: str, rest: list[str], body: dict[str, Any]) -> Any:
        match method, rest:
            case "GET", ["versions", "latest"]:
                return self._versions(name)[-1]
            case "GET", ["versions"]:
                return [each["version"] for each in self._versions(name)]
            case "GET", ["versions", number, "referencedby"]:
                return [each["id"] for each in self._all() if [name, int(number)] in _links(each)]
            case "POST", []:
                return self._found(name, body)
            case "POST", ["versions"]:
                return self._register(name, body)
            case "DELETE", []:
                return self._delete(name)
            case _:
                raise Fault(404, "HTTP 404 Not Found")

    def _all(self) -> list[dict[str, Any]]:
        return [each for versions in self.subjects.values() for each in versions]

    def _versions(self, name: str) -> list[dict[str, Any]]:
        if name not in self.subjects:
            raise Fault(40401, f"Subject '{name}' not found.")
        return self.subjects[name]

    def _found(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        for kept in self._versions(name):
            if (kept["schema"], kept["references"]) == (_canonical(body), body.get("references", [])):
                return kept
        raise Fault(40403, "Schema not found")

    def _register(self, name: str, body: dict[str, Any]) -> dict[str, int]:
        if name in self.subjects:
            try:
                return {"id": self._found(name, body)["id"]}
            except Fault:
                messages = self._objections(name, _parsed(body))
                if messages:
                    raise Fault(409, f"Schema being registered is incompatible: {messages}") from None
        for link in body.get("references", []):
            if not any(each["version"] == link["version"] for each in self.subjects.get(link["subject"], [])):
                raise Fault(42201, f"Invalid schema: no schema reference found for subject {link['subject']!r}")
        kept = self.subjects.setdefault(name, [])
        number = self.deleted.get(name, 0) + len(kept) + 1
        reading = {"schema": _canonical(body), "references": body.get("references", [])}
        kept.append({"subject": name, "version": number, "id": id(kept) + number, **reading})
        return {"id": kept[-1]["id"]}

    def _delete(self, name: str) -> list[int]:
        versions = self._versions(name)
        if any(name == subject for each in self._all() for subject, _ in _links(each)):
            raise Fault(42206, "One or more references exist to the schema")
        self.deleted[name] = self.subjects.pop(name)[-1]["version"]
        self.levels.pop(name, None)
        return [each["version"] for each in versions]

    def _config(self, method: str, name: str | None, body: dict[str, Any]) -> dict[str, str]:
        if name is None:
            self.level = body.get("compatibility", self.level)
            return {"compatibilityLevel": self.level}
        if method == "PUT":
            self.levels[name] = body["compatibility"]
            return body
        if name not in self.levels:
            raise Fault(40401 if method == "DELETE" else 40408, f"Subject '{name}' has no level of its own")
        return {"compatibilityLevel": self.levels.pop(name) if method == "DELETE" else self.levels[name]}

    def _objections(self, name: str, new: Any) -> list[str]:
        level, old = self.levels.get(name, self.level), json.loads(self._versions(name)[-1]["schema"])
        sides = {"BACKWARD": [(new, old)], "FORWARD": [(old, new)], "FULL": [(new, old), (old, new)], "NONE": []}
        lacking = [each for reader, data in sides[level.split("_")[0]] for each in _lacking(reader, data)]
        found = [f"{{errorType:'READER_FIELD_MISSING_DEFAULT_VALUE', additionalInfo:'{each}'}}" for each in lacking]
        return [*found, "{oldSchema: 'all of it'}"] if found else []

    @contextmanager
    def served(self) -> Iterator[None]:
        """Serve it on a port of its own."""
        registry = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                try:
                    status, told = 200, registry.answer(self.command, self.path, json.loads(body) if body else {})
                except Fault as fault:
                    status, told = fault.status, fault.told
                text = json.dumps(told).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_PUT = do_POST = do_DELETE = answer

            def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002 - the name that callers use

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = server.server_port
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()


def _links(kept: dict[str, Any]) -> list[list[Any]]:
    return [[link["subject"], link["version"]] for link in kept["references"]]


def _parsed(body: dict[str, Any]) -> Any:
    found = json.loads(body["schema"])
    if isinstance(found, dict) and found.get("type") != "record":
        raise Fault(42201, "Input schema is an invalid Avro schema")
    return found


def _canonical(body: dict[str, Any]) -> str:
    return json.dumps(_parsed(body), separators=(",", ":"))


def _lacking(reader: Any, data: Any) -> list[str]:
    """Return the reader's fields without a default that the data lacks."""
    there = {each["name"] for each in data["fields"]}
    return [each["name"] for each in reader["fields"] if each["name"] not in there and "default" not in each]
