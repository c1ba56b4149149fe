"""What to do next: the one decision that the roll asks again after every observation.

Steps, in this order:
1. Stop when a template is not the desired one: a pod deleted now would come back as something else.
2. Broken when a pod at the desired revision does not start: the next one would not either.
3. Restart a pod of a stale revision that does not start at once, without the gates: its restart can only heal.
4. Wait until every node is up, and those that the run has to prove are back in full ISR.
5. Restart the first stale pod in order, or the first batch (`batches`), as soon as the gates are open, else wait. A
   batch that the live ISR does not allow as a whole shrinks to its first pod.
6. When waiting has not helped (`patient` is false), restart what only its restart can heal: a stale pod that never
   became ready, then a stale broker whose own replicas stay out of sync. A stale pod that only a sidecar keeps from
   being ready is restarted then too, but only through the gates: its Kafka may serve.

Guarantees: at most one node, or one proven batch, is away on our account; after one node at the desired revision is in
doubt no other healthy node is touched; a missing observation never leads to a restart.
"""

from dataclasses import dataclass

from hooks.planner.availability import may_restart, may_restart_together
from hooks.planner.batches import Batch, batches, in_batches
from hooks.planner.quorum import has_majority, may_restart_member, serving
from hooks.planner.recovery import not_back
from hooks.planner.restarts import in_order, reason
from hooks.planner.situation import Situation, Stage
from hooks.planner.snapshot import NodeId, ObservedPod
from hooks.planner.standing import standing
from hooks.planner.text import count
from hooks.planner.verdict import Go, Stop, Verdict, Wait


@dataclass(frozen=True)
class Restart:
    """Delete this pod now, so that it comes back at the desired revision."""

    pod: ObservedPod
    reason: str
    heals: bool = False
    """The pod does not serve, so nothing is lost by its restart and no window has to pass before it."""
    others: tuple[tuple[ObservedPod, str], ...] = ()
    """The rest of its batch, deleted at once with it, each with its reason."""

    @property
    def each(self) -> tuple[tuple[ObservedPod, str], ...]:
        """Every pod of the batch with its reason."""
        return ((self.pod, self.reason), *self.others)


@dataclass(frozen=True)
class Broken:
    """These pods run the desired content and do not start."""

    pods: tuple[ObservedPod, ...]


@dataclass(frozen=True)
class Done:
    """Every node runs the desired content and serves."""


Step = Restart | Broken | Done | Wait | Stop


def next_roll(situation: Situation, *, patient: bool = True) -> Step:
    """Return the next step towards every node at the desired revision."""
    step = next_heal(situation, patient=patient)
    if not isinstance(step, Done):
        return step
    missing = not_back(situation, _to_prove(situation))
    if missing:
        return Wait(missing, f"waiting for the ISR of {count(len(missing), 'partition')}")
    candidates = in_order(situation)
    if not candidates:
        return Done()
    group = batches(situation)[0]
    verdict = _may_restart(situation, group)
    if len(group) > 1 and not isinstance(verdict, Go):
        group = group[:1]
        verdict = _may_restart(situation, group)
    if isinstance(verdict, Go):
        return _restart(situation, group)
    if isinstance(verdict, Wait) and not patient:
        return _heal_itself(situation, candidates) or verdict
    return verdict


def next_heal(situation: Situation, *, patient: bool = True) -> Step:
    """Return the next step towards every node up, at whatever revision."""
    landmines = unapplied(situation)
    if landmines:
        return Stop(landmines)
    broken = tuple(pod for pod in situation.current if pod.uid in situation.broken)
    if broken:
        return Broken(broken)
    unseen = tuple(f"Kubernetes has not seen the new template of {name} yet" for name in _templates_unseen(situation))
    if unseen:
        return Wait(unseen)
    dead = tuple(pod for pod in situation.stale if _does_not_start(situation, pod))
    starting = tuple(
        node
        for node, stage in situation.stages.items()
        if stage >= Stage.NOT_READY and node not in _stale_ids(situation)
    )
    if dead and (not starting or _heal_together(situation)):
        return _restart(situation, dead if in_batches(situation) else dead[:1], heals=True)
    if not patient and not starting:
        silent = tuple(pod for pod in in_order(situation) if _stays_silent(situation, pod))
        if silent:
            return _restart(situation, silent[:1], heals=silent[0].ailing_beside is None)
    waiting = tuple(standing(situation, node) for node, stage in situation.stages.items() if stage > Stage.SERVING)
    return Wait(waiting) if waiting else Done()


def _to_prove(situation: Situation) -> frozenset[NodeId]:
    """In a roll, whatever runs the new content already is proven first, also when a former run restarted it."""
    if not situation.stale:
        return situation.proving
    return frozenset(pod.node_id for pod in situation.current) | situation.proving


def _stale_ids(situation: Situation) -> frozenset[NodeId]:
    return frozenset(pod.node_id for pod in situation.stale)


def _does_not_start(situation: Situation, pod: ObservedPod) -> bool:
    """No doubt is needed here: it is down anyway, and this restart is the one that the roll owes it."""
    if pod.ready or pod.node_lost or pod.ailing_beside:
        return False
    return pod.problem is not None or pod.uid in situation.broken


def _templates_unseen(situation: Situation) -> list[str]:
    return [
        live.name for live in situation.snapshot.workloads if live.name in situation.pools and not live.template_seen
    ]


def _stays_silent(situation: Situation, pod: ObservedPod) -> bool:
    """A pod that is not ready; or a ready one that the other brokers, who were asked, do not know or have fenced.

    One that only a container beside Kafka keeps from being ready may serve: the gates decide, as for a healthy one.
    """
    if pod.node_lost:
        return False
    if pod.ailing_beside:
        return _is_alive(situation, pod.node_id) and isinstance(_may_restart(situation, (pod,)), Go)
    seen = situation.desired.component == "broker" and situation.snapshot.kafka is not None
    return not pod.ready or (seen and situation.stages.get(pod.node_id, Stage.SERVING) > Stage.SERVING)


def _is_alive(situation: Situation, node: NodeId) -> bool:
    """Return whether the others see it serve, whatever Kubernetes says of its pod."""
    if situation.desired.component == "broker":
        broker = situation.brokers.get(node)
        return broker is not None and not broker.fenced
    return node in serving(situation)


def _heal_together(situation: Situation) -> bool:
    """Members of a quorum that is lost anyway need each other to become ready: they start together."""
    return situation.desired.component != "broker" and not has_majority(situation)


def _may_restart(situation: Situation, group: Batch) -> Verdict:
    if situation.desired.component == "broker":
        return may_restart_together(situation, frozenset(pod.node_id for pod in group))
    return may_restart_member(situation, group[0].node_id)


def _restart(situation: Situation, group: Batch, *, heals: bool = False) -> Restart:
    first, *others = ((pod, reason(situation, pod)) for pod in group)
    return Restart(*first, heals=heals, others=tuple(others))


def _heal_itself(situation: Situation, candidates: tuple[ObservedPod, ...]) -> Restart | None:
    if situation.desired.component != "broker":
        return None
    for pod in candidates:
        if isinstance(may_restart(situation, pod.node_id, heals_itself=True), Go):
            return Restart(pod, f"{reason(situation, pod)}; its replicas stay out of sync without a restart")
    return None


def unapplied(situation: Situation) -> tuple[str, ...]:
    """Return which templates are not the desired ones: a pod that goes now would come back as something else."""
    live = {workload.name: workload for workload in situation.snapshot.workloads}
    reasons: list[str] = []
    for pool in situation.desired.pools:
        workload = live.get(pool.workload)
        if workload is None:
            reasons.append(f"StatefulSet {pool.workload} does not exist; `pulumi up` creates it before this hook runs")
        elif workload.revision.digest != pool.revision:
            reasons.append(
                f"the template of StatefulSet {pool.workload} is at revision {workload.revision.digest}, "
                + f"the spec wants {pool.revision}; apply the spec with `pulumi up` first"
            )
    return tuple(reasons)
