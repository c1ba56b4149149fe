"""What lives inside the cluster: the hooks of its topics and users, each only where the stack declares any."""

import pulumi

from components.spec.internal_topics import internal_factors
from hooks.providers.brokers import Brokers
from hooks.providers.topics import Topics, TopicsArgs
from hooks.providers.users import Users
from stacks.quotas import quota_args
from stacks.settings import Settings
from stacks.site import Site
from stacks.topics import topic_args
from stacks.users import passwords, user_args


def create_administration(site: Site, settings: Settings, brokers: Brokers) -> list[pulumi.Resource]:
    """Create the hooks that follow the brokers, and return them."""
    made: list[pulumi.Resource] = []
    after = pulumi.ResourceOptions(depends_on=[brokers])
    name, mode = site.spec.kafka.name, site.spec.kafka.mode
    if settings.users or settings.quotas:
        users = Users(
            site.named(f"{name}-users"),
            {
                "connection": site.connection,
                "mode": mode,
                "users": user_args(settings.users),
                "passwords": pulumi.Output.secret(passwords(settings.users)),
                "quotas": quota_args(settings.quotas, [(user.name, user.quotas) for user in settings.users]),
                "pace": site.pace,
            },
            after,
        )
        made.append(users)
    if settings.topics or settings.rebalance.internal_topics:
        made.append(Topics(site.named(f"{name}-topics"), _topics(site, settings), after))
    return made


def _topics(site: Site, settings: Settings) -> TopicsArgs:
    """Return what the Topics hook is told."""
    args: TopicsArgs = {
        "connection": site.connection,
        "mode": site.spec.kafka.mode,
        "topics": topic_args(settings.topics),
        "pace": site.pace,
        "movement": site.movement,
    }
    if settings.rebalance.internal_topics:
        args["internal"] = internal_factors(site.spec.kafka)
    return args
