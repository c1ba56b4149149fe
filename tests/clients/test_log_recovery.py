"""A broker that loads its logs says so in its own log, and nowhere else."""

import pytest

from hooks.clients.pods import KubernetesPods
from tests.clients.fake_api_server import FakeApiServer
from tests.clients.kubernetes_objects import CORE, pod

POD = f"{CORE}/pods/kafka-a-0"
BEGUN = "INFO Loading logs from log dirs ArrayBuffer(/data) (kafka.log.LogManager)"
SEGMENT = "INFO [LogLoader partition=t-3, dir=/data] Recovering unflushed segment 0. 1/4 recovered for t-3. (LogLoader)"
LOG = "INFO Completed load of Log(dir=/data/t-3) with 4 segments, (12/90 completed in /data) (kafka.log.LogManager)"
LOADED = "INFO Loaded 90 logs in 81234ms (unclean log dirs = ArrayBuffer(/data)) (kafka.log.LogManager)"


@pytest.mark.parametrize(
    ("lines", "last"),
    [
        ([], None),
        (["INFO starting (kafka.server.KafkaServer)"], None),
        (["INFO starting", BEGUN], BEGUN),
        ([BEGUN, SEGMENT, "INFO something else (x.Y)"], SEGMENT),
        ([BEGUN, SEGMENT, LOG], LOG),
        ([BEGUN, SEGMENT, LOG, LOADED], None),
        ([BEGUN, LOG, LOADED, "INFO Awaiting socket connections"], None),
    ],
    ids=["no log yet", "not begun", "begun", "in a segment", "a log done", "all loaded", "long loaded"],
)
def test_the_last_step_is_told_until_everything_is_loaded(
    pods: KubernetesPods, server: FakeApiServer, lines: list[str], last: str | None
) -> None:
    server.put(f"{CORE}/pods", pod())
    server.logs[POD] = "\n".join(lines)
    assert pods.loading(pods.pods("broker")[0]) == last


def test_a_log_that_cannot_be_read_tells_of_no_step(pods: KubernetesPods, server: FakeApiServer) -> None:
    server.put(f"{CORE}/pods", pod())
    (found,) = pods.pods("broker")
    server.nodes_away = True
    assert pods.loading(found) is None
