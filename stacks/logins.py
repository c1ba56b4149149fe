"""The passwords of SASL PLAIN of a stack: looked at before anything is registered, brought to brokers by a hook."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import pulumi

from hooks.providers.logins import LoginArgs, Logins, LoginsFound, look
from hooks.providers.wire import ConnectionArgs
from stacks.preflight import Refusal
from stacks.settings import Settings
from stacks.site import Site
from stacks.users import UserSettings

LoginsCheck = Callable[[ConnectionArgs, Mapping[str, LoginArgs], Mapping[str, str]], LoginsFound]


def with_plain_issue(settings: Settings, at: ConnectionArgs, ask: LoginsCheck = look) -> Settings:
    """Return the settings with the issue of the passwords that is in use or will be. Raises Refusal."""
    if not settings.cluster.kafka.listeners.plain:
        return settings
    found = ask(at, login_args(settings.users), plain_passwords(settings.users))
    if found.problems:
        lines = "\n".join(f"  - {problem}" for problem in found.problems)
        raise Refusal(f"the users of SASL PLAIN cannot be as the stack says; nothing was touched:\n{lines}")
    if found.issue is None:
        if pulumi.runtime.is_dry_run():
            return settings
        # Another issue than the one in use would restart every broker for nothing.
        raise Refusal(f"the passwords of SASL PLAIN cannot be seen, so nothing was touched: {found.unseen}. Run again")
    kafka = settings.cluster.kafka
    listeners = replace(kafka.listeners, plain_issue=found.issue)
    return replace(settings, cluster=replace(settings.cluster, kafka=replace(kafka, listeners=listeners)))


def create_logins(site: Site, users: Iterable[UserSettings]) -> list[pulumi.Resource]:
    """Create the hook, where a listener asks for SASL PLAIN. Pods wait for a Secret that is still to come."""
    listeners, known = site.spec.kafka.listeners, list(users)
    if not listeners.plain:
        return []
    return [
        Logins(
            site.named(f"{site.spec.kafka.name}-logins"),
            {
                "connection": site.connection,
                "users": login_args(known),
                "passwords": pulumi.Output.secret(plain_passwords(known)),
                "issue": listeners.plain_issue,
            },
            pulumi.ResourceOptions(depends_on=[site.namespace]),
        )
    ]


def login_args(users: Iterable[UserSettings]) -> dict[str, LoginArgs]:
    """Return what the hook is told, by name, passwords left out."""
    return {
        user.name: {
            "secret": user.plain.secret or "",
            "key": user.plain.key if user.plain.secret else "",
            "deletionProtection": user.deletion_protection,
        }
        for user in users
        if user.plain is not None
    }


def plain_passwords(users: Iterable[UserSettings]) -> dict[str, str]:
    """Return the given passwords by user."""
    return {user.name: user.plain.password for user in users if user.plain and user.plain.password}
