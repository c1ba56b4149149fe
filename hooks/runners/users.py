"""The Users run: credentials, rules and quotas as the spec says.

    look ─> refuse what cannot be ─> passwords ─> credentials that leave ─> rules ─> quotas ─> look again

A generated password is written into its Secret first, then given to Kafka, then marked as in force: a run that is
interrupted in between is finished by the next one with the same password. Every request can be repeated. No Lease is
held: none of this restarts or moves anything, and each request is decided by the controller as a whole.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from hooks.administration import NewPassword, Rejection, StoredPassword
from hooks.interfaces import Fatal, Refused
from hooks.planner.acls import GrantAcl, RevokeAcl
from hooks.planner.desired import Pace
from hooks.planner.quotas import SetQuota
from hooks.planner.text import count, some, some_lines
from hooks.planner.users import (
    SHOWN,
    AccessChange,
    AccessPlan,
    AccessWish,
    ObservedAccess,
    RemoveCredential,
    SetPassword,
    plan_access,
    subject,
)
from hooks.runners.convergence import Headway, until_nothing_is_missing
from hooks.runners.start import stops_for_good
from hooks.runners.world import World

C = TypeVar("C", bound=AccessChange)
#: What was done, what is being done, and to what.
_KINDS = {
    SetPassword: ("set", "setting", "SCRAM password"),
    RemoveCredential: ("removed", "removing", "credential"),
    GrantAcl: ("added", "adding", "rule"),
    RevokeAcl: ("removed", "removing", "rule"),
    SetQuota: ("set", "setting", "quota"),
}


@dataclass(frozen=True, kw_only=True)
class UserWish:
    """What the stack says of its users, now and when it last ran, and where their passwords come from."""

    desired: AccessWish
    recorded: AccessWish = field(default_factory=AccessWish)
    passwords: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    """Given ones, by user."""
    changed: frozenset[str] = frozenset()
    """Users whose given password is not the recorded one."""
    generated: Mapping[str, int] = field(default_factory=dict[str, int])
    """Rotation of each user whose password is made here and kept in a Secret."""
    formerly_generated: frozenset[str] = frozenset()
    """Users whose password was made here after the last run."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """What was seen: the cluster, and the Secrets."""

    access: ObservedAccess
    stored: Mapping[str, StoredPassword | None]


def look(world: World, wish: UserWish) -> Look:
    """Observe once. Raises NotYet when brokers or Kubernetes cannot be asked."""
    return Look(
        access=ObservedAccess(
            credentials=world.access.credentials(), rules=world.access.rules(), quotas=world.access.quotas()
        ),
        stored={user: world.passwords.read(user) for user in sorted(wish.generated)},
    )


def plan_users(wish: UserWish, seen: Look) -> AccessPlan:
    """Return the plan; a generated password is renewed by its rotation, a given one by its value."""
    stale = frozenset(user for user, rotation in wish.generated.items() if not _in_force(seen.stored[user], rotation))
    return plan_access(wish.desired, wish.recorded, seen.access, wish.changed | stale)


class UsersRun:
    """One run over the users of one cluster."""

    def __init__(self, world: World, wish: UserWish, pace: Pace | None = None) -> None:
        """Take the cluster, what is wanted of it, and how long to wait."""
        self._world = world
        self._wish = wish
        self._pace = pace or Pace()
        self._done: dict[str, AccessChange] = {}
        self._headway = Headway(world=world, what="users")

    def run(self) -> tuple[str, ...]:
        """Bring the users to the desired state and return what was done, in lines for the user.

        Raises Refused, Fatal or EngineLost. What was done stays done, and the next run goes on from there.
        """
        with stops_for_good():
            until_nothing_is_missing(self._headway, self._pace, self._step)
            for user in sorted(self._wish.formerly_generated - self._wish.generated.keys()):
                self._world.passwords.remove(user)
        changes = self._done.values()
        numbers = {kind: sum(type(change) is kind for change in changes) for kind in _KINDS}
        lines = tuple(
            f"{_KINDS[kind][0]} {count(number, _KINDS[kind][2])}" for kind, number in numbers.items() if number
        )
        if lines:
            self._world.progress.info(f"users: {', '.join(lines)}")
        return lines

    def _step(self) -> tuple[str, ...]:
        """Look, ask for what was not accepted yet, and return what is missing after that."""
        seen = look(self._world, self._wish)
        planned = plan_users(self._wish, seen)
        if planned.refused:
            raise Refused((*some_lines(planned.refused, SHOWN), "the users were left as they are"))
        left = [change for change in planned.changes if _key(change) not in self._done]
        self._headway.total = len(self._done) + len(left)
        rejected = (
            *self._set_passwords([change for change in left if isinstance(change, SetPassword)], seen),
            *self._asked(self._world.access.remove, [c for c in left if isinstance(c, RemoveCredential)]),
            *self._asked(self._world.access.grant, [c for c in left if isinstance(c, GrantAcl)]),
            *self._asked(self._world.access.revoke, [c for c in left if isinstance(c, RevokeAcl)]),
            *self._asked(self._world.access.limit, [c for c in left if isinstance(c, SetQuota)]),
        )
        # Whether a password is in force cannot be seen: that it was accepted is all there is.
        unseen = [c for c in planned.changes if not (isinstance(c, SetPassword) and _key(c) in self._done)]
        return (*map(str, rejected), *(f"waits to see: {change}" for change in unseen))

    def _set_passwords(self, changes: Sequence[SetPassword], seen: Look) -> tuple[Rejection, ...]:
        """Set the passwords that are due. A generated one is safe in its Secret before Kafka hears of it."""
        users = sorted({change.user for change in changes})
        passwords = {user: self._password(user, seen) for user in users}

        def request(due: Sequence[SetPassword]) -> tuple[Rejection, ...]:
            return self._world.access.set_passwords(
                [NewPassword(user=c.user, mechanism=c.mechanism, password=passwords[c.user]) for c in due]
            )

        rejected = self._asked(request, changes)
        refused = {rejection.name for rejection in rejected}
        for user in users:
            if user in self._wish.generated and user not in refused:
                self._world.passwords.mark_in_force(user, self._wish.generated[user])
        return rejected

    def _password(self, user: str, seen: Look) -> str:
        if user not in self._wish.generated:
            return self._wish.passwords[user]
        rotation, stored = self._wish.generated[user], seen.stored[user]
        # One without a rotation was put there by somebody else, to be used.
        if stored is None or stored.rotation not in {None, rotation}:
            stored = self._world.passwords.renew(user, rotation)
        return stored.password

    def _asked(
        self, request: Callable[[Sequence[C]], tuple[Rejection, ...]], changes: Sequence[C]
    ) -> tuple[Rejection, ...]:
        """Ask for changes of one kind and return what may be accepted later; what never will ends the run."""
        if not changes:
            return ()
        _, doing, thing = _KINDS[type(changes[0])]
        self._headway.say(f"{doing} {thing}s of {some(sorted({subject(change) for change in changes}))}")
        rejected = request(changes)
        refused = {rejection.name for rejection in rejected}
        self._done |= {_key(change): change for change in changes if subject(change) not in refused}
        self._headway.done = len(self._done)
        final = [f"the brokers refuse {rejection}" for rejection in rejected if not rejection.soon]
        if final:
            did = f"{count(len(self._done), 'change')} before that stay" if self._done else "nothing was changed"
            raise Fatal((*some_lines(final), f"{did}; correct what is named, and run again"))
        return rejected


def _key(change: AccessChange) -> str:
    """Return what a change is, whatever its reason: that of a password changes once the credential is there."""
    return f"password {change.user} {change.mechanism}" if isinstance(change, SetPassword) else str(change)


def _in_force(stored: StoredPassword | None, rotation: int) -> bool:
    return stored is not None and stored.in_force == rotation and stored.rotation in {None, rotation}
