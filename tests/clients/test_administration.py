"""Claims about topics, users, rules and quotas on Kafka's wire: what is asked, and how answers come back."""

import asyncio
import hashlib
import secrets
from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID, uuid4

import pytest
from kafka.protocol.admin import (
    AlterClientQuotasResponse,
    AlterUserScramCredentialsResponse,
    CreatePartitionsResponse,
    CreateTopicsResponse,
    DeleteTopicsResponse,
    DescribeAclsResponse,
    DescribeClientQuotasResponse,
    DescribeUserScramCredentialsResponse,
    IncrementalAlterConfigsResponse,
)

from hooks.administration import NewPassword
from hooks.clients.access import ITERATIONS, KafkaAccess
from hooks.clients.topics import KafkaTopics
from hooks.interfaces import NotYet
from hooks.planner.acls import Acl, GrantAcl
from hooks.planner.quotas import DEFAULT, Entity, SetQuota
from hooks.planner.topic_changes import Configure, Create, Delete, Grow, KeyChange
from hooks.planner.users import RemoveCredential

T = TypeVar("T")


class Client:
    """A connected client that keeps what it is asked to send and answers what the test says."""

    def __init__(self, answer: object) -> None:
        self.sent: list[tuple[Any, int | None]] = []
        self._answer = answer
        self._manager = self

    def describe_cluster(self) -> dict[str, int]:
        return {"controller_id": 1000}

    async def send(self, request: object, node_id: int | None = None, request_timeout_ms: int | None = None) -> object:
        self.sent.append((request, node_id))
        return self._answer

    def run(self, question: Callable[[], Any]) -> object:
        return asyncio.run(question())

    def ask(self, question: Callable[[Any], T]) -> T:
        """Stand for the connection as well."""
        return question(self)


def wire(message: Any, version: int) -> Any:
    """Return a message as it comes off the wire."""
    return type(message).decode(message.encode(version=version), version=version)


def test_a_creation_asks_the_controller_and_each_topic_has_its_answer() -> None:
    result = CreateTopicsResponse.CreatableTopicResult
    answers = [
        result(name=name, topic_id=uuid4(), error_code=code, error_message=words, num_partitions=-1, configs=[])
        for name, code, words in (("a", 0, None), ("b", 36, "exists"), ("c", 38, "too few"), ("d", 7, None))
    ]
    client = Client(wire(CreateTopicsResponse(topics=answers), 7))
    asked = [Create(topic=name, partitions=6, replication_factor=3, config={"k": "v"}) for name in "abcd"]
    rejected = KafkaTopics(client).apply(asked)
    assert [(r.name, r.why, r.soon) for r in rejected] == [
        ("b", "TopicAlreadyExists: exists", True),
        ("c", "InvalidReplicationFactor: too few", False),
        ("d", "RequestTimedOut", True),
    ]
    ((request, node),) = client.sent
    assert node == 1000 and not request.validate_only
    first = request.topics[0]
    assert (first.name, first.num_partitions, first.replication_factor) == ("a", 6, 3)
    request.encode(version=7)


def test_a_check_changes_nothing_and_a_deletion_cannot_be_checked() -> None:
    result = CreatePartitionsResponse.CreatePartitionsTopicResult(name="a", error_code=60, error_message=None)
    client = Client(wire(CreatePartitionsResponse(results=[result]), 3))
    topics = KafkaTopics(client)
    (rejected,) = topics.check([Grow(topic="a", before=1, after=2)])
    assert rejected.soon and client.sent[0][0].validate_only
    assert topics.check([Delete(topic="a", topic_id=str(uuid4()), partitions=1)]) == ()
    assert len(client.sent) == 1


def test_keys_are_set_and_given_back_one_by_one() -> None:
    result = IncrementalAlterConfigsResponse.AlterConfigsResourceResponse(
        error_code=40, error_message="unknown", resource_type=2, resource_name="a"
    )
    client = Client(wire(IncrementalAlterConfigsResponse(responses=[result]), 1))
    keys = (KeyChange(key="x", before=None, after="1"), KeyChange(key="y", before="2", after=None))
    (rejected,) = KafkaTopics(client).apply([Configure(topic="a", keys=keys)])
    assert str(rejected) == "a: InvalidConfiguration: unknown"
    request = client.sent[0][0]
    assert [(c.name, c.config_operation, c.value) for c in request.resources[0].configs] == [
        ("x", 0, "1"),
        ("y", 1, None),
    ]
    request.encode(version=1)


def test_a_deletion_names_the_topic_by_its_id_and_one_that_is_gone_is_fine() -> None:
    gone, kept = uuid4(), uuid4()
    result = DeleteTopicsResponse.DeletableTopicResult
    answers = [
        result(name=None, topic_id=gone, error_code=100, error_message=None),
        result(name=None, topic_id=kept, error_code=73, error_message=None),
    ]
    client = Client(wire(DeleteTopicsResponse(responses=answers), 6))
    asked = [Delete(topic=name, topic_id=str(key), partitions=1) for name, key in (("gone", gone), ("kept", kept))]
    (rejected,) = KafkaTopics(client).apply(asked)
    assert (rejected.name, rejected.why) == ("kept", "TopicDeletionDisabled")
    request = client.sent[0][0]
    assert [UUID(str(topic.topic_id)) for topic in request.topics] == [gone, kept]
    request.encode(version=6)


def test_a_password_goes_out_salted_and_hashed_and_never_as_it_is() -> None:
    password = secrets.token_urlsafe(24)
    result = AlterUserScramCredentialsResponse.AlterUserScramCredentialsResult(
        user="ann", error_code=0, error_message=None
    )
    client = Client(wire(AlterUserScramCredentialsResponse(results=[result]), 0))
    new = [NewPassword(user=user, mechanism="SCRAM-SHA-512", password=password) for user in ("ann", "bob")]
    assert KafkaAccess(client).set_passwords(new) == ()
    ((request, node),) = client.sent
    first, second = request.upsertions
    assert node == 1000 and first.salt != second.salt
    assert first.salted_password == hashlib.pbkdf2_hmac("sha512", password.encode(), first.salt, ITERATIONS)
    assert password.encode() not in request.encode(version=0)
    assert password not in repr(new)


def test_a_user_stands_once_in_a_request_and_so_each_mechanism_has_its_own() -> None:
    result = AlterUserScramCredentialsResponse.AlterUserScramCredentialsResult(
        user="ann", error_code=0, error_message=None
    )
    both = ("SCRAM-SHA-512", "SCRAM-SHA-256")
    client = Client(wire(AlterUserScramCredentialsResponse(results=[result]), 0))
    access = KafkaAccess(client)
    password = secrets.token_urlsafe(24)
    access.set_passwords([NewPassword(user="ann", mechanism=mechanism, password=password) for mechanism in both])
    access.remove([RemoveCredential(user="ann", mechanism=mechanism, why="") for mechanism in both])
    asked = [[one.mechanism for one in (*request.upsertions, *request.deletions)] for request, _ in client.sent]
    assert asked == [[1], [2], [1], [2]]


def test_credentials_are_told_by_user_without_those_that_have_none() -> None:
    result = DescribeUserScramCredentialsResponse.DescribeUserScramCredentialsResult
    infos = [result.CredentialInfo(mechanism=number, iterations=8192) for number in (1, 2)]
    answers = [
        result(user="ann", error_code=0, error_message=None, credential_infos=infos),
        result(user="bob", error_code=91, error_message="none", credential_infos=[]),
    ]
    message = DescribeUserScramCredentialsResponse(error_code=0, error_message=None, results=answers)
    found = KafkaAccess(Client(wire(message, 0))).credentials()
    assert found == {"ann": {"SCRAM-SHA-256", "SCRAM-SHA-512"}}


def test_rules_are_told_by_principal() -> None:
    resource = DescribeAclsResponse.DescribeAclsResource
    rule = resource.AclDescription(principal="User:ann", host="*", operation=3, permission_type=3)
    described = resource(resource_type=2, resource_name="orders", pattern_type=4, acls=[rule])
    message = DescribeAclsResponse(error_code=0, error_message=None, resources=[described])
    found = KafkaAccess(Client(wire(message, 3))).rules()
    assert found == {"User:ann": {Acl("topic", "orders", "prefixed", "Read", "*", "allow")}}


def test_a_cluster_without_an_authorizer_has_no_rules_and_says_so() -> None:
    message = DescribeAclsResponse(error_code=54, error_message="no authorizer", resources=[])
    assert KafkaAccess(Client(wire(message, 3))).rules() is None


def test_a_question_that_was_not_answered_is_no_empty_answer() -> None:
    message = DescribeAclsResponse(error_code=31, error_message=None, resources=[])
    with pytest.raises(NotYet, match="ClusterAuthorizationFailed"):
        KafkaAccess(Client(wire(message, 3))).rules()


def test_a_rule_is_added_as_kafka_numbers_it() -> None:
    class Answer:
        results = ()

    client = Client(Answer())
    rule = Acl("transactionalId", "tx-", "prefixed", "Write", "10.0.0.1", "deny")
    with pytest.raises(ValueError, match="zip"):
        KafkaAccess(client).grant([GrantAcl(principal="User:ann", acl=rule)])
    (creation,) = client.sent[0][0].creations
    assert (creation.resource_type, creation.resource_pattern_type, creation.operation) == (5, 4, 4)
    assert (creation.principal, creation.host, creation.permission_type) == ("User:ann", "10.0.0.1", 2)
    client.sent[0][0].encode(version=3)


def test_quotas_are_told_with_kafkas_name_for_everybody_else_and_addresses_left_out() -> None:
    entry = DescribeClientQuotasResponse.EntryData
    entries = [
        entry(
            entity=[
                entry.EntityData(entity_type="client-id", entity_name="batch"),
                entry.EntityData(entity_type="user", entity_name=None),
            ],
            values=[entry.ValueData(key="request_percentage", value=5.0)],
        ),
        entry(
            entity=[entry.EntityData(entity_type="ip", entity_name="192.0.2.1")],
            values=[entry.ValueData(key="connection_creation_rate", value=1.0)],
        ),
    ]
    message = DescribeClientQuotasResponse(error_code=0, error_message=None, entries=entries)
    found = KafkaAccess(Client(wire(message, 1))).quotas()
    assert found == {Entity(user=DEFAULT, client_id="batch"): {"request_percentage": 5.0}}


def test_quotas_of_an_entity_go_in_one_entry_and_a_refusal_names_it() -> None:
    entry = AlterClientQuotasResponse.EntryData
    entity = [entry.EntityData(entity_type="user", entity_name="ann")]
    answer = AlterClientQuotasResponse(entries=[entry(error_code=42, error_message="no", entity=entity)])
    client = Client(wire(answer, 1))
    changes = [
        SetQuota(entity=Entity(user="ann"), key="producer_byte_rate", before=None, after=5.0),
        SetQuota(entity=Entity(user="ann"), key="request_percentage", before=5.0, after=None),
    ]
    (rejected,) = KafkaAccess(client).limit(changes)
    assert rejected.name == "user ann" and not rejected.soon
    (one,) = client.sent[0][0].entries
    assert [(op.key, op.value, op.remove) for op in one.ops] == [
        ("producer_byte_rate", 5.0, False),
        ("request_percentage", 0.0, True),
    ]
    client.sent[0][0].encode(version=1)
