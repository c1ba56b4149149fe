"""The planner on a large cluster: 60 brokers in three racks, 20,000 partitions with three replicas each."""

from dataclasses import replace

from bench.timing import median_seconds
from contract import workload_name
from hooks.planner.desired import Batching, DesiredCluster, DesiredPool
from hooks.planner.plan import plan
from hooks.planner.situation import Situation
from hooks.planner.snapshot import (
    KafkaState,
    NodeId,
    ObservedBroker,
    ObservedPartition,
    ObservedPod,
    ObservedWorkload,
    Revision,
    Snapshot,
)
from hooks.planner.step import next_roll

RACKS = ("a", "b", "c")
BROKERS_PER_RACK = 20
PARTITIONS = 20_000


def lines() -> list[str]:
    """Return the planner's figures."""
    snapshot, desired = large_cluster()
    partitions = snapshot.kafka.partitions if snapshot.kafka else ()
    reading = median_seconds(lambda: sum(len(partition.isr) for partition in partitions))
    planning = median_seconds(lambda: plan(snapshot, desired))
    step = median_seconds(lambda: next_roll(Situation(snapshot=snapshot, desired=desired)))
    together = replace(desired, batching=Batching(by="rack"))
    grouping = median_seconds(lambda: plan(snapshot, together))
    batched = plan(snapshot, together)
    size = f"{len(RACKS) * BROKERS_PER_RACK} brokers, {PARTITIONS} partitions"
    return [
        f"planner, {size}: plan {planning * 1000:.0f} ms ({planning / reading:.0f} x one pass over the partitions)",
        f"planner, {size}: one step {step * 1000:.0f} ms ({step / reading:.0f} x one pass over the partitions)",
        (
            f"planner, {size}: plan by rack {grouping * 1000:.0f} ms, "
            f"{len(batched.batches)} batches, lower bound {batched.fewest}"
        ),
    ]


def large_cluster() -> tuple[Snapshot, DesiredCluster]:
    """Return a healthy cluster in which every broker is stale, and the wish for the new revision."""
    racks = [[NodeId(rack * 1000 + n) for n in range(BROKERS_PER_RACK)] for rack in range(len(RACKS))]
    workloads = [workload_name("kafka", "broker", rack) for rack in RACKS]
    old = Revision(digest="old", causes={"config": "old"})
    snapshot = Snapshot(
        workloads=tuple(
            ObservedWorkload(
                name=workload,
                component="broker",
                pool=rack,
                first_id=ids[0],
                replicas=len(ids),
                revision=Revision(digest="new", causes={"config": "new"}),
                volume_bytes=1,
            )
            for rack, workload, ids in zip(RACKS, workloads, racks, strict=True)
        ),
        pods=tuple(
            ObservedPod(
                name=f"{workload}-{node}",
                uid=f"uid-{node}",
                node_id=node,
                component="broker",
                workload=workload,
                revision=old,
                ready=True,
            )
            for workload, ids in zip(workloads, racks, strict=True)
            for node in ids
        ),
        kafka=KafkaState(
            cluster_id="bench",
            controller=racks[0][0],
            brokers=tuple(
                ObservedBroker(id=node, rack=rack) for rack, ids in zip(RACKS, racks, strict=True) for node in ids
            ),
            partitions=tuple(_partition(number, racks) for number in range(PARTITIONS)),
        ),
    )
    pools = tuple(
        DesiredPool(
            name=rack, workload=workload, first_id=ids[0], count=len(ids), revision="new", causes={"config": "new"}
        )
        for rack, workload, ids in zip(RACKS, workloads, racks, strict=True)
    )
    return snapshot, DesiredCluster(cluster="kafka", component="broker", mode="zookeeper", pools=pools)


def _partition(number: int, racks: list[list[NodeId]]) -> ObservedPartition:
    replicas = frozenset(ids[(number * (rack + 1)) % BROKERS_PER_RACK] for rack, ids in enumerate(racks))
    return ObservedPartition(
        topic=f"topic-{number // 100}",
        index=number % 100,
        leader=min(replicas),
        replicas=replicas,
        isr=replicas,
        min_isr=2,
    )
