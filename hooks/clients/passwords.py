"""Generated passwords: one Secret per user, where its clients read it from."""

import base64
import secrets
from contextlib import suppress

from contract import (
    ANNOTATION_IN_FORCE,
    ANNOTATION_ROTATION,
    LABEL_CLUSTER,
    LABEL_USER,
    SECRET_PASSWORD,
    SECRET_USER,
    user_secret,
)
from hooks.administration import StoredPassword
from hooks.clients.rest import Absent, ApiServer, Exists, Json
from hooks.interfaces import Conflict, NotYet

_BYTES = 32


class KubernetesPasswords:
    """`hooks.administration.Passwords` over the API server."""

    def __init__(self, api: ApiServer) -> None:
        """Work on the Secrets of this connection's cluster."""
        self._api = api
        self._secrets = f"{api.namespaced}/secrets"

    def read(self, user: str) -> StoredPassword | None:
        """Return what the user's Secret holds, or None when there is none."""
        found = self._api.find(self._path(user))
        return None if found is None else _stored(found)

    def renew(self, user: str, rotation: int) -> StoredPassword:
        """Make a password, and keep it for this rotation before anybody hears of it."""
        password = secrets.token_urlsafe(_BYTES)
        held = {SECRET_USER: _encoded(user), SECRET_PASSWORD: _encoded(password)}
        marks = {ANNOTATION_ROTATION: str(rotation), ANNOTATION_IN_FORCE: None}
        found = self._api.find(self._path(user))
        try:
            if found is None:
                self._api.create(self._secrets, self._body(user, held, rotation))
            else:
                version = found["metadata"]["resourceVersion"]
                metadata: Json = {"resourceVersion": version, "annotations": marks}
                self._api.merge(self._path(user), {"metadata": metadata, "data": held})
        except (Exists, Conflict, Absent):
            raise NotYet(f"the Secret of user {user} was changed meanwhile; it is to be read again") from None
        return StoredPassword(password=password, rotation=rotation, in_force=None)

    def mark_in_force(self, user: str, rotation: int) -> None:
        """Note that the brokers have the password of this rotation. Idempotent."""
        marks = {ANNOTATION_ROTATION: str(rotation), ANNOTATION_IN_FORCE: str(rotation)}
        try:
            self._api.merge(self._path(user), {"metadata": {"annotations": marks}})
        except Absent:
            raise NotYet(f"the Secret of user {user} was deleted meanwhile; it is to be made again") from None

    def remove(self, user: str) -> None:
        """Delete the user's Secret, if it is one of these. Idempotent."""
        found = self._api.find(self._path(user))
        labels: Json = {} if found is None else found["metadata"].get("labels") or {}
        if labels.get(LABEL_USER) == user:
            with suppress(Absent):
                self._api.delete(self._path(user))

    def _path(self, user: str) -> str:
        return f"{self._secrets}/{user_secret(self._api.connection.cluster, user)}"

    def _body(self, user: str, held: dict[str, str], rotation: int) -> Json:
        cluster = self._api.connection.cluster
        return {
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "Opaque",
            "metadata": {
                "name": user_secret(cluster, user),
                "labels": {LABEL_CLUSTER: cluster, LABEL_USER: user},
                "annotations": {ANNOTATION_ROTATION: str(rotation)},
            },
            "data": held,
        }


def _stored(secret: Json) -> StoredPassword:
    annotations: Json = secret["metadata"].get("annotations") or {}
    data: Json = secret.get("data") or {}
    return StoredPassword(
        password=base64.b64decode(data.get(SECRET_PASSWORD, "")).decode(),
        rotation=_number(annotations.get(ANNOTATION_ROTATION)),
        in_force=_number(annotations.get(ANNOTATION_IN_FORCE)),
    )


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() else None


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
