"""Claims about asking the API server: what is repeated, what is not, and what each failure becomes."""

from dataclasses import replace

import pytest

from hooks.clients.connection import PREVIEW, Connection
from hooks.clients.rest import Absent, ApiServer, Exists
from hooks.interfaces import NotYet, Refused
from tests.clients.conftest import StillClock
from tests.clients.fake_api_server import FakeApiServer
from tests.clients.kubernetes_objects import CORE, config_map

MAPS = f"{CORE}/configmaps"


def test_a_read_outlives_an_outage_of_the_api_server(api: ApiServer, server: FakeApiServer) -> None:
    server.away = 6
    assert api.list(MAPS) == []


def test_a_read_gives_up_when_patience_ends(api: ApiServer, server: FakeApiServer, clock: StillClock) -> None:
    server.away = 1000
    with pytest.raises(NotYet, match="503"):
        api.list(MAPS)
    assert clock.time <= 60.0


def test_a_preview_asks_once(connection: Connection, clock: StillClock, server: FakeApiServer) -> None:
    server.away = 1000
    with pytest.raises(NotYet):
        ApiServer(connection, clock, PREVIEW).list(MAPS)
    assert len(server.requests) == 1


def test_a_prompt_twin_does_not_wait(api: ApiServer, server: FakeApiServer, clock: StillClock) -> None:
    server.away = 1000
    with pytest.raises(NotYet):
        api.prompt().list(MAPS)
    assert clock.time == 0.0


def test_a_write_is_sent_once(api: ApiServer, server: FakeApiServer) -> None:
    server.away = 1
    with pytest.raises(NotYet):
        api.create(MAPS, config_map("one"))
    assert server.requests == [f"POST {MAPS}"]


def test_nobody_listening_is_not_yet(api: ApiServer, connection: Connection, clock: StillClock) -> None:
    nobody = ApiServer(connection, clock, PREVIEW, replace(api.access, server="http://127.0.0.1:1"))
    with pytest.raises(NotYet, match="does not answer"):
        nobody.list(MAPS)


def test_a_missing_right_is_refused_and_names_the_request(api: ApiServer, server: FakeApiServer) -> None:
    server.forbidden = True
    with pytest.raises(Refused, match=f"GET {MAPS} was refused"):
        api.list(MAPS)


def test_a_missing_object_is_absent_and_a_double_one_exists(api: ApiServer) -> None:
    with pytest.raises(Absent):
        api.get(f"{MAPS}/none")
    api.create(MAPS, config_map("one"))
    with pytest.raises(Exists):
        api.create(MAPS, config_map("one"))
