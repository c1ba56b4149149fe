"""What is there, in words: every pod with its revision and state, the partitions, and what a run left behind."""

from contract import ANNOTATION_ROLL, Component, identity_name
from hooks.planner.availability import out_of_sync
from hooks.planner.snapshot import KafkaState, ObservedPod, Snapshot
from hooks.planner.text import count


def status(component: Component, snapshot: Snapshot) -> tuple[str, ...]:
    """Return a line for each pod, one for the partitions, and one for whatever deserves to be known besides."""
    wanted = {workload.name: workload.revision.digest for workload in snapshot.workloads}
    said = [
        f"{component} {pod.node_id}: {pod.name}, revision {_short(pod.revision.digest)}, {_state(pod)}"
        + _outlook(pod, wanted.get(pod.workload))
        for pod in snapshot.pods
    ]
    if component == "broker" and snapshot.kafka is not None:
        said.append(_partitions(snapshot.kafka))
    if snapshot.disruptions == 0:
        said.append(
            f"{component}: evictions are forbidden (its disruption budget is 0), as a run is under way or was killed; "
            + "the next `pulumi up`, or `python -m hooks roll`, allows them again at its end"
        )
    if snapshot.unseen is not None:
        said.append(f"{component}: could not be seen: {snapshot.unseen}")
    return tuple(said)


def steering(cluster: str, word: str) -> tuple[str, ...]:
    """Return what an annotation on the identity object has every roll do; nothing where there is none."""
    if not word:
        return ()
    does = "every roll stops with an error" if word == "abort" else "no further restart"
    where = f"configmap {identity_name(cluster)}"
    return (f"{does}: the annotation {ANNOTATION_ROLL} of {where} says {word}; `{ANNOTATION_ROLL}-` takes it away",)


def _short(revision: str) -> str:
    return revision[:12] or "none"


def _outlook(pod: ObservedPod, wanted: str | None) -> str:
    """Say what a roll would do with the pod."""
    stale = wanted is not None and wanted != pod.revision.digest
    said = f"; stale, its template is at {_short(wanted or '')}" if stale else ""
    return said + (f"; its annotation {ANNOTATION_ROLL} says {pod.order}" if pod.order else "")


def _state(pod: ObservedPod) -> str:
    if pod.ready:
        return "ready"
    if pod.terminating:
        return "terminating"
    if pod.node_lost:
        return "on a node that does not answer"
    if pod.ailing_beside:
        return f"not ready, though its Kafka is: container {pod.ailing_beside}"
    return pod.problem or "not ready"


def _partitions(kafka: KafkaState) -> str:
    """Count the partitions; the active controller is a broker, or in KRaft the quorum's leader."""
    controller = "no active controller" if kafka.controller is None else f"active controller {kafka.controller}"
    behind = sum(bool(out_of_sync(found)) for found in kafka.partitions)
    under = sum(len(found.isr) < found.min_isr for found in kafka.partitions)
    return (
        f"cluster {kafka.cluster_id}, {controller}: {count(len(kafka.partitions), 'partition')}, "
        + f"{behind} under-replicated, {under} under min ISR"
    )
