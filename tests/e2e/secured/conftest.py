"""A stack of its own, from nothing: KRaft with certificates among the nodes, passwords and ACLs for clients.

Two listeners are outside in each of the three zones, one for certificates and one for passwords. The administrator is
the hooks' own principal, from outside. It begins with Kafka 3.9; its first test upgrades it under load.
"""

import secrets
from collections.abc import Iterator

import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._acl import AclBinding, AclOperation, AclPermissionType
from confluent_kafka.admin._resource import ResourcePatternType, ResourceType
from confluent_kafka.admin._scram import (
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialAlteration,
    UserScramCredentialUpsertion,
)

from dev import cluster, toolchain
from dev.credentials import administrator
from tests.e2e.platform import KAFKA, Platform
from tests.e2e.secured.clients import OLD, TOPIC, Secured


@pytest.fixture(scope="package")
def secured(
    request: pytest.FixtureRequest, local_cluster: cluster.Cluster, tools: toolchain.Toolchain
) -> Iterator[Secured]:
    """Bring the stack up, once for all tests of this folder, and make two users of whom one may write."""
    platform = Platform(name="local-secure", tools=tools.bin)
    platform.edit({KAFKA: {**OLD, "followerFetching": True}})
    platform.first_up = platform.up()
    made = Secured(platform=platform, passwords={name: secrets.token_urlsafe(16) for name in ("app", "stranger")})
    admin = AdminClient({"bootstrap.servers": made.listeners["EXTERNAL"], **administrator(platform.stack)})
    wanted: list[UserScramCredentialAlteration] = [
        UserScramCredentialUpsertion(name, ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096), password.encode())
        for name, password in made.passwords.items()
    ]
    for done in admin.alter_user_scram_credentials(wanted).values():
        done.result(60)
    for done in admin.create_acls([_allowed(ResourceType.TOPIC, TOPIC), _allowed(ResourceType.GROUP, TOPIC)]).values():
        done.result(60)
    yield made
    if not request.config.getoption("--keep"):
        platform.engine("destroy", "--yes", "--skip-preview")


def _allowed(kind: ResourceType, prefix: str) -> AclBinding:
    everything, allow = AclOperation.ALL, AclPermissionType.ALLOW
    return AclBinding(kind, prefix, ResourcePatternType.PREFIXED, "User:app", "*", everything, allow)
