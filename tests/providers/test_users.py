"""Claims about the Users hook between the engine and its run."""

import secrets
from typing import Any

import pytest

from hooks.planner.acls import Acl
from hooks.planner.quotas import Entity
from hooks.providers.users import UsersProvider, access, wish
from hooks.providers.wire import ConnectionArgs
from tests.clients.fake_api_server import FakeApiServer

RULE = {
    "resource": "topic",
    "name": "orders",
    "pattern": "literal",
    "operation": "Read",
    "host": "*",
    "permission": "allow",
}


def props(at: ConnectionArgs, passwords: dict[str, str] | None = None, **named: dict[str, Any]) -> dict[str, Any]:
    """Return the inputs, numbers as the engine sends them."""
    given = {"mechanisms": ["SCRAM-SHA-512"], "rotation": 0.0, "deletionProtection": True}
    return {
        "connection": dict(at),
        "mode": "kraft",
        "users": {name: {**given, **one} for name, one in named.items()},
        "passwords": passwords or {},
        "quotas": [],
        "pace": {},
        "ownUrn": "",
    }


def test_inputs_become_the_wish(at: ConnectionArgs) -> None:
    news = props(at, {"ann": "a"}, ann={"acls": [RULE]}, bob={"rotation": 2.0})
    news["quotas"] = [{"user": "ann", "clientId": "", "limits": {"producer_byte_rate": 5.0}}]
    wanted = wish({}, news)
    ann, bob = wanted.desired.users
    assert ann.acls == {Acl("topic", "orders", "literal", "Read", "*", "allow")} and bob.acls is None
    assert wanted.generated == {"bob": 2} and wanted.changed == {"ann"}
    assert access(news).quotas == {Entity(user="ann"): {"producer_byte_rate": 5.0}}


@pytest.mark.parametrize(("before", "changed"), [("a", set[str]()), ("b", {"ann"})])
def test_a_given_password_is_set_anew_when_it_changed(at: ConnectionArgs, before: str, changed: set[str]) -> None:
    assert wish(props(at, {"ann": before}, ann={}), props(at, {"ann": "a"}, ann={})).changed == changed


def test_the_plan_of_a_creation_is_shown_by_the_check(at: ConnectionArgs, capsys: pytest.CaptureFixture[str]) -> None:
    UsersProvider().check({}, props(at, ann={}))
    said = capsys.readouterr().out
    assert "could not see the users: no broker is ready" in said
    assert "user ann: set the SCRAM-SHA-512 password (it is new)" in said


def test_without_a_cluster_the_plan_follows_from_the_inputs_and_shows_no_password(
    at: ConnectionArgs, server: FakeApiServer, capsys: pytest.CaptureFixture[str]
) -> None:
    server.away = 1000
    old, new = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
    olds = props(at, {"ann": old}, ann={}, bob={"rotation": 1.0}, gone={"deletionProtection": False})
    news = props(at, {"ann": new}, ann={}, bob={"rotation": 2.0})
    assert UsersProvider().diff("id", olds, news).changes is True
    said = capsys.readouterr().out
    for line in ("user ann: set the SCRAM-SHA-512 password (the password changed)", "user bob: set the SCRAM-SHA-512"):
        assert f"by the inputs alone: {line}" in said
    assert "by the inputs alone: user gone: remove the SCRAM-SHA-512 credential" in said
    assert old not in said and new not in said


def test_without_a_cluster_unchanged_inputs_are_no_change(at: ConnectionArgs, server: FakeApiServer) -> None:
    server.away = 1000
    assert UsersProvider().diff("id", props(at, ann={}), props(at, ann={})).changes is False


def test_a_destroy_leaves_the_users_and_asks_nobody(at: ConnectionArgs, server: FakeApiServer) -> None:
    UsersProvider().delete("id", props(at, ann={}))
    assert server.requests == []
