"""Runs one peer on one task, in the peers' own environment: `driver.py PEER TASK.json ANSWER.json CPU-SECONDS`.

It knows nothing of this project. The task: brokers by id with their racks, partitions as [topic, index, replicas,
size], the ids to drain. The answer: replicas in the same order, and what it took.
"""

import importlib
import json
import logging
import resource
import sys
import time
import types
from argparse import Namespace
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

Task = dict[str, Any]
Replicas = dict[tuple[str, int], list[int]]


def main() -> None:
    """Read the task, let the peer plan, write the answer."""
    peer, source, target, box = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_CPU, (int(box), int(box)))
    task = json.loads(Path(source).read_text())
    task["brokers"] = {int(node): rack for node, rack in task["brokers"].items()}
    logging.disable(logging.CRITICAL)
    sys.setrecursionlimit(100_000)
    start, used = time.monotonic(), time.process_time()
    found = _PEERS[peer](task)
    answer = {
        "seconds": time.monotonic() - start,
        "cpu": time.process_time() - used,
        "megabytes": peak_megabytes(),
        "replicas": [found[topic, index] for topic, index, _, _ in task["partitions"]],
    }
    Path(target).write_text(json.dumps(answer))


def peak_megabytes() -> int:
    """Return the most memory that this process has had, in MiB; getrusage would count the parent's, before the exec."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM:")), 0)


def _present(task: Task) -> Replicas:
    return {(topic, index): list(replicas) for topic, index, replicas, _ in task["partitions"]}


def _kafka_utils(task: Task) -> Replicas:
    """Yelp's PartitionCountBalancer."""
    info = "kafka_utils.kafka_cluster_manager.cluster_info."
    measurer: Any = importlib.import_module(info + "partition_measurer").PartitionMeasurer
    topology: Any = importlib.import_module(info + "cluster_topology").ClusterTopology
    balancer: Any = importlib.import_module(info + "partition_count_balancer").PartitionCountBalancer
    sizes = {(topic, index): float(size) for topic, index, _, size in task["partitions"]}

    class Sizes(measurer):
        def __init__(self) -> None:
            pass

        def get_weight(self, partition_name: tuple[str, int]) -> float:
            return sizes[partition_name]

        def get_size(self, partition_name: tuple[str, int]) -> float:
            return sizes[partition_name]

    brokers = {node: {"host": str(node)} for node in task["brokers"]}
    seen = topology(_present(task), brokers, Sizes(), lambda broker: task["brokers"][broker.id])
    wish = Namespace(
        replication_groups=not task["drained"],
        brokers=True,
        leaders=True,
        max_partition_movements=None,
        max_movement_size=None,
        max_leader_changes=None,
    )
    planner = balancer(seen, wish)
    if task["drained"]:
        planner.decommission_brokers(task["drained"])
    else:
        planner.rebalance()
    return {key: list(replicas) for key, replicas in seen.assignment.items()}


def _kafka_tools(task: Task) -> Replicas:
    """LinkedIn's kafka-assigner: by size and racks; a removal knows no racks."""
    tools = "kafka.tools."
    cluster: Any = importlib.import_module(tools + "models.cluster").Cluster(retention=1)
    broker: Any = importlib.import_module(tools + "models.broker").Broker
    topic: Any = importlib.import_module(tools + "models.topic").Topic
    for node, rack in task["brokers"].items():
        made = broker(f"host{node}", id=node)
        made.rack = rack
        cluster.add_broker(made)
    for name in dict.fromkeys(name for name, *_ in task["partitions"]):
        cluster.add_topic(topic(name, sum(other == name for other, *_ in task["partitions"])))
    for name, index, replicas, size in task["partitions"]:
        partition = cluster.topics[name].partitions[index]
        for position, node in enumerate(replicas):
            partition.add_replica(cluster.brokers[node], position)
        partition.set_size(size // 1024)
    clone = cluster.clone()
    wish = Namespace(types=["size", "rackaware"], exclude_topics=[], brokers=task["drained"], to_brokers=[])
    actions = tools + "assigner.actions."
    if task["drained"]:
        importlib.import_module(actions + "remove").ActionRemove(wish, clone).process_cluster()
    else:
        importlib.import_module(actions + "balance").ActionBalance(wish, clone).process_cluster()
    return {
        (name, partition.num): [node.id for node in partition.replicas]
        for name, made in clone.topics.items()
        for partition in made.partitions
    }


class _Absent(MetaPathFinder, Loader):
    """Stands in for what bubuku imports and a plan does not use: its ZooKeeper module, the cloud's client."""

    def find_spec(self, fullname: str, path: object, target: object = None) -> ModuleSpec | None:  # noqa: ARG002
        absent = fullname.partition(".")[0] in ("boto3", "botocore", "kazoo", "requests", "netaddr", "click")
        return ModuleSpec(fullname, self, is_package=True) if absent or "zookeeper" in fullname else None

    def create_module(self, spec: ModuleSpec) -> types.ModuleType:
        return _Anything(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        module.__dict__["__path__"] = []


class _Anything(types.ModuleType):
    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {"__init__": lambda *_: None})


def _bubuku(task: Task) -> Replicas:
    """Zalando's OptimizedRebalanceChange."""
    sys.meta_path.insert(0, _Absent())
    change: Any = importlib.import_module("bubuku.features.rebalance.change")

    class Seen:
        def get_broker_racks(self) -> dict[int, str]:
            return dict(task["brokers"])

        def load_partition_assignment(self) -> list[tuple[str, int, list[int]]]:
            return [(topic, index, list(replicas)) for topic, index, replicas, _ in task["partitions"]]

    ids = [str(node) for node in task["brokers"]]
    planner = change.OptimizedRebalanceChange(Seen(), ids, [str(node) for node in task["drained"]], [])
    planner._load_data()  # noqa: SLF001
    planner._rebalance_leaders()  # noqa: SLF001
    planner._rebalance_replicas()  # noqa: SLF001
    found = _present(task)
    found.update({key: list(replicas) for key, replicas in planner._sort_actions().items()})  # noqa: SLF001
    return found


_PEERS = {"kafka-utils": _kafka_utils, "kafka-tools": _kafka_tools, "bubuku": _bubuku}


if __name__ == "__main__":
    main()
