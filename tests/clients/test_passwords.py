"""Claims about generated passwords in their Secrets."""

import base64

import pytest

from hooks.clients.passwords import KubernetesPasswords
from hooks.clients.rest import ApiServer
from hooks.interfaces import NotYet
from tests.clients.fake_api_server import FakeApiServer
from tests.clients.kubernetes_objects import CORE

PATH = f"{CORE}/secrets/kafka-user-ann"


@pytest.fixture
def passwords(api: ApiServer) -> KubernetesPasswords:
    return KubernetesPasswords(api)


def test_without_a_secret_there_is_no_password(passwords: KubernetesPasswords) -> None:
    assert passwords.read("ann") is None


def test_a_password_is_kept_before_it_is_in_force(passwords: KubernetesPasswords, server: FakeApiServer) -> None:
    made = passwords.renew("ann", 1)
    assert len(made.password) >= 40 and made.password not in repr(made)
    assert passwords.read("ann") == made
    data = server.objects[PATH]["data"]
    assert base64.b64decode(data["username"]) == b"ann"
    assert base64.b64decode(data["password"]).decode() == made.password
    passwords.mark_in_force("ann", 1)
    found = passwords.read("ann")
    assert found is not None and (found.password, found.rotation, found.in_force) == (made.password, 1, 1)


def test_another_rotation_makes_another_password_that_is_not_in_force_yet(passwords: KubernetesPasswords) -> None:
    first = passwords.renew("ann", 1)
    passwords.mark_in_force("ann", 1)
    second = passwords.renew("ann", 2)
    assert second.password != first.password
    assert passwords.read("ann") == second and second.in_force is None


def test_a_password_that_somebody_put_there_has_no_rotation(
    passwords: KubernetesPasswords, server: FakeApiServer
) -> None:
    theirs = base64.b64encode(b"theirs").decode()
    server.put(f"{CORE}/secrets", {"metadata": {"name": "kafka-user-ann"}, "data": {"password": theirs}})
    found = passwords.read("ann")
    assert found is not None and (found.password, found.rotation, found.in_force) == ("theirs", None, None)


def test_only_a_secret_that_was_made_here_is_deleted(passwords: KubernetesPasswords, server: FakeApiServer) -> None:
    server.put(f"{CORE}/secrets", {"metadata": {"name": "kafka-user-bob"}, "data": {}})
    passwords.renew("ann", 1)
    for user in ("ann", "ann", "bob"):
        passwords.remove(user)
    assert PATH not in server.objects and f"{CORE}/secrets/kafka-user-bob" in server.objects


def test_two_runs_that_make_a_password_agree_on_one(passwords: KubernetesPasswords, server: FakeApiServer) -> None:
    passwords.renew("ann", 1)
    server.before_write = lambda: passwords.mark_in_force("ann", 1)
    with pytest.raises(NotYet, match="changed meanwhile"):
        passwords.renew("ann", 2)
