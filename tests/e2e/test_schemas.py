"""The Schemas run against a registry itself: Apicurio, by its Confluent-compatible interface, as a plain process.

What a port-forward would do is done by a socket; all else, from REST to the judgement, is what a cluster has.
"""

import json
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dev import registry
from dev.progress import Progress
from hooks.clients.clock import MachineClock
from hooks.clients.connection import Connection
from hooks.clients.registry import Place, RegistrySchemas
from hooks.clients.rest import ApiServer
from hooks.interfaces import Fatal, Refused
from hooks.planner.desired import Pace
from hooks.planner.schemas import DesiredSubject, Link
from hooks.runners.schemas import SchemaReport, SchemasRun, SchemaWish, forecast_schemas
from hooks.runners.world import World
from tests.clients.fake_api_server import FakeApiServer
from tests.clients.fake_worker import put
from tests.clients.loopback import LoopbackTunnel
from tests.e2e.plain_workers import free_port, java, until
from tests.fakes.cluster import FakeCluster
from tests.fakes.world import Faults, Killed

PACE = Pace(poll=0.2, stable_window=1.0, ready_timeout=20.0)
BASE = "/apis/ccompat/v7"
LABELS = {"kafka-platform/cluster": "kafka", "kafka-platform/component": "connect"}


def asked(port: int, path: str, method: str = "GET", body: object = None) -> Any:
    """Ask the registry as anybody would, past the hook."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{BASE}{path}", data, {"Content-Type": "application/json"}, method=method
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def answers(port: int) -> bool:
    try:
        return asked(port, "/subjects") is not None
    except OSError:
        return False


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Run a registry that keeps everything in memory."""
    found, log = free_port(), tmp_path_factory.mktemp("registry") / "log"
    at = ("-Dquarkus.http.host=127.0.0.1", f"-Dquarkus.http.port={found}")
    with java(registry.jar(Progress()).parent, log, *at, "io.quarkus.runner.GeneratedMain"):
        until(lambda: answers(found), lambda: log.read_text(errors="replace")[-3000:])
        yield found


@pytest.fixture
def schemas(port: int, kubeconfig: Path, server: FakeApiServer) -> Iterator[RegistrySchemas]:
    """Return the client of this registry. Each test has subjects of its own: who referred to others is remembered."""
    put(server, "registry")
    asked(port, "/config", "PUT", {"compatibility": "BACKWARD"})
    at = Connection(kubeconfig=str(kubeconfig), context="trial", namespace="streams", cluster="kafka")
    with closing(ApiServer(at, MachineClock())) as api:
        place = Place(labels=LABELS, port=8080, path=BASE)
        with closing(RegistrySchemas(api, lambda pod, to: LoopbackTunnel(port), place, 30.0)) as found:
            yield found


def world(schemas: RegistrySchemas, faults: Faults | None = None) -> World:
    bundle = FakeCluster().world(faults=faults or Faults())
    return replace(bundle, schemas=schemas, clock=MachineClock())


def run(schemas: RegistrySchemas, *desired: DesiredSubject, recorded: tuple[DesiredSubject, ...] = ()) -> SchemaReport:
    return SchemasRun(world(schemas), SchemaWish(desired=desired, recorded=recorded), PACE).run()


def record(name: str, *fields: Mapping[str, object]) -> str:
    return json.dumps({"type": "record", "name": name, "namespace": "shop", "fields": fields}, indent=2)


ID = {"name": "id", "type": "long"}
BY = {"name": "by", "type": "shop.Customer"}
PROTO_TEXT = 'syntax = "proto3";\nmessage A { int32 id = 1; }\n'
FORM_TEXT = '{"type": "object", "properties": {"a": {"type": "string"}}}'


def customer(mark: str) -> DesiredSubject:
    """Return a subject of one test."""
    return DesiredSubject(name=f"{mark}-customer", kind="AVRO", text=record("Customer", ID))


def four(mark: str) -> tuple[DesiredSubject, DesiredSubject, DesiredSubject, DesiredSubject]:
    """Return one of each type, and one that refers to the first and comes before it by its name."""
    link = Link(name="shop.Customer", subject=f"{mark}-customer")
    return (
        customer(mark),
        DesiredSubject(name=f"{mark}-form", kind="JSON", text=FORM_TEXT),
        DesiredSubject(name=f"{mark}-proto", kind="PROTOBUF", text=PROTO_TEXT),
        DesiredSubject(
            name=f"{mark}-a-purchase", kind="AVRO", text=record("Purchase", ID, BY), links=(link,), level="FULL"
        ),
    )


def subjects(port: int, mark: str) -> list[str]:
    """Return the live subjects of one test, without its mark."""
    return sorted(name.removeprefix(f"{mark}-") for name in asked(port, "/subjects") if name.startswith(f"{mark}-"))


def test_declared_schemas_are_registered_in_order_followed_and_deleted_softly(
    port: int, schemas: RegistrySchemas
) -> None:
    declared = four("all")
    assert run(schemas, *declared).lines() == (
        "set the compatibility of 1 subject: all-a-purchase",
        "registered a version of 4 subjects: all-customer, all-form, all-proto, all-a-purchase",
    )
    assert asked(port, "/config/all-a-purchase") == {"compatibilityLevel": "FULL"}
    kept = asked(port, "/subjects/all-a-purchase/versions/latest")["references"]
    assert kept == [{"name": "shop.Customer", "subject": "all-customer", "version": 1}]
    assert run(schemas, *declared, recorded=declared).lines() == (), "a second run does nothing"
    again = replace(declared[0], text=json.dumps(json.loads(declared[0].text)))
    assert run(schemas, again, *declared[1:], recorded=declared).lines() == (), "an equal schema is no new version"

    more = replace(declared[0], text=record("Customer", ID, {"name": "city", "type": "string", "default": ""}))
    said = run(schemas, more, *declared[1:], recorded=declared).lines()
    assert said == ("registered a version of 2 subjects: all-customer, all-a-purchase",), "who refers to it follows"
    assert asked(port, "/subjects/all-a-purchase/versions/latest")["references"][0]["version"] == 2

    loose = tuple(replace(one, deletion_protection=False) for one in declared)
    (said_last,) = run(schemas, more, recorded=loose).lines()
    assert said_last.startswith("deleted 3 subjects: ")
    assert subjects(port, "all") == ["customer"]
    assert set(asked(port, "/subjects?deleted=true")) >= {one.name for one in declared}, "softly"


def test_an_incompatible_schema_is_refused_by_the_preview_and_the_run_with_the_registrys_reason(
    port: int, schemas: RegistrySchemas
) -> None:
    one, form, proto, purchase = four("bad")
    before = (one, form, proto)
    run(schemas, *before)
    wrong = (
        replace(one, text=record("Customer", {"name": "id", "type": "string"})),
        replace(form, text=form.text.replace('"string"', '"integer"')),
        replace(proto, text=proto.text.replace("int32", "string")),
    )
    said = forecast_schemas(world(schemas), SchemaWish(desired=wrong, recorded=before)).lines()
    assert any("bad-customer] is not compatible by" in line and "reader type: STRING" in line for line in said)
    with pytest.raises(Refused) as caught:
        run(schemas, *wrong, purchase, recorded=before)
    for words in ("not compatible with writer type: LONG", "protobuf artifact is not backward", "TYPE_CHANGED"):
        assert words in str(caught.value)
    assert subjects(port, "bad") == ["customer", "form", "proto"]
    assert all(asked(port, f"/subjects/{each.name}/versions") == [1] for each in before)


def test_what_is_no_schema_is_refused_with_the_registrys_words(port: int, schemas: RegistrySchemas) -> None:
    one, form, _, _ = four("no")
    run(schemas, one)
    with pytest.raises(Refused, match=r"no-customer.* is no schema that the registry takes as AVRO: .*invalid Avro"):
        run(schemas, replace(one, text='{"type": "nonsense"}'), form, recorded=(one,))
    assert subjects(port, "no") == ["customer"]


def test_a_level_that_is_set_holds_for_the_version_after_it(port: int, schemas: RegistrySchemas) -> None:
    first = replace(customer("level"), level="BACKWARD")
    run(schemas, first)
    fewer = replace(first, text=record("Customer"), level="FORWARD")
    with pytest.raises(Fatal, match=r"(?s)refuses level-customer: .*1 change before that stay"):
        run(schemas, fewer, recorded=(first,))
    assert asked(port, "/subjects/level-customer/versions") == [1]
    assert asked(port, "/config/level-customer") == {"compatibilityLevel": "FORWARD"}
    run(schemas, replace(fewer, level="BACKWARD"), recorded=(first,))
    assert asked(port, "/subjects/level-customer/versions") == [1, 2]


def test_what_others_did_is_shown_adopted_and_put_right(port: int, schemas: RegistrySchemas) -> None:
    want = replace(customer("drift"), level="FULL")
    asked(port, "/subjects/drift-customer/versions", "POST", {"schema": want.text.replace(" ", "")})
    adopted = run(schemas, want).lines()
    has = "it exists, its latest version is 1; the declared schema is version 1"
    assert adopted[0].startswith(f"adopted drift-customer: {has}")
    asked(port, "/config/drift-customer", "PUT", {"compatibility": "FORWARD"})
    asked(port, "/subjects/drift-customer/versions", "POST", {"schema": record("Customer", ID, {**ID, "name": "age"})})
    said = forecast_schemas(world(schemas), SchemaWish(desired=(want,), recorded=(want,))).lines()
    assert said[0] == "compatibility of drift-customer: FORWARD -> FULL"
    assert said[1].startswith("drift: drift-customer has version 2 after the declared one, which is version 1")
    asked(port, "/subjects/drift-customer", "DELETE")
    assert run(schemas, want, recorded=(want,)).lines()[-1] == "registered a version of 1 subject: drift-customer"


def test_what_others_refer_to_stays(port: int, schemas: RegistrySchemas) -> None:
    one, _, _, purchase = four("held")
    run(schemas, one, purchase)
    with pytest.raises(Refused, match="held-customer cannot be deleted while schemas of held-a-purchase refer to it"):
        run(schemas, recorded=(replace(one, deletion_protection=False),))
    assert subjects(port, "held") == ["a-purchase", "customer"]
    asked(port, "/subjects/held-a-purchase", "DELETE")
    with pytest.raises(Refused, match="while schemas of a deleted schema, id "):
        run(schemas, recorded=(replace(one, deletion_protection=False),))


def test_a_run_that_is_killed_is_finished_by_the_next(port: int, schemas: RegistrySchemas) -> None:
    faults = Faults(at=2, error=Killed, after=True, for_good=True, only=lambda name: name == "status")
    declared = four("killed")
    with pytest.raises(Killed):
        SchemasRun(world(schemas, faults), SchemaWish(desired=declared), PACE).run()
    assert subjects(port, "killed") == ["customer"]
    run(schemas, *declared)
    assert subjects(port, "killed") == ["a-purchase", "customer", "form", "proto"]
    assert all(asked(port, f"/subjects/{one.name}/versions") == [1] for one in declared)
    assert run(schemas, *declared, recorded=declared).lines() == ()
