"""Quotas of users and clients: what the spec sets against what the cluster has, key by key. Pure.

Keys that the stack names or named are its own; others on the same entity are reported and left.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

DEFAULT = "<default>"
"""Kafka's own notation for all users, or all client ids, that have no quota of their own."""


@dataclass(frozen=True, order=True)
class Entity:
    """Who a quota holds for; both parts together mean this client id of this user."""

    user: str = ""
    """User, `<default>` for all others, empty where the user does not matter."""
    client_id: str = ""
    """Client id, `<default>` for all others, empty where it does not matter."""

    def __str__(self) -> str:
        """Return the entity as a plan shows it."""
        parts = [f"user {self.user}"] if self.user else []
        parts += [f"client id {self.client_id}"] if self.client_id else []
        return ", ".join(parts)


Quotas = Mapping[Entity, Mapping[str, float]]
"""Limits by entity and by Kafka's name of the quota."""


@dataclass(frozen=True, kw_only=True)
class SetQuota:
    """One limit to set, or to take away (None)."""

    entity: Entity
    key: str
    before: float | None
    after: float | None

    def __str__(self) -> str:
        """Return the line of a plan."""
        before, after = ("none" if value is None else f"{value:.15g}" for value in (self.before, self.after))
        return f"quota of {self.entity}: {self.key} {before} -> {after}"


def plan_quotas(desired: Quotas, recorded: Quotas, live: Quotas) -> tuple[SetQuota, ...]:
    """Return the limits that differ, among those that are or were the stack's."""
    return tuple(
        SetQuota(entity=entity, key=key, before=before, after=after)
        for entity in sorted({*desired, *recorded})
        for key in sorted({*desired.get(entity, {}), *recorded.get(entity, {})})
        for before, after in [(live.get(entity, {}).get(key), desired.get(entity, {}).get(key))]
        if before != after
    )


def foreign_quotas(desired: Quotas, recorded: Quotas, live: Quotas) -> Iterator[str]:
    """Yield what somebody else has set on the same entities."""
    for entity in sorted(desired):
        mine = {*desired[entity], *recorded.get(entity, {})}
        others = [f"{key}={value:.15g}" for key, value in sorted(live.get(entity, {}).items()) if key not in mine]
        if others:
            yield f"quota of {entity}: set by somebody else and left: {', '.join(others)}"
