"""The identity object: one retained ConfigMap with the cluster id and the first controllers' directory ids."""

from contract import (
    ANNOTATION_GOING,
    ANNOTATION_ROLL,
    IDENTITY_BOOTSTRAPPED,
    IDENTITY_CLUSTER_ID,
    IDENTITY_INITIAL_CONTROLLERS,
    IDENTITY_LIVE_KEYS,
    LABEL_CLUSTER,
    identity_name,
)
from hooks.clients.rest import Absent, ApiServer, Exists, Json
from hooks.interfaces import Conflict, IdentityRecord, NotYet, Refused


class KubernetesIdentity:
    """`hooks.interfaces.Identity` over the API server."""

    def __init__(self, api: ApiServer) -> None:
        """Work on the identity object of this connection's cluster."""
        self._api = api
        self._name = identity_name(api.connection.cluster)
        self._maps = f"{api.namespaced}/configmaps"
        self._path = f"{self._maps}/{self._name}"

    def read(self) -> IdentityRecord | None:
        """Return the record, or None when there is none."""
        found = self._api.find(self._path)
        return None if found is None else _record(found)

    def create(self, record: IdentityRecord) -> IdentityRecord:
        """Create the object; when it exists already, return what it says instead."""
        data = {IDENTITY_INITIAL_CONTROLLERS: record.initial_controllers}
        if record.cluster_id is not None:
            data[IDENTITY_CLUSTER_ID] = record.cluster_id
        if record.bootstrapped:
            data[IDENTITY_BOOTSTRAPPED] = "true"
        body: Json = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": self._name, "labels": {LABEL_CLUSTER: self._api.connection.cluster}},
            "data": data,
        }
        try:
            return _record(self._api.create(self._maps, body))
        except Exists:
            return self._present()

    def mark_bootstrapped(self) -> None:
        """Record that the first quorum has formed. Idempotent."""
        if not self._present().bootstrapped:
            self._merge({"data": {IDENTITY_BOOTSTRAPPED: "true"}})

    def record_cluster_id(self, cluster_id: str) -> None:
        """Record the id that the ensemble gave. Raises Refused when another one is recorded."""
        found = self._object()
        recorded = _record(found).cluster_id
        if recorded == cluster_id:
            return
        if recorded is not None:
            raise Refused(
                [
                    (
                        f"the brokers serve cluster id {cluster_id}, but ConfigMap {self._name} records {recorded}: "
                        "these are not the volumes of this cluster, or its ensemble was replaced; "
                        "restore the ensemble's volumes, or delete the ConfigMap if the new cluster is meant"
                    )
                ]
            )
        version = found["metadata"]["resourceVersion"]
        try:
            self._merge({"metadata": {"resourceVersion": version}, "data": {IDENTITY_CLUSTER_ID: cluster_id}})
        except Conflict:
            raise NotYet(f"ConfigMap {self._name} was changed meanwhile; its cluster id is to be read again") from None

    def record_live_keys(self, keys: tuple[str, ...]) -> None:
        """Record the broker keys that the stack is answerable for. Idempotent."""
        if self._present().live_keys != keys:
            self._merge({"data": {IDENTITY_LIVE_KEYS: ",".join(keys) or None}})

    def mark_going(self, going: bool) -> None:
        """Set or clear the mark that a destroy is under way. Idempotent; without an object there is none to clear."""
        record = self.read()
        if record is None and not going:
            return
        if record is None or record.going != going:
            self._merge({"metadata": {"annotations": {ANNOTATION_GOING: "true" if going else None}}})

    def _present(self) -> IdentityRecord:
        return _record(self._object())

    def _object(self) -> Json:
        """Return the live object, which must be there."""
        try:
            return self._api.get(self._path)
        except Absent:
            raise self._missing() from None

    def _merge(self, body: Json) -> None:
        try:
            self._api.merge(self._path, body)
        except Absent:
            raise self._missing() from None

    def _missing(self) -> Refused:
        return Refused(
            [
                (
                    f"ConfigMap {self._name} in namespace {self._api.connection.namespace} does not exist: "
                    "it holds the cluster's identity and is made by the Identity hook; "
                    "restore it, or run `pulumi up --refresh` so that it is made again"
                )
            ]
        )


def _record(config_map: Json) -> IdentityRecord:
    """Translate the ConfigMap."""
    data: Json = config_map.get("data") or {}
    annotations: Json = config_map["metadata"].get("annotations") or {}
    return IdentityRecord(
        cluster_id=data.get(IDENTITY_CLUSTER_ID) or None,
        initial_controllers=data.get(IDENTITY_INITIAL_CONTROLLERS, ""),
        bootstrapped=data.get(IDENTITY_BOOTSTRAPPED) == "true",
        going=annotations.get(ANNOTATION_GOING) == "true",
        roll=annotations.get(ANNOTATION_ROLL) or "",
        live_keys=tuple(key for key in data.get(IDENTITY_LIVE_KEYS, "").split(",") if key),
    )
