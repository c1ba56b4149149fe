"""Users of the FakeCluster: credentials, rules and quotas as Kafka keeps them, generated passwords in their Secrets.

It obeys Kafka: a password is never told, only the mechanisms; rules need an authorizer; a removal may be repeated.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from hooks.administration import NewPassword, Rejection, StoredPassword
from hooks.interfaces import NotYet
from hooks.planner.acls import Acl, GrantAcl, RevokeAcl
from hooks.planner.quotas import Entity, SetQuota
from hooks.planner.users import RemoveCredential

if TYPE_CHECKING:
    from tests.fakes.cluster import FakeCluster


@dataclass
class AccessRecords:
    """What the cluster and Kubernetes keep of users."""

    passwords: dict[tuple[str, str], str] = field(default_factory=dict)
    """By user and mechanism: what a login would be compared with."""
    rules: dict[str, set[Acl]] | None = field(default_factory=dict)
    """None without an authorizer."""
    quotas: dict[Entity, dict[str, float]] = field(default_factory=dict)
    secrets: dict[str, StoredPassword] = field(default_factory=dict)
    refused: dict[str, Rejection] = field(default_factory=dict)
    """Requests that concern these names are refused."""
    made: int = 0


@dataclass
class FakeAccess:
    cluster: "FakeCluster"

    @property
    def records(self) -> AccessRecords:
        return self.cluster.access

    def credentials(self) -> Mapping[str, frozenset[str]]:
        self._ask()
        users = {user for user, _ in self.records.passwords}
        return {user: frozenset(m for u, m in self.records.passwords if u == user) for user in users}

    def rules(self) -> Mapping[str, frozenset[Acl]] | None:
        self._ask()
        if self.records.rules is None:
            return None
        return {principal: frozenset(rules) for principal, rules in self.records.rules.items() if rules}

    def quotas(self) -> Mapping[Entity, Mapping[str, float]]:
        self._ask()
        return {entity: dict(limits) for entity, limits in self.records.quotas.items() if limits}

    def set_passwords(self, passwords: Sequence[NewPassword]) -> tuple[Rejection, ...]:
        self._ask()
        for new in passwords:
            if new.user not in self.records.refused:
                self._write(f"password {new.user} {new.mechanism}")
                self.records.passwords[new.user, new.mechanism] = new.password
        return self._refused(new.user for new in passwords)

    def remove(self, credentials: Sequence[RemoveCredential]) -> tuple[Rejection, ...]:
        self._ask()
        for gone in credentials:
            self._write(f"remove {gone.user} {gone.mechanism}")
            self.records.passwords.pop((gone.user, gone.mechanism), None)
        return ()

    def grant(self, acls: Sequence[GrantAcl]) -> tuple[Rejection, ...]:
        self._ask()
        assert self.records.rules is not None
        for grant in acls:
            if grant.principal not in self.records.refused:
                self._write(f"grant {grant}")
                self.records.rules.setdefault(grant.principal, set()).add(grant.acl)
        return self._refused(grant.principal for grant in acls)

    def revoke(self, acls: Sequence[RevokeAcl]) -> tuple[Rejection, ...]:
        self._ask()
        assert self.records.rules is not None
        for revoked in acls:
            self._write(f"revoke {revoked}")
            self.records.rules[revoked.principal].discard(revoked.acl)
        return ()

    def limit(self, quotas: Sequence[SetQuota]) -> tuple[Rejection, ...]:
        self._ask()
        for quota in quotas:
            self._write(f"limit {quota}")
            limits = self.records.quotas.setdefault(quota.entity, {})
            limits.pop(quota.key, None)
            limits |= {} if quota.after is None else {quota.key: quota.after}
        return ()

    def _ask(self) -> None:
        if self.cluster.brokers_unreachable or self.cluster.kafka.state(None) is None:
            raise NotYet("no broker answers on port 9092")

    def _refused(self, names) -> tuple[Rejection, ...]:
        return tuple(self.records.refused[name] for name in dict.fromkeys(names) if name in self.records.refused)

    def _write(self, what: str) -> None:
        self.cluster.writes.append(what)


@dataclass
class FakePasswords:
    cluster: "FakeCluster"

    @property
    def records(self) -> AccessRecords:
        return self.cluster.access

    def read(self, user: str) -> StoredPassword | None:
        self._ask()
        return self.records.secrets.get(user)

    def renew(self, user: str, rotation: int) -> StoredPassword:
        self._ask()
        self.records.made += 1
        self.cluster.writes.append(f"secret {user} {rotation}")
        made = StoredPassword(password=f"made-{self.records.made}", rotation=rotation, in_force=None)
        self.records.secrets[user] = made
        return made

    def mark_in_force(self, user: str, rotation: int) -> None:
        self._ask()
        found = self.records.secrets[user]
        self.records.secrets[user] = replace(found, rotation=rotation, in_force=rotation)

    def remove(self, user: str) -> None:
        self._ask()
        self.records.secrets.pop(user, None)

    def _ask(self) -> None:
        if self.cluster.api_down:
            raise NotYet("the API server does not answer")
