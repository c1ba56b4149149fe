"""Volumes and the StatefulSets over them, in the API server: `hooks.storage.Volumes`.

The record of a StatefulSet that is being replaced is a ConfigMap beside it: the object as it is to come back, and the
field manager that owns it. It comes back by a server-side apply in that manager's name, so that whoever made it (the
Pulumi provider, which makes up one name per resource) finds it as its own.
"""

import json

from contract import LABEL_POOL, LABEL_REPLACEMENT, data_volumes, replacement_name
from hooks.clients.rest import MANAGER, Absent, ApiServer, Exists, Json
from hooks.clients.translation import observed_claim
from hooks.interfaces import Conflict, NotYet
from hooks.planner.snapshot import ObservedClaim, ObservedWorkload
from hooks.planner.volumes import quantity

RECORDED = "statefulset"
_MANAGER = "manager"
_GENERATION = "generation"
_UID = "uid"
#: What the API server fills in for each object anew.
_OWN = ("uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink")


class KubernetesVolumes:
    """`hooks.storage.Volumes` over the API server."""

    def __init__(self, api: ApiServer) -> None:
        """Work in the namespace of this connection."""
        self._api = api
        self._claims = f"{api.namespaced}/persistentvolumeclaims"
        self._sets = f"{api.group('apps/v1')}/statefulsets"
        self._maps = f"{api.namespaced}/configmaps"

    def claims(self, workload: ObservedWorkload) -> tuple[ObservedClaim, ...]:
        """Return the claims of the pool's data volumes, sorted by node id and name."""
        found = self._api.list(self._claims, {LABEL_POOL: workload.pool})
        claims = (observed_claim(claim, workload) for claim in found)
        return tuple(
            sorted((claim for claim in claims if claim is not None), key=lambda claim: (claim.node_id, claim.name))
        )

    def expandable(self, storage_class: str) -> bool:
        """Return whether volumes of the class may grow; one that does not exist allows nothing."""
        found = self._api.find(f"/apis/storage.k8s.io/v1/storageclasses/{storage_class}") if storage_class else None
        return bool(found and found.get("allowVolumeExpansion"))

    def request(self, claim: ObservedClaim, size: int) -> None:
        """Have the claim ask for so many bytes."""
        wanted = {"spec": {"resources": {"requests": {"storage": quantity(size)}}}}
        try:
            self._api.merge(f"{self._claims}/{claim.name}", wanted)
        except Absent:
            raise Conflict(f"claim {claim.name} does not exist any more; run again") from None

    def record(self, workload: ObservedWorkload, size: int) -> None:
        """Write down the StatefulSet as it is to come back. Raises Conflict when it is not the observed one."""
        live = self._live(workload.name)
        spec = live["spec"]
        if (spec.get("replicas"), spec.get("ordinals", {}).get("start", 0)) != (workload.replicas, workload.first_id):
            raise Conflict(f"{workload.name} is not the StatefulSet that was observed; run again")
        metadata = live["metadata"]
        body: Json = {
            "metadata": {
                "name": replacement_name(workload.name),
                "labels": {**metadata.get("labels", {}), LABEL_REPLACEMENT: "true"},
            },
            "data": {
                RECORDED: json.dumps(_returning(live, size), sort_keys=True),
                _MANAGER: _manager(metadata),
                _GENERATION: str(metadata.get("generation", 0)),
                _UID: metadata["uid"],
            },
        }
        try:
            self._api.create(self._maps, {"apiVersion": "v1", "kind": "ConfigMap", **body})
        except Exists:
            self._api.merge(f"{self._maps}/{replacement_name(workload.name)}", body)

    def take_away(self, workload: ObservedWorkload) -> None:
        """Delete the recorded StatefulSet and leave its pods running. Raises Conflict when it changed since."""
        recorded = self._record(workload.name)
        if recorded is None:
            raise Conflict(f"{workload.name} is not recorded; run again")
        metadata = self._live(workload.name)["metadata"]
        if (metadata["uid"], str(metadata.get("generation", 0))) != (recorded[_UID], recorded[_GENERATION]):
            raise Conflict(f"{workload.name} changed since it was recorded; run again")
        exactly = {"uid": metadata["uid"], "resourceVersion": metadata["resourceVersion"]}
        try:
            self._api.delete(f"{self._sets}/{workload.name}", {"preconditions": exactly, "propagationPolicy": "Orphan"})
        except Absent:
            return

    def put_back(self, name: str) -> None:
        """Create the recorded StatefulSet unless it is there. Raises NotYet while the old one is still going."""
        live = self._api.find(f"{self._sets}/{name}")
        if live is not None and "deletionTimestamp" in live["metadata"]:
            raise NotYet(f"the former StatefulSet {name} is still being deleted")
        recorded = self._record(name)
        if live is None and recorded is not None:
            self._api.apply(f"{self._sets}/{name}", json.loads(recorded[RECORDED]), recorded[_MANAGER])

    def forget(self, name: str) -> None:
        """Delete the record, if there is one."""
        try:
            self._api.delete(f"{self._maps}/{replacement_name(name)}")
        except Absent:
            return

    def _record(self, name: str) -> Json | None:
        found = self._api.find(f"{self._maps}/{replacement_name(name)}")
        return None if found is None else found["data"]

    def _live(self, name: str) -> Json:
        try:
            return self._api.get(f"{self._sets}/{name}")
        except Absent:
            raise Conflict(f"{name} does not exist any more; run again") from None


def _manager(metadata: Json) -> str:
    """Return who applied the object; ours when nobody did."""
    applied = (entry["manager"] for entry in metadata.get("managedFields", []) if entry.get("operation") == "Apply")
    return next(applied, MANAGER)


def _returning(live: Json, size: int) -> Json:
    """Return the object as it is to come back: itself, without what was its own, with claims of that size."""
    metadata = {key: value for key, value in live["metadata"].items() if key not in _OWN}
    spec: Json = json.loads(json.dumps(live["spec"]))
    ours = data_volumes(len(spec["volumeClaimTemplates"]))
    for claim in spec["volumeClaimTemplates"]:
        _ = claim.pop("status", None)
        if claim["metadata"]["name"] in ours:
            claim["spec"]["resources"]["requests"]["storage"] = quantity(size)
    return {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": metadata, "spec": spec}
