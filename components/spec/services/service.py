"""The one shape of all services: each is a value that answers what its pods run, serve, mount and may do in Kafka.

What differs between services and between distributions is in these answers; whoever makes objects asks, and never looks
at a name.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from components.spec.model import ClusterSpec
from components.spec.services.model import KafkaAccess
from components.spec.sizing import Rule

Json = dict[str, object]

SECRETS_MOUNT: Final = "/etc/kafka-platform-secrets"
#: What stands for the pod's address in a service's file until its start.
POD_IP: Final = "@POD_IP@"


@dataclass(frozen=True, kw_only=True)
class Mount:
    """A volume of a service's pods, always read-only. Its name is one that no user's volume may have."""

    name: str
    path: str
    source: Json
    """The volume's source, in Kubernetes' own words."""


@dataclass(frozen=True, kw_only=True)
class Grant:
    """What a service's user may do with one resource of Kafka, or with all whose name begins so."""

    resource: str
    name: str
    operations: tuple[str, ...]
    pattern: str = "literal"


@dataclass(frozen=True, kw_only=True)
class Service:
    """One service's answers."""

    section: str
    """Its section of the input."""
    name: str
    """Its component's name: a label, and part of the names of its objects."""
    image: str
    start: str
    """The command whose argument is the properties file."""
    file: str
    """Name of the properties file."""
    properties: Mapping[str, str]
    variables: str
    """How the environment variables begin that its start script reads."""
    port: int
    health: str
    """Path that answers 200 once it serves."""
    rule: Rule
    """How much memory its JVM wants."""
    mounts: tuple[Mount, ...]
    access: KafkaAccess
    grants: tuple[Grant, ...] = ()
    """What its user needs in Kafka, and no more."""


def service_object(cluster: str, service: str) -> str:
    """Return the name that a service's objects have, or begin with."""
    return f"{cluster}-{service}"


def service_address(spec: ClusterSpec, service: str, port: int) -> str:
    """Return where the stack's services find one another."""
    return f"http://{service_object(spec.kafka.name, service)}.{spec.namespace}:{port}"


def secret_mounts(secrets: tuple[str, ...]) -> tuple[Mount, ...]:
    """Return the mounts of the Secrets that a service's configuration looks values up in."""
    return tuple(
        Mount(name=f"data-secret-{index}", path=f"{SECRETS_MOUNT}/{name}", source=secret_source(name))
        for index, name in enumerate(secrets)
    )


def secret_source(name: str, *keys: str) -> Json:
    """Return the volume source of a Secret, of some of its keys where any are named; readable by the group alone."""
    chosen: Json = {"items": [{"key": key, "path": key} for key in keys]} if keys else {}
    return {"secret": {"secretName": name, "defaultMode": 0o440, **chosen}}
