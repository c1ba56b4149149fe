"""Quotas of a stack file: limits of users and clients, read and checked before anything exists."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from components.spec.reading import Reader
from hooks.planner.quotas import DEFAULT
from hooks.providers.users import QuotaArgs

_LEAST: Final = 0.001
_MOST: Final = 1e15


@dataclass(frozen=True, kw_only=True)
class QuotaSettings:
    """Limits, each per broker but the last; one that is left out is not limited by this."""

    producer_byte_rate: float | None
    """Bytes in a second that may be written to a broker."""
    consumer_byte_rate: float | None
    """Bytes in a second that may be read from a broker."""
    request_percentage: float | None
    """Share of a broker's request threads, in percent of one thread: 200 is two of them."""
    controller_mutation_rate: float | None
    """Partitions in a second that may be created or deleted in the cluster."""

    @property
    def limits(self) -> dict[str, float]:
        """The limits that are set, by Kafka's names."""
        named = {
            "producer_byte_rate": self.producer_byte_rate,
            "consumer_byte_rate": self.consumer_byte_rate,
            "request_percentage": self.request_percentage,
            "controller_mutation_rate": self.controller_mutation_rate,
        }
        return {key: value for key, value in named.items() if value is not None}


@dataclass(frozen=True, kw_only=True)
class ClientQuotaSettings(QuotaSettings):
    """Limits of clients. A declared user's own stand with the user; of several that fit, Kafka takes the nearest."""

    user: str | None
    """User, or `<default>` for every user without a quota of its own."""
    client_id: str | None
    """Client id, or `<default>` for every one without a quota of its own; with `user`, this client of this user."""


def read_quotas(reader: Reader) -> tuple[ClientQuotaSettings, ...]:
    """Read the list `quotas`, which may be left out."""
    readers = reader.sections("quotas") if reader.has("quotas") else []
    return tuple(_read(each) for each in readers)


def check_quotas(quotas: Sequence[ClientQuotaSettings], users: Sequence[tuple[str, bool]], reader: Reader) -> None:
    """Report quotas that say nothing, or that stand twice. `users` are names and whether they have quotas."""
    first: dict[tuple[str | None, str | None], str] = {
        (name, None): f"the quotas of user {name}" for name, limited in users if limited
    }
    for index, quota in enumerate(quotas):
        path = f"quotas[{index}]"
        if quota.user is None and quota.client_id is None:
            why, todo = "a quota is somebody's", "add user or clientId"
            reader.report_key(path, None, allowed=f"a user, a client id, or {DEFAULT}", why=why, todo=todo)
        elif (quota.user, quota.client_id) in first:
            why = f"{first[quota.user, quota.client_id]} already says it"
            reader.report_key(path, _named(quota), allowed="one entry for each", why=why, todo="merge the two")
        first.setdefault((quota.user, quota.client_id), path)


def quota_args(
    quotas: Sequence[ClientQuotaSettings], users: Sequence[tuple[str, QuotaSettings | None]]
) -> list[QuotaArgs]:
    """Return what the Users hook is told: the users' own quotas, then the others."""
    mine: list[QuotaArgs] = [
        {"user": name, "clientId": "", "limits": limits.limits} for name, limits in users if limits is not None
    ]
    return mine + [
        {"user": quota.user or "", "clientId": quota.client_id or "", "limits": quota.limits} for quota in quotas
    ]


def read_limits(reader: Reader) -> QuotaSettings:
    """Read the limits of one user."""
    quota = QuotaSettings(**_limits(reader))
    reader.finish()
    _check_some(quota, reader)
    return quota


def _read(reader: Reader) -> ClientQuotaSettings:
    quota = ClientQuotaSettings(
        user=reader.optional_text("user"), client_id=reader.optional_text("client_id"), **_limits(reader)
    )
    reader.finish()
    for field, name in (("user", quota.user), ("client_id", quota.client_id)):
        if name == "*":
            why = "to Kafka's quotas an asterisk is a name like any other, so it would limit nobody"
            reader.report(field, name, allowed=f"a name, or {DEFAULT}", why=why, todo=f"write {DEFAULT}")
    _check_some(quota, reader)
    return quota


def _limits(reader: Reader) -> dict[str, float | None]:
    names = ("producer_byte_rate", "consumer_byte_rate", "request_percentage", "controller_mutation_rate")
    return {name: reader.number(name, lowest=_LEAST, highest=_MOST, default=0.0) or None for name in names}


def _check_some(quota: QuotaSettings, reader: Reader) -> None:
    if reader.clean and not quota.limits:
        why, allowed = "it would limit nothing", "at least one limit"
        todo = "add one, such as producerByteRate, or remove the entry"
        reader.report("", None, allowed=allowed, why=why, todo=todo)


def _named(quota: ClientQuotaSettings) -> str:
    parts = [f"user {quota.user}"] if quota.user else []
    return ", ".join([*parts, f"clientId {quota.client_id}"] if quota.client_id else parts)
