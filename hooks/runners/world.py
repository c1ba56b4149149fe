"""The bundle of interfaces that every runner takes, so that no runner takes more than two arguments."""

from dataclasses import dataclass

from hooks.administration import Access, BrokerKeys, Features, Passwords, Topics
from hooks.interfaces import (
    Clock,
    ClusterAdmin,
    Ensemble,
    Identity,
    Journal,
    Lease,
    Pods,
    Progress,
    Reassignments,
)
from hooks.registry import Schemas
from hooks.storage import Volumes
from hooks.workers import Connectors


@dataclass(frozen=True, kw_only=True)
class World:
    """One Kafka cluster as the runners see it; providers fill it with clients, tests with one FakeCluster."""

    admin: ClusterAdmin
    reassignments: Reassignments
    journal: Journal
    keys: BrokerKeys
    features: Features
    topics: Topics
    connectors: Connectors
    schemas: Schemas
    access: Access
    passwords: Passwords
    ensemble: Ensemble
    pods: Pods
    volumes: Volumes
    identity: Identity
    lease: Lease
    clock: Clock
    progress: Progress
