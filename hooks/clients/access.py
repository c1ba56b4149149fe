"""Credentials, rules and quotas as the brokers describe and change them, over the connection of `hooks.clients.admin`.

A password leaves this process only as Kafka wants it: salted and hashed many times, with a new random salt each time.
"""

import hashlib
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar

from kafka.errors import for_code
from kafka.protocol.admin import (
    AlterClientQuotasRequest,
    AlterUserScramCredentialsRequest,
    CreateAclsRequest,
    DeleteAclsRequest,
    DescribeAclsRequest,
    DescribeClientQuotasRequest,
    DescribeUserScramCredentialsRequest,
)

from hooks.administration import NewPassword, Rejection
from hooks.clients.requests import NONE, Asked, rejection, send, send_to_controller
from hooks.interfaces import NotYet
from hooks.planner.acls import Acl, GrantAcl, RevokeAcl
from hooks.planner.quotas import DEFAULT, Entity, SetQuota
from hooks.planner.users import RemoveCredential

ITERATIONS: Final = 8192
"""How often a password is hashed; Kafka's least is 4096."""
_SALT_BYTES: Final = 24
_HASHES: Final[Mapping[str, tuple[int, str]]] = {"SCRAM-SHA-256": (1, "sha256"), "SCRAM-SHA-512": (2, "sha512")}
_MECHANISMS: Final = {number: name for name, (number, _) in _HASHES.items()}
_ANY: Final = 1
_RESOURCES: Final = {"topic": 2, "group": 3, "cluster": 4, "transactionalId": 5, "delegationToken": 6, "user": 7}
_PATTERNS: Final = {"literal": 3, "prefixed": 4}
_PERMISSIONS: Final = {"deny": 2, "allow": 3}
OPERATIONS: Final = {
    "All": 2, "Read": 3, "Write": 4, "Create": 5, "Delete": 6, "Alter": 7, "Describe": 8, "ClusterAction": 9,
    "DescribeConfigs": 10, "AlterConfigs": 11, "IdempotentWrite": 12, "CreateTokens": 13, "DescribeTokens": 14,
    "TwoPhaseCommit": 15,
}  # fmt: skip
_ENTITIES: Final = ("user", "client-id")
_NO_AUTHORIZER: Final = 54
_NO_SUCH_USER: Final = 91
_PER_CALL: Final = 500
_WITH_USERS: Final = 3
"""The first version of the requests on rules that knows the resource `user`."""
T = TypeVar("T")
Credential = TypeVar("Credential", NewPassword, RemoveCredential)
Rule = TypeVar("Rule", GrantAcl, RevokeAcl)


class KafkaAccess:
    """`hooks.administration.Access` over kafka-python."""

    def __init__(self, admin: Asked) -> None:
        """Ask over this connection."""
        self._admin = admin

    def credentials(self) -> Mapping[str, frozenset[str]]:
        """Return the SCRAM mechanisms of every user that has one."""
        answer = self._admin.ask(lambda client: send(client, DescribeUserScramCredentialsRequest(users=None)))
        _demand(answer)
        return {
            found.user: frozenset(_MECHANISMS[info.mechanism] for info in found.credential_infos)
            for found in answer.results
            if found.error_code == NONE
        }

    def rules(self) -> Mapping[str, frozenset[Acl]] | None:
        """Return all rules by principal, or None when the cluster has no authorizer."""
        request = DescribeAclsRequest(
            min_version=_WITH_USERS,
            resource_type_filter=_ANY,
            resource_name_filter=None,
            pattern_type_filter=_ANY,
            principal_filter=None,
            host_filter=None,
            operation=_ANY,
            permission_type=_ANY,
        )
        answer = self._admin.ask(lambda client: send(client, request))
        if answer.error_code == _NO_AUTHORIZER:
            return None
        _demand(answer)
        found: dict[str, set[Acl]] = {}
        for resource in answer.resources:
            for rule in resource.acls:
                found.setdefault(rule.principal, set()).add(_acl(resource, rule))
        return {principal: frozenset(rules) for principal, rules in found.items()}

    def quotas(self) -> Mapping[Entity, Mapping[str, float]]:
        """Return all quotas of users and client ids."""
        request = DescribeClientQuotasRequest(components=[], strict=False)
        answer = self._admin.ask(lambda client: send(client, request))
        _demand(answer)
        found: dict[Entity, dict[str, float]] = {}
        for entry in answer.entries or ():
            parts = {part.entity_type: part.entity_name for part in entry.entity}
            if parts.keys() <= set(_ENTITIES):
                named = [DEFAULT if parts[kind] is None else parts[kind] for kind in _ENTITIES if kind in parts]
                by_kind = dict(zip((kind for kind in _ENTITIES if kind in parts), named, strict=True))
                entity = Entity(user=by_kind.get("user", ""), client_id=by_kind.get("client-id", ""))
                found[entity] = {value.key: value.value for value in entry.values}
        return found

    def set_passwords(self, passwords: Sequence[NewPassword]) -> tuple[Rejection, ...]:
        """Make these credentials, or make them anew."""
        return self._alter_credentials(
            passwords,
            lambda some: AlterUserScramCredentialsRequest(deletions=[], upsertions=[_upsertion(new) for new in some]),
        )

    def remove(self, credentials: Sequence[RemoveCredential]) -> tuple[Rejection, ...]:
        """Take these credentials away; one that is gone is fine."""
        return self._alter_credentials(
            credentials,
            lambda some: AlterUserScramCredentialsRequest(deletions=[_deletion(gone) for gone in some], upsertions=[]),
        )

    def grant(self, acls: Sequence[GrantAcl]) -> tuple[Rejection, ...]:
        """Add these rules; one that is there is fine."""
        return self._alter_rules(
            acls,
            lambda part: CreateAclsRequest(creations=[_creation(grant) for grant in part], min_version=_WITH_USERS),
            lambda answer: answer.results,
        )

    def revoke(self, acls: Sequence[RevokeAcl]) -> tuple[Rejection, ...]:
        """Remove exactly these rules; one that is gone is fine."""
        return self._alter_rules(
            acls,
            lambda part: DeleteAclsRequest(filters=[_filter(revoked) for revoked in part], min_version=_WITH_USERS),
            lambda answer: answer.filter_results,
        )

    def limit(self, quotas: Sequence[SetQuota]) -> tuple[Rejection, ...]:
        """Set these quotas, or take them away."""
        entities = sorted({quota.entity for quota in quotas})
        request = AlterClientQuotasRequest(
            entries=[_limits(entity, [q for q in quotas if q.entity == entity]) for entity in entities],
            validate_only=False,
        )
        answer = self._admin.ask(lambda client: send_to_controller(client, request))
        pairs = zip(entities, answer.entries, strict=True)
        return tuple(rejection(str(entity), result) for entity, result in pairs if result.error_code != NONE)

    def _alter_credentials(
        self, credentials: Sequence[Credential], request: Callable[[Sequence[Credential]], Any]
    ) -> tuple[Rejection, ...]:
        """Send one request for each mechanism: a user may stand in a request once only."""
        rejected: list[Rejection] = []
        for mechanism in sorted({one.mechanism for one in credentials}):
            asked = request([one for one in credentials if one.mechanism == mechanism])
            results = self._admin.ask(lambda client, asked=asked: send_to_controller(client, asked)).results
            rejected += [rejection(r.user, r) for r in results if r.error_code not in {NONE, _NO_SUCH_USER}]
        return tuple(rejected)

    def _alter_rules(
        self, acls: Sequence[Rule], request: Callable[[Sequence[Rule]], Any], results: Callable[[Any], Sequence[Any]]
    ) -> tuple[Rejection, ...]:
        """Send requests of bounded size, whose results come in the order of the rules."""
        rejected: list[Rejection] = []
        for part in _parts(acls):
            asked = request(part)
            answer = self._admin.ask(lambda client, asked=asked: send(client, asked))
            pairs = zip(part, results(answer), strict=True)
            rejected += [rejection(rule.principal, r) for rule, r in pairs if r.error_code != NONE]
        return tuple(rejected)


def _demand(answer: Any) -> None:
    """Raise NotYet when a question was not answered as a whole."""
    if answer.error_code != NONE:
        words = f": {answer.error_message}" if answer.error_message else ""
        raise NotYet(f"the brokers do not answer: {for_code(answer.error_code).__name__}{words}")


def _parts(items: Sequence[T]) -> Iterable[Sequence[T]]:
    return (items[start : start + _PER_CALL] for start in range(0, len(items), _PER_CALL))


def _upsertion(new: NewPassword) -> AlterUserScramCredentialsRequest.ScramCredentialUpsertion:
    number, algorithm = _HASHES[new.mechanism]
    salt = secrets.token_bytes(_SALT_BYTES)
    salted = hashlib.pbkdf2_hmac(algorithm, new.password.encode(), salt, ITERATIONS)
    return AlterUserScramCredentialsRequest.ScramCredentialUpsertion(
        name=new.user, mechanism=number, iterations=ITERATIONS, salt=salt, salted_password=salted
    )


def _deletion(gone: RemoveCredential) -> AlterUserScramCredentialsRequest.ScramCredentialDeletion:
    number, _ = _HASHES[gone.mechanism]
    return AlterUserScramCredentialsRequest.ScramCredentialDeletion(name=gone.user, mechanism=number)


def _creation(grant: GrantAcl) -> CreateAclsRequest.AclCreation:
    return CreateAclsRequest.AclCreation(
        resource_type=_number(_RESOURCES, grant.acl.resource),
        resource_name=grant.acl.name,
        resource_pattern_type=_number(_PATTERNS, grant.acl.pattern),
        principal=grant.principal,
        host=grant.acl.host,
        operation=_number(OPERATIONS, grant.acl.operation),
        permission_type=_number(_PERMISSIONS, grant.acl.permission),
    )


def _filter(revoked: RevokeAcl) -> DeleteAclsRequest.DeleteAclsFilter:
    """Return the filter that matches exactly one rule."""
    return DeleteAclsRequest.DeleteAclsFilter(
        resource_type_filter=_number(_RESOURCES, revoked.acl.resource),
        resource_name_filter=revoked.acl.name,
        pattern_type_filter=_number(_PATTERNS, revoked.acl.pattern),
        principal_filter=revoked.principal,
        host_filter=revoked.acl.host,
        operation=_number(OPERATIONS, revoked.acl.operation),
        permission_type=_number(_PERMISSIONS, revoked.acl.permission),
    )


def _limits(entity: Entity, quotas: Sequence[SetQuota]) -> AlterClientQuotasRequest.EntryData:
    entry = AlterClientQuotasRequest.EntryData
    named = [("user", entity.user), ("client-id", entity.client_id)]
    return entry(
        entity=[
            entry.EntityData(entity_type=kind, entity_name=None if name == DEFAULT else name)
            for kind, name in named
            if name
        ],
        ops=[entry.OpData(key=q.key, value=q.after or 0.0, remove=q.after is None) for q in quotas],
    )


def _acl(resource: Any, rule: Any) -> Acl:
    """Translate a rule; what this code does not know yet keeps Kafka's number."""
    return Acl(
        resource=_named(_RESOURCES, resource.resource_type),
        name=resource.resource_name,
        pattern=_named(_PATTERNS, resource.pattern_type),
        operation=_named(OPERATIONS, rule.operation),
        host=rule.host,
        permission=_named(_PERMISSIONS, rule.permission_type),
    )


def _named(table: Mapping[str, int], number: int) -> str:
    return next((name for name, known in table.items() if known == number), str(number))


def _number(table: Mapping[str, int], name: str) -> int:
    return table[name] if name in table else int(name)
