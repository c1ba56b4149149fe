"""Hand-made movement plans over a FakeCluster, and what must be true once a movement is over."""

from hooks.planner.desired import Pace
from hooks.planner.reassignment.model import MovementPlan, PartitionMove, Placement
from hooks.planner.reassignment.schedule import Slots
from hooks.planner.snapshot import NodeId
from hooks.runners import holding
from hooks.runners.reassignment.movement import Limits, Moved, Movement, Planner
from hooks.runners.world import World
from tests.fakes.cluster import FakeCluster

PACE = Pace(stable_window=1.0, poll=1.0, ready_timeout=120.0)
LIMITS = Limits(bandwidth=2 << 20)
FAST = Limits(slots=Slots(per_broker=2, large_bytes=1 << 20))


def draining(*nodes: int) -> Planner:
    """Return a planner that empties brokers: each replica goes to the living broker of its rack with the fewest."""
    gone = frozenset(NodeId(node) for node in nodes)

    def planner(placement: Placement) -> MovementPlan:
        alive = [broker for broker in placement.brokers if broker.alive and broker.id not in gone]
        racks = {broker.id: broker.rack for broker in placement.brokers}
        counts = {broker.id: sum(broker.id in p.replicas for p in placement.partitions) for broker in alive}
        moves: list[PartitionMove] = []
        for partition in placement.partitions:
            target = list(partition.replicas)
            for place, node in enumerate(partition.replicas):
                if node not in gone:
                    continue
                able = [broker.id for broker in alive if broker.id not in target]
                if not able:
                    continue
                chosen = min(able, key=lambda b, n=node: (racks[b] != racks.get(n), counts[b], b))
                target[place] = chosen
                counts[chosen] += 1
            if tuple(target) != partition.replicas:
                moves.append(
                    PartitionMove(
                        topic=partition.topic,
                        index=partition.index,
                        current=partition.replicas,
                        target=tuple(target),
                        size_bytes=partition.size_bytes,
                    )
                )
        return MovementPlan(goal="drain", moves=tuple(moves))

    return planner


def grown(mode: str = "zookeeper", partitions: int = 6) -> FakeCluster:
    """Return a cluster of two brokers per rack, whose partitions are all on the second ones as well."""
    cluster = FakeCluster(mode=mode, racks={"a": 2, "b": 2, "c": 2}, partitions=0)  # type: ignore[arg-type]
    spread = [[n % 2, 1000 + n % 2, 2000 + n % 2] for n in range(partitions)]
    spread = [replicas[n % 3 :] + replicas[: n % 3] for n, replicas in enumerate(spread)]
    cluster.kafka.add_topic("payments", spread, min_isr=2)
    return cluster


def move(cluster: FakeCluster, *nodes: int, world: World | None = None, limits: Limits = LIMITS) -> Moved:
    """Empty brokers."""
    return carry_out(world or cluster.world(), draining(*nodes), limits)


def carry_out(world: World, planner: Planner, limits: Limits = LIMITS) -> Moved:
    """Run a movement under the Lease."""
    with holding.lease(world):
        return Movement(world, PACE, limits, "draining").run(planner)


def lose(cluster: FakeCluster, *nodes: int) -> None:
    """Take the machines of these brokers away for good, and let Kafka notice."""
    for node in nodes:
        pod = cluster.pod(node)
        cluster.kubernetes.crash(pod)
        pod.started = float("inf")
        cluster.lost.add(pod.node_id)
    cluster.sleep(20.0)
    cluster.kafka.under_min_isr.clear()


def holders(cluster: FakeCluster) -> set[int]:
    return {int(node) for partition in cluster.kafka.partitions for node in partition.replicas}


def all_is_well(cluster: FakeCluster) -> None:
    """Nothing is under way, throttled or recorded, and no partition was ever short of what it could have had."""
    assert cluster.kafka.moves.under_way == []
    assert cluster.kafka.moves.throttles == {}
    assert cluster.record is None
    assert cluster.kafka.moves.widest <= 1
    assert cluster.kafka.under_min_isr == []
    assert cluster.kafka.offline == []
