"""The Secret from which brokers read who may come by SASL PLAIN, composed of passwords that the user gave or keeps.

Brokers get one login, Kafka's JAAS entry with every name and password, as a mounted file. Which *issue* of it is in use
is a number on the Secret and a plain word in the pods' revision: a changed password, a new user and one who left count
it up, so that a preview says that brokers restart, and nothing that could be guessed from is outside of a Secret.
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from contract import ANNOTATION_ISSUE, LABEL_CLUSTER, PLAIN_LOGIN, SHORTEST_PASSWORD, plain_secret
from hooks.clients.mounted import remove_unless_mounted
from hooks.clients.rest import Absent, ApiServer, Exists, Json
from hooks.interfaces import NotYet, Refused

FIRST_ISSUE: Final = "1"
_MODULE: Final = "org.apache.kafka.common.security.plain.PlainLoginModule"


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a user's password is kept."""

    secret: str
    key: str


@dataclass(frozen=True, kw_only=True)
class Logins:
    """Everybody who may come by SASL PLAIN."""

    given: Mapping[str, str]
    """Passwords by user, from the stack."""
    kept: Mapping[str, Source]
    """By user, the Secret that has the password."""


@dataclass(frozen=True, kw_only=True)
class LoginsSeen:
    """What a preflight found out."""

    problems: tuple[str, ...] = ()
    issue: str = FIRST_ISSUE


class KubernetesLogins:
    """Reads the passwords, and writes the one Secret that brokers mount."""

    def __init__(self, api: ApiServer) -> None:
        """Work on the connection's cluster."""
        self._api = api
        self._secrets = f"{api.namespaced}/secrets"
        self._name = plain_secret(api.connection.cluster)

    def look(self, wanted: Logins) -> LoginsSeen:
        """Return what forbids these users, and which issue of their passwords is, or will be, in use."""
        passwords, problems = self._passwords(wanted)
        if problems:
            return LoginsSeen(problems=tuple(problems))
        held = self._api.find(f"{self._secrets}/{self._name}")
        if held is None:
            # Whoever runs may run with another one that was lost.
            return LoginsSeen(issue=str(int(self._api.server_time().timestamp())) if self._runs() else FIRST_ISSUE)
        same = _decoded(held).get(PLAIN_LOGIN) == login(passwords)
        return LoginsSeen(issue=_issue(held) if same else str(int(_issue(held)) + 1))

    def ensure(self, wanted: Logins, issue: str) -> None:
        """Make this issue, unless it is there. Raises Refused when a password is missing."""
        held = self._api.find(f"{self._secrets}/{self._name}")
        if held is not None and _issue(held) == issue:
            return
        passwords, problems = self._passwords(wanted)
        if problems:
            raise Refused(problems)
        body: Json = {
            "metadata": {
                "name": self._name,
                "labels": {LABEL_CLUSTER: self._api.connection.cluster},
                "annotations": {ANNOTATION_ISSUE: issue},
            },
            "data": {PLAIN_LOGIN: b64encode(login(passwords).encode()).decode()},
        }
        try:
            if held is not None:
                self._api.merge(f"{self._secrets}/{self._name}", body)
            else:
                self._api.create(self._secrets, {"apiVersion": "v1", "kind": "Secret", "type": "Opaque", **body})
        except (Exists, Absent):
            raise NotYet(f"Secret {self._name} was changed by somebody else meanwhile; run again") from None

    def remove(self) -> tuple[str, ...]:
        """Delete the Secret, unless pods mount it still: then return their names, and leave it."""
        return remove_unless_mounted(self._api, self._name, {LABEL_CLUSTER: self._api.connection.cluster})

    def _runs(self) -> bool:
        labels = {LABEL_CLUSTER: self._api.connection.cluster}
        return bool(self._api.list(f"{self._api.group('apps/v1')}/statefulsets", labels))

    def _passwords(self, wanted: Logins) -> tuple[dict[str, str], list[str]]:
        """Return the passwords by user, and what is wrong with those that Secrets hold."""
        found, problems = dict(wanted.given), list[str]()
        for user, source in sorted(wanted.kept.items()):
            held = self._api.find(f"{self._secrets}/{source.secret}")
            where = f"user {user}: Secret {source.secret} in namespace {self._api.connection.namespace}"
            if held is None:
                todo = f"make it, with the password under the key {source.key}, or correct plain.secret"
                problems.append(f"{where} does not exist, and brokers would know no password of the user; {todo}")
            elif source.key not in (data := _decoded(held)):
                has = ", ".join(sorted(data)) or "nothing"
                todo = "put the password there, or set plain.key"
                problems.append(f"{where} holds {has}, and no {source.key}; {todo}")
            elif (wrong := fault(data[source.key])) is not None:
                problems.append(f"{where}: what the key {source.key} holds {wrong}")
            else:
                found[user] = data[source.key]
        return found, problems


def login(passwords: Mapping[str, str]) -> str:
    """Return Kafka's JAAS entry of these users; in quotes, so that no password ends or adds to it."""
    users = " ".join(f'user_{name}="{_quoted(passwords[name])}"' for name in sorted(passwords))
    return f"{_MODULE} required {users};"


def fault(password: str) -> str | None:
    """Return what is wrong with a password, without a word of it; None when nothing is."""
    if len(password) < SHORTEST_PASSWORD:
        todo = "choose a longer one"
        return f"has {len(password)} characters; allowed are {SHORTEST_PASSWORD} or more; {todo}"
    if not password.isprintable():
        todo = "write it without, such as by `printf %s` instead of `echo`"
        return f"has a line break or another control character, which no client would send; {todo}"
    return None


def _quoted(password: str) -> str:
    return password.replace("\\", "\\\\").replace('"', '\\"')


def _decoded(found: Json) -> dict[str, str]:
    data: Json = found.get("data") or {}
    return {key: b64decode(value).decode(errors="replace") for key, value in data.items()}


def _issue(found: Json) -> str:
    """Return the issue that is written on the Secret; one that somebody else made counts as none."""
    annotations: Json = found["metadata"].get("annotations") or {}
    number = str(annotations.get(ANNOTATION_ISSUE, ""))
    return number if number.isdecimal() else "0"
