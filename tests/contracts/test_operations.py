"""Create, read, update and delete over the provider's wire: identity and guards through their whole lives."""

from pulumi.runtime.proto import provider_pb2

from hooks.providers.brokers import BrokersProvider
from hooks.providers.guard import GuardProvider
from hooks.providers.identity import IdentityProvider
from tests.clients.fake_api_server import FakeApiServer
from tests.clients.kubernetes_objects import APPS, CORE, config_map, stateful_set
from tests.contracts.engine import DynamicProcess
from tests.contracts.inputs import brokers, guard, identity

IDENTITY_PATH = f"{CORE}/configmaps/kafka-identity"


def test_it_is_made_once_and_read_ever_after(
    process: DynamicProcess, connection: dict[str, str], server: FakeApiServer
) -> None:
    id_, first = process.create(IdentityProvider(), identity(connection))
    assert id_ == "streams/kafka/identity"
    assert first["clusterId"]
    assert first["initialControllers"].startswith("9000@kafka-controller-a-9000.")
    process.delete(IdentityProvider(), first)
    assert IDENTITY_PATH in server.objects
    _, again = process.create(IdentityProvider(), identity(connection))
    assert again == first


def test_in_zookeeper_mode_the_ensemble_gives_the_id(process: DynamicProcess, connection: dict[str, str]) -> None:
    _, outs = process.create(IdentityProvider(), identity(connection, mode="zookeeper"))
    assert outs.get("clusterId") is None


def test_a_lost_object_is_restored_by_the_update_after_a_refresh_and_never_formats_anything_anew(
    process: DynamicProcess, connection: dict[str, str], server: FakeApiServer
) -> None:
    _, first = process.create(IdentityProvider(), identity(connection))
    del server.objects[IDENTITY_PATH]
    _, refreshed = process.read(IdentityProvider(), first)
    assert IDENTITY_PATH not in server.objects, "a refresh writes nothing: a preview may ask for one"
    news = identity(connection)
    assert process.diff(IdentityProvider(), refreshed, news).changes == provider_pb2.DiffResponse.DIFF_SOME
    restored = process.update(IdentityProvider(), refreshed, news)
    assert restored["clusterId"] == first["clusterId"]
    assert process.diff(IdentityProvider(), restored, news).changes == provider_pb2.DiffResponse.DIFF_NONE
    assert server.objects[IDENTITY_PATH]["data"]["bootstrapped"] == "true"


def test_a_second_run_changes_nothing(process: DynamicProcess, connection: dict[str, str]) -> None:
    _, outs = process.create(IdentityProvider(), identity(connection))
    answer = process.diff(IdentityProvider(), outs, identity(connection))
    assert answer.changes == provider_pb2.DiffResponse.DIFF_NONE


def test_its_deletion_leaves_no_configuration_and_no_lease_behind(
    process: DynamicProcess, connection: dict[str, str], server: FakeApiServer
) -> None:
    _, outs = process.create(IdentityProvider(), identity(connection))
    server.put(f"{CORE}/configmaps", config_map("kafka-a-config-1"))
    lease = {"metadata": {"name": "kafka-operations"}, "spec": {}}
    server.put("/apis/coordination.k8s.io/v1/namespaces/streams/leases", lease)
    process.delete(IdentityProvider(), outs)
    assert set(server.objects) == {IDENTITY_PATH}


def test_it_stands_without_touching_anything(
    process: DynamicProcess, connection: dict[str, str], server: FakeApiServer
) -> None:
    id_, outs = process.create(GuardProvider(), guard(connection))
    assert id_ == "streams/kafka/guard/kafka-a"
    assert process.update(GuardProvider(), outs, guard(connection)) == outs
    assert server.requests == []


def test_a_cluster_that_is_going_is_let_go(
    process: DynamicProcess, connection: dict[str, str], server: FakeApiServer
) -> None:
    process.create(IdentityProvider(), identity(connection))
    server.put(f"{APPS}/statefulsets", stateful_set())
    process.delete(BrokersProvider(), brokers(connection))
    process.delete(GuardProvider(), guard(connection))
    assert server.objects[f"{APPS}/statefulsets/kafka-a"]["spec"]["replicas"] == 0


def test_a_stateful_set_that_is_gone_is_let_go(process: DynamicProcess, connection: dict[str, str]) -> None:
    process.delete(GuardProvider(), guard(connection))
