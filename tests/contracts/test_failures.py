"""What fails reaches the user as one clear message, and a process without its engine ends itself."""

from pathlib import Path

import grpc
import pytest

from hooks.providers.brokers import BrokersProvider
from hooks.providers.guard import GuardProvider
from hooks.providers.identity import IdentityProvider
from tests.clients.fake_api_server import FakeApiServer
from tests.clients.kubernetes_objects import APPS, CORE, pod, stateful_set
from tests.contracts.engine import DynamicProcess, dynamic_process
from tests.contracts.inputs import brokers, guard, identity


def test_deletion_protection_is_one_message_without_a_traceback(
    process: DynamicProcess, connection: dict[str, str]
) -> None:
    protected = {**brokers(connection), "deletionProtection": True}
    with pytest.raises(grpc.RpcError) as refused:
        process.delete(BrokersProvider(), protected)
    assert (refused.value.details() or "").startswith("deletionProtection is true")
    assert "Traceback" not in str(refused.value)
    assert "Traceback" not in process.stderr


def test_an_unusable_kubeconfig_names_itself(process: DynamicProcess, connection: dict[str, str]) -> None:
    lost = {**connection, "kubeconfig": "/nowhere/kubeconfig"}
    with pytest.raises(grpc.RpcError) as refused:
        process.create(IdentityProvider(), identity(lost))
    assert "/nowhere/kubeconfig" in str(refused.value)


def test_a_failed_create_can_simply_be_repeated(
    process: DynamicProcess, connection: dict[str, str], server: FakeApiServer
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
