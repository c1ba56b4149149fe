"""Claims about the Logins hook between the engine and the Secret."""

import secrets
from typing import Any

import pytest

from hooks.providers.engine import HookFailed
from hooks.providers.logins import LoginArgs, LoginsProvider, look
from hooks.providers.wire import ConnectionArgs
from tests.clients.fake_api_server import FakeApiServer

OWN = "/api/v1/namespaces/streams/secrets/kafka-plain-users"
PASSWORD = secrets.token_urlsafe(24)
GIVEN: LoginArgs = {"secret": "", "key": "", "deletionProtection": True}
LOOSE: LoginArgs = {**GIVEN, "deletionProtection": False}


def props(at: ConnectionArgs, issue: str = "1", **users: LoginArgs) -> dict[str, Any]:
    passwords = dict.fromkeys(users, PASSWORD)
    return {"connection": dict(at), "users": users, "passwords": passwords, "issue": issue, "ownUrn": ""}


def test_the_secret_is_made_counted_up_and_taken_away(at: ConnectionArgs, server: FakeApiServer) -> None:
    provider = LoginsProvider()
    assert look(at, {"ann": GIVEN}, {"ann": PASSWORD}).issue == "1"
    provider.create(props(at, ann=GIVEN))
    assert look(at, {"ann": GIVEN}, {"ann": PASSWORD}).issue == "1"
    assert look(at, {"ann": GIVEN}, {"ann": f"{PASSWORD}!"}).issue == "2"
    assert not provider.diff("", props(at, ann=GIVEN), props(at, ann=GIVEN)).changes
    assert provider.diff("", props(at, ann=GIVEN), props(at, "2", ann=GIVEN)).changes
    provider.delete("", props(at, ann=GIVEN))
    assert OWN not in server.objects


def test_a_protected_user_is_not_shut_out_by_a_line_that_went(at: ConnectionArgs, server: FakeApiServer) -> None:
    provider = LoginsProvider()
    olds, news = props(at, ann=GIVEN, bob=LOOSE), props(at, "2", bob=LOOSE)
    for refused in (lambda: provider.diff("", olds, news), lambda: provider.update("", olds, news)):
        with pytest.raises(HookFailed, match=r"user ann would lose the password .* deletionProtection: false"):
            refused()
    assert OWN not in server.objects
    assert provider.diff("", olds, props(at, "2", ann=GIVEN)).changes


def test_a_cluster_that_does_not_answer_is_no_problem_of_the_users(at: ConnectionArgs) -> None:
    there: ConnectionArgs = {**at, "context": "nowhere"}
    found = look(there, {"ann": GIVEN}, {"ann": PASSWORD})
    assert found.issue is None and found.problems == () and "nowhere" in found.unseen
