"""Users of SASL PLAIN in a stack file: bad ones get an error that shows no password; good ones reach brokers."""

import secrets
from typing import Any

import pytest

from components.spec.problems import Problem, SpecError
from hooks.providers.logins import LoginsFound
from stacks.deploy import deploy
from stacks.preflight import Refusal
from stacks.settings import parse_settings
from tests.components.engine import Recording, record
from tests.spec.clusters import kraft_config
from tests.spec.test_access import MTLS
from tests.spec.test_plain import PLAIN, plain

PASSWORD = secrets.token_urlsafe(24)
GIVEN = {"name": "ann", "plain": {"password": PASSWORD}}
KEPT = {"name": "till", "plain": {"secret": "till-login", "key": "word"}, "deletionProtection": False}


def stack(*users: object) -> dict[str, Any]:
    """Return a stack with these users of SASL PLAIN."""
    return {**plain(kraft_config()), "users": list(users)}


def problems(config: dict[str, Any], *secret_keys: str) -> tuple[Problem, ...]:
    """Return what is wrong with a stack, which must be something."""
    with pytest.raises(SpecError) as caught:
        parse_settings(config, secret_keys)
    assert PASSWORD not in str(caught.value)
    return caught.value.problems


# Each line: a bad user, the path that the error names, and what its text must say.
BAD_USERS: list[tuple[dict[str, Any], str, str]] = [
    ({**GIVEN, "plain": {}}, "plain", "brokers would know no password"),
    ({**GIVEN, "plain": {"password": PASSWORD, "secret": "s"}}, "plain", "each would say another"),
    ({**GIVEN, "plain": {"password": "short"}}, "plain.password", "12 characters or more"),
    ({**GIVEN, "plain": {"password": f"{PASSWORD}\n"}}, "plain.password", "control character"),
    ({**GIVEN, "plain": {"password": 5}}, "plain.password", "not shown"),
    ({**KEPT, "plain": {"secret": "No Name"}}, "plain.secret", "names no Secret so"),
    ({**KEPT, "plain": {"secrets": "s"}}, "plain.secrets", "did you mean secret"),
    ({**KEPT, "plain": "yes"}, "plain", "this is a string"),
    ({**KEPT, "name": "CN=till"}, "name", "single words"),
    ({**KEPT, "name": 'till="x'}, "name", "single words"),
]


@pytest.mark.parametrize(("bad", "path", "says"), BAD_USERS)
def test_a_bad_user_is_an_error_that_names_the_path_and_says_what_to_do(
    bad: dict[str, Any], path: str, says: str
) -> None:
    found = {problem.path: str(problem) for problem in problems(stack(KEPT | {"name": "first"}, bad), "users")}
    assert says in found[f"kafka-platform:users[1].{path}"], found


def test_a_password_in_clear_is_refused() -> None:
    (problem,) = problems(stack(GIVEN))
    assert problem.path == "kafka-platform:users[0].plain.password" and "--secret --path" in problem.todo


@pytest.mark.parametrize(
    ("config", "path", "says"),
    [
        (stack(), "users", "nobody has one"),
        ({**kraft_config(), "users": [KEPT]}, "users", "no listener asks"),
        (
            plain(kraft_config(), {"name": "EXTERNAL", "authentication": "plain"}),
            "kafka.listeners.external[0].authentication",
            "everybody on the way reads it",
        ),
        (
            plain(kraft_config(), {**PLAIN, "allowWithoutTls": True}),
            "kafka.listeners.external[0].allowWithoutTls",
            "speaks TLS already",
        ),
        (
            plain(kraft_config(), {"name": "EXTERNAL", "authentication": "none", "allowWithoutTls": True}),
            "kafka.listeners.external[0].allowWithoutTls",
            "send no password or token",
        ),
        (
            plain(kraft_config(), internal={**MTLS, "authentication": "plain"}),
            "kafka.listeners.internal.authentication",
            "none or mtls",
        ),
        (
            {
                **stack(KEPT),
                "connect": {
                    "replicas": 1,
                    "kafka": {"listener": "EXTERNAL"},
                    "resources": {"cpu": "1", "memory": "2Gi"},
                },
            },
            "connect.kafka.listener",
            "no service speaks plain yet",
        ),
    ],
)
def test_a_listener_that_lets_nobody_in_or_everybody_read_is_refused(
    config: dict[str, Any], path: str, says: str
) -> None:
    found = {problem.path: str(problem) for problem in problems(config)}
    assert says in found[f"kafka-platform:{path}"], found


def deployed(found: LoginsFound) -> Recording:
    """Return what a stack registers when this is found of its passwords."""
    settings = parse_settings(stack(GIVEN, KEPT), {"users"})
    return record(lambda: deploy(settings, lambda spec, at: None, lambda at, users, passwords: found))


def test_the_issue_reaches_hook_and_brokers_and_the_secret_is_there_before_them() -> None:
    first, second = deployed(LoginsFound(issue="1")), deployed(LoginsFound(issue="2"))
    (hook,) = second.of(":Logins")
    assert hook.inputs["issue"] == "2"
    assert hook.inputs["users"] == {
        "ann": {"secret": "", "key": "", "deletionProtection": True},
        "till": {"secret": "till-login", "key": "word", "deletionProtection": False},
    }
    pools = [made.of(":Brokers")[0].inputs["pools"] for made in (first, second)]
    assert all(a["causes"]["passwords"] != b["causes"]["passwords"] for a, b in zip(*pools, strict=True))
    for one in second.of(":StatefulSet"):
        if one.inputs["metadata"]["labels"]["kafka-platform/component"] == "broker":
            assert hook.urn in second.before(one)


def test_a_given_password_stands_in_one_secret_input_and_nowhere_else() -> None:
    made = deployed(LoginsFound(issue="1"))
    others = [one.inputs for one in made.registrations if one not in made.of(":Logins")]
    assert PASSWORD not in str(others)


def test_what_is_wrong_with_a_kept_password_stops_before_anything_is_registered() -> None:
    with pytest.raises(Refusal, match="nothing was touched:\n  - user till"):
        deployed(LoginsFound(problems=("user till: Secret till-login does not exist",)))
