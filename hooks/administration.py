"""What the runs of topics, users and keys need of a Kafka cluster, as Protocols beside those of `hooks.interfaces`.

A request for many things is answered thing by thing: some may be done while others are not, and each that is not says
why and whether asking again can help.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from hooks.planner.acls import GrantAcl, RevokeAcl, Rules
from hooks.planner.features import FeatureChange, Finalized
from hooks.planner.live_keys import KeyRequest, Observed
from hooks.planner.quotas import Quotas, SetQuota
from hooks.planner.topic_changes import TopicChange
from hooks.planner.topics import ObservedTopic
from hooks.planner.users import RemoveCredential


@dataclass(frozen=True, kw_only=True)
class Rejection:
    """One thing that the brokers did not do."""

    name: str
    """The topic, the user or the entity."""
    why: str
    """Kafka's error, and its words for it."""
    soon: bool = False
    """Whether the same request may be accepted later, or was done already and is not seen yet."""

    def __str__(self) -> str:
        """Return the line of an error."""
        return f"{self.name}: {self.why}"


class BrokerKeys(Protocol):
    """The keys of running brokers. Every method raises NotYet when a broker that it asks does not answer."""

    def observe(self, keys: Collection[str]) -> Observed:
        """Return by broker that serves these keys, as far as its version knows them, and every key with an override."""
        ...

    def check(self, requests: Sequence[KeyRequest]) -> tuple[Rejection, ...]:
        """Ask the brokers whether they would take these requests. Nothing is changed. Refusals are named by key."""
        ...

    def apply(self, requests: Sequence[KeyRequest]) -> tuple[Rejection, ...]:
        """Set and take away these overrides; one that is gone is fine. Refusals are named by key."""
        ...


class Features(Protocol):
    """The feature levels of a KRaft cluster. Every method raises NotYet when no broker answers."""

    def finalized(self) -> Finalized:
        """Return the level of each finalized feature, as a broker knows it."""
        ...

    def check(self, changes: Sequence[FeatureChange]) -> tuple[Rejection, ...]:
        """Ask the controllers whether they would raise these, all together. Nothing is changed."""
        ...

    def apply(self, changes: Sequence[FeatureChange]) -> tuple[Rejection, ...]:
        """Raise these; one that is there is fine. Refusals are named by feature."""
        ...


class Topics(Protocol):
    """The topics of a cluster. Every method raises NotYet when no broker answers."""

    def observe(self, names: Collection[str]) -> Mapping[str, ObservedTopic]:
        """Return those of the named topics that exist."""
        ...

    def check(self, changes: Sequence[TopicChange]) -> tuple[Rejection, ...]:
        """Ask the brokers whether they would take these changes, all of one kind. Nothing is changed."""
        ...

    def apply(self, changes: Sequence[TopicChange]) -> tuple[Rejection, ...]:
        """Make these changes, all of one kind, and return what was not done.

        A topic that is gone before its deletion is fine.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class NewPassword:
    """A password on its way to the brokers, which keep only what is derived from it."""

    user: str
    mechanism: str
    password: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class StoredPassword:
    """A generated password in its Secret."""

    password: str = field(repr=False)
    rotation: int | None
    """For which rotation it was made; None for one that somebody else has put there."""
    in_force: int | None
    """For which rotation the brokers were given it; None before that."""


class Access(Protocol):
    """Credentials, rules and quotas of a cluster. Every method raises NotYet when no broker answers."""

    def credentials(self) -> Mapping[str, frozenset[str]]:
        """Return the SCRAM mechanisms of every user that has one."""
        ...

    def rules(self) -> Rules | None:
        """Return all rules by principal, or None when the cluster has no authorizer."""
        ...

    def quotas(self) -> Quotas:
        """Return all quotas of users and client ids."""
        ...

    def set_passwords(self, passwords: Sequence[NewPassword]) -> tuple[Rejection, ...]:
        """Make these credentials, or make them anew. Refusals are named by user."""
        ...

    def remove(self, credentials: Sequence[RemoveCredential]) -> tuple[Rejection, ...]:
        """Take these credentials away; one that is gone is fine. Refusals are named by user."""
        ...

    def grant(self, acls: Sequence[GrantAcl]) -> tuple[Rejection, ...]:
        """Add these rules; one that is there is fine. Refusals are named by principal."""
        ...

    def revoke(self, acls: Sequence[RevokeAcl]) -> tuple[Rejection, ...]:
        """Remove exactly these rules; one that is gone is fine. Refusals are named by principal."""
        ...

    def limit(self, quotas: Sequence[SetQuota]) -> tuple[Rejection, ...]:
        """Set these quotas, or take them away. Refusals are named by entity."""
        ...


class Passwords(Protocol):
    """Generated passwords, each in a Secret of its own. Every method raises NotYet when Kubernetes cannot be asked."""

    def read(self, user: str) -> StoredPassword | None:
        """Return what the user's Secret holds, or None when there is none."""
        ...

    def renew(self, user: str, rotation: int) -> StoredPassword:
        """Make a password, and keep it for this rotation before anybody hears of it."""
        ...

    def mark_in_force(self, user: str, rotation: int) -> None:
        """Note that the brokers have the password of this rotation. Idempotent."""
        ...

    def remove(self, user: str) -> None:
        """Delete the user's Secret, if it is one of these. Idempotent."""
        ...
