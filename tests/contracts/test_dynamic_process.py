"""Claims about the hooks as the Pulumi engine meets them: a process of their own, over the provider's wire."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from pulumi.dynamic import ResourceProvider
from pulumi.output import UNKNOWN, Unknown
from pulumi.runtime.proto import provider_pb2

from hooks.providers.brokers import Brokers, BrokersProvider
from hooks.providers.ensemble import Ensemble, EnsembleProvider
from hooks.providers.guard import Guard, GuardProvider
from hooks.providers.identity import Identity, IdentityProvider
from tests.clients.fake_api_server import FakeApiServer, serve
from tests.clients.kubernetes_objects import APPS, CORE, config_map, pod, stateful_set
from tests.contracts.engine import PROJECT, DynamicProcess, dynamic_process, serialized

URN = "urn:pulumi:local::kafka-platform::pulumi-python:dynamic/kafka:Brokers::kafka"
IDENTITY_PATH = f"{CORE}/configmaps/kafka-identity"


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DynamicProcess]:
    with dynamic_process(tmp_path_factory.mktemp("process")) as started:
        yield started


@pytest.fixture
def server() -> FakeApiServer:
    return FakeApiServer()


@pytest.fixture
def connection(server: FakeApiServer, tmp_path: Path) -> Iterator[dict[str, str]]:
    with serve(server) as address:
        path = tmp_path / "kubeconfig"
        path.write_text(
            f'{{"clusters": [{{"name": "c", "cluster": {{"server": "{address}"}}}}],'
            '"users": [{"name": "u", "user": {}}], "current-context": "x",'
            '"contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}]}'
        )
        yield {"kubeconfig": str(path), "context": "x", "namespace": "streams", "cluster": "kafka"}


def brokers(connection: dict[str, str], revision: str = "r1", count: float = 1.0) -> dict[str, Any]:
    """Return the inputs of a Brokers hook, numbers as the engine sends them."""
    pool = {
        "name": "a",
        "workload": "kafka-a",
        "firstId": 0.0,
        "count": count,
        "revision": revision,
        "causes": {"config": f"c-{revision}"},
        "volumeBytes": float(2**30),
    }
    return {
        "connection": connection,
        "mode": "kraft",
        "pools": [pool],
        "pace": {"stableWindowSeconds": 0.5, "readyTimeoutSeconds": 60.0},
        "deletionProtection": False,
        "ownUrn": URN,
    }


def identity(connection: dict[str, str], mode: str = "kraft") -> dict[str, Any]:
    """Return the inputs of an Identity hook."""
    controllers = [{"id": 9000.0, "host": "kafka-controller-a-9000.kafka-controllers.streams.svc.cluster.local"}]
    return {"connection": connection, "mode": mode, "controllers": controllers if mode == "kraft" else [], "ownUrn": ""}


def guard(connection: dict[str, str]) -> dict[str, Any]:
    """Return the inputs of a Guard hook."""
    return {
        "connection": connection,
        "component": "broker",
        "mode": "kraft",
        "workload": "kafka-a",
        "pace": {},
        "ownUrn": URN,
    }


class TestTheStateContract:
    """What is written into every stack's state."""

    def test_type_tokens_never_change(self) -> None:
        found = [kind._resource_type_name for kind in (Identity, Ensemble, Guard, Brokers)]
        assert found == [
            "dynamic/kafka:Identity",
            "dynamic/kafka:Ensemble",
            "dynamic/kafka:Guard",
            "dynamic/kafka:Brokers",
        ]

    @pytest.mark.parametrize(
        ("kind", "place"),
        [
            (IdentityProvider, "hooks.providers.identity IdentityProvider"),
            (EnsembleProvider, "hooks.providers.ensemble EnsembleProvider"),
            (GuardProvider, "hooks.providers.guard GuardProvider"),
            (BrokersProvider, "hooks.providers.brokers BrokersProvider"),
        ],
    )
    def test_modules_and_classes_stay_where_old_states_look_for_them(
        self, kind: type[ResourceProvider], place: str
    ) -> None:
        assert f"{kind.__module__} {kind.__qualname__}" == place

    @pytest.mark.parametrize("hash_seed", ["0", "1", "4711"])
    def test_the_serialized_provider_is_the_same_in_every_process(self, hash_seed: str) -> None:
        program = (
            "from hooks.providers.brokers import BrokersProvider\n"
            "from tests.contracts.engine import serialized\n"
            "print(serialized(BrokersProvider()))"
        )
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=PROJECT, env=environment, capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == serialized(BrokersProvider())

    @pytest.mark.parametrize("kind", [IdentityProvider, EnsembleProvider, GuardProvider, BrokersProvider])
    def test_the_serialized_provider_is_a_reference_and_no_copy_of_the_code(self, kind: type[ResourceProvider]) -> None:
        assert len(serialized(kind())) < 120

    def test_the_serialized_provider_is_readable_in_the_state(self) -> None:
        assert not BrokersProvider().serialize_as_secret_always


class TestCheck:
    """Inputs on their way in."""

    def test_whole_numbers_are_whole_again_at_any_depth(
        self, process: DynamicProcess, connection: dict[str, str]
    ) -> None:
        checked = process.check(BrokersProvider(), {}, brokers(connection))
        assert checked["pools"][0]["count"] == 1
        assert checked["pace"]["stableWindowSeconds"] == 0.5

    def test_unknown_values_pass(self, process: DynamicProcess, connection: dict[str, str]) -> None:
        news = brokers(connection)
        news["pools"][0]["revision"] = UNKNOWN
        checked = process.check(BrokersProvider(), {}, news)
        assert isinstance(checked["pools"][0]["revision"], Unknown)


class TestDiff:
    """What a preview says."""

    def test_inputs_that_are_not_known_yet_mean_a_change(
        self, process: DynamicProcess, connection: dict[str, str]
    ) -> None:
        olds = brokers(connection)
        news = brokers(connection)
        news["pools"] = UNKNOWN
        assert process.diff(BrokersProvider(), olds, news).changes == provider_pb2.DiffResponse.DIFF_SOME

    def test_a_cluster_that_does_not_answer_is_said_not_to_be_seen_and_the_inputs_tell_the_plan(
        self, process: DynamicProcess, connection: dict[str, str], server: FakeApiServer
    ) -> None:
        server.away = 1000
        process.engine.lines.clear()
        answer = process.diff(BrokersProvider(), brokers(connection), brokers(connection, revision="r2"))
        assert answer.changes == provider_pb2.DiffResponse.DIFF_SOME
        (line,) = process.engine.lines
        assert line.urn == URN
        assert "could not see the brokers" in line.message
        assert "all pods of pool a restart: config changed" in line.message

    def test_a_cluster_that_does_not_answer_and_unchanged_inputs_mean_no_change(
        self, process: DynamicProcess, connection: dict[str, str], server: FakeApiServer
    ) -> None:
        server.away = 1000
        answer = process.diff(BrokersProvider(), brokers(connection), brokers(connection))
        assert answer.changes == provider_pb2.DiffResponse.DIFF_NONE

    def test_the_pods_that_will_restart_are_named_with_their_reasons(
        self, process: DynamicProcess, connection: dict[str, str], server: FakeApiServer
    ) -> None:
        server.put(f"{APPS}/statefulsets", stateful_set())
        server.put(f"{CORE}/pods", pod())
        process.engine.lines.clear()
        answer = process.diff(BrokersProvider(), brokers(connection), brokers(connection, revision="r2"))
        assert answer.changes == provider_pb2.DiffResponse.DIFF_SOME
        told = "\n".join(line.message for line in process.engine.lines)
        assert "1 pod will restart" in told
        assert "kafka-a-0: " in told

    def test_another_cluster_is_another_resource(self, process: DynamicProcess, connection: dict[str, str]) -> None:
        elsewhere = {**connection, "namespace": "elsewhere"}
        answer = process.diff(BrokersProvider(), brokers(connection), brokers(elsewhere))
        assert list(answer.replaces) == ["connection"]

    def test_another_way_to_the_same_cluster_is_an_update(
        self, process: DynamicProcess, connection: dict[str, str]
    ) -> None:
        other_way = {**connection, "context": ""}
        answer = process.diff(GuardProvider(), guard(connection), guard(other_way))
        assert list(answer.replaces) == []
        assert answer.changes == provider_pb2.DiffResponse.DIFF_SOME


class TestIdentity:
    """The identity object, through the whole life of its resource."""

    def test_it_is_made_once_and_read_ever_after(
        self, process: DynamicProcess, connection: dict[str, str], server: FakeApiServer
    ) -> None:
        id_, first = process.create(IdentityProvider(), identity(connection))
        assert id_ == "streams/kafka/identity"
        assert first["clusterId"]
        assert first["initialControllers"].startswith("9000@kafka-controller-a-9000.")
        process.delete(IdentityProvider(), first)
        assert IDENTITY_PATH in server.objects
        _, again = process.create(IdentityProvider(), identity(connection))
        assert again == first

    def test_in_zookeeper_mode_the_ensemble_gives_the_id(
        self, process: DynamicProcess, connection: dict[str, str]
    ) -> None:
        _, outs = process.create(IdentityProvider(), identity(connection, mode="zookeeper"))
        assert outs.get("clusterId") is None

    def test_a_lost_object_is_restored_from_the_state_and_never_formats_anything_anew(
        self, process: DynamicProcess, connection: dict[str, str], server: FakeApiServer
    ) -> None:
        _, first = process.create(IdentityProvider(), identity(connection))
        del server.objects[IDENTITY_PATH]
        _, refreshed = process.read(IdentityProvider(), first)
        assert refreshed["clusterId"] == first["clusterId"]
        assert server.objects[IDENTITY_PATH]["data"]["bootstrapped"] == "true"

    def test_a_second_run_changes_nothing(self, process: DynamicProcess, connection: dict[str, str]) -> None:
        _, outs = process.create(IdentityProvider(), identity(connection))
        answer = process.diff(IdentityProvider(), outs, identity(connection))
        assert answer.changes == provider_pb2.DiffResponse.DIFF_NONE

    def test_its_deletion_leaves_no_configuration_and_no_lease_behind(
        self, process: DynamicProcess, connection: dict[str, str], server: FakeApiServer
    ) -> None:
        _, outs = process.create(IdentityProvider(), identity(connection))
        server.put(f"{CORE}/configmaps", config_map("kafka-a-config-1"))
        lease = {"metadata": {"name": "kafka-operations"}, "spec": {}}
        server.put("/apis/coordination.k8s.io/v1/namespaces/streams/leases", lease)
        process.delete(IdentityProvider(), outs)
        assert set(server.objects) == {IDENTITY_PATH}


class TestGuard:
    """The guard before a StatefulSet."""

    def test_it_stands_without_touching_anything(
        self, process: DynamicProcess, connection: dict[str, str], server: FakeApiServer
    ) -> None:
        id_, outs = process.create(GuardProvider(), guard(connection))
        assert id_ == "streams/kafka/guard/kafka-a"
        assert process.update(GuardProvider(), outs, guard(connection)) == outs
        assert server.requests == []

    def test_a_cluster_that_is_going_is_let_go(
        self, process: DynamicProcess, connection: dict[str, str], server: FakeApiServer
    ) -> None:
        process.create(IdentityProvider(), identity(connection))
        server.put(f"{APPS}/statefulsets", stateful_set())
        process.delete(BrokersProvider(), brokers(connection))
        process.delete(GuardProvider(), guard(connection))
        assert server.objects[f"{APPS}/statefulsets/kafka-a"]["spec"]["replicas"] == 0

    def test_a_stateful_set_that_is_gone_is_let_go(self, process: DynamicProcess, connection: dict[str, str]) -> None:
        process.delete(GuardProvider(), guard(connection))


class TestErrors:
    """A refusal reaches the user as one clear message."""

    def test_deletion_protection_is_one_message_without_a_traceback(
        self, process: DynamicProcess, connection: dict[str, str]
    ) -> None:
        protected = {**brokers(connection), "deletionProtection": True}
        with pytest.raises(grpc.RpcError) as refused:
            process.delete(BrokersProvider(), protected)
        message = str(refused.value)
        assert "deletionProtection is true" in message
        assert "Traceback" not in message
        assert "Traceback" not in process.stderr

    def test_an_unusable_kubeconfig_names_itself(self, process: DynamicProcess, connection: dict[str, str]) -> None:
        lost = {**connection, "kubeconfig": "/nowhere/kubeconfig"}
        with pytest.raises(grpc.RpcError) as refused:
            process.create(IdentityProvider(), identity(lost))
        assert "/nowhere/kubeconfig" in str(refused.value)

    def test_a_failed_create_can_simply_be_repeated(
        self, process: DynamicProcess, connection: dict[str, str], server: FakeApiServer
    ) -> None:
        server.forbidden = True
        with pytest.raises(grpc.RpcError, match="was refused"):
            process.create(IdentityProvider(), identity(connection))
        server.forbidden = False
        _, outs = process.create(IdentityProvider(), identity(connection))
        assert outs["clusterId"]


def test_a_process_whose_engine_is_gone_stops_after_its_step_and_ends_itself(
    connection: dict[str, str], server: FakeApiServer, tmp_path: Path
) -> None:
    with dynamic_process(tmp_path) as orphan:
        orphan.create(IdentityProvider(), identity(connection))
        server.put(f"{APPS}/statefulsets", stateful_set())
        server.put(f"{CORE}/pods", pod())
        orphan.delete(BrokersProvider(), brokers(connection))
        orphan.lose_engine()
        with pytest.raises(grpc.RpcError):
            orphan.delete(GuardProvider(), guard(connection))
        assert orphan.ended() == 1
    assert server.objects[f"{APPS}/statefulsets/kafka-a"]["spec"]["replicas"] == 0


def test_a_process_whose_engine_went_in_a_run_that_said_nothing_ends_itself_too(
    connection: dict[str, str], server: FakeApiServer, tmp_path: Path
) -> None:
    with dynamic_process(tmp_path) as orphan:
        orphan.lose_engine()
        with pytest.raises(grpc.RpcError):
            orphan.create(IdentityProvider(), identity(connection))
        assert orphan.ended() == 1
    assert f"{CORE}/configmaps/kafka-identity" in server.objects
