"""The Logins hook: who may come by SASL PLAIN, in the Secret that brokers mount, before the first of them starts.

Given passwords are an input of their own, secret as a whole; those that the user keeps in Secrets of Kubernetes are
read there and are in no input, output or state.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, UpdateResult

from hooks.interfaces import HookError, Refused
from hooks.providers.engine import EngineProgress, one_clear_error
from hooks.providers.resource import HookProvider, inputs, own_urn
from hooks.providers.wire import ConnectionArgs, Wire, changed, connection, has_unknown, moved

if TYPE_CHECKING:
    from hooks.clients.logins import Logins as LoginsWish

_COMPARED = ("connection", "users", "passwords", "issue")


class LoginArgs(TypedDict):
    """One user who may come by SASL PLAIN."""

    secret: str
    """The Secret with the password; empty when the password is given."""
    key: str
    deletionProtection: bool


class LoginsArgs(TypedDict):
    """Inputs of the Logins hook."""

    connection: pulumi.Input[ConnectionArgs]
    users: dict[str, LoginArgs]
    passwords: pulumi.Input[dict[str, str]]
    """Given passwords by user; secret."""
    issue: str
    """Which issue the Secret must hold; the preflight counts it up when anything in it changes."""


@dataclass(frozen=True, kw_only=True)
class LoginsFound:
    """What the preflight found: why the users are refused, and which issue is in use, None when it was not seen."""

    problems: tuple[str, ...] = ()
    issue: str | None = None
    unseen: str = ""
    """Why the cluster could not be asked."""


class LoginsProvider(HookProvider):
    """Makes the Secret and renews it; takes it away with the last listener that asks for it."""

    def create(self, props: Wire) -> CreateResult:
        """Make what is missing; what an earlier run left is used again."""
        _ensure(props)
        return CreateResult(self.name(props, "logins"), dict(props))

    def diff(self, _id: str, olds: Wire, news: Wire) -> DiffResult:
        """Report a change of users or passwords; a protected user who left is refused before anything restarts."""
        if moved(olds, news):
            return DiffResult(changes=True, replaces=["connection"])
        with one_clear_error():
            if gone := _protected(olds, news):
                raise Refused(gone)
        return DiffResult(changes=bool(changed(olds, news, _COMPARED)))

    def update(self, _id: str, olds: Wire, news: Wire) -> UpdateResult:
        """Make what is missing or another."""
        with one_clear_error():
            if gone := _protected(olds, news):
                raise Refused(gone)
        _ensure(news)
        return UpdateResult(dict(news))

    def delete(self, _id: str, props: Wire) -> None:
        """Delete the Secret, unless a pod needs it to start again: a run with pauses may have pods left to restart."""
        # Imported here: the clients take longer to import than a whole check.
        from hooks.connect import logins  # noqa: PLC0415

        with one_clear_error(), logins(connection(props)) as secrets:
            if using := secrets.remove():
                said = f"the Secret with the logins stays, since pods mount it still: {', '.join(using)}; "
                EngineProgress(props["ownUrn"]).warn(said + "delete it once they have restarted")


class Logins(Resource, module="kafka", name="Logins"):
    """The users of SASL PLAIN of one Kafka cluster."""

    def __init__(self, name: str, args: LoginsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register the hook."""
        hidden = pulumi.ResourceOptions(additional_secret_outputs=["passwords"])
        merged = pulumi.ResourceOptions.merge(opts, hidden)
        super().__init__(LoginsProvider(), name, inputs(args, own_urn("Logins", name, opts)), merged)


def look(at: ConnectionArgs, users: Mapping[str, LoginArgs], passwords: Mapping[str, str]) -> LoginsFound:
    """Ask the live cluster within seconds; one that does not answer is no problem of the users."""
    # Imported here: the clients take longer to import than the rest of a program.
    from hooks.clients.connection import PREVIEW  # noqa: PLC0415
    from hooks.connect import logins  # noqa: PLC0415

    try:
        with logins(connection({"connection": at}), PREVIEW) as secrets:
            seen = secrets.look(_wish(users, passwords))
    except HookError as error:
        return LoginsFound(unseen=str(error))
    return LoginsFound(problems=seen.problems, issue=seen.issue)


def _ensure(props: Wire) -> None:
    # Imported here: the clients take longer to import than a whole check.
    from hooks.connect import logins  # noqa: PLC0415

    with one_clear_error(), logins(connection(props)) as secrets:
        secrets.ensure(_wish(props["users"], props.get("passwords") or {}), str(props["issue"]))


def _wish(users: Mapping[str, LoginArgs], passwords: Mapping[str, str]) -> "LoginsWish":
    from hooks.clients.logins import Logins as LoginsWish  # noqa: PLC0415
    from hooks.clients.logins import Source  # noqa: PLC0415

    kept = {name: Source(secret=user["secret"], key=user["key"]) for name, user in users.items() if user["secret"]}
    return LoginsWish(given={name: passwords[name] for name in users if name not in kept}, kept=kept)


def _protected(olds: Wire, news: Wire) -> list[str]:
    """Return a sentence for each protected user who would lose the login."""
    before: Mapping[str, Wire] = olds.get("users") or {}
    left = [] if has_unknown(news["users"]) else sorted(set(before) - set(news["users"]))
    return [
        f"user {name} would lose the password of SASL PLAIN and is protected; set deletionProtection: false for the "
        + "user, run `pulumi up`, and take it out then"
        for name in left
        if before[name].get("deletionProtection", True)
    ]
