"""The graph of one `pulumi up`: namespace, identity, quorum, brokers, and the day-two hooks in between.

A destroy walks it backwards, and the edges are there for that as well: the Brokers hook speaks first, then the
brokers' guards stop the brokers, then the quorum's guards stop the quorum, and the identity goes last and stays.
"""

from collections.abc import Callable, Iterable

import pulumi
import pulumi_kubernetes as k8s

from components import ControllerQuorum, KafkaCluster, ZooKeeperEnsemble
from components.args import cluster_args
from components.spec.distributions import image_of
from components.spec.external import bootstraps
from components.spec.key_checks import unknown_keys
from components.spec.live_keys import live_keys
from components.spec.model import ClusterSpec
from components.spec.rendering import wishes
from components.spec.topology import Pool, all_pools, controller_pools, hosts
from contract import Component, disruption_budget, identity_name
from hooks.providers.brokers import Brokers, BrokersArgs
from hooks.providers.ensemble import Ensemble, EnsembleArgs
from hooks.providers.guard import Guard
from hooks.providers.identity import ControllerArgs, Identity
from hooks.providers.logins import look
from hooks.providers.wire import ConnectionArgs
from stacks.administration import create_administration
from stacks.certificates import create_certificates, with_issue
from stacks.logins import LoginsCheck, create_logins, with_plain_issue
from stacks.preflight import check_live, feature_wish
from stacks.services import create_services, service_outputs
from stacks.settings import Settings
from stacks.site import Site, connection_of, create_site
from stacks.zookeeper_login import create_zookeeper_login

LiveCheck = Callable[[ClusterSpec, ConnectionArgs], str | None]


def deploy(
    settings: Settings, check: LiveCheck = check_live, ask: LoginsCheck = look
) -> dict[str, pulumi.Input[object]]:
    """Create everything of a stack and return its outputs. Nothing is registered before the live cluster was asked."""
    issue = check(settings.cluster, connection_of(settings))
    for said in unknown_keys(settings.cluster):
        pulumi.log.warn(said)
    settings = with_plain_issue(
        settings if issue is None else with_issue(settings, issue), connection_of(settings), ask
    )
    site = create_site(settings)
    identity = _create_identity(site)
    certificates = create_certificates(site)
    quorum, guards = _create_quorum(site, identity, *certificates, *create_zookeeper_login(site))
    logins = create_logins(site, settings.users)
    cluster = KafkaCluster(site.spec.kafka.name, cluster_args(site.spec), site.after(identity, quorum, *logins))
    pools = _pools_of(site.spec, "broker")
    workloads = [pool.workload for pool in cluster.pools]
    guards += _create_guards(site, zip(pools, workloads, strict=True), [identity, *guards])
    brokers = _create_brokers(site, settings.deletion_protection, [quorum, *workloads, *guards])
    administered = create_administration(site, settings, brokers)
    create_services(site, settings, [brokers, *administered])
    return _outputs(site.spec, cluster, brokers) | service_outputs(site.spec, settings.services)


def _create_identity(site: Site) -> Identity:
    """Create the hook that makes the cluster's identity, or finds the one that an earlier destroy left."""
    first: list[ControllerArgs] = [
        {"id": node_id, "host": host} for node_id, host in hosts(controller_pools(site.spec))
    ]
    return Identity(
        site.named(identity_name(site.spec.kafka.name)),
        {"connection": site.connection, "mode": site.spec.kafka.mode, "controllers": first},
        pulumi.ResourceOptions(depends_on=[site.namespace]),
    )


def _create_quorum(site: Site, identity: Identity, *secrets: pulumi.Resource) -> tuple[Ensemble, list[Guard]]:
    """Create what the brokers depend on; the hook comes back when it serves."""
    spec, component = site.spec, site.quorum
    create = ZooKeeperEnsemble if component == "zookeeper" else ControllerQuorum
    quorum = create(spec.kafka.name, cluster_args(spec), site.after(identity, *secrets))
    args: EnsembleArgs = {
        "connection": site.connection,
        "component": component,
        "mode": spec.kafka.mode,
        "pools": wishes(spec)[component],
        "pace": site.pace,
    }
    if "window" in site.rolling:
        args["rolling"] = {"window": site.rolling["window"]}
    hook = Ensemble(
        site.named(disruption_budget(spec.kafka.name, component)),
        args,
        pulumi.ResourceOptions(depends_on=[identity, *quorum.workloads]),
    )
    pools = _pools_of(spec, component)
    return hook, _create_guards(site, zip(pools, quorum.workloads, strict=True), [identity])


def _create_guards(
    site: Site, guarded: Iterable[tuple[Pool, k8s.apps.v1.StatefulSet]], before: Iterable[pulumi.Resource]
) -> list[Guard]:
    """Create a guard for each StatefulSet. Those named in `before` outlive the guards in a destroy."""
    return [
        Guard(
            site.named(pool.workload),
            {
                "connection": site.connection,
                "component": pool.component,
                "mode": site.spec.kafka.mode,
                "workload": pool.workload,
                "pace": site.pace,
            },
            pulumi.ResourceOptions(depends_on=[workload, *before]),
        )
        for pool, workload in guarded
    ]


def _create_brokers(site: Site, deletion_protection: bool, after: Iterable[pulumi.Resource]) -> Brokers:
    """Create the hook that brings the brokers to what the spec says."""
    args: BrokersArgs = {
        "connection": site.connection,
        "mode": site.spec.kafka.mode,
        "pools": wishes(site.spec)["broker"],
        "pace": site.pace,
        "movement": site.movement,
        "deletionProtection": deletion_protection,
    }
    if site.rolling:
        args["rolling"] = site.rolling
    own = live_keys(site.spec)
    if own.live or own.file:
        args["keys"] = {"live": own.live, "file": list(own.file)}
    levels = feature_wish(site.spec)
    if levels is not None and "release" in levels:
        args["features"] = levels
    return Brokers(site.named(site.spec.kafka.name), args, pulumi.ResourceOptions(depends_on=list(after)))


def _pools_of(spec: ClusterSpec, component: Component) -> list[Pool]:
    return [pool for pool in all_pools(spec) if pool.component == component]


def _outputs(spec: ClusterSpec, cluster: KafkaCluster, brokers: Brokers) -> dict[str, pulumi.Input[object]]:
    return {
        "cluster": spec.kafka.name,
        "clusterId": brokers.clusterId,
        "namespace": spec.namespace,
        "mode": spec.kafka.mode,
        "version": spec.kafka.version,
        "image": image_of(spec.kafka, "broker"),
        "bootstrap": cluster.bootstrap,
        "externalBootstrap": cluster.external_bootstrap,
        "listeners": bootstraps(spec),
        "replicationFactor": spec.kafka.replication_factor,
        "minInsyncReplicas": spec.kafka.min_insync_replicas,
        "racks": [
            {"name": pool.name, "rack": pool.rack, "zone": pool.zone, "brokerIds": list(pool.ids)}
            for pool in _pools_of(spec, "broker")
        ],
    }
