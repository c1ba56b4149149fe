"""The Users hook: credentials, rules and quotas of one cluster, in one resource, as the Topics hook has its topics.

Given passwords are an input of their own, secret as a whole, so that the engine keeps them encrypted and shows none.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypedDict

import pulumi
from pulumi.dynamic import Resource

from hooks.planner.acls import Acl
from hooks.planner.quotas import Entity
from hooks.planner.users import AccessPlan, AccessWish, DesiredUser, assumed_access, plan_access
from hooks.providers.declared import DeclaredProvider
from hooks.providers.engine import EngineProgress, one_clear_error
from hooks.providers.preview import SIGHTS, Unseen, show
from hooks.providers.resource import inputs, own_urn
from hooks.providers.wire import (
    ConnectionArgs,
    Mode,
    PaceArgs,
    Wire,
    connection,
    mode,
    pace,
)

if TYPE_CHECKING:
    from hooks.runners.users import UserWish


class AclArgs(TypedDict):
    """One rule: a single operation from a single host."""

    resource: str
    name: str
    pattern: str
    operation: str
    host: str
    permission: str


class UserArgs(TypedDict):
    """One user."""

    mechanisms: list[str]
    rotation: int
    """Of its generated password; 0 when the password is given, or there is none."""
    acls: list[AclArgs] | None
    """None leaves its rules alone."""
    deletionProtection: bool


class QuotaArgs(TypedDict):
    """Limits of one entity."""

    user: str
    clientId: str
    limits: dict[str, float]


class UsersArgs(TypedDict):
    """Inputs of the Users hook."""

    connection: pulumi.Input[ConnectionArgs]
    mode: Mode
    users: dict[str, UserArgs]
    passwords: pulumi.Input[dict[str, str]]
    """Given passwords by user; secret."""
    quotas: list[QuotaArgs]
    pace: PaceArgs


class UsersProvider(DeclaredProvider):
    """Translates between the engine and the Users run."""

    kind = "users"
    compared = ("connection", "mode", "users", "passwords", "quotas", "pace")

    def differs(self, olds: Wire, news: Wire, *, edited: bool) -> bool:
        """Show the plan against the live users."""
        wanted = wish(olds, news)
        # Imported here: the clients take longer to import than a whole check.
        from hooks.clients.connection import PREVIEW  # noqa: PLC0415
        from hooks.connect import world  # noqa: PLC0415
        from hooks.runners.users import look, plan_users  # noqa: PLC0415

        def see() -> AccessPlan:
            with world(connection(news), mode(news), EngineProgress(news["ownUrn"]), PREVIEW) as seen:
                return plan_users(wanted, look(seen, wanted))

        found = SIGHTS.ask(connection(news), see)
        if isinstance(found, Unseen):
            if edited:
                recorded = wanted.recorded
                renewed = wanted.changed | _rotated(olds, news)
                planned = plan_access(wanted.desired, recorded, assumed_access(recorded), renewed)
                lines = (f"by the inputs alone: {line}" for line in planned.lines())
                show(news, (f"could not see the users: {found.why}", *lines))
            return edited
        if found.lines():
            show(news, found.lines())
        return edited or bool(found.changes or found.refused)

    def apply(self, olds: Wire, news: Wire) -> None:
        """Run with the World of these inputs."""
        # Imported here: the clients take longer to import than a whole check.
        from hooks.connect import world  # noqa: PLC0415
        from hooks.runners.users import UsersRun  # noqa: PLC0415

        with one_clear_error(), world(connection(news), mode(news), EngineProgress(news["ownUrn"])) as live:
            UsersRun(live, wish(olds, news), pace(news)).run()

    def farewell(self, props: Wire) -> str:
        """Count them."""
        return f"the {len(props['users'])} users stay, with their rules and quotas"


class Users(Resource, module="kafka", name="Users"):
    """The declared users and quotas of one Kafka cluster."""

    def __init__(self, name: str, args: UsersArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register the hook."""
        hidden = pulumi.ResourceOptions(additional_secret_outputs=["passwords"])
        merged = pulumi.ResourceOptions.merge(opts, hidden)
        super().__init__(UsersProvider(), name, inputs(args, own_urn("Users", name, opts)), merged)


def access(props: Wire) -> AccessWish:
    """Translate users and quotas."""
    users: Mapping[str, Wire] = props.get("users") or {}
    quotas: list[Wire] = props.get("quotas") or []
    return AccessWish(
        users=tuple(_user(name, users[name]) for name in sorted(users)),
        quotas={
            Entity(user=wire["user"], client_id=wire["clientId"]): {k: float(v) for k, v in wire["limits"].items()}
            for wire in quotas
        },
    )


def wish(olds: Wire, news: Wire) -> "UserWish":
    """Translate everything that a run needs."""
    # Imported here: the clients take longer to import than a whole check.
    from hooks.runners.users import UserWish  # noqa: PLC0415

    given, before = _passwords(news), _passwords(olds)
    return UserWish(
        desired=access(news),
        recorded=access(olds),
        passwords=given,
        changed=frozenset(user for user in given if given[user] != before.get(user)),
        generated=_generated(news),
        formerly_generated=frozenset(_generated(olds)),
    )


def _rotated(olds: Wire, news: Wire) -> frozenset[str]:
    before = _generated(olds)
    return frozenset(user for user, rotation in _generated(news).items() if rotation != before.get(user))


def _user(name: str, wire: Wire) -> DesiredUser:
    rules = wire.get("acls")
    return DesiredUser(
        name=name,
        mechanisms=tuple(wire["mechanisms"]),
        acls=None if rules is None else frozenset(Acl(**rule) for rule in rules),
        deletion_protection=bool(wire["deletionProtection"]),
    )


def _passwords(props: Wire) -> dict[str, str]:
    return dict(props.get("passwords") or {})


def _generated(props: Wire) -> dict[str, int]:
    users: Mapping[str, Wire] = props.get("users") or {}
    return {name: int(wire["rotation"]) for name, wire in users.items() if wire.get("rotation")}
