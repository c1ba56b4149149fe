"""Claims about the Secret with the users of SASL PLAIN: made once, counted up when anything in it changes."""

import secrets
from base64 import b64decode, b64encode
from dataclasses import replace
from typing import Any

import pytest

from hooks.clients.logins import KubernetesLogins, Logins, Source, login
from hooks.clients.rest import ApiServer
from hooks.interfaces import Refused
from tests.clients.certificates import secured_workload
from tests.clients.fake_api_server import FakeApiServer

SECRETS = "/api/v1/namespaces/streams/secrets"
OWN = f"{SECRETS}/kafka-plain-users"
SETS = "/apis/apps/v1/namespaces/streams/statefulsets"
PODS = "/api/v1/namespaces/streams/pods"
ANN, TILL = secrets.token_urlsafe(24), f'a"b\\c {secrets.token_urlsafe(12)}'
WANTED = Logins(given={"ann": ANN}, kept={"till": Source(secret="till", key="word")})


def keep(server: FakeApiServer, password: str, key: str = "word") -> None:
    server.objects.pop(f"{SECRETS}/till", None)
    server.put(SECRETS, {"metadata": {"name": "till"}, "data": {key: b64encode(password.encode()).decode()}})


def held(server: FakeApiServer) -> str:
    found: Any = server.objects[OWN]
    return b64decode(found["data"]["login"]).decode()


@pytest.fixture
def logins(api: ApiServer, server: FakeApiServer) -> KubernetesLogins:
    """Return the client, of a cluster where Till's password is kept."""
    keep(server, TILL)
    return KubernetesLogins(api)


def test_the_first_issue_holds_every_user_and_stays(logins: KubernetesLogins, server: FakeApiServer) -> None:
    assert logins.look(WANTED).issue == "1"
    logins.ensure(WANTED, "1")
    assert held(server) == login({"ann": ANN, "till": TILL})
    logins.ensure(replace(WANTED, given={}), "1")
    assert held(server) == login({"ann": ANN, "till": TILL})
    assert logins.look(WANTED).issue == "1"


def test_quotes_keep_a_password_from_ending_or_adding_to_the_entry() -> None:
    entry = login({"till": 'x" user_root="y\\'})
    assert entry.endswith('required user_till="x\\" user_root=\\"y\\\\";')


@pytest.mark.parametrize("what", ["a given one", "a kept one", "who joins", "who left"])
def test_every_change_is_the_next_issue(logins: KubernetesLogins, server: FakeApiServer, what: str) -> None:
    logins.ensure(WANTED, "1")
    then = {
        "a given one": replace(WANTED, given={"ann": secrets.token_urlsafe(24)}),
        "who joins": replace(WANTED, given={**WANTED.given, "eve": ANN}),
        "who left": replace(WANTED, given={}),
    }.get(what, WANTED)
    if what == "a kept one":
        keep(server, secrets.token_urlsafe(24))
    assert logins.look(then).issue == "2"
    before = held(server)
    logins.ensure(then, "2")
    assert held(server) != before and logins.look(then).issue == "2"


def test_a_lost_secret_of_a_cluster_that_runs_is_another_issue_than_any_before(
    logins: KubernetesLogins, server: FakeApiServer
) -> None:
    server.put(SETS, secured_workload(admin_secret=None))
    assert int(logins.look(WANTED).issue) > 1_000_000


def test_what_a_kept_password_lacks_is_said_without_a_word_of_it(
    logins: KubernetesLogins, server: FakeApiServer
) -> None:
    short = secrets.token_urlsafe(5)
    for password, says in ((short, "12 or more"), (f"{TILL}\n", "line break")):
        keep(server, password)
        (problem,) = logins.look(WANTED).problems
        assert says in problem and "user till: Secret till" in problem and password.strip() not in problem
    keep(server, TILL, key="other")
    (problem,) = logins.look(WANTED).problems
    assert "holds other, and no word; put the password there" in problem
    del server.objects[f"{SECRETS}/till"]
    with pytest.raises(Refused, match="does not exist"):
        logins.ensure(WANTED, "1")
    assert OWN not in server.objects


def test_the_secret_goes_when_no_pod_mounts_it_any_more(logins: KubernetesLogins, server: FakeApiServer) -> None:
    logins.ensure(WANTED, "1")
    metadata = {"name": "kafka-a-0", "labels": {"kafka-platform/cluster": "kafka"}}
    volumes = [{"name": "run", "emptyDir": {}}, {"name": "l", "secret": {"secretName": "kafka-plain-users"}}]
    server.put(PODS, {"metadata": metadata, "spec": {"volumes": volumes}})
    assert logins.remove() == ("kafka-a-0",) and OWN in server.objects
    del server.objects[f"{PODS}/kafka-a-0"]
    assert logins.remove() == () and OWN not in server.objects
    assert logins.remove() == ()
