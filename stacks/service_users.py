"""The Kafka users of a stack's services, which join the users that the stack file declares."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from components.spec.model import ClusterSpec
from components.spec.reading import Reader
from components.spec.services.catalogue import catalogue
from components.spec.services.kafka_access import User, user_of
from components.spec.services.model import Services
from components.spec.services.service import Grant, Service
from stacks.users import AclSettings, ScramSettings, UserSettings


def with_service_users(
    users: tuple[UserSettings, ...],
    spec: ClusterSpec,
    services: Services,
    reader: Reader,
    more: Mapping[str, Sequence[Grant]] = MappingProxyType({}),
) -> tuple[UserSettings, ...]:
    """Return the stack's users with those of its services; report a user that is written down although it is one.

    `more` is what a service must be allowed beside what it needs by itself, by its section.
    """
    made: list[UserSettings] = []
    taken = {user.name: f"users[{index}].name" for index, user in enumerate(users)}
    for service in services_of(spec, services):
        grants = (*service.grants, *more.get(service.section, ()))
        user = user_of(spec, service.name, service.access, grants)
        if user is None:
            continue
        if user.name in taken:
            why = f"{reader.at(service.section)} has a user of this name, made with the rules that it needs"
            todo = f"rename this one, or set {reader.at(f'{service.section}.kafka')}.user to another name"
            reader.report(taken[user.name], user.name, allowed="a name that no service has", why=why, todo=todo)
        taken[user.name] = f"{service.section}.kafka.user"
        made.append(_settings(user))
    return (*users, *made)


def services_of(spec: ClusterSpec, services: Services) -> Iterator[Service]:
    """Yield the answers of every service that the stack has."""
    return (service for _, service in catalogue(spec, services).values())


def _settings(user: User) -> UserSettings:
    scram = ScramSettings(mechanisms=("SCRAM-SHA-512",), password=None, rotation=user.rotation)
    return UserSettings(
        name=user.name,
        scram=scram if user.password else None,
        plain=None,
        acls=tuple(map(_rule, user.grants)) if user.grants else None,
        quotas=None,
        # It goes with its service, which can be made again as it was.
        deletion_protection=False,
    )


def _rule(grant: Grant) -> AclSettings:
    return AclSettings(
        resource=grant.resource,
        name=grant.name,
        pattern=grant.pattern,
        operations=grant.operations,
        hosts=("*",),
        permission="allow",
    )
