"""What a pool's nodes get: the section's own, and over it what the pool's entry among the racks says."""

from components.spec.model import BrokerRack, ClusterSpec, KafkaSpec, NodeSpec
from components.spec.topology import Pool


def node_of(spec: ClusterSpec, pool: Pool) -> NodeSpec:
    """Return what each node of the pool gets."""
    if pool.component == "zookeeper" and spec.zookeeper:
        return spec.zookeeper
    if pool.component == "controller" and spec.controllers:
        return spec.controllers
    rack = next(rack for rack in spec.kafka.racks if rack.pool_name == pool.name)
    return broker_of(spec.kafka, rack)


def broker_of(kafka: KafkaSpec, rack: BrokerRack) -> NodeSpec:
    """Return what each broker of the entry gets: its sections replace the common ones, its keys are added to them."""
    return NodeSpec(
        resources=rack.resources or kafka.resources,
        storage=rack.storage or kafka.storage,
        jvm=rack.jvm or kafka.jvm,
        config={**kafka.config, **rack.config},
        pod=rack.pod or kafka.pod,
    )
