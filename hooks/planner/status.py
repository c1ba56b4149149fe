"""What is there, in words: every pod with its revision and state, the partitions, and what a run left behind."""

from contract import Component
from hooks.planner.availability import out_of_sync
from hooks.planner.snapshot import KafkaState, ObservedPod, Snapshot
from hooks.planner.text import count


def status(component: Component, snapshot: Snapshot) -> tuple[str, ...]:
    """Return a line for each pod, one for the partitions, and one for whatever deserves to be known besides."""
    said = [f"{component} {pod.node_id}: {pod.name}, revision {_revision(pod)}, {_state(pod)}" for pod in snapshot.pods]
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


def _revision(pod: ObservedPod) -> str:
    return pod.revision.digest[:12] or "none"


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
