"""The certificates of a stack: made by a hook, asked of cert-manager, or already there."""

from dataclasses import replace

import pulumi

from components import ClusterCertificates
from components.args import cluster_args
from components.spec.certificates import certificate_wish
from hooks.providers.certificates import Certificates
from stacks.settings import Settings
from stacks.site import Site


def with_issue(settings: Settings, issue: str) -> Settings:
    """Return the settings with the issue of the certificates that the preflight found."""
    cluster = settings.cluster
    if cluster.kafka.tls is None:
        return settings
    kafka = replace(cluster.kafka, tls=replace(cluster.kafka.tls, issue=issue))
    return replace(settings, cluster=replace(cluster, kafka=kafka))


def create_certificates(site: Site) -> list[pulumi.Resource]:
    """Create what makes the Secrets, if that is the platform's part. Pods wait for a Secret that is still to come."""
    tls, wish = site.spec.kafka.tls, certificate_wish(site.spec)
    if tls is None or wish is None or tls.source == "secrets":
        return []
    if tls.source == "cert-manager":
        return [ClusterCertificates(site.spec.kafka.name, cluster_args(site.spec), site.after())]
    return [
        Certificates(
            site.named(f"{site.spec.kafka.name}-certificates"),
            {"connection": site.connection, "certificates": wish, "issue": tls.issue},
            pulumi.ResourceOptions(depends_on=[site.namespace]),
        )
    ]
