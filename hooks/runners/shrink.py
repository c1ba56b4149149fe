"""Draining and shrinking: brokers that the spec no longer wants are emptied, checked again, scaled down, unregistered.

Steps:
1. Cordon what leaves, where the version can (KIP-1066), so that no new topic lands there.
2. Move the replicas away (`reassignment.movement`), which plans again until nothing is left there.
3. Put back what was set on the leaving brokers: nobody else can, once they are gone.
4. Look once more, and only if no partition names them scale the StatefulSets down, in the same step.
5. Wait until the pods have stopped, then take the brokers out of the metadata (KRaft).

Guarantees: a broker goes only when no partition has, gets or loses a replica there, as seen after the Lease was
checked; a topic that lands there in between is drained too; the volumes stay.
"""

from hooks.interfaces import Conflict, Fatal, NotYet
from hooks.planner.desired import DesiredCluster
from hooks.planner.reassignment.model import MovementPlan, Placement
from hooks.planner.reassignment.throttling import CORDONED, FOLLOWER_RATE, LEADER_RATE, Setting
from hooks.planner.shrink import Leaving, departing, draining, ghosts, held, leaving
from hooks.planner.snapshot import NodeId
from hooks.planner.text import ids, some
from hooks.runners.observe import observe
from hooks.runners.reassignment.ledger import Ledger
from hooks.runners.reassignment.movement import Moved, Movement
from hooks.runners.world import World

_SETTINGS = (CORDONED, LEADER_RATE, FOLLOWER_RATE)


class Shrink:
    """One drain with its shrink, under the Lease."""

    def __init__(self, world: World, desired: DesiredCluster, pools: tuple[Leaving, ...]) -> None:
        """Take what leaves; nothing, to end what an earlier run left under way."""
        self._world: World = world
        self._desired: DesiredCluster = desired
        self._pools: tuple[Leaving, ...] = pools
        self._gone: frozenset[NodeId] = frozenset(node for pool in pools for node in pool.ids)
        purpose = f"draining broker {ids(self._gone)}" if pools else "finishing a movement"
        self._movement: Movement = Movement(world, desired.pace, desired.limits, purpose)

    def run(self) -> Moved:
        """Empty the brokers and let them go. Raises Refused or Fatal with nothing scaled down that holds data."""
        return self._movement.run(self._plan, before=self._cordon, after=self._leave)

    def _plan(self, placement: Placement) -> MovementPlan:
        return draining(placement, self._gone, self._desired.limits.bandwidth, self._desired.frozen)

    def _cordon(self, ledger: Ledger) -> None:
        able = [node for node in sorted(self._gone) if self._knows(node)]
        ledger.apply({Setting("broker", str(node), CORDONED): "*" for node in able})

    def _knows(self, node: NodeId) -> bool:
        """A broker that does not answer takes no new topic anyway."""
        try:
            return self._world.reassignments.knows(node, CORDONED)
        except NotYet:
            return False

    def _leave(self, ledger: Ledger) -> bool:
        """Scale down what is empty. Return False when something has landed there meanwhile."""
        if not self._pools:
            return True
        if self._holds():
            return False
        own = [Setting("broker", str(node), key) for node in sorted(self._gone) for key in _SETTINGS]
        _ = ledger.put_back(own)
        if not self._scale():
            return False
        ledger.forget([str(node) for node in self._gone])
        _await_stopped(self._world, self._desired, self._gone)
        unregister(self._world, self._desired, self._gone)
        return True

    def _holds(self) -> tuple[str, ...]:
        return held(self._world.admin.observe(), self._gone)

    def _scale(self) -> bool:
        """Check emptiness and the counts once more, then write. Return False when either has changed."""
        live = {workload.name: workload for workload in self._world.pods.workloads("broker")}
        for pool in self._pools:
            workload = live.get(pool.workload)
            if workload is None or workload.replicas <= pool.wanted:
                continue
            if workload.replicas != pool.present:
                raise Conflict(f"{pool.workload} was changed to {workload.replicas} by somebody else")
            self._world.lease.check()
            found = self._holds()
            if found:
                self._world.progress.warn(f"broker {ids(pool.ids)} got new replicas: {some(found)}")
                return False
            self._world.progress.info(f"pool {pool.pool}: empty, shrinking from {pool.present} to {pool.wanted}")
            self._world.pods.scale(workload, pool.wanted)
        return True


def shrink(world: World, desired: DesiredCluster) -> tuple[Moved | None, tuple[NodeId, ...]]:
    """Drain and remove what the spec no longer wants, and end what an earlier run left; return what was done."""
    snapshot = observe(world, desired.component)
    pools = leaving(snapshot, desired)
    moved: Moved | None = None
    if pools or world.journal.read() is not None:
        moved = Shrink(world, desired, pools).run()
    gone = frozenset(pod.node_id for pod in departing(snapshot, desired))
    if gone:
        _await_stopped(world, desired, gone)
    unregister(world, desired, gone | frozenset(ghosts(snapshot, desired)))
    return moved, tuple(node for pool in pools for node in pool.ids)


def unregister(world: World, desired: DesiredCluster, gone: frozenset[NodeId]) -> None:
    """Take brokers that are down for good, and hold nothing, out of the metadata. ZooKeeper forgets them by itself."""
    if desired.mode != "kraft":
        return
    deadline = world.clock.now() + desired.pace.ready_timeout
    left = set(gone)
    while left:
        state = world.admin.observe()
        serving = {broker.id for broker in state.brokers if not broker.fenced}
        for node in sorted(left - serving):
            if not held(state, frozenset({node})):
                world.lease.check()
                world.reassignments.unregister(node)
                left.discard(node)
        if left and world.clock.now() >= deadline:
            world.progress.warn(f"broker {ids(left)} is still registered; the next run takes it out")
            return
        if left:
            world.clock.sleep(desired.pace.poll)


def _await_stopped(world: World, desired: DesiredCluster, gone: frozenset[NodeId]) -> None:
    """Wait until the pods have ended: a broker that still stops would only register again."""
    began = world.clock.now()
    while True:
        try:
            left = [pod.name for pod in world.pods.pods("broker") if pod.node_id in gone]
        except NotYet:
            left = ["pods that cannot be seen"]
        if not left:
            return
        if world.clock.now() - began >= desired.pace.ready_timeout:
            raise Fatal((f"{some(left)}: empty and scaled down, but not stopped; see to the node, then run again",))
        world.progress.status(f"stopping gracefully, {world.clock.now() - began:.0f} s: {some(left)}")
        world.clock.sleep(desired.pace.poll)
