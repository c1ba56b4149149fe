"""The login of a stack's brokers at ZooKeeper."""

import pulumi

from components.spec.zookeeper_acl import access
from hooks.providers.zookeeper_login import ZooKeeperLogin
from stacks.site import Site


def create_zookeeper_login(site: Site) -> list[pulumi.Resource]:
    """Create the hook that makes the login, where servers take one. Pods wait for a Secret that is still to come."""
    if access(site.spec) == "disabled":
        return []
    return [
        ZooKeeperLogin(
            site.named(f"{site.spec.kafka.name}-zookeeper-login"),
            {"connection": site.connection},
            pulumi.ResourceOptions(depends_on=[site.namespace]),
        )
    ]
