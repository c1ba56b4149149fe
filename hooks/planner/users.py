"""Users: credentials, rules and quotas as the spec wants them against the live ones, as changes with reasons. Pure.

Kafka never tells a password, so whether one is to be set again follows from the stack's own record: `renewed` names the
users whose password is not known to be in force. Guarantees: a user that the stack does not manage is never touched,
a protected one is never taken away, and nothing here holds a password.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from hooks.planner.acls import Acl, GrantAcl, RevokeAcl, Rules, plan_acls
from hooks.planner.quotas import Entity, Quotas, SetQuota, foreign_quotas, plan_quotas
from hooks.planner.text import some_lines

SHOWN = 50


@dataclass(frozen=True, kw_only=True)
class DesiredUser:
    """One user as the stack file wants it, or as an earlier run recorded that it did."""

    name: str
    mechanisms: tuple[str, ...] = ()
    """SCRAM mechanisms; none for a user that another mechanism authenticates."""
    acls: frozenset[Acl] | None = None
    """All its rules; None leaves them alone."""
    deletion_protection: bool = True

    @property
    def principal(self) -> str:
        """The name under which rules know it."""
        return f"User:{self.name}"


@dataclass(frozen=True, kw_only=True)
class AccessWish:
    """Everything that a stack says of users and quotas."""

    users: tuple[DesiredUser, ...] = ()
    quotas: Quotas = field(default_factory=dict[Entity, Mapping[str, float]])

    @property
    def rules(self) -> Rules:
        """The rules of the principals that are managed."""
        return {user.principal: user.acls for user in self.users if user.acls is not None}


@dataclass(frozen=True, kw_only=True)
class ObservedAccess:
    """What the cluster has."""

    credentials: Mapping[str, frozenset[str]]
    """Mechanisms by user."""
    rules: Rules | None
    """All rules by principal; None without an authorizer."""
    quotas: Quotas


@dataclass(frozen=True, kw_only=True)
class SetPassword:
    """A credential to make, or to make anew."""

    user: str
    mechanism: str
    why: str

    def __str__(self) -> str:
        """Return the line of a plan. No colon after the word, which would look like a password to be masked."""
        return f"user {self.user}: set the {self.mechanism} password ({self.why})"


@dataclass(frozen=True, kw_only=True)
class RemoveCredential:
    """A credential to take away."""

    user: str
    mechanism: str
    why: str

    def __str__(self) -> str:
        """Return the line of a plan."""
        return f"user {self.user}: remove the {self.mechanism} credential ({self.why})"


AccessChange = SetPassword | RemoveCredential | GrantAcl | RevokeAcl | SetQuota


def subject(change: AccessChange) -> str:
    """Return whom a change concerns: the name by which a refusal of it comes back."""
    if isinstance(change, SetPassword | RemoveCredential):
        return change.user
    return str(change.entity) if isinstance(change, SetQuota) else change.principal


@dataclass(frozen=True, kw_only=True)
class AccessPlan:
    """What a run would do now."""

    changes: tuple[AccessChange, ...] = ()
    """In the order of a run."""
    refused: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def lines(self) -> tuple[str, ...]:
        """Return the plan as text lines; none when there is nothing to do or to know."""
        said = [f"refused: {reason}" for reason in self.refused]
        said += some_lines([str(change) for change in self.changes], SHOWN)
        return (*said, *some_lines([f"note: {note}" for note in self.notes], SHOWN))


def plan_access(
    desired: AccessWish, recorded: AccessWish, observed: ObservedAccess, renewed: frozenset[str] = frozenset()
) -> AccessPlan:
    """Return the plan. `recorded` is what the stack managed after its last run."""
    leaving = _leaving(desired, recorded)
    # Who leaves loses every rule that the stack kept for it.
    rules = {**desired.rules, **{user.principal: frozenset[Acl]() for user in leaving if user.acls is not None}}
    return AccessPlan(
        changes=(
            *_passwords(desired, recorded, observed, renewed),
            *_removals(desired, recorded, observed),
            *plan_acls(rules, observed.rules or {}),
            *plan_quotas(desired.quotas, recorded.quotas, observed.quotas),
        ),
        refused=(*_protected(leaving), *_no_authorizer(desired, observed)),
        notes=tuple(foreign_quotas(desired.quotas, recorded.quotas, observed.quotas)),
    )


def assumed_access(recorded: AccessWish) -> ObservedAccess:
    """Return the live users as the last run left them: what a plan rests on when the cluster cannot be seen."""
    return ObservedAccess(
        credentials={user.name: frozenset(user.mechanisms) for user in recorded.users},
        rules=recorded.rules,
        quotas=recorded.quotas,
    )


def _passwords(
    desired: AccessWish, recorded: AccessWish, observed: ObservedAccess, renewed: frozenset[str]
) -> Iterator[SetPassword]:
    known = {user.name: frozenset(user.mechanisms) for user in recorded.users}
    for user in sorted(desired.users, key=lambda user: user.name):
        live = observed.credentials.get(user.name, frozenset())
        managed = known.get(user.name, frozenset())
        for mechanism in sorted(user.mechanisms):
            why = _why(mechanism in live, mechanism in managed, user.name in renewed)
            if why:
                yield SetPassword(user=user.name, mechanism=mechanism, why=why)


def _why(live: bool, managed: bool, renewed: bool) -> str:
    if not live:
        return "somebody else removed it" if managed else "it is new"
    if not managed:
        return "it exists, with a password that nobody can read; from now on it is that of the stack"
    return "the password changed" if renewed else ""


def _removals(desired: AccessWish, recorded: AccessWish, observed: ObservedAccess) -> Iterator[RemoveCredential]:
    """Yield the credentials that the stack managed and does not name any more."""
    wanted = {user.name: user for user in desired.users}
    for user in sorted(recorded.users, key=lambda user: user.name):
        live = observed.credentials.get(user.name, frozenset())
        stays = wanted.get(user.name)
        if stays is None and user.deletion_protection:
            continue
        why = "the user is not in the spec any more" if stays is None else "the spec does not name it any more"
        for mechanism in sorted(live & frozenset(user.mechanisms) - frozenset(stays.mechanisms if stays else ())):
            yield RemoveCredential(user=user.name, mechanism=mechanism, why=why)


def _leaving(desired: AccessWish, recorded: AccessWish) -> tuple[DesiredUser, ...]:
    wanted = {user.name for user in desired.users}
    return tuple(user for user in recorded.users if user.name not in wanted)


def _protected(leaving: Iterable[DesiredUser]) -> Iterator[str]:
    for user in leaving:
        if user.deletion_protection:
            yield (
                f"user {user.name} is not in the spec any more, and it is protected: its clients would be locked out. "
                + "Put it back; to remove it, set its deletionProtection to false, run `pulumi up`, then take it out"
            )


def _no_authorizer(desired: AccessWish, observed: ObservedAccess) -> Iterator[str]:
    named = [principal for principal, rules in sorted(desired.rules.items()) if rules]
    if observed.rules is None and named:
        yield (
            f"{named[0]} has acls, and the cluster has no authorizer that could keep them. Switch authorization on for "
            + "the cluster first, or take the acls out"
        )
