"""Check and diff over the provider's wire: inputs on their way in, and what a preview says."""

from pulumi.output import UNKNOWN, Unknown
from pulumi.runtime.proto import provider_pb2

from hooks.providers.brokers import BrokersProvider
from hooks.providers.guard import GuardProvider
from tests.clients.fake_api_server import FakeApiServer
from tests.clients.kubernetes_objects import APPS, CORE, pod, stateful_set
from tests.contracts.engine import DynamicProcess
from tests.contracts.inputs import URN, brokers, guard


def test_whole_numbers_are_whole_again_at_any_depth(process: DynamicProcess, connection: dict[str, str]) -> None:
    checked = process.check(BrokersProvider(), {}, brokers(connection))
    assert checked["pools"][0]["count"] == 1
    assert checked["pace"]["stableWindowSeconds"] == 0.5


def test_unknown_values_pass(process: DynamicProcess, connection: dict[str, str]) -> None:
    news = brokers(connection)
    news["pools"][0]["revision"] = UNKNOWN
    checked = process.check(BrokersProvider(), {}, news)
    assert isinstance(checked["pools"][0]["revision"], Unknown)


def test_inputs_that_are_not_known_yet_mean_a_change(process: DynamicProcess, connection: dict[str, str]) -> None:
    olds = brokers(connection)
    news = brokers(connection)
    news["pools"] = UNKNOWN
    assert process.diff(BrokersProvider(), olds, news).changes == provider_pb2.DiffResponse.DIFF_SOME


def test_a_cluster_that_does_not_answer_is_said_not_to_be_seen_and_the_inputs_tell_the_plan(
    process: DynamicProcess, connection: dict[str, str], server: FakeApiServer
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
    process: DynamicProcess, connection: dict[str, str], server: FakeApiServer
) -> None:
    server.away = 1000
    answer = process.diff(BrokersProvider(), brokers(connection), brokers(connection))
    assert answer.changes == provider_pb2.DiffResponse.DIFF_NONE


def test_the_pods_that_will_restart_are_named_with_their_reasons(
    process: DynamicProcess, connection: dict[str, str], server: FakeApiServer
) -> None:
    server.put(f"{APPS}/statefulsets", stateful_set())
    server.put(f"{CORE}/pods", pod())
    process.engine.lines.clear()
    answer = process.diff(BrokersProvider(), brokers(connection), brokers(connection, revision="r2"))
    assert answer.changes == provider_pb2.DiffResponse.DIFF_SOME
    told = "\n".join(line.message for line in process.engine.lines)
    assert "1 pod will restart" in told
    assert "kafka-a-0: " in told


def test_another_cluster_is_another_resource(process: DynamicProcess, connection: dict[str, str]) -> None:
    elsewhere = {**connection, "namespace": "elsewhere"}
    answer = process.diff(BrokersProvider(), brokers(connection), brokers(elsewhere))
    assert list(answer.replaces) == ["connection"]


def test_another_way_to_the_same_cluster_is_an_update(process: DynamicProcess, connection: dict[str, str]) -> None:
    other_way = {**connection, "context": ""}
    answer = process.diff(GuardProvider(), guard(connection), guard(other_way))
    assert list(answer.replaces) == []
    assert answer.changes == provider_pb2.DiffResponse.DIFF_SOME
