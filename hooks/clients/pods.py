"""The Kubernetes side of one Kafka cluster: pools, pods, the disruption budget, collected configuration."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from contract import (
    LABEL_CLUSTER,
    LABEL_COMPONENT,
    LABEL_CONTENT,
    LABEL_REPLACEMENT,
    Component,
    disruption_budget,
    replacement_name,
)
from hooks.clients.diagnosis import explain
from hooks.clients.log_recovery import last_step
from hooks.clients.rest import Absent, ApiServer, Json, Rejected
from hooks.clients.translation import observed_pod, observed_workload
from hooks.clients.volumes import RECORDED
from hooks.interfaces import Conflict
from hooks.planner.snapshot import ObservedPod, ObservedWorkload

#: After which a content-named map without a user will have none: Pulumi makes its user within this time.
_SETTLED: Final = timedelta(minutes=10)


class KubernetesPods:
    """`hooks.interfaces.Pods` over the API server."""

    def __init__(self, api: ApiServer) -> None:
        """Work in the namespace and on the cluster of this connection."""
        self._api = api
        self._cluster = api.connection.cluster

    def workloads(self, component: Component) -> tuple[ObservedWorkload, ...]:
        """Return the StatefulSets of the component, sorted by first id; for one that is away, its record."""
        labels = self._labels(component)
        # Records first: one that is put back and forgotten in between is then seen twice, and never not at all.
        records = self._api.list(f"{self._api.namespaced}/configmaps", {**labels, LABEL_REPLACEMENT: ""})
        found = self._api.list(f"{self._api.group('apps/v1')}/statefulsets", labels)
        kept = {one["metadata"]["name"]: one for one in found}
        away: list[Json] = []
        named = {record["metadata"]["name"] for record in records}
        for record in records:
            recorded: Json = json.loads(record["data"][RECORDED])
            name = recorded["metadata"]["name"]
            # On its way out it takes no part any more: what counts is how it comes back.
            if "deletionTimestamp" in kept.get(name, {"metadata": {"deletionTimestamp": ""}})["metadata"]:
                _ = kept.pop(name, None)
                away.append(recorded)
        seen = [
            replace(observed_workload(one, component), recorded=replacement_name(name) in named)
            for name, one in kept.items()
        ]
        seen += [replace(observed_workload(one, component), away=True, recorded=True) for one in away]
        return tuple(sorted(seen, key=lambda workload: (workload.first_id, workload.name)))

    def pods(self, component: Component) -> tuple[ObservedPod, ...]:
        """Return the pods of the component, sorted by node id."""
        found = (observed_pod(p, component) for p in self._api.list(self._pods, self._labels(component)))
        return tuple(sorted((p for p in found if p is not None), key=lambda p: (p.node_id, p.name)))

    def delete(self, pod: ObservedPod) -> None:
        """Delete exactly this pod, gracefully, in the background. Raises Conflict when it was replaced."""
        try:
            self._api.delete(
                f"{self._pods}/{pod.name}",
                {"preconditions": {"uid": pod.uid}, "propagationPolicy": "Background"},
            )
        except Absent:
            return

    def scale(self, workload: ObservedWorkload, replicas: int) -> None:
        """Set the StatefulSet's count. Raises Conflict when its count or ordinals changed since it was observed."""
        held = f"{workload.name} no longer has {workload.replicas} replicas from id {workload.first_id} on"
        try:
            self._api.edit(
                f"{self._api.group('apps/v1')}/statefulsets/{workload.name}",
                [*_unmoved(workload), {"op": "replace", "path": "/spec/replicas", "value": replicas}],
            )
        except Absent:
            raise Conflict(f"{workload.name} does not exist any more; observe again") from None
        except Rejected as error:
            raise Conflict(f"{held}; observe again ({error})") from None

    def disruptions(self, component: Component) -> int | None:
        """Return maxUnavailable of the component's PodDisruptionBudget, or None when there is no such object."""
        budget = self._api.find(self._budget(component))
        if budget is None:
            return None
        # Somebody else may have written a share of the pods: all that counts is whether it is 0.
        return int(str(budget["spec"].get("maxUnavailable", 0)).removesuffix("%"))

    def allow_disruptions(self, component: Component, pods: int) -> None:
        """Set maxUnavailable of the component's PodDisruptionBudget; without such an object, do nothing."""
        try:
            self._api.merge(self._budget(component), {"spec": {"maxUnavailable": pods}})
        except Absent:
            return

    def explain(self, pod: ObservedPod) -> tuple[str, ...]:
        """Return what the API server knows of a pod that does not start."""
        return explain(self._api, pod)

    def loading(self, pod: ObservedPod) -> str | None:
        """Return what a starting broker last said of loading its logs; None when it does not, or cannot be asked."""
        return last_step(self._api, pod)

    def collect_configuration(self, *, settled: timedelta = _SETTLED) -> tuple[str, ...]:
        """Delete the cluster's content-named ConfigMaps that no pod, template or controller revision names.

        A map counts as named when its name appears anywhere in such an object: rather one too many kept.
        A map is created before its user, so those younger than `settled` are left to a later call; a caller that knows
        of no user to come gives none.
        """
        maps = f"{self._api.namespaced}/configmaps"
        labels = {LABEL_CLUSTER: self._cluster, LABEL_CONTENT: ""}
        found = [m["metadata"] for m in self._api.list(maps, labels)]
        oldest = self._api.server_time() - settled
        candidates = {m["name"]: m["uid"] for m in found if datetime.fromisoformat(m["creationTimestamp"]) <= oldest}
        if not candidates:
            return ()
        deleted: list[str] = []
        for name in sorted(set(candidates) - self._named_anywhere()):
            try:
                self._api.delete(f"{maps}/{name}", {"preconditions": {"uid": candidates[name]}})
            except (Absent, Conflict):
                continue
            deleted.append(name)
        return tuple(deleted)

    def _budget(self, component: Component) -> str:
        name = disruption_budget(self._cluster, component)
        return f"{self._api.group('policy/v1')}/poddisruptionbudgets/{name}"

    @property
    def _pods(self) -> str:
        return f"{self._api.namespaced}/pods"

    def _labels(self, component: Component) -> dict[str, str]:
        return {LABEL_CLUSTER: self._cluster, LABEL_COMPONENT: component}

    def _named_anywhere(self) -> set[str]:
        """Return every string in the cluster's pods, StatefulSets and the revisions of StatefulSets that exist."""
        labels = {LABEL_CLUSTER: self._cluster}
        apps = self._api.group("apps/v1")
        pods = self._api.list(self._pods, labels)
        revisions = self._api.list(f"{apps}/controllerrevisions", labels)
        sets = self._api.list(f"{apps}/statefulsets", labels)
        live = {s["metadata"]["uid"] for s in sets}
        kept = [r for r in revisions if not _owners(r).isdisjoint(live)]
        return {text for found in (*pods, *sets, *kept) for text in _strings(found)}


def _owners(found: Json) -> set[str]:
    """Return the UIDs of an object's owners."""
    return {owner["uid"] for owner in found["metadata"].get("ownerReferences", [])}


def _unmoved(workload: ObservedWorkload) -> list[Json]:
    """Return the conditions under which the observed count and ordinals still hold."""
    conditions: list[Json] = [{"op": "test", "path": "/spec/replicas", "value": workload.replicas}]
    if workload.first_id:
        conditions.append({"op": "test", "path": "/spec/ordinals/start", "value": workload.first_id})
    return conditions


def _strings(value: object) -> Iterator[str]:
    """Yield every string inside a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():  # pyright: ignore[reportUnknownVariableType]
            yield from _strings(inner)  # pyright: ignore[reportUnknownArgumentType]
    elif isinstance(value, list):
        for inner in value:  # pyright: ignore[reportUnknownVariableType]
            yield from _strings(inner)  # pyright: ignore[reportUnknownArgumentType]
