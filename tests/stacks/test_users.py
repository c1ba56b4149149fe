"""Users and quotas of a stack file: bad ones get one error each, which shows no password; good ones reach the hook."""

import secrets
from typing import Any

import pytest

from components.spec.problems import Problem, SpecError
from stacks.deploy import deploy
from stacks.settings import parse_settings
from tests.components.engine import Recording, record
from tests.spec.clusters import kraft_config, zookeeper_config
from tests.spec.test_access import secured

PASSWORD = secrets.token_urlsafe(24)
ACL: dict[str, Any] = {"resource": "topic", "name": "orders", "operations": ["Read"]}
SECURED = secured(kraft_config())
GOOD: dict[str, Any] = {"name": "ann", "scram": {}}


def stack(*users: object, **others: object) -> dict[str, Any]:
    """Return a stack with ACLs and these users."""
    return {**SECURED, "users": list(users), **others}


def problems(config: dict[str, Any], *secret_keys: str) -> tuple[Problem, ...]:
    """Return what is wrong with a stack, which must be something."""
    with pytest.raises(SpecError) as caught:
        parse_settings(config, secret_keys)
    assert PASSWORD not in str(caught.value)
    return caught.value.problems


def acl(**change: object) -> dict[str, Any]:
    """Return a user with a rule that is changed so."""
    return {**GOOD, "acls": [{key: value for key, value in {**ACL, **change}.items() if value is not None}]}


# Each line: a bad user, the path that the error names, and what its text must say.
BAD_INPUT: list[tuple[dict[str, Any], str, str]] = [
    ({"scram": {}}, "name", "required"),
    ({**GOOD, "name": ""}, "name", "an empty string"),
    ({"name": "ann"}, "", "at least one of scram, plain, acls, quotas"),
    ({**GOOD, "scram": "yes"}, "scram", "this is a string"),
    ({**GOOD, "name": "Ann"}, "name", "kept in a Secret"),
    ({**GOOD, "name": "CN=ann,O=x"}, "name", "or give a password"),
    ({**GOOD, "scram": {"mechanisms": ["SCRAM-SHA-1"]}}, "scram.mechanisms", "did you mean SCRAM-SHA-"),
    ({**GOOD, "scram": {"mechanisms": ["PLAIN"]}}, "scram.mechanisms", "SCRAM-SHA-512"),
    ({**GOOD, "scram": {"mechanisms": "SCRAM-SHA-512"}}, "scram.mechanisms", "a list of strings"),
    ({**GOOD, "scram": {"rotation": 0}}, "scram.rotation", "1 to 1000000"),
    ({**GOOD, "scram": {"pasword": "x"}}, "scram.pasword", "did you mean password"),
    ({**GOOD, "deletionProtection": 1}, "deletionProtection", "true or false"),
    ({**GOOD, "acl": []}, "acl", "did you mean acls"),
    ({**GOOD, "acls": {"resource": "topic"}}, "acls", "a list of objects"),
    (acl(resource=None), "acls[0].resource", "required"),
    (acl(resource="Topic"), "acls[0].resource", "did you mean topic"),
    (acl(name=None), "acls[0].name", "required"),
    (acl(operations=None), "acls[0].operations", "grants nothing"),
    (acl(operations=[]), "acls[0].operations", "grants nothing"),
    (acl(operations=["read"]), "acls[0].operations", "did you mean Read"),
    (acl(resource="group", operations=["Write"]), "acls[0].operations", "no other word"),
    (acl(resource="cluster", operations=["Create"]), "acls[0].name", "kafka-cluster"),
    (
        acl(resource="cluster", name=None, pattern="prefixed", operations=["All"]),
        "acls[0].name",
        "there is one cluster",
    ),
    (acl(pattern="prefix"), "acls[0].pattern", "did you mean prefixed"),
    (acl(name="*", pattern="prefixed"), "acls[0].pattern", "begin with an asterisk"),
    (acl(hosts=["client.example.com"]), "acls[0].hosts", "never with a name or a range"),
    (acl(hosts=["10.0.0.0/8"]), "acls[0].hosts", "write the address"),
    (acl(permission="permit"), "acls[0].permission", "allow or deny"),
    ({**GOOD, "quotas": {"producerByteRate": 0}}, "quotas.producerByteRate", "0.001 to 1e+15"),
    ({**GOOD, "quotas": {"requestPercentage": "50%"}}, "quotas.requestPercentage", "this is a string"),
    ({**GOOD, "quotas": {"byteRate": 1}}, "quotas.byteRate", "does not exist"),
]


@pytest.mark.parametrize(("bad", "path", "says"), BAD_INPUT)
def test_a_bad_user_is_one_error_that_names_the_path_and_says_what_to_do(
    bad: dict[str, Any], path: str, says: str
) -> None:
    (problem,) = problems(stack({**GOOD, "name": "first"}, bad))
    assert problem.path == "kafka-platform:users[1]" + (f".{path}" if path else "")
    assert says in str(problem)
    assert problem.allowed and problem.why and problem.todo


def test_two_users_of_one_name_are_refused() -> None:
    (problem,) = problems(stack(GOOD, GOOD))
    assert problem.path == "kafka-platform:users[1].name"


def test_rules_that_nothing_would_keep_are_refused() -> None:
    (problem,) = problems({**kraft_config(), "users": [GOOD, {**acl(), "name": "bob"}]})
    assert problem.path == "kafka-platform:users[1].acls" and "turn authorization on" in problem.todo
    assert parse_settings({**kraft_config(), "users": [{**GOOD, "acls": []}]}).users[0].acls == ()


@pytest.mark.parametrize(
    ("quotas", "path", "says"),
    [
        ([{"producerByteRate": 1}], "quotas[0]", "add user or clientId"),
        ([{"user": "bob"}], "quotas[0]", "limit nothing"),
        ([{"user": "*", "requestPercentage": 1}], "quotas[0].user", "write <default>"),
        ([{"clientId": "*", "requestPercentage": 1}], "quotas[0].clientId", "write <default>"),
        ([{"clientId": "x", "requestPercentage": 1}] * 2, "quotas[1]", "quotas[0] already says it"),
        ([{"user": "ann", "requestPercentage": 1}], "quotas[0]", "the quotas of user ann already says it"),
    ],
)
def test_a_bad_quota_is_one_error(quotas: list[dict[str, Any]], path: str, says: str) -> None:
    limited = {**GOOD, "quotas": {"requestPercentage": 5}}
    (problem,) = problems(stack(limited, quotas=quotas))
    assert problem.path == f"kafka-platform:{path}" and says in str(problem)


def given(password: object) -> dict[str, Any]:
    """Return a stack with one user whose password stands in the stack file."""
    return stack({**GOOD, "scram": {"password": password}})


def test_a_password_in_clear_is_refused_and_not_shown() -> None:
    (problem,) = problems(given(PASSWORD))
    assert problem.path == "kafka-platform:users[0].scram.password"
    assert "pulumi config set --secret --path 'kafka-platform:users[0].scram.password'" in problem.todo


def test_a_password_that_is_a_secret_is_taken() -> None:
    (user,) = parse_settings(given(PASSWORD), {"users"}).users
    assert user.scram is not None and user.scram.password == PASSWORD
    assert PASSWORD not in repr(user)


@pytest.mark.parametrize(
    ("password", "says"), [("a" * 11, "11 characters"), (PASSWORD[:0], "not shown"), (7, "not sh")]
)
def test_a_bad_password_is_refused_and_not_shown(password: object, says: str) -> None:
    (problem,) = problems(given(password), "users")
    assert says in str(problem) and problem.path.endswith("scram.password")


def test_a_given_password_has_no_rotation() -> None:
    (problem,) = problems(stack({**GOOD, "scram": {"password": PASSWORD, "rotation": 2}}), "users")
    assert problem.path.endswith("scram.rotation")


def deployed(config: dict[str, Any]) -> Recording:
    """Return what a stack registers."""
    return record(lambda: deploy(parse_settings(config, {"users"}), lambda spec, at: None))


def test_users_reach_one_hook_after_the_brokers() -> None:
    users = (
        {"name": "ann", "scram": {"password": PASSWORD}, "quotas": {"producerByteRate": 1024}},
        {"name": "bob", "scram": {"rotation": 3}, "deletionProtection": False, "acls": []},
        {
            "name": "CN=carol",
            "acls": [
                {"resource": "topic", "name": "o", "operations": ["Read", "Describe"], "hosts": ["10.0.0.1", "::1"]},
                {"resource": "cluster", "operations": ["IdempotentWrite"], "permission": "deny"},
            ],
        },
    )
    made = deployed(stack(*users, quotas=[{"user": "<default>", "clientId": "batch", "requestPercentage": 5}]))
    (hook,), (brokers,) = made.of(":Users"), made.of(":Brokers")
    assert hook.name == "streams/kafka-users" and hook.inputs["ownUrn"] == hook.urn
    assert brokers.urn in made.before(hook)
    told = hook.inputs["users"]
    assert told["ann"] == {"mechanisms": ["SCRAM-SHA-512"], "rotation": 0, "deletionProtection": True}
    assert told["bob"] == {"mechanisms": ["SCRAM-SHA-512"], "rotation": 3, "acls": [], "deletionProtection": False}
    assert len(told["CN=carol"]["acls"]) == 5 and told["CN=carol"]["mechanisms"] == []
    assert told["CN=carol"]["acls"][4] == {
        "resource": "cluster",
        "name": "kafka-cluster",
        "pattern": "literal",
        "operation": "IdempotentWrite",
        "host": "*",
        "permission": "deny",
    }
    assert hook.inputs["quotas"] == [
        {"user": "ann", "clientId": "", "limits": {"producer_byte_rate": 1024}},
        {"user": "<default>", "clientId": "batch", "limits": {"request_percentage": 5}},
    ]


def test_passwords_reach_the_hook_as_one_secret_and_nothing_else_does() -> None:
    (hook,) = deployed(given(PASSWORD)).of(":Users")
    assert PASSWORD not in str({key: value for key, value in hook.inputs.items() if key != "passwords"})
    assert hook.secret_inputs == {"passwords"} and "passwords" in hook.secret_outputs


@pytest.mark.parametrize("config", [kraft_config(), zookeeper_config(), stack()])
def test_a_stack_without_users_and_quotas_has_no_such_hook(config: dict[str, Any]) -> None:
    assert deployed(config).of(":Users") == []
