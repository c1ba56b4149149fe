"""The record of a movement: one ConfigMap, there while replicas move on our account or something is to be put back.

The moves are compressed, since an object of Kubernetes takes a megabyte. A version of this record that is not known is
refused and never guessed at.
"""

import base64
import gzip
import json
from typing import Any

from contract import LABEL_CLUSTER, movement_name
from hooks.clients.rest import Absent, ApiServer, Exists, Json
from hooks.interfaces import MovementRecord, Refused
from hooks.planner.reassignment.model import PartitionMove
from hooks.planner.reassignment.throttling import Setting
from hooks.planner.snapshot import NodeId

_VERSION = "1"


class KubernetesJournal:
    """`hooks.interfaces.Journal` over the API server."""

    def __init__(self, api: ApiServer) -> None:
        """Keep the record of this connection's cluster."""
        self._api = api
        self._name = movement_name(api.connection.cluster)
        self._maps = f"{api.namespaced}/configmaps"
        self._path = f"{self._maps}/{self._name}"

    def read(self) -> MovementRecord | None:
        """Return the record, or None when nothing is under way."""
        found = self._api.find(self._path)
        return None if found is None else decoded(found, self._name)

    def write(self, record: MovementRecord) -> None:
        """Keep this record instead of the present one, if any."""
        content = encoded(record)
        try:
            self._api.merge(self._path, content)
        except Absent:
            self._create(content)

    def clear(self) -> None:
        """Forget it. Idempotent."""
        try:
            self._api.delete(self._path)
        except Absent:
            return

    def _create(self, content: Json) -> None:
        labels = {LABEL_CLUSTER: self._api.connection.cluster}
        body: Json = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": self._name, "labels": labels}}
        try:
            self._api.create(self._maps, body | content)
        except Exists:
            self._api.merge(self._path, content)


def encoded(record: MovementRecord) -> Json:
    """Return the ConfigMap's data."""
    prior = [[s.kind, s.name, s.key, value] for s, value in sorted(record.prior.items())]
    moves = [[m.topic, m.index, list(m.current), list(m.target), m.size_bytes] for m in record.moves]
    packed = gzip.compress(json.dumps(moves).encode(), mtime=0)
    return {
        "data": {"version": _VERSION, "purpose": record.purpose, "prior": json.dumps(prior)},
        "binaryData": {"moves": base64.b64encode(packed).decode()},
    }


def decoded(config_map: Json, name: str) -> MovementRecord:
    """Translate the ConfigMap. Raises Refused when it is of another version."""
    data: Json = config_map.get("data") or {}
    if data.get("version") != _VERSION:
        raise Refused(
            [
                (
                    f"ConfigMap {name} records a movement in version {data.get('version')}, this program knows "
                    f"{_VERSION}: finish it with the program that began it, or delete the ConfigMap after restoring "
                    "the throttles that it lists"
                )
            ]
        )
    prior: list[list[Any]] = json.loads(data["prior"])
    moves: list[list[Any]] = json.loads(gzip.decompress(base64.b64decode(config_map["binaryData"]["moves"])))
    return MovementRecord(
        purpose=data["purpose"],
        moves=tuple(
            PartitionMove(
                topic=topic,
                index=index,
                current=tuple(NodeId(node) for node in current),
                target=tuple(NodeId(node) for node in target),
                size_bytes=size,
            )
            for topic, index, current, target, size in moves
        ),
        prior={Setting(kind, name, key): value for kind, name, key, value in prior},
    )
