"""Claims about the Schemas run on Confluent's registry, through the client that reaches it, by its contract."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial

import pytest

from hooks.clients.connection import Connection
from hooks.clients.forward import PortForward
from hooks.clients.kubeconfig import Access
from hooks.clients.registry import Place, RegistrySchemas
from hooks.clients.rest import ApiServer
from hooks.interfaces import Refused
from hooks.planner.desired import Pace
from hooks.planner.schemas import DesiredSubject, Level, Link
from hooks.runners.schemas import SchemaReport, SchemasRun, SchemaWish, forecast_schemas
from hooks.runners.world import World
from tests.clients.conftest import StillClock
from tests.clients.fake_api_server import FakeApiServer
from tests.clients.fake_port_forward import FakePortForward, serve
from tests.clients.fake_registry import FakeRegistry
from tests.clients.fake_worker import put
from tests.clients.loopback import LoopbackTunnel
from tests.fakes.cluster import FakeCluster

LABELS = {"kafka-platform/cluster": "kafka"}


def record(name: str, *fields: dict[str, object]) -> str:
    return json.dumps({"type": "record", "name": name, "fields": fields}, indent=2)


ID: dict[str, object] = {"name": "id", "type": "long"}
CITY: dict[str, object] = {"name": "city", "type": "string"}
CUSTOMER = DesiredSubject(name="customer", kind="AVRO", text=record("Customer", ID))
ORDER = DesiredSubject(
    name="a-purchase",
    kind="AVRO",
    text=record("Purchase", {"name": "by", "type": "Customer"}),
    links=(Link(name="Customer", subject="customer"),),
    level="FULL",
)
BOTH = (CUSTOMER, ORDER)


@pytest.fixture
def registry(server: FakeApiServer) -> Iterator[FakeRegistry]:
    put(server, "registry")
    fake = FakeRegistry()
    with fake.served():
        yield fake


@pytest.fixture
def world(registry: FakeRegistry, api: ApiServer) -> Iterator[World]:
    place = Place(labels=LABELS, port=8081)
    with closing(RegistrySchemas(api, lambda *_: LoopbackTunnel(registry.port), place, 5.0)) as schemas:
        yield replace(FakeCluster().world(), schemas=schemas)


def run(
    world: World,
    *desired: DesiredSubject,
    recorded: tuple[DesiredSubject, ...] = (),
    level: Level | None = None,
) -> SchemaReport:
    wish = SchemaWish(desired=desired, recorded=recorded, level=level)
    return SchemasRun(world, wish, Pace(poll=0.5, ready_timeout=5.0)).run()


def test_schemas_are_registered_followed_and_deleted_softly_with_what_refers_to_them_first(
    world: World, registry: FakeRegistry
) -> None:
    assert run(world, *BOTH).lines() == (
        "set the compatibility of 1 subject: a-purchase",
        "registered a version of 2 subjects: customer, a-purchase",
    )
    assert run(world, *BOTH, recorded=BOTH).lines() == ()
    more = replace(CUSTOMER, text=record("Customer", ID, {**CITY, "default": ""}))
    run(world, more, ORDER, recorded=BOTH)
    assert registry.subjects["a-purchase"][-1]["references"][0]["version"] == 2
    loose = tuple(replace(one, deletion_protection=False) for one in (more, ORDER))
    assert run(world, recorded=loose).lines() == ("deleted 2 subjects: a-purchase, customer",)
    assert registry.subjects == {} and not any("permanent" in request for request in registry.asked)
    run(world, more, recorded=())
    assert registry.subjects["customer"][-1]["version"] == 3, "a number is not given twice"


def test_a_whole_run_goes_through_one_port_forward(world: World, registry: FakeRegistry, api: ApiServer) -> None:
    pod = FakePortForward()
    pod.port = registry.port
    with serve(pod) as address:
        way = Access(server=address, tls=None, headers=dict)
        forwarding = ApiServer(Connection(namespace="streams", cluster="kafka"), StillClock(), way=way)
        place = Place(labels=LABELS, port=8081)
        with closing(RegistrySchemas(api, partial(PortForward, forwarding), place, 5.0)) as schemas:
            run(replace(world, schemas=schemas), *BOTH)
    assert set(registry.subjects) == {"customer", "a-purchase"}
    (request,) = pod.requests
    assert "/pods/registry/portforward?ports=8081 " in request


def test_an_incompatible_schema_is_refused_with_the_registrys_own_words(world: World, registry: FakeRegistry) -> None:
    run(world, CUSTOMER)
    wrong = replace(CUSTOMER, text=record("Customer", ID, CITY))
    reason = r"\[customer\] is not compatible by BACKWARD with version 1: \{errorType:'READER_FIELD_MISSING.*'city'"
    with pytest.raises(Refused, match=reason) as caught:
        run(world, wrong, ORDER, recorded=(CUSTOMER,))
    assert "all of it" not in str(caught.value), "the old schema is not repeated"
    assert len(registry.subjects["customer"]) == 1 and "a-purchase" not in registry.subjects


def test_what_is_no_schema_is_refused_though_there_is_no_version_to_compare(
    world: World, registry: FakeRegistry
) -> None:
    with pytest.raises(Refused, match="is no schema that the registry takes as AVRO: Input schema is an invalid Avro"):
        run(world, CUSTOMER, replace(ORDER, links=(), text='{"type": "nonsense"}'))
    assert registry.subjects == {}


def test_levels_are_set_before_what_they_judge_and_taken_away(world: World, registry: FakeRegistry) -> None:
    first = replace(CUSTOMER, level="FULL")
    run(world, first, level="FORWARD")
    assert (registry.level, registry.levels) == ("FORWARD", {"customer": "FULL"})
    wrong = replace(CUSTOMER, text=record("Customer", ID, CITY))
    said = forecast_schemas(world, SchemaWish(desired=(replace(wrong, level="NONE"),), recorded=(first,))).lines()
    assert "whether it is by NONE shows once that is set" in said[-1]
    run(world, replace(wrong, level="NONE"), recorded=(first,))
    assert len(registry.subjects["customer"]) == 2
    run(world, wrong, recorded=(replace(wrong, level="NONE"),))
    assert registry.levels == {}
    assert run(world, wrong, recorded=(wrong,)).lines() == ()


def test_what_others_refer_to_stays(world: World, registry: FakeRegistry) -> None:
    run(world, *BOTH)
    with pytest.raises(Refused, match="customer cannot be deleted while schemas of a-purchase refer to it"):
        run(world, recorded=(replace(CUSTOMER, deletion_protection=False),))
    assert set(registry.subjects) == {"customer", "a-purchase"}


def test_what_others_registered_is_shown_and_left(world: World, registry: FakeRegistry) -> None:
    run(world, CUSTOMER)
    registry.answer("POST", "/subjects/customer/versions", {"schema": record("Customer")})
    said = forecast_schemas(world, SchemaWish(desired=(CUSTOMER,), recorded=(CUSTOMER,)))
    assert said.lines()[0].startswith("drift: customer has version 2 after the declared one, which is version 1")
    assert not said.plan.changes
