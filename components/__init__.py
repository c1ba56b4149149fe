"""Desired state to resources: the ComponentResources of the platform. Nothing here looks at a live cluster."""

from components.args import ClusterArgs
from components.kafka.brokers import BrokerPool
from components.kafka.certificates import ClusterCertificates
from components.kafka.cluster import KafkaCluster
from components.kafka.controllers import ControllerQuorum
from components.service_args import ServicesArgs
from components.services.confluent import KafkaRest, KsqlDb, SchemaRegistry
from components.services.connect import Connect
from components.zookeeper.ensemble import ZooKeeperEnsemble

__all__ = [
    "BrokerPool",
    "ClusterArgs",
    "ClusterCertificates",
    "Connect",
    "ControllerQuorum",
    "KafkaCluster",
    "KafkaRest",
    "KsqlDb",
    "SchemaRegistry",
    "ServicesArgs",
    "ZooKeeperEnsemble",
]
