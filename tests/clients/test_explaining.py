"""A pod that does not start is explained: state, events, and the log of the life that tells, without secrets."""

import pytest

from hooks.clients.pods import KubernetesPods
from tests.clients.conftest import StillClock
from tests.clients.fake_api_server import FakeApiServer, Json
from tests.clients.kubernetes_objects import CORE, container, pod

POD = f"{CORE}/pods/kafka-a-0"
_CRASHED = {"terminated": {"reason": "Error", "exitCode": 1}}


def test_image_state_exit_code_events_and_log_are_told(pods: KubernetesPods, server: FakeApiServer) -> None:
    crashed = container(
        state={"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 10s restarting"}},
        lastState={"terminated": {"reason": "Error", "exitCode": 1}},
    )
    made = server.put(f"{CORE}/pods", pod(containerStatuses=[crashed]))
    event = {
        "metadata": {"name": "e1"},
        "type": "Warning",
        "reason": "BackOff",
        "count": 4,
        "message": "Back-off restarting failed container",
        "involvedObject": {"uid": made["metadata"]["uid"]},
    }
    server.put(f"{CORE}/events", event)
    server.former_logs[POD] = "Starting\nInvalid value x for configuration num.io.threads\n"
    text = "\n".join(pods.explain(pods.pods("broker")[0]))
    for part in (
        "image localhost/kafka:3.9.2",
        "now waiting: CrashLoopBackOff, back-off 10s restarting",
        "before terminated: Error, exit code 1",
        "event BackOff (x4): Back-off restarting failed container",
        "log: Invalid value x for configuration num.io.threads",
    ):
        assert part in text


def test_of_a_stack_trace_its_first_lines_are_told_and_not_its_frames(
    pods: KubernetesPods, server: FakeApiServer
) -> None:
    frames = "\n".join(f"\tat kafka.Kafka.frame{number}(Kafka.scala:{number})" for number in range(40))
    server.put(f"{CORE}/pods", pod())
    server.logs[POD] = f"ERROR Exiting\nConfigException: Invalid value many\n{frames}\n"
    told = pods.explain(pods.pods("broker")[0])
    assert told[-2:] == ("log: ERROR Exiting", "log: ConfigException: Invalid value many")


def test_secrets_in_logs_are_masked(pods: KubernetesPods, server: FakeApiServer) -> None:
    server.put(f"{CORE}/pods", pod())
    server.logs[POD] = "ssl.keystore.password = hunter2\nlistening\n"
    text = "\n".join(pods.explain(pods.pods("broker")[0]))
    assert "hunter2" not in text
    assert "log: listening" in text


def test_the_log_of_a_pod_on_a_lost_node_is_asked_for_once_and_not_waited_for(
    pods: KubernetesPods, server: FakeApiServer, clock: StillClock
) -> None:
    server.put(f"{CORE}/pods", pod())
    server.nodes_away = True
    assert pods.explain(pods.pods("broker")[0])[-1].startswith("log: cannot be read: the API server answered 500")
    assert server.requests.count(f"GET {POD}/log") == 1
    assert clock.time == 0.0


def test_a_pod_that_is_gone_is_said_to_be_gone(pods: KubernetesPods, server: FakeApiServer) -> None:
    server.put(f"{CORE}/pods", pod())
    observed = pods.pods("broker")[0]
    server.objects.clear()
    assert pods.explain(observed) == ("pod kafka-a-0 does not exist",)


def test_an_api_server_that_is_away_is_no_error_here(pods: KubernetesPods, server: FakeApiServer) -> None:
    server.put(f"{CORE}/pods", pod())
    observed = pods.pods("broker")[0]
    server.away = 1000
    (line,) = pods.explain(observed)
    assert "nothing more can be read" in line


RUNNING = container(state={"running": {}}, lastState=_CRASHED)
WAITING = container(state={"waiting": {"reason": "CrashLoopBackOff"}}, lastState=_CRASHED)
ENDED = container(state=_CRASHED, lastState=_CRASHED)


@pytest.mark.parametrize(
    ("now", "former", "present", "told"),
    [
        pytest.param(
            RUNNING,
            "Invalid value many",
            "",
            ["log before its restart: Invalid value many"],
            id="begun anew and silent yet: the life that crashed",
        ),
        pytest.param(
            RUNNING,
            "Invalid value many",
            "Starting",
            ["log before its restart: Invalid value many", "log: Starting"],
            id="begun anew and not far yet: the life that crashed too",
        ),
        pytest.param(
            RUNNING,
            "Out of memory",
            "Loading segment 7 of 900",
            ["log before its restart: Out of memory", "log: Loading segment 7 of 900"],
            id="crashed once long ago and hangs: its present life last",
        ),
        pytest.param(WAITING, "Invalid value many", "", ["log: Invalid value many"], id="between two lives"),
        pytest.param(ENDED, "older", "Invalid value many", ["log: Invalid value many"], id="ended just now"),
    ],
)
def test_the_log_of_the_life_that_tells_is_shown(
    pods: KubernetesPods, server: FakeApiServer, now: Json, former: str, present: str, told: list[str]
) -> None:
    server.put(f"{CORE}/pods", pod(containerStatuses=[now]))
    server.former_logs[POD], server.logs[POD] = former, present
    logged = [line for line in pods.explain(pods.pods("broker")[0]) if line.startswith("log")]
    assert logged == told
