"""Access rules (ACLs) of principals: the list that the spec names against the live one, exactly. Pure.

A principal with a list is managed: what the list does not name is removed. Principals without one are left alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Resource = Literal["topic", "group", "cluster", "transactionalId", "delegationToken", "user"]
Pattern = Literal["literal", "prefixed"]
Permission = Literal["allow", "deny"]


@dataclass(frozen=True, order=True)
class Acl:
    """One rule of one principal: a single operation from a single host, as Kafka keeps it."""

    resource: str
    name: str
    pattern: str
    operation: str
    host: str
    permission: str

    def __str__(self) -> str:
        """Return the rule as a plan shows it."""
        named = f"{self.name}*" if self.pattern == "prefixed" else self.name
        where = "" if self.host == "*" else f" from {self.host}"
        return f"{self.permission} {self.operation} on {self.resource} {named}{where}"


Rules = Mapping[str, frozenset[Acl]]
"""Rules by principal."""


@dataclass(frozen=True, kw_only=True)
class GrantAcl:
    """A rule to add."""

    principal: str
    acl: Acl

    def __str__(self) -> str:
        """Return the line of a plan."""
        return f"{self.principal}: + {self.acl}"


@dataclass(frozen=True, kw_only=True)
class RevokeAcl:
    """A rule to remove."""

    principal: str
    acl: Acl

    def __str__(self) -> str:
        """Return the line of a plan."""
        return f"{self.principal}: - {self.acl}"


def plan_acls(desired: Rules, live: Rules) -> tuple[GrantAcl | RevokeAcl, ...]:
    """Return what is missing, then what is too much; a client that keeps its right never loses it in between."""
    missing = [
        GrantAcl(principal=principal, acl=acl)
        for principal in sorted(desired)
        for acl in sorted(desired[principal] - live.get(principal, frozenset()))
    ]
    surplus = [
        RevokeAcl(principal=principal, acl=acl)
        for principal in sorted(desired)
        for acl in sorted(live.get(principal, frozenset[Acl]()) - desired[principal])
    ]
    return (*missing, *surplus)
