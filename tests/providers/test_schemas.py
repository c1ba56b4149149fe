"""Claims about the Schemas hook between the engine and its run."""

from collections.abc import Iterator
from typing import Any

import pytest

from hooks import connect
from hooks.clients.registry import Place
from hooks.planner.schemas import Link
from hooks.providers.engine import HookFailed
from hooks.providers.schemas import SchemasProvider, managed, registry, subjects
from hooks.providers.wire import ConnectionArgs
from tests.clients.fake_api_server import FakeApiServer
from tests.clients.fake_worker import FakeWorker, put
from tests.clients.loopback import LoopbackTunnel

PLACE = {"labels": {"kafka-platform/component": "connect"}, "port": 8080.0, "path": "/api"}


def props(at: ConnectionArgs, **named: dict[str, Any]) -> dict[str, Any]:
    """Return the inputs, numbers as the engine sends them."""
    given = {"type": "AVRO", "schema": '"int"', "references": [], "compatibility": "", "deletionProtection": True}
    return {
        "connection": dict(at),
        "mode": "kraft",
        "registry": PLACE,
        "compatibility": "",
        "subjects": {name: {**given, **one} for name, one in named.items()},
        "pace": {},
        "ownUrn": "",
    }


def test_without_a_registry_the_plan_says_what_it_could_not_see(
    at: ConnectionArgs, capsys: pytest.CaptureFixture[str]
) -> None:
    SchemasProvider().check({}, props(at, orders={}))
    said = capsys.readouterr().out
    assert "could not see the schemas, which the run checks: no pod of the schema registry is ready" in said
    assert "by the inputs alone: register orders: AVRO, the first version" in said


def test_without_a_registry_the_plan_of_a_change_follows_from_the_inputs(
    at: ConnectionArgs, capsys: pytest.CaptureFixture[str]
) -> None:
    olds = props(at, orders={}, gone={"deletionProtection": False}, kept={})
    news = props(at, orders={"schema": '"long"', "compatibility": "FULL"})
    assert SchemasProvider().diff("id", olds, news).changes is True
    said = capsys.readouterr().out
    assert "refused: subject kept is not in the spec any more" in said
    assert "delete gone" in said and "register orders: AVRO, a version after 1" in said and "-> FULL" in said
    assert SchemasProvider().diff("id", olds, olds).changes is False


@pytest.fixture
def live(server: FakeApiServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeWorker]:
    """Serve one registry with the subject `orders`, to which the way of every port-forward leads."""
    put(server, "registry")
    fake = FakeWorker()

    class Way(LoopbackTunnel):
        def __init__(self, *_: object) -> None:
            super().__init__(fake.port)

    monkeypatch.setattr(connect, "PortForward", Way)
    fake.answers |= {
        "GET /api/config": (200, {"compatibilityLevel": "BACKWARD"}),
        "GET /api/subjects": (200, ["orders"]),
        "GET /api/subjects/orders/versions/latest": (200, {"version": 1, "schema": '"int"'}),
        "GET /api/config/orders": (404, {}),
        "POST /api/subjects/orders?normalize=true": (404, {}),
        "POST /api/compatibility/subjects/orders/versions?verbose=true": (
            200,
            {"is_compatible": False, "messages": ["TYPE_MISMATCH"]},
        ),
    }
    with fake.served():
        yield fake


def test_a_preview_says_what_the_registry_would_refuse_and_an_update_stops_at_it(
    at: ConnectionArgs, live: FakeWorker, capsys: pytest.CaptureFixture[str]
) -> None:
    news = props(at, orders={"schema": '"string"'})
    assert SchemasProvider().diff("id", props(at, orders={}), news).changes is True
    said = capsys.readouterr().out
    assert "register orders: AVRO, a version after 1" in said
    assert "would refuse: schemas.subjects[orders] is not compatible by BACKWARD with version 1: TYPE_MISMATCH" in said
    with pytest.raises(HookFailed, match="the registry was left as it is"):
        SchemasProvider().update("id", props(at, orders={}), news)
    asked = [request for request, _ in live.asked]
    assert all(request.startswith("GET ") or "?" in request for request in asked)
    assert not any("/versions?normalize" in request for request in asked)


def test_a_created_resource_has_adopted_what_is_there(
    at: ConnectionArgs, live: FakeWorker, capsys: pytest.CaptureFixture[str]
) -> None:
    made = SchemasProvider().create(props(at, orders={}))
    assert made.id == "streams/kafka/schemas"
    assert "adopted orders: it exists, its latest version is 1" in capsys.readouterr().out
    assert all(request.startswith("GET ") for request, _ in live.asked)


def test_what_was_managed_in_another_registry_is_nobodys_in_this_one(at: ConnectionArgs) -> None:
    olds, news = props(at, gone={"deletionProtection": False}), props(at)
    assert [one.name for one in managed(olds, news)] == ["gone"]
    moved = {**news, "registry": {**PLACE, "labels": {"app": "other"}}}
    assert managed(olds, moved) == () and managed({**olds, "registry": None}, moved) == ()


def test_a_destroy_leaves_the_subjects_and_asks_nobody(
    at: ConnectionArgs, server: FakeApiServer, capsys: pytest.CaptureFixture[str]
) -> None:
    SchemasProvider().delete("id", props(at, orders={}))
    assert server.requests == []
    assert "1 subject and all versions stay in the registry" in capsys.readouterr().out


def test_what_crosses_the_wire_is_what_was_declared(at: ConnectionArgs) -> None:
    links = [{"name": "a", "subject": "b", "version": 0.0}, {"name": "c", "subject": "d", "version": 2.0}]
    (one,) = subjects(props(at, orders={"references": links, "compatibility": "FULL", "type": "JSON"}))
    assert one.links == (Link(name="a", subject="b"), Link(name="c", subject="d", version=2))
    assert (one.kind, one.level, one.deletion_protection) == ("JSON", "FULL", True)
    found = registry(props(at))
    assert found == Place(labels=PLACE["labels"], port=8080, path="/api")
    assert registry({"registry": None}) is None
