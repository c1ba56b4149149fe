"""Claims about the client of a schema registry, against a server that answers as they do."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest

from hooks.clients.registry import Place, RegistrySchemas
from hooks.clients.rest import ApiServer
from hooks.interfaces import NotYet, Refused
from hooks.planner.schema_checks import Objection
from hooks.planner.schema_texts import Reference, Schema
from tests.clients.fake_api_server import FakeApiServer
from tests.clients.fake_worker import FakeWorker, put
from tests.clients.loopback import LoopbackTunnel

LABELS = {"kafka-platform/cluster": "kafka"}
ORDER = Schema(kind="AVRO", text='"int"', references=(Reference(name="X", subject="x", version=2),))
BODY = {"schema": '"int"', "schemaType": "AVRO", "references": [{"name": "X", "subject": "x", "version": 2}]}


@pytest.fixture
def fake(server: FakeApiServer) -> Iterator[FakeWorker]:
    """Serve one registry, whose pod is ready."""
    put(server, "registry")
    fake = FakeWorker()
    with fake.served():
        yield fake


Client = Callable[..., RegistrySchemas]


@pytest.fixture
def client(fake: FakeWorker, api: ApiServer) -> Iterator[Client]:
    """Return what makes a client of this registry, below a path."""
    with ExitStack() as opened:

        def made(path: str = "") -> RegistrySchemas:
            place = Place(labels=LABELS, port=8081, path=path)
            return opened.enter_context(closing(RegistrySchemas(api, lambda *_: LoopbackTunnel(fake.port), place, 5.0)))

        yield made


def test_subjects_are_seen_with_their_latest_schema_and_their_own_level(fake: FakeWorker, client: Client) -> None:
    latest = {"version": 3, "schema": '"int"', "references": [{"name": "X", "subject": "x", "version": 2}]}
    fake.answers |= {
        "GET /config": (200, {"compatibilityLevel": "FULL"}),
        "GET /subjects": (200, ["a/b", "foreign", "gone"]),
        "GET /subjects/a%2Fb/versions/latest": (200, latest),
        "GET /config/a%2Fb": (404, {"error_code": 40408, "message": "none"}),
        "GET /subjects/gone/versions/latest": (404, {"error_code": 40401, "message": "none"}),
        "GET /config/gone": (200, {"compatibilityLevel": "NONE"}),
    }
    seen = client().observe({"a/b", "gone", "absent"})
    (one,) = seen.subjects.values()
    assert (seen.level, one.name, one.latest, one.schema, one.level) == ("FULL", "a/b", 3, ORDER, None)
    assert not any("foreign" in request for request, _ in fake.asked)


@pytest.mark.parametrize(("ends", "connections"), [(False, 1), (True, 2)])
def test_all_is_asked_over_one_connection_for_as_long_as_the_pod_keeps_it(
    fake: FakeWorker, api: ApiServer, *, ends: bool, connections: int
) -> None:
    fake.answers |= {"GET /config": (200, {"compatibilityLevel": "FULL"}), "GET /subjects": (200, [])}
    fake.closing = ends
    dialled: list[LoopbackTunnel] = []

    def dial(pod: str, port: int) -> LoopbackTunnel:
        dialled.append(LoopbackTunnel(fake.port))
        return dialled[-1]

    with closing(RegistrySchemas(api, dial, Place(labels=LABELS, port=8081), 5.0)) as registry:
        assert registry.observe({"a"}).level == "FULL"
    assert len(dialled) == connections


def test_a_connection_that_broke_is_replaced_for_the_next_question(fake: FakeWorker, api: ApiServer) -> None:
    class Broken:
        def pump(self, local: socket.socket) -> None: ...

        def close(self) -> None: ...

    fake.answers |= {"GET /config": (200, {"compatibilityLevel": "FULL"}), "GET /subjects": (200, [])}
    ways = [Broken(), LoopbackTunnel(fake.port)]
    with closing(RegistrySchemas(api, lambda *_: ways.pop(0), Place(labels=LABELS, port=8081), 5.0)) as registry:
        with pytest.raises(NotYet, match="pod registry did not answer GET /config"):
            registry.observe({"a"})
        assert registry.observe({"a"}).level == "FULL"


def test_a_look_that_broke_off_is_no_harm_to_the_next(fake: FakeWorker, client: Client) -> None:
    fake.answers["GET /config"] = (503, {"message": "no leader"})
    registry = client()
    with pytest.raises(NotYet, match="no leader"):
        registry.observe({"a"})
    fake.answers |= {"GET /config": (200, {"compatibilityLevel": "FULL"}), "GET /subjects": (200, [])}
    assert registry.observe({"a"}).level == "FULL"


def test_a_schema_is_found_under_its_version_or_not_at_all(fake: FakeWorker, client: Client) -> None:
    at = "POST /subjects/a?normalize=true"
    fake.answers[at] = (200, {"version": 4})
    assert client().find("a", ORDER) == 4
    fake.answers[at] = (404, {"error_code": 40403, "message": "none"})
    assert client().find("a", ORDER) is None
    assert fake.asked == [(at, BODY), (at, BODY)]


@pytest.mark.parametrize(
    ("status", "told", "objection"),
    [
        (200, {"is_compatible": True}, None),
        (
            200,
            {
                "is_compatible": False,
                "messages": ["{errorType:'NAME_MISMATCH'}", "{oldSchemaVersion: 1}", "{oldSchema: 'x'}"],
            },
            Objection(words="{errorType:'NAME_MISMATCH'}; {oldSchemaVersion: 1}"),
        ),
        (200, {"is_compatible": False, "reason": "id is a string"}, Objection(words="id is a string")),
        (200, {"is_compatible": False}, Objection(words="")),
        (422, {"error_code": 42201, "message": "no schema"}, Objection(words="no schema", kind="invalid")),
    ],
)
def test_the_registry_judges_with_its_reason(
    fake: FakeWorker, client: Client, status: int, told: dict[str, object], objection: Objection | None
) -> None:
    fake.answers["POST /compatibility/subjects/a/versions?verbose=true"] = (status, told)
    assert client().check("a", ORDER, 1) == objection


def test_the_first_version_is_judged_though_there_is_no_other(fake: FakeWorker, client: Client) -> None:
    fake.answers["POST /compatibility/subjects/a/versions/latest?verbose=true"] = (404, {"message": "none"})
    assert client().check("a", ORDER, None) is None


def test_apicurio_that_gives_no_reason_is_asked_for_it_by_its_own_interface(fake: FakeWorker, client: Client) -> None:
    fake.answers |= {
        "POST /apis/ccompat/v7/compatibility/subjects/a/versions?verbose=true": (200, {"is_compatible": False}),
        "POST /apis/registry/v3/groups/default/artifacts/a/versions?dryRun=true": (
            409,
            {"causes": [{"description": "id is a string", "context": "/fields/0"}]},
        ),
    }
    found = client("/apis/ccompat/v7").check("a", ORDER, 1)
    assert found == Objection(words="id is a string at /fields/0")


def test_each_change_is_the_request_that_the_contract_has_for_it(fake: FakeWorker, client: Client) -> None:
    registry = client()
    assert registry.register("a", ORDER) is None
    assert registry.set_level("a", "FULL") is None
    assert registry.set_level(None, "NONE") is None
    assert registry.set_level("a", None) is None
    assert registry.delete("a b") is None
    assert fake.asked == [
        ("POST /subjects/a/versions?normalize=true", BODY),
        ("PUT /config/a", {"compatibility": "FULL"}),
        ("PUT /config", {"compatibility": "NONE"}),
        ("DELETE /config/a", None),
        ("DELETE /subjects/a%20b", None),
    ]


def test_nothing_is_ever_deleted_for_good(fake: FakeWorker, client: Client) -> None:
    client().delete("a")
    assert not any("permanent" in request for request, _ in fake.asked)


def test_what_is_gone_already_is_deleted(fake: FakeWorker, client: Client) -> None:
    fake.answers |= {"DELETE /subjects/a": (404, {}), "DELETE /config/a": (404, {})}
    assert client().delete("a") is None
    assert client().set_level("a", None) is None


@pytest.mark.parametrize("status", [409, 422])
def test_a_refusal_carries_the_registrys_words(fake: FakeWorker, client: Client, status: int) -> None:
    fake.answers["POST /subjects/a/versions?normalize=true"] = (status, {"message": "not\nso"})
    assert str(client().register("a", ORDER)) == "a: not so"


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_registry_that_cannot_answer_now_is_asked_again_later(fake: FakeWorker, client: Client, status: int) -> None:
    fake.answers["GET /config"] = (status, {"error_code": 50003, "message": "no leader"})
    with pytest.raises(NotYet, match="no leader"):
        client().observe(())


@pytest.mark.parametrize("status", [401, 403])
def test_a_registry_that_asks_for_a_login_is_refused_with_what_to_do(
    fake: FakeWorker, client: Client, status: int
) -> None:
    fake.answers["GET /config"] = (status, {})
    with pytest.raises(Refused, match="must ask for no login"):
        client().observe(())


def test_without_a_ready_pod_there_is_nothing_to_decide_on(server: FakeApiServer, api: ApiServer) -> None:
    put(server, "registry", ready=False)
    registry = RegistrySchemas(api, lambda _pod, port: LoopbackTunnel(port), Place(labels=LABELS, port=8081), 5.0)
    with closing(registry), pytest.raises(NotYet, match="no pod of the schema registry is ready"):
        registry.observe(())
